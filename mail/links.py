"""Links in mails: made, signed, found and used once."""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from common.types import OrganisationRef
from mail.errors import LinkNotOpen
from mail.models import Contact, MailLink

_signer = signing.Signer(salt="mail.link")


def make_link(
    *,
    kind: str,
    target_id: Any,
    recipient: str,
    days: int = 30,
    contact: Contact | None = None,
    organisation: OrganisationRef | None = None,
) -> MailLink:
    """A link that stays open for `days`, until it is used or revoked."""
    return MailLink.objects.create(
        kind=kind,
        target_id=str(target_id),
        recipient=recipient,
        contact=contact,
        organisation_id=organisation.pk if organisation else None,
        expires_at=timezone.now() + timedelta(days=days),
    )


def token_of(link: MailLink) -> str:
    return _signer.sign(link.uuid.hex).replace(":", ".")


def address_of(link: MailLink) -> str:
    """The full address to print in a mail."""
    return settings.ACCORD_BASE_URL.rstrip("/") + reverse("mail_link", args=[token_of(link)])


def find_link(token: str) -> MailLink:
    """The link of a token whose signature holds, open or not; `LinkNotOpen` for anything else."""
    try:
        value = _signer.unsign(token.replace(".", ":", 1))
        return MailLink.objects.select_related("contact", "organisation").get(uuid=uuid.UUID(hex=value))
    except (signing.BadSignature, ValueError, MailLink.DoesNotExist):
        raise LinkNotOpen(_("This link is incomplete. Copy the whole address from the e-mail, or ask for a new one.")) from None


def use_link(link: MailLink) -> bool:
    """Mark a link used; False when somebody was quicker."""
    return bool(MailLink.objects.filter(pk=link.pk, used_at=None, revoked_at=None).update(used_at=timezone.now()))
