"""Whom panels may write to. Experts have no account and did not ask for our mail."""

from collections.abc import Iterable

from django.utils.crypto import salted_hmac

from accounts.queries import mailbox_of
from panels.models import BarredMailbox, Panel, StoppedAddress

LINK_KIND = "panel"
ABOUT = "panel:"
INVITATION, REMINDER = "panel_invitation", "panel_reminder"


def digest_of(email: str) -> str:
    return salted_hmac("panels.stopped", email.strip().lower(), algorithm="sha256").hexdigest()


def stop_mails(email: str) -> None:
    """No panel writes to the mailbox of this address again."""
    StoppedAddress.objects.get_or_create(digest=digest_of(mailbox_of(email)))


def stopped_among(emails: Iterable[str]) -> set[str]:
    """Those whose mailbox asked not to be written to again. One query."""
    digests = {email: {digest_of(email), digest_of(mailbox_of(email))} for email in emails}
    found = StoppedAddress.objects.filter(digest__in=set().union(*digests.values())).values_list("digest", flat=True)
    return {email for email, known in digests.items() if known.intersection(found)}


def has_stopped(email: str) -> bool:
    return bool(stopped_among([email]))


def bar_mailboxes(panel: Panel, mailboxes: Iterable[str]) -> None:
    """Nobody is asked there in this panel any more. Repeating it changes nothing."""
    rows = [BarredMailbox(panel=panel, digest=_digest_in(panel, mailbox)) for mailbox in sorted(mailboxes)]
    BarredMailbox.objects.bulk_create(rows, ignore_conflicts=True)


def barred_among(panel: Panel, mailboxes: Iterable[str]) -> set[str]:
    """One query."""
    by_digest = {_digest_in(panel, mailbox): mailbox for mailbox in mailboxes}
    found = panel.barred_mailboxes.filter(digest__in=by_digest).values_list("digest", flat=True)
    return {by_digest[digest] for digest in found}


def _digest_in(panel: Panel, mailbox: str) -> str:
    return salted_hmac("panels.barred", f"{panel.uuid}:{mailbox}", algorithm="sha256").hexdigest()
