"""What the editor of pages, and of all else that has drafts, does beside Wagtail's own: autosave never acts, never writes over
a publication, stores nothing new where nothing was changed; and an act that is sent twice is done once (docs/decisions/0029).

Registered in `cms.wagtail_hooks`; each is asked under the lock of the page (`cms.turns`).
"""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail.models import Page, PageSubscription, WorkflowMixin

from accounts.models import User

ACT = "action-"


def answer_early(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Answer to a form of the editor that Wagtail would make more of than was meant; None leaves it to Wagtail."""
    if request.method != "POST" or page.alias_of_id:
        return None
    return _answer_autosave(request, page) if is_autosave(request) else _answer_repeated_act(request, page)


def answer_draft_early(request: HttpRequest, draft: Any) -> HttpResponse | None:
    """The same for what is no page and has drafts, such as questions and simulations."""
    if request.method != "POST" or not isinstance(draft, WorkflowMixin):
        return None
    return _answer_autosave(request, draft) if is_autosave(request) else _answer_repeated_act(request, draft)


def refuse_autosave_that_acts(request: HttpRequest) -> HttpResponse | None:
    """Publishing, submitting, approving, sending back, with or without words, is for forms that a person sends."""
    if not is_autosave(request) or not any(name.startswith(ACT) for name in request.POST):
        return None
    # The one code whose words the editor shows without giving up.
    return _refusal("locked", _("This page is on its way. Nothing is saved automatically in the meantime."))


def is_autosave(request: HttpRequest) -> bool:
    return request.method == "POST" and not request.accepts("text/html")


def _answer_autosave(request: HttpRequest, page: Any) -> HttpResponse | None:
    if refusal := refuse_autosave_that_acts(request):
        return refusal
    if _would_overwrite_publication(request, page):
        said = _("This version has been published or scheduled since. Save it yourself to begin a new draft.")
        return _refusal("invalid_revision", said)
    if not _is_changed(request, page):
        return JsonResponse({"success": True, "pk": page.pk})
    return None


def _refusal(code: str, words: str) -> JsonResponse:
    return JsonResponse({"success": False, "error_code": code, "error_message": words}, status=409)


def _would_overwrite_publication(request: HttpRequest, page: Any) -> bool:
    """Autosave writes again and again to one revision. An approval makes that very revision what is published."""
    latest = page.latest_revision
    if latest is None or request.POST.get("overwrite_revision_id") != str(latest.pk):
        return False
    return latest.pk == page.live_revision_id or latest.approved_go_live_at is not None


def _answer_repeated_act(request: HttpRequest, page: Any) -> HttpResponse | None:
    """An approval that somebody, or the same click, has given already. Wagtail would save the form as a new draft."""
    act = request.POST.get("workflow-action-name", "")
    if not request.POST.get("action-workflow-action") or may_still_act(request.user, page, act):
        return None
    if _is_changed(request, page):
        messages.warning(request, _("This is no longer waiting for review. Your changes were saved as a draft only."))
        return None
    messages.info(request, _("This is no longer waiting for review. Nothing was changed."))
    if isinstance(page, Page):
        return redirect("wagtailadmin_explore", page.get_parent().pk)
    return redirect(request.get_full_path())


def may_still_act(user: User | AnonymousUser, page: Any, act: str) -> bool:
    """Whether a page waits for this act on its review, by this user."""
    task = page.current_workflow_task
    return act in ([name for name, _label, _modal in task.get_actions(page, user)] if task else [])


def _is_changed(request: HttpRequest, page: Any) -> bool:
    """Whether the form says anything else than the newest revision."""
    return bool(_form_sent(request, page).has_changed())


def draft_sent(request: HttpRequest, page: Page) -> Page | None:
    """The page as the form of the editor has it, not saved; None where Wagtail will refuse the form."""
    draft = page.get_latest_revision_as_object()
    return draft if _form_sent(request, draft).is_valid() else None


def _form_sent(request: HttpRequest, page: Any) -> Any:
    if not isinstance(page, Page):
        form_class = page.get_edit_handler().get_form_class()
        return form_class(request.POST, request.FILES, instance=page, for_user=request.user)
    form_class = page.specific_class.get_edit_handler().get_form_class()
    return form_class(
        request.POST,
        request.FILES,
        instance=page,
        parent_page=page.get_parent(),
        subscription=PageSubscription.objects.filter(page=page, user=request.user).first(),
        for_user=request.user,
    )
