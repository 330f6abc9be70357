"""Editing the questions of assessments. (Knowledge checks are written in their lesson.)"""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, HelpPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.widgets import AdminAutoHeightTextInput
from wagtail.admin.widgets.button import Button
from wagtail.blocks.list_block import ListValue
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.snippets.views.snippets import EditView, IndexView, InspectView, SnippetViewSet

from accounts.models import User
from assessments.answers import matches_of, options_in_order, parts_of, targets_of, unmatched
from assessments.coverage import forms_without
from assessments.enums import ItemKind, ItemState, ItemUse, KeyProvenance
from assessments.formats.ratings import HIGHEST as MOST_RATING
from assessments.formats.ratings import LOWEST as LEAST_RATING
from assessments.models import Item, ItemVersion
from assessments.scoring.placement import HIGHEST, LOWEST
from assessments.services import retire_item, take_back_item, upsert_item
from cms.answer_keys import MOST_WORDINGS, RATING_HINT, key_from, problem_of_key, ratings_of, value_of
from cms.blocks.base import identified
from cms.blocks.static import RELATIONSHIPS

WORDS_IN_LIST = 100


class AnswerBlock(blocks.StructBlock):
    text = blocks.TextBlock(label=_("Answer"), rows=2)
    correct = blocks.BooleanBlock(label=_("This is the key"), required=False)
    rating = blocks.FloatBlock(
        label=_("Rating"), required=False, min_value=LEAST_RATING, max_value=MOST_RATING, help_text=RATING_HINT
    )
    feedback = blocks.TextBlock(label=_("Why this is or is not the best answer"), rows=3)
    misconception = blocks.CharBlock(label=_("The mistake behind it"), required=False, help_text=_("For wrong answers."))
    match = blocks.TextBlock(label=_("What belongs to it"), required=False, rows=1, help_text=_("Where answers are matched."))
    level = blocks.IntegerBlock(
        label=_("Level"),
        required=False,
        min_value=LOWEST,
        max_value=HIGHEST,
        help_text=_("The level of somebody who would choose this, from 1 to 5. Give every answer one, or none."),
    )

    class Meta:
        icon = "radio-empty"
        label_format = "{text}"


HINTS = {
    ItemKind.SCALE: _("The points of the scale in their order. Several may be the key where they follow each other."),
    ItemKind.TEXT: _(
        "Wordings that you know. Those marked as the key are right, the others wrong; what is said of each is shown to who "
        "wrote it. Capitals, spaces and a full stop at the end make no difference. Learners see no wording before they have "
        "answered."
    ),
}


class ItemForm(WagtailAdminModelForm):
    """Saving makes a new version of the question when what a learner sees has changed; answers given stay with theirs."""

    situation = forms.CharField(label=_("Situation"), widget=AdminAutoHeightTextInput(), required=False)
    prompt = forms.CharField(label=_("Question"), widget=AdminAutoHeightTextInput())
    concept = forms.CharField(
        label=_("Concept"),
        required=False,
        max_length=300,
        help_text=_("What the question is about, for authors. Learners do not see it."),
    )
    relationship = forms.ChoiceField(label=_("Relationship"), choices=RELATIONSHIPS)
    is_retired = forms.BooleanField(
        label=_("Retired: ask this question of nobody who begins from now on"),
        required=False,
        help_text=_(
            "It is drawn no more, and fixed forms that have it leave it out. Learners who have started go on with it; results "
            "and figures stay. Untick it to have it asked again."
        ),
    )
    options = blocks.BlockField(block=blocks.ListBlock(AnswerBlock(), min_num=1, max_num=MOST_WORDINGS), label=_("Answers"))

    class Meta:
        model = Item
        fields: ClassVar = ["relationship", "industry"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = self.instance.current_version
        self.initial["is_retired"] = self.instance.is_retired
        self.fields["options"].help_text = HINTS.get(self.instance.kind, "")
        if version is not None:
            ratings, matches = ratings_of(version), matches_of(version)
            self.initial |= {"situation": version.situation, "prompt": version.prompt, "concept": version.concept}
            self.initial["options"] = self.fields["options"].block.to_python(
                [
                    {
                        "type": "item",
                        "id": option["id"],
                        "value": {
                            "text": option["text"],
                            "correct": option["id"] in version.correct,
                            "rating": ratings.get(option["id"]),
                            "match": matches.get(option["id"], ""),
                            "feedback": option["feedback"],
                            "misconception": option["misconception"],
                            "level": option.get("level"),
                        },
                    }
                    for option in options_in_order(version)
                ]
            )

    def clean_options(self) -> ListValue:
        options = self.cleaned_data["options"]
        if problem := problem_of_key(self.instance.kind, [value_of(option) for option in options], marked=str(_("the key"))):
            raise ValidationError(problem)
        levels = [option["level"] for option in options if option["level"] is not None]
        if levels and len(levels) < len(options):
            raise ValidationError(_("Some answers have a level and some have none. Give every answer one, or none."))
        if levels and self.instance.kind != ItemKind.SINGLE:
            raise ValidationError(_("Only single choice can have levels. Leave the levels empty."))
        return options

    def clean_is_retired(self) -> bool:
        is_retired: bool = self.cleaned_data["is_retired"]
        if is_retired and self.instance.state == ItemState.DRAFT:
            raise ValidationError(_("A draft is asked nowhere, so it cannot be retired."))
        return is_retired

    def save(self, commit: bool = True) -> Item:
        if not commit:
            return self.instance
        item = self._write()
        if self.cleaned_data["is_retired"]:
            retire_item(item=item)
        else:
            take_back_item(item=item)
        return item

    def _write(self) -> Item:
        options = identified(self.cleaned_data["options"])
        item, version = self.instance, self.instance.current_version
        others = unmatched(version) if version is not None else []
        targets = targets_of([value_of(option)["match"] for _option_id, option in options] + others)
        return upsert_item(
            course=item.course,
            key=item.key,
            uuid=item.uuid,
            use=item.use,
            kind=item.kind,
            skill_slug=item.skill.slug if item.skill else None,
            situation=self.cleaned_data["situation"],
            prompt=self.cleaned_data["prompt"],
            options=[
                {name: option[name] for name in ("text", "feedback", "misconception", "level")} | {"id": option_id}
                for option_id, option in options
            ]
            + targets,
            correct=key_from(item.kind, [(option_id, value_of(option)) for option_id, option in options]),
            concept=self.cleaned_data["concept"],
            relationship=self.cleaned_data["relationship"],
            industry=self.cleaned_data["industry"],
            boundary=item.boundary,
            region=item.region,
        )


class ChangeOnlyPolicy(ModelPermissionPolicy):
    """Questions belong to forms, which come from files: here they are reworded, neither added nor deleted."""

    def user_has_permission(self, user: User, action: str) -> bool:
        return action not in ("add", "delete") and super().user_has_permission(user, action)

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet[User]:
        return super().users_with_any_permission([action for action in actions if action not in ("add", "delete")])


def words_of(item: Item) -> str:
    """What tells a question from others in a list."""
    version = item.current_version
    words = f"{version.situation} {version.prompt}" if version else item.key
    return Truncator(" ".join(words.split())).chars(WORDS_IN_LIST)


def provenance_words(version: ItemVersion) -> str:
    """Who has decided which answer is best, with how many experts they were."""
    if version.panel_experts is None:
        return {
            KeyProvenance.AUTHOR: gettext("by its author alone: it awards no level"),
            KeyProvenance.PANEL: gettext("by a panel of experts"),
            KeyProvenance.CALIBRATED: gettext("calibrated"),
        }[KeyProvenance(version.key_provenance)]
    return gettext("by a panel of %(n)s experts") % {"n": version.panel_experts}


def keyed_by(item: Item) -> str:
    """The same for a list, in a word or two."""
    version = item.current_version
    if version is None:
        return ""
    name = KeyProvenance(version.key_provenance).label
    return f"{name} ({version.panel_experts})" if version.panel_experts is not None else str(name)


def page_of(item: Item) -> str:
    return reverse("wagtailsnippets_assessments_item:inspect", args=[item.pk])


class ItemListView(IndexView):
    page_title = _("Questions")

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """With the way to a file of what the list shows now."""
        query = self.request.GET.urlencode()
        address = reverse("export_questions")
        export = Button(_("Export"), url=f"{address}?{query}" if query else address, icon_name="download", priority=60)
        return [*super().header_more_buttons, export]


def _to_typed_answers(item: Item) -> list[Button]:
    """Of a short text the way to what learners wrote."""
    if item.kind != ItemKind.TEXT:
        return []
    return [Button(_("What learners wrote"), url=reverse("typed_answers", args=[item.pk]), icon_name="edit", priority=70)]


class ItemEditView(EditView):
    def get_object(self, queryset: QuerySet[Item] | None = None) -> Item:
        """Open questions have a form of their own, with their rubric."""
        item: Item = super().get_object(queryset)
        if item.kind == ItemKind.OPEN:
            raise Http404
        return item

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        return [*super().header_more_buttons, *_to_typed_answers(self.object)]

    def get_success_message(self) -> str:
        """With what it means for forms, where it was retired or taken back."""
        saved = _("Question “%(key)s” saved.") % {"key": self.object.key}
        if "is_retired" not in self.form.changed_data:
            return saved
        told = gettext("It is retired.") if self.object.is_retired else gettext("It is asked again.")
        return " ".join([saved, told, *forms_without(self.object)])


class ItemInspectView(InspectView):
    """What those read of a question who may not reword it."""

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        return [*super().header_more_buttons, *_to_typed_answers(self.object)]

    def get_fields_context(self) -> list[dict[str, Any]]:
        fields: list[dict[str, Any]] = super().get_fields_context()
        return [{"label": label, "value": text, "component": None} for label, text in texts_of(self.object) if text] + fields


def texts_of(item: Item) -> Iterator[tuple[Any, str]]:
    """Label and words of everything that learners read of a question."""
    version = item.current_version
    if version is None:
        return
    if item.is_retired:
        yield _("Retired"), gettext("Nobody who begins from now on is asked it. Learners who have started go on with it.")
    yield _("Key"), provenance_words(version)
    yield _("Situation"), version.situation
    yield _("Question"), version.prompt
    keyed = {part.text: part.key for part in parts_of(version, [])}
    for option in options_in_order(version):
        label: Any = _("Answer, the key") if option["id"] in version.correct else _("Answer")
        if not version.is_choice and keyed.get(option["text"]):
            label = _("%(answer)s (key: %(key)s)") % {"answer": label, "key": keyed[option["text"]]}
        if "level" in option:
            label = _("%(answer)s, level %(level)s") % {"answer": label, "level": option["level"]}
        yield label, f"{option['text']} – {option['feedback']}"


class ItemViewSet(SnippetViewSet):
    model = Item
    index_view_class = ItemListView
    edit_view_class = ItemEditView
    inspect_view_class = ItemInspectView
    inspect_view_fields: ClassVar = [
        "key",
        "kind",
        "state",
        "course",
        "skill",
        "relationship",
        "industry",
        "boundary",
        "region",
    ]
    icon = "help"
    menu_label = _("Questions")
    menu_name = "assessment-questions"
    menu_order = 250
    add_to_admin_menu = True
    copy_view_enabled = False
    inspect_view_enabled = True
    list_display: ClassVar = [
        TitleColumn("words", label=_("Question"), accessor=words_of, get_url=page_of),
        "key",
        Column("get_kind_display", label=_("Format")),
        "course",
        "skill",
        "relationship",
        "industry",
        Column("keyed_by", label=_("Keyed by"), accessor=keyed_by),
        Column("get_state_display", label=_("State")),
    ]
    list_filter: ClassVar = ["kind", "course", "skill", "relationship", "boundary", "state", "current_version__key_provenance"]
    search_fields: ClassVar = ["key", "industry", "current_version__prompt", "current_version__situation"]
    search_backend_name = None
    edit_handler = ObjectList(
        [
            HelpPanel(
                content=_(
                    "Changes take effect immediately, without review. Learners who have started an assessment keep the "
                    "wording they saw; everyone else gets the new wording. If you want to ask something different, add a "
                    "new question in the content files. Steps that are put into order are written here in the right "
                    "order, and shown mixed."
                )
            ),
            FieldPanel("situation"),
            FieldPanel("prompt"),
            FieldPanel("options"),
            FieldPanel("is_retired"),
            MultiFieldPanel(
                [FieldPanel("relationship"), FieldPanel("industry"), FieldPanel("concept")], heading=_("For authors")
            ),
        ],
        base_form_class=ItemForm,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        return (
            Item.objects.filter(use=ItemUse.FORM)
            .exclude(kind=ItemKind.OPEN)
            .select_related("course", "skill", "current_version")
        )
