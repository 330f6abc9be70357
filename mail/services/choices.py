"""E-mails that people may stop, kind by kind: in one click from each of them, or in their profile (`mail.kinds.MailChoice`)."""

from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import transaction

from mail.kinds import MailChoice, mail_choices
from mail.models import MailDelivery, MailLink, StoppedMails
from mail.services.delivering import cancel

KIND = "mail_choice"
LINK_DAYS = 60


def link_to_stop(*, user_id: int, recipient: str, choice: str, now: datetime) -> MailLink:
    """A link, not yet stored, that stops mails of this kind for as long as `LINK_DAYS`."""
    return MailLink(kind=KIND, target_id=f"{user_id}:{choice}", recipient=recipient, expires_at=now + timedelta(days=LINK_DAYS))


@transaction.atomic
def stop_mails(*, user_id: int, choice: str) -> None:
    """No more of them; those that have not gone out stay here. Safe to repeat."""
    StoppedMails.objects.get_or_create(user_id=user_id, choice=choice)
    cancel(MailDelivery.objects.filter(link__kind=KIND, link__target_id=f"{user_id}:{choice}"))


def want_mails(*, user_id: int, choice: str) -> None:
    """Undo `stop_mails`."""
    StoppedMails.objects.filter(user=user_id, choice=choice).delete()


@transaction.atomic
def set_wanted(*, user_id: int, wanted: set[str]) -> None:
    """Of all kinds that may be stopped, have exactly these."""
    for choice in mail_choices:
        if choice.name in wanted:
            want_mails(user_id=user_id, choice=choice.name)
        else:
            stop_mails(user_id=user_id, choice=choice.name)


def choice_of_link(link: MailLink) -> tuple[int, MailChoice] | None:
    """Whose mails of which kind it stops; None where the person, or the kind, is no more."""
    user, _colon, name = link.target_id.partition(":")
    choice = mail_choices.get(name)
    users = get_user_model()._default_manager
    if choice is None or not users.filter(pk=user).exists():
        return None
    return int(user), choice


def stop_by_link(link: MailLink) -> None:
    if found := choice_of_link(link):
        stop_mails(user_id=found[0], choice=found[1].name)
