"""The words of skills: Accord's, and those of organisations that have a framework of their own."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, HelpPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import TitleColumn
from wagtail.admin.widgets import AdminAutoHeightTextInput
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.snippets.views.chooser import (
    ChooseResultsView,
    ChooseView,
    SnippetChooserViewSet,
    SnippetChosenMultipleView,
    SnippetChosenView,
)
from wagtail.snippets.views.snippets import (
    CreateView,
    DeleteView,
    EditView,
    HistoryView,
    IndexView,
    InspectView,
    SnippetViewSet,
    UsageView,
)

from accounts.console import signed_in
from accounts.models import User
from accounts.rules import is_operator
from cms.seen import SeenForm
from common.errors import UserError
from skills.enums import WordsFrom
from skills.models import Framework, Skill, SkillVersion
from skills.queries import skills_of
from skills.services import LevelWords, SkillWords, add_own_skill, give_own_framework, measure_as, refuse_measure, write_words

LEVELS = (1, 2, 3, 4, 5)


def _name() -> forms.CharField:
    return forms.CharField(label=_("Name"), max_length=80)


def _behaviour() -> forms.CharField:
    return forms.CharField(label=_("What someone at this level can be seen to do"), widget=AdminAutoHeightTextInput())


class SkillForm(SeenForm):
    """Saving other words makes a new version; the earlier ones stay."""

    summary = forms.CharField(label=_("Summary"), widget=AdminAutoHeightTextInput(), required=False)
    level_1_name, level_1_behaviour = _name(), _behaviour()
    level_2_name, level_2_behaviour = _name(), _behaviour()
    level_3_name, level_3_behaviour = _name(), _behaviour()
    level_4_name, level_4_behaviour = _name(), _behaviour()
    level_5_name, level_5_behaviour = _name(), _behaviour()

    class Meta:
        model = Skill
        fields: ClassVar = ["framework", "name", "measured_as", "position", "is_hidden"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_new, framework = self.instance.pk is None, None if self.instance.pk is None else self.instance.framework
        words = {} if is_new else {level.number: level for level in self.instance.levels.all()}
        for n in LEVELS:
            self.fields[f"level_{n}_name"].initial = words[n].name if n in words else ""
            self.fields[f"level_{n}_behaviour"].initial = words[n].behaviour if n in words else ""
        self.initial.setdefault("summary", self.instance.summary)
        self.fields["measured_as"].queryset = skills_of()
        if is_new:
            self.fields["framework"].queryset = Framework.objects.exclude(organisation=None)
            self.initial.setdefault("position", Skill.objects.count())
            del self.fields["is_hidden"]
            return
        del self.fields["framework"]
        if framework is not None and framework.organisation_id is None:
            for name in ("measured_as", "position", "is_hidden"):
                del self.fields[name]

    def mark_of(self) -> str:
        return Skill.objects.values_list("updated_at", flat=True).get(pk=self.instance.pk).isoformat()

    def says_now(self) -> dict[str, str]:
        found = Skill.objects.select_related("measured_as").get(pk=self.instance.pk)
        now = {"name": found.name, "summary": found.summary, "position": str(found.position)}
        now |= {"is_hidden": str(found.is_hidden), "measured_as": str(found.measured_as or "")}
        for level in found.levels.all():
            now |= {f"level_{level.number}_name": level.name, f"level_{level.number}_behaviour": level.behaviour}
        return now

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        framework = cleaned.get("framework") or (self.instance.framework if self.instance.pk else None)
        if framework is not None and "measured_as" in self.fields and "measured_as" not in self.errors:
            try:
                refuse_measure(framework, cleaned["measured_as"], self.instance if self.instance.pk else None)
            except UserError as error:
                self.add_error("measured_as", str(error))
        return cleaned

    @property
    def words(self) -> SkillWords:
        data = self.cleaned_data
        levels = (LevelWords(n, data[f"level_{n}_name"], data[f"level_{n}_behaviour"]) for n in LEVELS)
        return SkillWords(data["name"], data["summary"], tuple(levels))

    def save(self, commit: bool = True) -> Skill:
        if not commit:
            return self.instance
        data = self.cleaned_data
        if self.instance.pk is None:
            skill = add_own_skill(
                framework=data["framework"], words=self.words, measured_as=data["measured_as"], position=data["position"]
            )
            self.instance.pk = skill.pk
        else:
            skill = Skill.objects.get(pk=self.instance.pk)
            for name in ("position", "is_hidden"):
                setattr(skill, name, data.get(name, getattr(skill, name)))
            skill.save(update_fields=["position", "is_hidden", "updated_at"])
            if "measured_as" in data:
                measure_as(skill, data["measured_as"])
            write_words(skill, self.words, WordsFrom.CMS)
        self.instance.refresh_from_db()
        return self.instance


def page_of(skill: Skill) -> str:
    return reverse("wagtailsnippets_skills_skill:inspect", args=[skill.pk])


class SkillListView(IndexView):
    page_title = _("Skills")


class ForOperatorsWhereOwn:
    """Of an organisation's own skill only operators open a page."""

    request: HttpRequest

    def get_object(self, *args: Any) -> Skill:
        found: Skill = super().get_object(*args)  # type: ignore[misc]  # of the view beside it
        if found.framework.organisation_id is not None and not is_operator(signed_in(self.request)):
            raise PermissionDenied
        return found


class SkillEditView(ForOperatorsWhereOwn, EditView):
    def get_success_message(self) -> str:
        newest = self.object.versions.first()
        words = {"skill": self.object, "n": newest.number if newest else 1}
        return _("“%(skill)s” saved. Its words are version %(n)s.") % words


class SkillInspectView(ForOperatorsWhereOwn, InspectView):
    """The words as they are, and as they were."""

    def get_fields_context(self) -> list[dict[str, Any]]:
        fields: list[dict[str, Any]] = super().get_fields_context()
        words = [*words_of(self.object), *earlier_words(self.object)]
        return fields + [{"label": label, "value": text, "component": None} for label, text in words]


def words_of(skill: Skill) -> Iterator[tuple[Any, str]]:
    for level in skill.levels.all():
        yield _("Level %(n)s") % {"n": level.number}, f"{level.name}: {level.behaviour}"


def earlier_words(skill: Skill) -> Iterator[tuple[Any, str]]:
    """Each earlier version with the day on which it was written, newest first."""
    for version in list(skill.versions.all())[1:]:
        day = date_format(localtime(version.created_at), "DATE_FORMAT")
        yield gettext("Version %(n)s, from %(day)s") % {"n": version.number, "day": day}, text_of(version)


def text_of(version: SkillVersion) -> str:
    levels = "; ".join(f"{level['number']} {level['name']}: {level['behaviour']}" for level in version.levels)
    return f"{version.name}. {version.summary} {levels}"


class SkillPolicy(ModelPermissionPolicy):
    """A skill is never deleted, as evidence hangs on it. One of an organisation's own can be hidden, and is for operators."""

    def user_has_permission(self, user: User, action: str) -> bool:
        return action != "delete" and super().user_has_permission(user, action)

    def user_has_permission_for_instance(self, user: User, action: str, instance: Skill) -> bool:
        is_own = instance.framework.organisation_id is not None
        return (not is_own or is_operator(user)) and super().user_has_permission_for_instance(user, action, instance)


class SkillHistoryView(ForOperatorsWhereOwn, HistoryView):
    """Who has written its words, and when."""


class SkillUsageView(ForOperatorsWhereOwn, UsageView):
    """What refers to it."""


class ChoosesFromAccord:
    """Of choosers too: names of an organisation's own skills are shown to operators alone."""

    request: HttpRequest

    def get_object_list(self) -> QuerySet[Skill]:
        return skills_for(signed_in(self.request))

    def get_objects(self, pks: list[str]) -> QuerySet[Skill]:
        return self.get_object_list().filter(pk__in=pks)

    def get_object(self, pk: str) -> Skill:
        return get_object_or_404(self.get_object_list(), pk=pk)


class SkillChooseView(ChoosesFromAccord, ChooseView):
    """The dialog."""


class SkillChooseResultsView(ChoosesFromAccord, ChooseResultsView):
    """Its list by itself."""


class SkillChosenView(ChoosesFromAccord, SnippetChosenView):
    """What was chosen in it."""


class SkillChosenMultipleView(ChoosesFromAccord, SnippetChosenMultipleView):
    """The same of several."""


class SkillChooserViewSet(SnippetChooserViewSet):
    choose_view_class = SkillChooseView
    choose_results_view_class = SkillChooseResultsView
    chosen_view_class = SkillChosenView
    chosen_multiple_view_class = SkillChosenMultipleView


def skills_for(user: User) -> QuerySet[Skill]:
    """Accord's, and for operators those of organisations too."""
    skills = Skill.objects.select_related("framework", "measured_as")
    return skills if is_operator(user) else skills.filter(framework__organisation=None)


class SkillViewSet(SnippetViewSet):
    model = Skill
    chooser_viewset_class = SkillChooserViewSet
    history_view_class = SkillHistoryView
    usage_view_class = SkillUsageView
    index_view_class = SkillListView
    edit_view_class = SkillEditView
    inspect_view_class = SkillInspectView
    inspect_view_fields: ClassVar = ["framework", "name", "summary", "measured_as", "position", "is_hidden"]
    icon = "tag"
    menu_label = _("Skills")
    menu_name = "skills"
    menu_order = 253
    add_to_admin_menu = True
    copy_view_enabled = False
    inspect_view_enabled = True
    list_display: ClassVar = [
        TitleColumn("name", label=_("Skill"), accessor="name", get_url=page_of),
        "framework",
        "measured_as",
        "position",
        "is_hidden",
    ]
    list_filter: ClassVar = ["is_hidden"]
    search_fields: ClassVar = ["name", "summary"]
    search_backend_name = None
    ordering: ClassVar = ["framework", "position"]
    edit_handler = ObjectList(
        [
            HelpPanel(
                content=_(
                    "What learners read of this skill. Saved words are read at once; earlier versions stay and can be seen "
                    "under “Inspect”. A skill of an organisation’s own shows the evidence of the skill of Accord that it is "
                    "measured as, with the same five levels: describe each so that both say the same."
                )
            ),
            FieldPanel("framework"),
            FieldPanel("name"),
            FieldPanel("summary"),
            FieldPanel("measured_as"),
            FieldPanel("position"),
            FieldPanel("is_hidden"),
            *(
                MultiFieldPanel(
                    [FieldPanel(f"level_{n}_name"), FieldPanel(f"level_{n}_behaviour")], heading=_("Level %(n)s") % {"n": n}
                )
                for n in LEVELS
            ),
        ],
        base_form_class=SkillForm,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Skill]:
        return skills_for(signed_in(request))


class FrameworkForm(WagtailAdminModelForm):
    """A new one begins with the skills of Accord, to be reworded one by one."""

    class Meta:
        model = Framework
        fields: ClassVar = ["organisation", "title"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            del self.fields["organisation"]
        else:
            self.fields["organisation"].required = True

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        organisation = cleaned.get("organisation")
        if organisation is not None and Framework.objects.filter(organisation=organisation).exists():
            raise ValidationError(_("This organisation has a framework of its own already. Edit that one."))
        return cleaned

    def save(self, commit: bool = True) -> Framework:
        if not commit:
            return self.instance
        if self.instance.pk is not None:
            Framework.objects.filter(pk=self.instance.pk).update(title=self.cleaned_data["title"])
            return self.instance
        made = give_own_framework(organisation=self.cleaned_data["organisation"], title=self.cleaned_data["title"])
        self.instance.pk = made.pk
        self.instance.refresh_from_db()
        return self.instance


class FrameworkListView(IndexView):
    page_title = _("Skills frameworks")


class FrameworkCreateView(CreateView):
    def get_success_message(self, instance: Framework) -> str:
        words = {"organisation": instance.organisation}
        return (
            _("“%(organisation)s” has its own framework, with the words of Accord. Reword its skills under “Skills”.") % words
        )


class FrameworkDeleteView(DeleteView):
    def get_object(self, queryset: QuerySet[Framework] | None = None) -> Framework:
        framework: Framework = super().get_object(queryset)
        if framework.organisation_id is None:
            raise PermissionDenied
        return framework


class FrameworkPolicy(ModelPermissionPolicy):
    """Accord's own framework is not deleted."""

    def user_has_permission_for_instance(self, user: User, action: str, instance: Framework) -> bool:
        if action == "delete" and instance.organisation_id is None:
            return False
        return super().user_has_permission_for_instance(user, action, instance)


class FrameworkViewSet(SnippetViewSet):
    model = Framework
    index_view_class = FrameworkListView
    add_view_class = FrameworkCreateView
    delete_view_class = FrameworkDeleteView
    icon = "list-ul"
    menu_label = _("Skills frameworks")
    menu_name = "skills-frameworks"
    menu_order = 254
    add_to_admin_menu = True
    copy_view_enabled = False
    list_display: ClassVar = ["title", "organisation", "put_away_at"]
    search_fields: ClassVar = ["title"]
    search_backend_name = None
    edit_handler = ObjectList(
        [
            HelpPanel(
                content=_(
                    "An organisation’s own framework: its members read of skills in its words. It begins with the skills of "
                    "Accord. What is measured, and how, stays the same; deleting it gives its members the words of Accord "
                    "back."
                )
            ),
            FieldPanel("organisation"),
            FieldPanel("title"),
        ],
        base_form_class=FrameworkForm,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Framework]:
        return Framework.objects.select_related("organisation")
