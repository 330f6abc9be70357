"""How the assessments of a course are taken: their settings, and of drawn ones whether the bank can fill them."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, HelpPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import TitleColumn
from wagtail.snippets.views.snippets import EditView, IndexView, InspectView, SnippetViewSet

from assessments.coverage import coverage_of
from assessments.models import Instrument
from assessments.services import Settings, adaptive_plan_of, calibration_state, change_settings, plan_of
from common.errors import UserError

SETTINGS = ("time_limit", "presentation", "shuffles_options", "opens_on", "closes_on", "review")


class InstrumentForm(WagtailAdminModelForm):
    """Saving changes both forms of the course: with other settings their two results could not be compared."""

    class Meta:
        model = Instrument
        fields: ClassVar = list(SETTINGS)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if self.instance.is_alone:
            raise ValidationError(_("An assessment that is taken by itself is edited under “Other assessments”."))
        if self.instance.course_id is None:
            raise ValidationError(_("The skill check for everybody has no settings: it has no time limit and shows no keys."))
        if not self.errors:
            try:
                Settings(**{name: cleaned[name] for name in SETTINGS}).refuse_unfit()
            except UserError as error:
                raise ValidationError(str(error)) from error
        return cleaned

    def _post_clean(self) -> None:
        """The two constraints are told above, in words."""
        self._validate_unique = False

    def save(self, commit: bool = True) -> Instrument:
        if commit and self.instance.course is not None:
            settings = Settings(**{name: self.cleaned_data[name] for name in SETTINGS})
            change_settings(course=self.instance.course, settings=settings)
            self.instance.refresh_from_db()
        return self.instance


def page_of(instrument: Instrument) -> str:
    return reverse("wagtailsnippets_assessments_instrument:inspect", args=[instrument.pk])


class InstrumentListView(IndexView):
    page_title = _("Assessments")


class InstrumentEditView(EditView):
    def get_success_message(self) -> str:
        return _("Settings of the assessment of “%(course)s” saved, for both forms.") % {"course": self.object.course}


class InstrumentInspectView(InspectView):
    """What a form asks, and how it is taken."""

    def get_fields_context(self) -> list[dict[str, Any]]:
        is_public = self.object.is_public
        names = [name for name in self.fields if not (is_public and name in SETTINGS)]
        fields = [self.get_context_for_field(name) for name in names]
        return fields + [{"label": label, "value": text, "component": None} for label, text in contents_of(self.object)]


def contents_of(instrument: Instrument) -> Iterator[tuple[Any, str]]:
    """Of a fixed form its questions, of a drawn one what the forecast says."""
    if instrument.is_adaptive:
        for part in adaptive_plan_of(instrument).skills:
            yield (
                _("Chooses by the answers"),
                _("up to %(n)s questions of %(skill)s") % {"n": part.length, "skill": part.skill},
            )
            state = calibration_state(part.skill)
            yield (
                _("From"),
                _("%(n)s questions, calibrated on %(persons)s people") % {"n": state.questions, "persons": state.persons},
            )
        return
    if not instrument.is_drawn:
        items = [entry.item for entry in instrument.entries.select_related("item")]
        yield _("Questions"), ", ".join(item.key for item in items if not item.is_retired) or gettext("none")
        if retired := [item.key for item in items if item.is_retired]:
            yield _("Retired, asked of nobody who begins from now on"), ", ".join(retired)
        for line in coverage_of(instrument):
            yield _("Forecast"), line
        return
    plan = plan_of(instrument)
    for cell in plan.blueprint.cells:
        yield _("Draws"), f"{cell.count} × {cell.name}"
    if plan.blueprint.anchor_count:
        anchors = ", ".join(sorted(plan.blueprint.anchors))
        yield _("Draws"), _("%(n)s anchors of: %(keys)s") % {"n": plan.blueprint.anchor_count, "keys": anchors}
    for line in coverage_of(instrument):
        yield _("Forecast"), line


class InstrumentViewSet(SnippetViewSet):
    model = Instrument
    index_view_class = InstrumentListView
    edit_view_class = InstrumentEditView
    inspect_view_class = InstrumentInspectView
    inspect_view_fields: ClassVar = ["course", "key", "is_active", *SETTINGS]
    icon = "form"
    menu_label = _("Assessments")
    menu_name = "assessments"
    menu_order = 251
    add_to_admin_menu = True
    copy_view_enabled = False
    inspect_view_enabled = True
    list_display: ClassVar = [
        TitleColumn("title", label=_("Form"), accessor="title", get_url=page_of),
        "course",
        "is_active",
        "time_limit",
        "presentation",
        "review",
    ]
    list_filter: ClassVar = ["course", "is_active"]
    search_fields: ClassVar = ["title", "key"]
    search_backend_name = None
    edit_handler = ObjectList(
        [
            HelpPanel(
                content=_(
                    "Both forms of the course change together, at once and without review. Whoever is taking one now may get "
                    "more time by it, never less. Days begin and end where the organisation of the learner is, else where this "
                    "site is. The assessment after the course is required: whoever has not taken it by the last day cannot "
                    "complete the course. Keys that are shown before the second assessment prepare learners for it: the two "
                    "results can then not be compared."
                )
            ),
            FieldPanel("time_limit"),
            FieldPanel("presentation"),
            FieldPanel("shuffles_options"),
            MultiFieldPanel([FieldRowPanel([FieldPanel("opens_on"), FieldPanel("closes_on")])], heading=_("Days")),
            FieldPanel("review"),
        ],
        base_form_class=InstrumentForm,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Instrument]:
        return Instrument.objects.select_related("course")
