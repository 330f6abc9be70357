"""What is held of oneself: a copy of it, and an end to it."""

from dataclasses import dataclass
from datetime import timedelta

from allauth.core.ratelimit import consume
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.console import own_proof_required, signed_in
from accounts.enums import Fate
from accounts.errors import CannotClose, ClosingBegan
from accounts.forms import CloseAccountForm
from accounts.models import AccountClosure, DataExport, User
from accounts.personal_data import PrivacyPart, data_notices, obstacles_of, privacy_parts
from accounts.services.closing import ask_to_close, zone_of
from accounts.services.closing import keep_account as keep
from accounts.services.exporting import export_underway, start_export
from accounts.storage import private_storage
from mail.models import MailLink


@dataclass(frozen=True)
class Held:
    """How much one part holds."""

    title: str | Promise
    count: int


@require_safe
@login_required
def your_data(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    held = [Held(part.title, part.count(user)) for part in privacy_parts]
    exports = user.data_exports.select_related("job")
    context = {
        "held": [entry for entry in held if entry.count],
        "not_held": [entry.title for entry in held if not entry.count],
        "export": exports.filter(ready_at__isnull=False, expires_at__gt=timezone.now()).first(),
        "unfinished": exports.filter(ready_at=None).exclude(job=None).first(),
        "closure": AccountClosure.objects.filter(user=user).first() if user.closes_at else None,
        "obstacles": obstacles_of(user) if user.closes_at else [],
        "notices": [(notice.template, found) for notice in data_notices if (found := notice.find(user))],
        "export_days": settings.ACCORD_KEEP_DAYS["exports"],
    }
    return render(request, "accounts/your_data.html", context)


@require_POST
@own_proof_required
def prepare_export(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    # A second press asks for no second copy, and is none of the five.
    if export_underway(user) is None and not consume(request, action="export", user=user):
        messages.error(request, _("You have asked for five copies within a day. Wait until tomorrow, then ask again."))
        return redirect("your_data")
    export = start_export(user=user, title=_("A copy of your data"), result_url=reverse("your_data"))
    return redirect("job", export.job.uuid) if export.job else redirect("your_data")


@require_safe
@own_proof_required
def download_export(request: HttpRequest, uuid: str) -> HttpResponseBase:
    """To whoever it is about, and to nobody else, whatever they may do here."""
    export = get_object_or_404(DataExport, user=signed_in(request), uuid=uuid, expires_at__gt=timezone.now())
    try:
        file = private_storage().open(str(export.file.name))
    except FileNotFoundError:
        raise Http404 from None
    name = f"{settings.WAGTAIL_SITE_NAME.lower()}-{timezone.localdate(export.ready_at):%Y-%m-%d}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")


@require_http_methods(["GET", "HEAD", "POST"])
@own_proof_required
def close_account(request: HttpRequest) -> HttpResponse:
    """Say what goes, what becomes anonymous and what stays; then ask for the address, typed by hand."""
    user = signed_in(request)
    if user.closes_at:
        return redirect("your_data")
    form = CloseAccountForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_bound and form.is_valid():
        try:
            ask_to_close(user=user, request=request)
        except CannotClose:
            pass  # the page says why
        else:
            messages.success(request, _("Your account will be closed. Until then you can keep it."))
            return redirect("your_data")
    context = {
        "form": form,
        "obstacles": obstacles_of(user),
        "days": settings.ACCORD_GRACE_DAYS,
        "closes_at": timezone.now() + timedelta(days=settings.ACCORD_GRACE_DAYS),
        **what_happens(user),
    }
    return render(request, "accounts/close_account.html", context)


def what_happens(user: User) -> dict[str, list[str]]:
    """`goes`: parts of which something is erased; `anonymous` and `stays`: sentences that say what and why, each once.

    What somebody has nothing of comes apart from that, so that they find what is theirs. What stays is said to everybody: of
    an organisation's own rows nobody can count here which are about whom.
    """
    own = [part for part in privacy_parts if part.count(user)]
    others = [part for part in privacy_parts if part not in own]
    stays = _reasons([*own, *others], Fate.KEPT)
    anonymous = [sentence for sentence in _reasons(own, Fate.ANONYMOUS) if sentence not in stays]
    return {
        "goes": _erased_of(own),
        "anonymous": anonymous,
        "stays": stays,
        "would_go": _erased_of(others),
        "would_be_anonymous": [
            sentence for sentence in _reasons(others, Fate.ANONYMOUS) if sentence not in [*stays, *anonymous]
        ],
    }


def _reasons(parts: list[PrivacyPart], fate: Fate) -> list[str]:
    verdicts = [verdict for part in parts for verdict in part.verdicts if verdict.fate == fate]
    return list(dict.fromkeys(str(verdict.because) for verdict in verdicts))


def _erased_of(parts: list[PrivacyPart]) -> list[str]:
    return [str(part.title) for part in parts if part.is_erased]


# Keeping it -----------------------------------------------------------------------------------------------------------


@require_POST
@login_required
def keep_account(request: HttpRequest) -> HttpResponse:
    try:
        kept = keep(user=signed_in(request))
    except ClosingBegan as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your account stays open.") if kept else _("Your account was not being closed."))
    return redirect("your_data")


def keep_by_link(request: HttpRequest, link: MailLink) -> HttpResponse:
    """The link of the mails: GET shows, POST keeps the account, signed in or not, for as long as it is there.

    One from before the account was kept and closed again keeps nothing: it says so.
    """
    user = User.objects.filter(pk=link.target_id, is_active=True).first()
    closure = AccountClosure.objects.filter(user=user).first() if user else None
    reason = ""
    if user is None or closure is None:
        reason = "erased" if user is None else "kept"
    elif link.created_at < closure.created_at:
        reason = "asked again"
    elif request.method == "POST":
        try:
            keep(user=user)
            reason = "kept"
        except ClosingBegan:
            reason = "erased"
    context = {"reason": reason, "closes_at": closure.closes_at if closure else None}
    with timezone.override(zone_of(user) if user else None):  # whoever opens it may be signed out
        return render(request, "accounts/keep_account.html", context, status=410 if reason == "erased" else 200)
