"""What the authoring side shows beyond pages."""

from collections.abc import Iterator

from django.contrib import messages
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLPattern, reverse_lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.widgets.button import Button
from wagtail.log_actions import LogActionRegistry
from wagtail.models import Page
from wagtail.permissions import register_permission_policy
from wagtail.snippets.models import register_snippet

from accounts.models import User
from accounts.rules import is_operator
from assessments.models import Instrument, Item
from cms import alone, analyses, desk, expert_panels, exporting, fixed_forms, rating_desk, rescoring, typed_answers
from cms.cases import views as cases
from cms.cases.models import SimulationCase
from cms.editing import answer_draft_early, answer_early, refuse_autosave_that_acts
from cms.enrolment import CLOSED, OPENED
from cms.instruments import InstrumentViewSet
from cms.items import ChangeOnlyPolicy, ItemViewSet
from cms.models import CoursePage, LessonPage
from cms.open_drafts import views as open_drafts
from cms.open_drafts.models import OpenQuestionDraft
from cms.open_drafts.policies import OPEN_DRAFTS
from cms.open_questions import OPEN_QUESTIONS, OpenQuestionViewSet
from cms.overview import LISTS, CoursesPanel, CourseViewSet
from cms.ownership import shared_with
from cms.people import ClosedPolicy
from cms.questions import views as questions
from cms.questions.models import QuestionDraft
from cms.questions.policies import DRAFTS, ITEMS
from cms.skills import FrameworkPolicy, FrameworkViewSet, SkillPolicy, SkillViewSet
from rating.models import OpenQuestion
from skills.models import Framework, Skill

register_permission_policy(Item, ITEMS)
register_permission_policy(QuestionDraft, DRAFTS)
register_permission_policy(OpenQuestionDraft, OPEN_DRAFTS)
register_permission_policy(Instrument, ChangeOnlyPolicy(Instrument))
register_permission_policy(SimulationCase, cases.POLICY)
register_snippet(ItemViewSet)
register_snippet(questions.QuestionViewSet)
register_snippet(InstrumentViewSet)
register_permission_policy(Skill, SkillPolicy(Skill))
register_permission_policy(Framework, FrameworkPolicy(Framework))
register_snippet(SkillViewSet)
register_snippet(FrameworkViewSet)
register_permission_policy(OpenQuestion, OPEN_QUESTIONS)
register_snippet(OpenQuestionViewSet)
register_snippet(open_drafts.OpenQuestionDraftViewSet)
register_snippet(cases.CaseViewSet)
for model in (User, Group):
    register_permission_policy(model, ClosedPolicy(model))


@hooks.register("insert_global_admin_css")
def colours() -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static("css/authoring.css"))


@hooks.register("register_log_actions")
def enrolment_log(actions: LogActionRegistry) -> None:
    actions.register_action(OPENED, gettext_lazy("Open for enrolment"), gettext_lazy("Opened the course for enrolment"))
    actions.register_action(CLOSED, gettext_lazy("Close for enrolment"), gettext_lazy("Closed the course for enrolment"))


def _addresses() -> list[URLPattern]:
    return [
        *desk.urlpatterns,
        *analyses.urlpatterns,
        *rescoring.urlpatterns,
        *exporting.urlpatterns,
        *typed_answers.urlpatterns,
        *alone.urlpatterns,
        *fixed_forms.urlpatterns,
        *rating_desk.urlpatterns,
        *expert_panels.urlpatterns,
        *cases.urlpatterns,
        *questions.urlpatterns,
        *open_drafts.urlpatterns,
    ]


hooks.register("before_publish_page", desk.ask_before_waiving)
hooks.register("register_admin_urls", _addresses)
hooks.register("register_admin_viewset", lambda: CourseViewSet())


class AnalysisMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and analyses.may_analyse(request.user)


@hooks.register("register_admin_menu_item")
def to_the_item_analysis() -> MenuItem:
    return AnalysisMenuItem(
        gettext_lazy("Item analysis"), reverse_lazy("item_analysis"), name="item-analysis", icon_name="list-ul", order=251
    )


hooks.register("register_bulk_action", expert_panels.OpenPanelAction)


class PanelsMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and expert_panels.may_open_panels(request.user)


@hooks.register("register_admin_menu_item")
def to_the_panels() -> MenuItem:
    return PanelsMenuItem(
        gettext_lazy("Panels of experts"), reverse_lazy("expert_panels"), name="expert-panels", icon_name="group", order=252
    )


class RescoringMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return is_operator(request.user)


@hooks.register("register_admin_menu_item")
def to_scoring_again() -> MenuItem:
    return RescoringMenuItem(
        gettext_lazy("Score again"), reverse_lazy("rescoring"), name="rescoring", icon_name="rotate", order=253
    )


class AloneMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm("assessments.change_instrument")


@hooks.register("register_admin_menu_item")
def to_assessments_by_themselves() -> MenuItem:
    return AloneMenuItem(
        gettext_lazy("Other assessments"),
        reverse_lazy("alone_assessments"),
        name="alone-assessments",
        icon_name="list-ul",
        order=251,
    )


@hooks.register("construct_homepage_panels")
def courses_first(request: HttpRequest, panels: list[Component]) -> None:
    panels[:] = [LISTS[type(panel)]() if type(panel) in LISTS else panel for panel in panels]
    panels.append(CoursesPanel())


@hooks.register("register_page_header_buttons")
def to_the_whole_course(page: Page, user: User, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    course_page = CoursePage.objects.ancestor_of(page, inclusive=True).first() if page.pk else None
    if course_page is not None:
        yield Button(_("The whole course"), desk.desk_address(course_page), icon_name="list-ul", priority=5)


@hooks.register("before_bulk_action")
def refuse_namesakes(request: HttpRequest, kind: str, pages: list[Page], action: object) -> HttpResponse | None:
    """Wagtail compares each page that is moved with those at the destination, and not with those it comes along with."""
    slugs = [page.slug for page in pages] if kind == "move" else []
    if twice := {slug for slug in slugs if slugs.count(slug) > 1}:
        words = _("Nothing was moved: several of these pages are called “%(slug)s”. Give them different slugs, or move one.")
        messages.error(request, words % {"slug": "”, “".join(sorted(twice))})
        return redirect("wagtailadmin_explore", pages[0].get_parent().pk)
    return None


@hooks.register("after_create_page")
def give_course(request: HttpRequest, page: Page) -> None:
    """A course has its identity from the first save on, so that it can be priced before it is published."""
    if isinstance(page, CoursePage):
        CoursePage.objects.filter(pk=page.pk).update(course=page.ensure_course())


@hooks.register("before_create_page")
def create_only_by_hand(request: HttpRequest, parent: Page, model: type[Page]) -> HttpResponse | None:
    return refuse_autosave_that_acts(request)


hooks.register("before_edit_page", answer_early)
hooks.register("before_edit_snippet", answer_draft_early)


@hooks.register("before_create_snippet")
def write_only_by_hand(request: HttpRequest, model: type[Model]) -> HttpResponse | None:
    return refuse_autosave_that_acts(request)


@hooks.register("after_edit_page")
def say_what_is_shared(request: HttpRequest, page: Page) -> None:
    """Not after every autosave: where a lesson shares an exercise with another, whose words are whose."""
    if not isinstance(page, LessonPage) or not request.accepts("text/html"):
        return
    for other in shared_with(page):
        text = _(
            "This lesson and “%(lesson)s” contain the same exercise. What learners wrote stays in the lesson where they wrote "
            "it; in the other lesson the exercise starts empty. If it is meant to be another exercise, delete it here and add "
            "a new one."
        )
        messages.warning(request, text % {"lesson": other.title})
