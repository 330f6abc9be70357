"""Nothing typed is lost when a session ends: a form sent while signed out is kept and shown again after signing in.

Pages put `{% kept_form_owner %}`, a signed hidden field, into their form, so that what one person wrote is never shown
to another who signs in on the same machine. Nothing is kept of a form without it: what visitors send leaves no row behind.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from typing import Any, Protocol

from allauth.core.ratelimit import consume
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from common.types import PersonRef

SESSION_KEY = "kept_form"
OWNER_FIELD = "kept-for"
DISCARD = "discard-kept"
# The name under which a fragment of a page is given what stands for the token: see `common.templatetags.fragments`.
OWNER_IN_CONTEXT = "_kept_for"
# In characters as browsers encode them, up to nine for a letter: what a lesson takes fits.
LIMIT = 1_000_000
# How long a page may have been open before it is sent.
PAGE_OPEN_FOR = timedelta(days=7)
_signer = signing.TimestampSigner(salt="common.kept_forms")


def owner_token(user: PersonRef) -> str:
    return _signer.sign(str(user.pk))


def owner_field_of(request: HttpRequest) -> str:
    """The token for all forms of a page: it is signed once."""
    token: str | None = request.__dict__.get("_kept_for")
    if token is None:
        token = request.__dict__["_kept_for"] = owner_token(request.user)  # type: ignore[arg-type]  # pages of visitors have none
    return token


def _owner_of(fields: QueryDict) -> str:
    """Key of the person for whose page the form was made; empty where nobody can tell."""
    try:
        return _signer.unsign(fields.get(OWNER_FIELD, ""), max_age=PAGE_OPEN_FOR)
    except signing.BadSignature:
        return ""


def keeps_form(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Like `login_required`, but a form that arrives without a session waits for its author in the session of the sign-in."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if request.user.is_authenticated else _ask_to_sign_in(request)

    return wrapped


def keeps_own_form(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The same for a form that visitors may send too: theirs comes from a page that was made for nobody, and goes through."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        is_signed_out = not request.user.is_authenticated and was_made_for_somebody(request)
        return _ask_to_sign_in(request) if is_signed_out else view(request, *args, **kwargs)

    return wrapped


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401)  # a sign-in page has no place inside a fragment; static/js/accord.js says what to do
    if request.method == "POST" and was_made_for_somebody(request):
        if keep_form(request):
            messages.warning(request, _kept_words(request))
        else:
            messages.error(
                request,
                _(
                    "You have been signed out, and what you sent could not be kept. Go back in your browser to copy it, then "
                    "sign in again."
                ),
            )
    return redirect_to_login(request.get_full_path())


def _kept_words(request: HttpRequest) -> str:
    if request.FILES:
        return _("You have been signed out. Sign in again: what you entered is kept, but the file has to be chosen again.")
    return _("You have been signed out. Sign in again: what you sent is kept.")


def was_made_for_somebody(request: HttpRequest) -> bool:
    """Whether a form comes from a page that was made for somebody who was signed in, whoever that was."""
    return OWNER_FIELD in request.POST


def keep_form(request: HttpRequest, *, limit: int = LIMIT) -> bool:
    """In a session that is made for it. A token is a reader's own; how often it may be used is limited all the same."""
    fields = request.POST.copy()
    fields.pop("csrfmiddlewaretoken", None)
    owner, encoded = _owner_of(fields), fields.urlencode()
    is_kept = bool(owner) and len(encoded) <= limit and consume(request, action="kept_form", key=owner)
    if is_kept:
        request.session[SESSION_KEY] = {"path": request.get_full_path(), "fields": encoded, "owner": owner}
    return is_kept


def is_kept(request: HttpRequest) -> bool:
    """Whether a form that was sent to this address waits for its author."""
    kept = request.session.get(SESSION_KEY)
    return kept is not None and kept["path"] == request.get_full_path()


def take_kept(request: HttpRequest) -> QueryDict | None:
    """The form this person sent to this address while signed out, once."""
    kept = find_kept(request)
    forget_kept(request)
    return kept


def find_kept(request: HttpRequest) -> QueryDict | None:
    """The same, to be found again until it is forgotten. What somebody else wrote is forgotten at once."""
    kept = request.session.get(SESSION_KEY)
    if not kept or kept["path"] != request.get_full_path():
        return None
    if kept.get("owner") != str(request.user.pk):
        forget_kept(request)
        return None
    return QueryDict(kept["fields"])


def show_kept(request: HttpRequest, form: BaseForm) -> bool:
    """Fill a form that was not sent now with what its author sent here while signed out; whether there was anything."""
    kept = None if form.is_bound or request.method == "POST" else take_kept(request)
    if kept is not None:
        fill(form, kept)
    return kept is not None


def fill(form: BaseForm, fields: QueryDict) -> None:
    """Have a form begin with what was sent before, as it was typed. It is judged once it is sent again."""
    none: MultiValueDict = MultiValueDict()
    typed = {
        name: field.widget.value_from_datadict(fields, none, form.add_prefix(name))
        for name, field in form.fields.items()
        if not field.disabled and not field.widget.needs_multipart_form
    }
    form.initial = {**form.initial, **typed}


class HasAddress(Protocol):
    def get_absolute_url(self) -> str: ...


def back_to_button(request: HttpRequest, page: HasAddress) -> HttpResponse:
    """A visit to the address of a button: the page that has it, and that nothing was done where signing in led here."""
    if take_kept(request) is not None:
        messages.warning(request, _("You were signed out, and nothing was done. Press the button again."))
    return redirect(page)


def forget_kept(request: HttpRequest) -> None:
    """What waits for this address."""
    kept = request.session.get(SESSION_KEY)
    if kept and kept["path"] == request.get_full_path():
        del request.session[SESSION_KEY]


def owner_of_kept(session: Mapping[str, Any]) -> str:
    """Key of the person whose form waits in a session; empty where none does."""
    kept = session.get(SESSION_KEY)
    return str(kept.get("owner", "")) if isinstance(kept, dict) else ""


def is_own_form(request: HttpRequest) -> bool:
    """Whether what arrives comes from a page that was made for the person who is signed in now."""
    return request.user.is_authenticated and _owner_of(request.POST) == str(request.user.pk)


def offer_again(request: HttpRequest, fields: QueryDict, *, status: int = 200) -> HttpResponse:
    """A page from which a form that did not arrive is sent again, under a token of today. As a draft where there are drafts."""
    is_edit = request.path.startswith(settings.AUTHORING_PREFIXES)
    has_drafts = is_edit and _view_name(request) in settings.DRAFT_VIEWS
    left_out = {"csrfmiddlewaretoken", OWNER_FIELD, DISCARD}
    hidden = [
        (name, value)
        for name, values in fields.lists()
        for value in values
        if name not in left_out and not (has_drafts and name.startswith("action-"))
    ]
    context = {"hidden": hidden, "is_edit": is_edit, "has_drafts": has_drafts, "discard": DISCARD}
    return render(request, "kept_form.html", context, status=status)


def _view_name(request: HttpRequest) -> str:
    """Of the page to which the form was sent; a middleware asks before Django has found it."""
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""
