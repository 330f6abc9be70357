"""Whom panels may write to. Experts have no account and did not ask for our mail."""

from django.utils.crypto import salted_hmac

from panels.models import StoppedAddress

LINK_KIND = "panel"
ABOUT = "panel:"
INVITATION, REMINDER = "panel_invitation", "panel_reminder"


def digest_of(email: str) -> str:
    return salted_hmac("panels.stopped", email.strip().lower(), algorithm="sha256").hexdigest()


def stopped_among(emails: list[str]) -> set[str]:
    """Those that asked not to be written to again. One query."""
    by_digest = {digest_of(email): email for email in emails}
    found = StoppedAddress.objects.filter(digest__in=by_digest).values_list("digest", flat=True)
    return {by_digest[digest] for digest in found}


def has_stopped(email: str) -> bool:
    return bool(stopped_among([email]))
