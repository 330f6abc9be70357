"""Writing questions whose answers people rate: what is asked, how it is answered, the levels of the rubric, the anchors."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, FieldRowPanel, HelpPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.widgets import AdminAutoHeightTextInput
from wagtail.blocks.list_block import ListValue
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.snippets.views.snippets import CreateView, EditView, IndexView, InspectView, SnippetViewSet

from accounts.models import User
from assessments.answers import MEGABYTE, what_to_do
from assessments.formats.written import DOCUMENTS, MOST_MEGABYTES, MOST_MINUTES, MOST_WORDS, AnswerTerms, Means
from assessments.item_rules.model import FEWEST_ANCHORS
from assessments.models import Item
from assessments.services import retire_item, take_back_item
from assessments.uploaded import KINDS
from cms.blocks.base import identified
from cms.items import words_of
from cms.seen import SeenForm
from common.errors import UserError
from courses.models import Course
from rating.models import HIGHEST, LOWEST, SCORES, OpenQuestion
from rating.queries import rubric_of
from rating.services import Asked, refuse_unfit, write_question

MOST_ANCHORS = 40
FEWEST_WORDS, USUAL_WORDS = 60, 250
USUAL_KINDS, USUAL_MEGABYTES, USUAL_MINUTES = ("pdf", "docx", "odt"), 5, 3
MEANS = [
    (Means.WORDS, _("In words, typed on the page")),
    (Means.FILE, _("With a file")),
    (Means.AUDIO, _("By speaking: recorded on the page, or uploaded")),
]
# Which fields say what an answer should be, of each means.
FIELDS_OF = {Means.WORDS: ("fewest", "most"), Means.FILE: ("kinds", "megabytes"), Means.AUDIO: ("minutes",)}


def most_megabytes() -> int:
    """What this installation takes."""
    return max(1, min(MOST_MEGABYTES, settings.ACCORD_MAX_ANSWER_BYTES // MEGABYTE))


class LevelBlock(blocks.StructBlock):
    name = blocks.CharBlock(label=_("Name"), max_length=80, help_text=_("In a few words, such as “Asks for the limit”."))
    words = blocks.TextBlock(label=_("How one knows an answer of this level"), rows=3)

    class Meta:
        icon = "list-ol"
        label_format = "{name}"


class AnchorBlock(blocks.StructBlock):
    text = blocks.TextBlock(
        label=_("An answer, as a learner would write it"),
        rows=5,
        help_text=_("Of files and recordings: what it says, word for word, or what is to be seen in it."),
    )
    score = blocks.ChoiceBlock(label=_("Agreed level"), choices=[(str(score), str(score)) for score in SCORES])
    reason = blocks.TextBlock(
        label=_("Why this level and not the next"),
        rows=2,
        help_text=_("Raters read it after their training, learners beside their result."),
    )

    class Meta:
        icon = "doc-full"
        label_format = "{score}: {text}"


class OpenQuestionForm(SeenForm):
    """Saving makes a new version where learners read something else, and a new edition where raters do."""

    situation = forms.CharField(label=_("Situation"), widget=AdminAutoHeightTextInput(), required=False)
    prompt = forms.CharField(label=_("Question"), widget=AdminAutoHeightTextInput())
    by = forms.ChoiceField(label=_("How learners answer"), choices=MEANS, initial=Means.WORDS, widget=forms.RadioSelect)
    fewest = forms.IntegerField(
        label=_("Fewest words"), min_value=1, max_value=MOST_WORDS, initial=FEWEST_WORDS, required=False
    )
    most = forms.IntegerField(
        label=_("Most words"),
        min_value=2,
        max_value=MOST_WORDS,
        initial=USUAL_WORDS,
        required=False,
        help_text=_("A longer text is kept. Raters read as far as here."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Kinds of files"),
        choices=[(name, KINDS[name].label) for name in DOCUMENTS],
        initial=USUAL_KINDS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What a file is, its content says, not its name."),
    )
    megabytes = forms.IntegerField(label=_("Most megabytes"), min_value=1, initial=USUAL_MEGABYTES, required=False)
    minutes = forms.IntegerField(
        label=_("Most minutes"),
        min_value=1,
        max_value=MOST_MINUTES,
        initial=USUAL_MINUTES,
        required=False,
        help_text=_("A recording on the page ends there. Of one that is uploaded raters hear as far as here."),
    )
    levels = blocks.BlockField(
        block=blocks.ListBlock(LevelBlock(), min_num=HIGHEST, max_num=HIGHEST), label=_("Levels of the rubric, from 1 to 5")
    )
    anchors = blocks.BlockField(
        block=blocks.ListBlock(AnchorBlock(), min_num=FEWEST_ANCHORS, max_num=MOST_ANCHORS), label=_("Anchors")
    )
    concept = forms.CharField(
        label=_("Concept"),
        required=False,
        max_length=300,
        help_text=_("What the question is about, for authors. Learners do not see it."),
    )
    is_retired = forms.BooleanField(
        label=_("Retired: ask this question of nobody who begins from now on"),
        required=False,
        help_text=_("What was written goes on being rated; results stay."),
    )

    class Meta:
        model = OpenQuestion
        fields: ClassVar = ["course", "skill", "occasion"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["course"].required = True
        self.fields["course"].queryset = Course.objects.order_by("title")
        self.fields["occasion"].label, self.fields["occasion"].help_text = _("Asked"), _("At the end of that assessment.")
        self.fields["occasion"].choices = [("", gettext("Not yet")), *self.fields["occasion"].choices[1:]]
        if self.instance.pk:
            self.fields["course"].disabled = True
        self.fields["megabytes"].help_text = _("%(most)s at the most.") % {"most": most_megabytes()}
        self._fill()

    def _fill(self) -> None:
        """With what the question says now; of a new one five levels and the anchors that are needed, empty."""
        levels: list[dict[str, Any]] = [{"name": "", "words": ""} for _score in SCORES]
        anchors: list[dict[str, Any]] = [{"text": "", "score": "", "reason": ""} for _anchor in range(FEWEST_ANCHORS)]
        version, rubric = self.instance.current_version, rubric_of(self.instance) if self.instance.pk else None
        if version is not None:
            self.initial |= {"situation": version.situation, "prompt": version.prompt, "concept": version.concept}
            self.initial |= _initial_terms(version.answer_terms) | {"is_retired": self.instance.is_retired}
        if rubric is not None:
            levels = [{"name": level["name"], "words": level["words"]} for level in rubric.levels]
            anchors = [{"type": "item", "id": anchor["id"], "value": _anchor_value(anchor)} for anchor in rubric.anchors]
        self.initial["levels"] = self.fields["levels"].block.to_python(levels)
        self.initial["anchors"] = self.fields["anchors"].block.to_python(anchors)

    def mark_of(self) -> str:
        found = OpenQuestion.objects.get(pk=self.instance.pk)
        rubric = rubric_of(found)
        marks = (found.current_version_id, rubric and rubric.pk, found.state, found.occasion, found.skill_id)
        return "-".join(str(mark or "") for mark in marks)

    def says_now(self) -> dict[str, str]:
        found = OpenQuestion.objects.select_related("current_version", "skill").get(pk=self.instance.pk)
        version, rubric = found.current_version, rubric_of(found)
        now = {"skill": str(found.skill or ""), "occasion": found.occasion, "is_retired": str(found.is_retired)}
        if version is not None:
            now |= {"situation": version.situation, "prompt": version.prompt, "concept": version.concept}
            terms = _initial_terms(version.answer_terms)
            now |= {name: str(list(value) if isinstance(value, tuple) else value) for name, value in terms.items()}
        if rubric is not None:
            now |= {"levels": _levels_in_words(rubric.levels), "anchors": _anchors_in_words(rubric.anchors)}
        return now

    def typed(self, name: str) -> str:
        if name == "levels":
            return _levels_in_words(levels_from(self.cleaned_data[name]))
        return _anchors_in_words(anchors_from(self.cleaned_data[name])) if name == "anchors" else super().typed(name)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        self._clean_terms(cleaned)
        if "levels" in cleaned and "anchors" in cleaned:
            try:
                refuse_unfit(levels_from(cleaned["levels"]), anchors_from(cleaned["anchors"]))
            except UserError as error:
                raise ValidationError(str(error)) from error
        return cleaned

    def _clean_terms(self, cleaned: dict[str, Any]) -> None:
        """What belongs to another means than the chosen one is left as it is, and does not count."""
        for name in FIELDS_OF.get(cleaned.get("by", ""), ()):
            if name not in self.errors and not cleaned.get(name):
                self.add_error(name, self.fields[name].error_messages["required"])
        for name in {name for names in FIELDS_OF.values() for name in names} - set(FIELDS_OF.get(cleaned.get("by", ""), ())):
            self.errors.pop(name, None)
        fewest, most = cleaned.get("fewest"), cleaned.get("most")
        if cleaned.get("by") == Means.WORDS and fewest and most and fewest >= most:
            self.add_error("most", _("Give more words here than as the fewest."))
        if cleaned.get("by") == Means.FILE and (cleaned.get("megabytes") or 0) > most_megabytes():
            self.add_error(
                "megabytes", _("This installation takes files of %(most)s MB at the most.") % {"most": most_megabytes()}
            )

    def save(self, commit: bool = True) -> OpenQuestion:
        if not commit:
            return self.instance
        cleaned, question = self.cleaned_data, self.instance
        item = write_question(
            course=cleaned["course"],
            key=question.key or new_key(cleaned["course"]),
            uuid=question.uuid,
            asked=Asked(
                situation=cleaned["situation"],
                prompt=cleaned["prompt"],
                **terms_from(cleaned),
                occasion=cleaned["occasion"],
                skill=cleaned["skill"].slug if cleaned["skill"] else "",
                concept=cleaned["concept"],
            ),
            levels=levels_from(cleaned["levels"]),
            anchors=anchors_from(cleaned["anchors"]),
        )
        if cleaned["is_retired"]:
            retire_item(item=item)
        else:
            take_back_item(item=item)
        return OpenQuestion.objects.get(pk=item.pk)


def terms_from(cleaned: dict[str, Any]) -> dict[str, Any]:
    """What an answer should be, of the means that was chosen."""
    said = {"by": cleaned["by"]} | {name: cleaned[name] for name in FIELDS_OF[cleaned["by"]]}
    if "kinds" in said:
        said["kinds"] = tuple(name for name in DOCUMENTS if name in said["kinds"])
    return said


def _initial_terms(terms: AnswerTerms) -> dict[str, Any]:
    return {"by": terms.by} | {name: getattr(terms, name) for name in FIELDS_OF[terms.by]}


def _anchor_value(anchor: dict[str, Any]) -> dict[str, Any]:
    return {"text": anchor["text"], "score": str(anchor["score"]), "reason": anchor["reason"]}


def _levels_in_words(levels: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(f"{level['name']}: {level['words']}" for level in levels)


def _anchors_in_words(anchors: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(f"{anchor['score']}: {anchor['text']} ({anchor['reason']})" for anchor in anchors)


def levels_from(value: ListValue) -> list[dict[str, Any]]:
    return [{"score": score, "name": level["name"], "words": level["words"]} for score, level in enumerate(value, start=LOWEST)]


def anchors_from(value: ListValue) -> list[dict[str, Any]]:
    return [
        {"id": name, "text": anchor["text"], "score": int(anchor["score"]), "reason": anchor["reason"]}
        for name, anchor in identified(value)
    ]


def new_key(course: Course) -> str:
    taken = set(Item.objects.filter(course=course).values_list("key", flat=True))
    return next(key for key in (f"open-{number}" for number in range(1, len(taken) + 2)) if key not in taken)


class LeadPolicy(ModelPermissionPolicy):
    """Who may reword questions writes open ones, who may see questions reads them. Nobody deletes one: it is retired."""

    def user_has_permission(self, user: User, action: str) -> bool:
        return action != "delete" and super().user_has_permission(user, _as_of_items(action))

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet[User]:
        return super().users_with_any_permission([_as_of_items(action) for action in actions if action != "delete"])


def _as_of_items(action: str) -> str:
    return "change" if action == "add" else action


def page_of(question: OpenQuestion) -> str:
    return reverse("open_question_rating", args=[question.pk])


class OpenQuestionListView(IndexView):
    page_title = _("Open questions")


class OpenQuestionCreateView(CreateView):
    def get_success_url(self) -> str:
        return page_of(self.object)

    def get_success_message(self, instance: OpenQuestion) -> str:
        return gettext("Question “%(key)s” saved. Now appoint its raters.") % {"key": instance.key}


class OpenQuestionEditView(EditView):
    def get_success_message(self) -> str:
        """With what it means for raters."""
        saved = gettext("Question “%(key)s” saved.") % {"key": self.object.key}
        if not {"levels", "anchors"} & set(self.form.changed_data):
            return saved
        return f"{saved} " + gettext("If levels or anchors have changed, all raters train again before they rate.")


class OpenQuestionInspectView(InspectView):
    """What those read of a question who may not reword it."""

    def get_fields_context(self) -> list[dict[str, Any]]:
        fields: list[dict[str, Any]] = super().get_fields_context()
        return [{"label": label, "value": text, "component": None} for label, text in texts_of(self.object) if text] + fields


def texts_of(question: OpenQuestion) -> Iterator[tuple[Any, str]]:
    version, rubric = question.current_version, rubric_of(question)
    if version is not None:
        yield _("Situation"), version.situation
        yield _("Question"), version.prompt
        yield _("How learners answer"), what_to_do(version)
    for level in rubric.levels if rubric else ():
        yield _("Level %(n)s") % {"n": level["score"]}, f"{level['name']} – {level['words']}"
    for anchor in rubric.anchors if rubric else ():
        yield _("Anchor of level %(n)s") % {"n": anchor["score"]}, f"{anchor['text']} – {anchor['reason']}"


class OpenQuestionViewSet(SnippetViewSet):
    model = OpenQuestion
    index_view_class = OpenQuestionListView
    add_view_class = OpenQuestionCreateView
    edit_view_class = OpenQuestionEditView
    inspect_view_class = OpenQuestionInspectView
    inspect_view_fields: ClassVar = ["key", "course", "skill", "occasion", "state"]
    icon = "edit"
    menu_label = _("Open questions")
    menu_name = "open-questions"
    menu_order = 250
    add_to_admin_menu = True
    copy_view_enabled = False
    inspect_view_enabled = True
    list_display: ClassVar = [
        TitleColumn("words", label=_("Question"), accessor=words_of, get_url=page_of),
        "course",
        "skill",
        Column("get_occasion_display", label=_("Asked")),
        Column("get_state_display", label=_("State")),
    ]
    list_filter: ClassVar = ["course", "skill", "occasion"]
    search_fields: ClassVar = ["key", "current_version__prompt", "current_version__situation"]
    search_backend_name = None
    edit_handler = ObjectList(
        [
            HelpPanel(
                content=_(
                    "Learners answer in their own words, written, in a file or spoken, at the end of the assessment that you "
                    "choose. Two raters read or hear each answer without knowing whose it is. Before they rate, they train on "
                    "your anchors: answers whose level you and colleagues have agreed. Changes take effect at once. Whoever "
                    "has begun keeps the wording they saw; where levels or anchors change, all raters train again."
                )
            ),
            MultiFieldPanel(
                [FieldRowPanel([FieldPanel("course"), FieldPanel("occasion")]), FieldPanel("skill")],
                heading=_("Where it is asked"),
            ),
            FieldPanel("situation"),
            FieldPanel("prompt"),
            FieldPanel("by"),
            MultiFieldPanel([FieldRowPanel([FieldPanel("fewest"), FieldPanel("most")])], heading=_("Of an answer in words")),
            MultiFieldPanel([FieldPanel("kinds"), FieldPanel("megabytes")], heading=_("Of a file")),
            MultiFieldPanel([FieldPanel("minutes")], heading=_("Of a recording")),
            FieldPanel("levels"),
            FieldPanel("anchors"),
            FieldPanel("is_retired"),
            FieldPanel("concept"),
        ],
        base_form_class=OpenQuestionForm,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[OpenQuestion]:
        return OpenQuestion.objects.select_related("course", "skill", "current_version")
