"""Many mails at once, which nobody waits for."""

from collections.abc import Iterable

from mail.enums import Priority
from mail.models import MailDelivery, MailLink
from mail.services.delivering import send_bulk_after_commit


def enqueue_in_bulk(deliveries: Iterable[MailDelivery]) -> None:
    """Write down new mails, and their links where new, inside the caller's transaction; they are sent after the commit."""
    mails = list(deliveries)
    new_links: list[MailLink] = []
    for one in mails:
        if one.link is not None and one.link.pk is None:
            new_links.append(one.link)  # noqa: PERF401 - a comprehension loses that it is a link
    MailLink.objects.bulk_create(new_links)
    for one in mails:
        one.priority = Priority.BULK
    MailDelivery.objects.bulk_create(mails)
    for organisation_id in dict.fromkeys(one.organisation_id for one in mails):
        send_bulk_after_commit(organisation_id)
