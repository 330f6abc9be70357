"""Panels of experts in the CMS: opened on questions of the bank, read once they are closed, and their keys taken."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.snippets.bulk_actions.snippet_bulk_action import SnippetBulkAction

from accounts.console import signed_in
from accounts.models import User
from assessments.jobs import may_see_bank
from assessments.models import Item
from cms.items import page_of, words_of
from cms.rules import may_author
from common.errors import UserError
from common.http import whole_number
from panels import reports, services
from panels.analysis import result_of
from panels.forms import GoOnForm, InviteForm, OpenPanelForm
from panels.models import Panel

ADDRESS = "expert-panels/"


def may_open_panels(user: User) -> bool:
    """Those who may see the question bank."""
    return may_author(user) and may_see_bank(user)


def may_take_keys(user: User) -> bool:
    """Those who may reword questions: a key changes what is scored."""
    return may_open_panels(user) and user.has_perm("assessments.change_item")


def _author(request: HttpRequest) -> User:
    user = signed_in(request)
    if not may_open_panels(user):
        raise PermissionDenied
    return user


def _page(request: HttpRequest, template: str, title: str, above: list[tuple[str, str]], **context: Any) -> HttpResponse:
    items = [{"url": url, "label": label} for url, label in above]
    header = {"breadcrumbs_items": [*items, {"url": "", "label": title}], "header_title": title, "header_icon": "group"}
    return TemplateResponse(request, template, context | header)


def _list_link() -> tuple[str, str]:
    return reverse("expert_panels"), _("Panels of experts")


@require_safe
def panels(request: HttpRequest) -> HttpResponse:
    """Every panel, the newest first. One query."""
    _author(request)
    finished = Count("experts", filter=Q(experts__submitted_at__isnull=False), distinct=True)
    listed = Panel.objects.annotate(
        questions=Count("items", distinct=True), asked=Count("experts", distinct=True), finished=finished
    ).order_by("-pk")
    return _page(request, "cms/expert_panels.html", _("Panels of experts"), [], panels=listed)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A panel on the questions that the address names."""
    author = _author(request)
    items = _items(request)
    form = OpenPanelForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            opened = services.open_panel(items=items, opened_by=author, **form.cleaned_data)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The panel is open. Nobody has been asked yet: invite experts below."))
            return redirect("expert_panel", opened.uuid)
    reasons = [words for item in items if (words := services.why_not(item))]
    lines = [(words_of(item), page_of(item), item.get_kind_display()) for item in items]
    title = _("Open a panel of experts")
    return _page(request, "cms/expert_panel_new.html", title, [_list_link()], form=form, lines=lines, reasons=reasons)


def _items(request: HttpRequest) -> list[Item]:
    """In the order of their keys; those that are not there are left out."""
    ids = [number for value in request.GET.getlist("item") if (number := whole_number(value)) is not None]
    found = Item.objects.filter(pk__in=ids).select_related("current_version", "skill", "course")
    return list(found.order_by("key"))


@require_safe
def panel(request: HttpRequest, uuid: UUID) -> HttpResponse:
    _author(request)
    return _show(request, _panel(uuid))


def _panel(uuid: UUID) -> Panel:
    return get_object_or_404(Panel.objects.select_related("opened_by"), uuid=uuid)


def _show(request: HttpRequest, found: Panel, **forms: Any) -> HttpResponse:
    experts = list(found.experts.all())
    context: dict[str, Any] = {
        "panel": found,
        "asked": [
            (expert, reports.state_words(expert)) for expert in sorted(experts, key=lambda one: one.email) if expert.email
        ],
        "finished": sum(expert.submitted_at is not None for expert in experts),
        "questions": found.items.count(),
        "invite_form": InviteForm(),
        "go_on_form": GoOnForm(),
        "may_take": may_take_keys(signed_in(request)),
        "rules": reports.rule_words(),
    }
    if not found.is_open:
        result = result_of(found)
        context |= {
            "result": result,
            "passing": len(result.passing),
            "waiting": reports.waiting_words(context["finished"], result.experts),
            "alpha": reports.alpha_words(result.alpha),
            "items": [(item, page_of(item.version.item)) for item in reports.items_in_words(result)],
            "experts": reports.experts_in_words(found),
            "has_keys": any(item.panel_item.taken_id for item in result.items),
        }
    return _page(request, "cms/expert_panel.html", str(found), [_list_link()], **(context | forms))


@require_POST
def invite(request: HttpRequest, uuid: UUID) -> HttpResponse:
    author, found = _author(request), _panel(uuid)
    form = InviteForm(request.POST)
    if form.is_valid():
        try:
            told = services.invite_experts(panel=found, emails=form.cleaned_data["emails"], sender=author)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, services.invited_words(told))
            return redirect("expert_panel", uuid)
    return _show(request, found, invite_form=form)


@require_POST
def go_on(request: HttpRequest, uuid: UUID) -> HttpResponse:
    _author(request)
    found, form = _panel(uuid), GoOnForm(request.POST)
    if form.is_valid():
        try:
            services.go_on(panel=found, closes_on=form.cleaned_data["closes_on"])
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Experts can rate until that day."))
            return redirect("expert_panel", uuid)
    return _show(request, found, go_on_form=form)


@require_POST
def close(request: HttpRequest, uuid: UUID) -> HttpResponse:
    _author(request)
    services.close_panel(panel=_panel(uuid))
    messages.success(request, _("The panel is closed. You can read below what it said."))
    return redirect("expert_panel", uuid)


@require_POST
def withdraw(request: HttpRequest, uuid: UUID, expert: UUID) -> HttpResponse:
    _author(request)
    if services.withdraw_invitation(expert=get_object_or_404(_panel(uuid).experts, uuid=expert)):
        messages.success(request, _("The invitation is withdrawn, and its link opens nothing any more."))
    else:
        messages.info(request, _("This expert has finished meanwhile, so nothing was changed."))
    return redirect("expert_panel", uuid)


@require_POST
def take(request: HttpRequest, uuid: UUID, position: int) -> HttpResponse:
    """The panel's key becomes that of the question, in a new version."""
    if not may_take_keys(_author(request)):
        raise PermissionDenied
    item = get_object_or_404(_panel(uuid).items.select_related("panel", "item_version__item"), position=position)
    try:
        made = services.take_key(panel_item=item)
    except UserError as error:
        messages.error(request, str(error))
    else:
        words = _(
            "Version %(n)s of “%(key)s” is keyed by the panel. Read its reasons again: they were written for the key before. "
            "Attempts keep what they were asked; an operator can score them again."
        )
        messages.success(request, words % {"n": made.number, "key": made.item.key})
    return redirect(f"{reverse('expert_panel', args=[uuid])}#question-{position}")


class OpenPanelAction(SnippetBulkAction):
    """From the list of questions: those that are ticked go on to the page that opens a panel."""

    models: ClassVar = [Item]
    display_name = gettext_lazy("Ask a panel of experts")
    aria_label = gettext_lazy("Ask a panel of experts about the questions that are ticked")
    action_type = "expert_panel"
    template_name = "cms/expert_panel_new.html"
    action_priority = 10

    def check_perm(self, item: Item) -> bool:
        return isinstance(self.request.user, User) and may_open_panels(self.request.user)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        items, _refused = self.get_actionable_objects()
        query = urlencode([("item", item.pk) for item in items])
        return redirect(f"{reverse('expert_panel_new')}?{query}")


Views = Sequence[tuple[str, Callable[..., HttpResponse], str]]
VIEWS: Views = (
    ("", panels, "expert_panels"),
    ("new/", new, "expert_panel_new"),
    ("<uuid:uuid>/", panel, "expert_panel"),
    ("<uuid:uuid>/invite/", invite, "expert_panel_invite"),
    ("<uuid:uuid>/go-on/", go_on, "expert_panel_go_on"),
    ("<uuid:uuid>/close/", close, "expert_panel_close"),
    ("<uuid:uuid>/withdraw/<uuid:expert>/", withdraw, "expert_panel_withdraw"),
    ("<uuid:uuid>/take/<int:position>/", take, "expert_panel_take"),
)
urlpatterns = [path(ADDRESS + route, view, name=name) for route, view, name in VIEWS]
