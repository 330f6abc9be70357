"""The page of a whole course in the CMS: how it stands, what is in it, whom acts on it touch, and the acts themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import ResolverMatch, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin.modal_workflow import render_modal_workflow
from wagtail.admin.widgets import AdminDateTimeInput
from wagtail.models import Page, WorkflowState

from accounts.console import signed_in
from accounts.models import User
from cms.editing import draft_sent, is_autosave, may_still_act
from cms.enrolment import close_for_enrolment, open_for_enrolment
from cms.models import CoursePage
from cms.publications import state_of
from cms.reach import effect_of_publishing, effect_of_publishing_all, effect_of_publishing_as
from cms.rules import may_edit_page, may_publish_page
from cms.whole_course import approve, drafts_of, publish, submission_of, submit, taken_back
from common.errors import UserError

# Sent along by whoever has read what an approval takes away.
KNOWN = "effect-known"


class WhenForm(forms.Form):
    """When drafts go live; empty: as soon as somebody with the right says so."""

    at = forms.DateTimeField(required=False, widget=AdminDateTimeInput)

    def clean_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["at"]
        if at is not None and at <= timezone.now():
            raise forms.ValidationError(_("This time has passed. Choose a later one, or leave it empty."))
        return at


@dataclass(frozen=True)
class Part:
    """A page of the course as a line of the outline."""

    page: Page
    words: str
    is_lesson: bool


@require_safe
def desk(request: HttpRequest, page_id: int) -> HttpResponse:
    return _render(request, _course_page(request, page_id), WhenForm())


def _render(request: HttpRequest, course_page: CoursePage, form: WhenForm, status: int = 200) -> HttpResponse:
    user = signed_in(request)
    drafts, submission = drafts_of(course_page), submission_of(course_page)
    task = submission.workflow_state.current_task_state.task.specific if submission else None
    context = {
        "page": course_page,
        "state": state_of(course_page),
        "parts": _outline(course_page),
        "drafts": drafts,
        "taken_back": taken_back(course_page),
        "effect": effect_of_publishing_all(course_page, drafts),
        "submission": submission,
        "may_publish": may_publish_page(user, course_page),
        "may_approve": task is not None and bool(task.get_actions(course_page, user)),
        "form": form,
    } | _header(course_page, _("The whole course: %(title)s") % {"title": course_page.draft_title})
    return TemplateResponse(request, "cms/desk.html", context, status=status)


def _header(page: Page, title: str) -> dict[str, Any]:
    """Where in the tree, as above Wagtail's own pages."""
    parents = page.get_ancestors().filter(depth__gt=2)
    items = [{"url": reverse("wagtailadmin_explore", args=[parent.pk]), "label": parent.title} for parent in parents]
    own = {"url": reverse("wagtailadmin_pages:edit", args=[page.pk]), "label": page.draft_title}
    return {"breadcrumbs_items": [*items, own], "header_title": title, "header_icon": "doc-full-inverse"}


def _course_page(request: HttpRequest, page_id: int) -> CoursePage:
    course_page = get_object_or_404(CoursePage, pk=page_id)
    if not may_edit_page(request.user, course_page):
        raise PermissionDenied
    return course_page


def _outline(course_page: CoursePage) -> list[Part]:
    pages = list(Page.objects.descendant_of(course_page).order_by("path"))
    under_review = {
        int(key)
        for key in WorkflowState.objects.filter(
            object_id__in=[str(page.pk) for page in pages], status=WorkflowState.STATUS_IN_PROGRESS
        ).values_list("object_id", flat=True)
    }
    return [Part(page, _words(page, page.pk in under_review), page.depth == course_page.depth + 2) for page in pages]


def _words(page: Page, is_under_review: bool) -> str:
    if page.live:
        words = _("published, with a newer draft") if page.has_unpublished_changes else _("published")
    else:
        words = _("taken back") if page.first_published_at else _("draft")
    return _("%(state)s, under review by itself") % {"state": words} if is_under_review else words


# Acts -----------------------------------------------------------------------------------------------------------------


Act = Callable[[CoursePage, User, datetime | None], str]


def act_view(act: Act, may: Callable[[User, Page], bool] = may_edit_page) -> Callable[[HttpRequest, int], HttpResponse]:
    """A view that does `act`, says what it did, and goes back to the course; what is refused is said there too."""

    @require_POST
    def view(request: HttpRequest, page_id: int) -> HttpResponse:
        course_page, user = _course_page(request, page_id), signed_in(request)
        if not may(user, course_page):
            raise PermissionDenied
        form = WhenForm(request.POST)
        if not form.is_valid():
            return _render(request, course_page, form, status=422)
        try:
            messages.success(request, act(course_page, user, form.cleaned_data["at"]))
        except UserError as error:
            messages.error(request, str(error))
        return redirect(desk_address(course_page))

    return view


def desk_address(course_page: Any) -> str:
    return reverse("course_desk", args=[course_page.pk])


def _open(course_page: CoursePage, user: User, at: datetime | None) -> str:
    open_for_enrolment(course_page.ensure_course(), user)
    if state_of(CoursePage.objects.get(pk=course_page.pk)).is_failing or not course_page.live:
        return _("Newcomers will be let in once the course is published.")
    return _("The course is open for enrolment.")


def _close(course_page: CoursePage, user: User, at: datetime | None) -> str:
    close_for_enrolment(course_page.ensure_course(), user)
    return _("The course is closed for newcomers. Those who are on it keep learning.")


def _submit(course_page: CoursePage, user: User, at: datetime | None) -> str:
    submit(course_page, by=user, at=at)
    return _("The whole course is waiting for review. Reviewers have been told once, for all of it.")


def _approve(course_page: CoursePage, user: User, at: datetime | None) -> str:
    approve(course_page, by=user)
    return _("Approved: everything that was submitted is published, or will be at its time.")


def _publish(course_page: CoursePage, user: User, at: datetime | None) -> str:
    n = publish(course_page, by=user, at=at)
    if at is not None:
        return ngettext("%(n)s draft will be published then.", "%(n)s drafts will be published then.", n) % {"n": n}
    return ngettext("%(n)s draft is published.", "%(n)s drafts are published.", n) % {"n": n}


# A part that takes something away ----------------------------------------------------------------------------------------


def ask_before_waiving(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Instead of publishing a lesson that learners have less to do in. Its draft has been saved by then."""
    effect = effect_of_publishing(page)
    if effect is None or not effect.waived_things:
        return None
    header = _header(page, _("Publish “%(title)s”?") % {"title": page.draft_title})
    return TemplateResponse(request, "cms/confirm_publish.html", {"page": page, "effect": effect} | header)


def ask_before_approving(request: HttpRequest, match: ResolverMatch) -> HttpResponse | None:
    """An approval publishes too, and Wagtail asks nobody before it. What was sent is sent again as it is."""
    page = Page.objects.filter(pk=match.kwargs.get("page_id")).first() if _approves(request, match) else None
    if page is None or is_autosave(request) or not may_still_act(request.user, page, "approve"):
        return None
    # From the editor the page is published as its form has it, and not as its draft does.
    draft = draft_sent(request, page) if match.url_name == "edit" else page.get_latest_revision_as_object()
    effect = effect_of_publishing_as(draft) if draft is not None else None
    if effect is None or not effect.waived_things:
        return None
    sent = [(name, value) for name, values in request.POST.lists() for value in values if name != "csrfmiddlewaretoken"]
    header = _header(page, _("Approve “%(title)s”?") % {"title": page.draft_title})
    context = {"page": page, "effect": effect, "address": request.get_full_path(), "sent": [*sent, (KNOWN, "1")], **header}
    if request.headers.get("x-requested-with") == "XMLHttpRequest":  # from the window for a comment
        return render_modal_workflow(request, "cms/confirm_in_window.html", None, context, json_data={"step": "action"})
    return TemplateResponse(request, "cms/confirm_publish.html", context).render()


def _approves(request: HttpRequest, match: ResolverMatch) -> bool:
    if KNOWN in request.POST:
        return False
    if match.url_name == "workflow_action":
        return match.kwargs.get("action_name") == "approve"
    is_sent = match.url_name == "edit" and "action-workflow-action" in request.POST
    return is_sent and request.POST.get("workflow-action-name") == "approve"


@require_POST
def publish_part(request: HttpRequest, page_id: int) -> HttpResponse:
    page = get_object_or_404(Page, pk=page_id).specific
    if page.locked or not may_publish_page(request.user, page):
        raise PermissionDenied
    with transaction.atomic():
        page.get_latest_revision().publish(user=signed_in(request))
    messages.success(request, _("“%(title)s” is published.") % {"title": page.draft_title})
    return redirect("wagtailadmin_pages:edit", page.pk)


ADDRESS = "course/<int:page_id>/"
urlpatterns = [
    path(ADDRESS, desk, name="course_desk"),
    path(ADDRESS + "open/", act_view(_open, may_publish_page), name="course_open"),
    path(ADDRESS + "close/", act_view(_close, may_publish_page), name="course_close"),
    path(ADDRESS + "submit/", act_view(_submit), name="course_submit"),
    path(ADDRESS + "approve/", act_view(_approve), name="course_approve"),
    path(ADDRESS + "publish-part/", publish_part, name="course_publish_part"),
    path(ADDRESS + "publish/", act_view(_publish, may_publish_page), name="course_publish"),
]
