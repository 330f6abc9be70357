"""What the learner writes before the other party sees anything."""

from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from courses.models import Activity
from learning.models import Enrolment
from mail.models import MailLink
from practice.contacts import COPY_KIND, LINK_KIND
from practice.errors import AgreementChanged, AgreementNotEditable
from practice.models import Agreement, AgreementState
from practice.services.reviewing import withdraw_review

FIELDS = ("title", "party_name", "party_email", "they_expect", "i_expect", "review_on")


@transaction.atomic
def save_draft(
    *,
    user: User,
    uuid: UUID | str,
    fields: dict[str, str | date | None],
    seen: str | None = None,
    enrolment: Enrolment | None = None,
    activity: Activity | None = None,
) -> Agreement:
    """Keep what the learner has typed so far; `uuid` was made when the page was, so a repeated request makes nothing twice.

    `seen`: `version_mark` of the text the page was showing. Raises AgreementChanged when a newer one has been saved since,
    unless it says the same; AgreementNotEditable while an answer is awaited or once it is confirmed.
    """
    begun = {"enrolment": enrolment, "activity": activity} | fields
    agreement, created = Agreement.objects.select_for_update().get_or_create(uuid=uuid, user=user, defaults=begun)
    if created:
        return agreement
    changed = [name for name, value in fields.items() if getattr(agreement, name) != value]
    if not changed:
        return agreement
    if not agreement.is_editable:
        raise AgreementNotEditable(_("This agreement has been sent. Withdraw it first if you want to change it."))
    if seen is not None and seen != agreement.version_mark:
        raise AgreementChanged(
            agreement, _("This agreement was changed in another tab or on another device. Nothing has been overwritten.")
        )
    for name in changed:
        setattr(agreement, name, fields[name])
    agreement.save(update_fields=[*changed, "updated_at"])
    return agreement


@transaction.atomic
def reopen(*, agreement: Agreement) -> Agreement:
    """Back to a draft: the link that was sent closes, the history stays. Repeating it changes nothing.

    What was confirmed stays readable to whoever confirmed it; both hear that its review day is off.
    """
    locked = Agreement.objects.select_for_update(of=("self",)).select_related("user", "contact").get(pk=agreement.pk)
    if locked.state != AgreementState.DRAFT:
        close_links(locked)
        withdraw_review(locked)
        locked.state = AgreementState.DRAFT
        locked.save(update_fields=["state", "updated_at"])
    return locked


@transaction.atomic
def take_over(*, agreement: Agreement) -> Agreement:
    """The other party's wording becomes the draft, to be looked at and sent again."""
    locked = Agreement.objects.select_for_update().get(pk=agreement.pk)
    revision = locked.revisions.first()
    if locked.state != AgreementState.CORRECTED or revision is None:
        return locked
    locked.they_expect, locked.i_expect = revision.corrected_they_expect, revision.corrected_i_expect
    locked.state = AgreementState.DRAFT
    locked.save(update_fields=["they_expect", "i_expect", "state", "updated_at"])
    return locked


@transaction.atomic
def delete_agreement(*, agreement: Agreement) -> None:
    """Remove it with all its revisions. The record of evidence keeps that something was confirmed, without names or text."""
    locked = Agreement.objects.select_for_update(of=("self",)).select_related("user", "contact").filter(pk=agreement.pk).first()
    if locked is not None:
        withdraw_review(locked)
        close_links(locked)
        close_links(locked, kind=COPY_KIND)
        locked.delete()


def close_links(agreement: Agreement, *, kind: str = LINK_KIND) -> None:
    revisions = [str(pk) for pk in agreement.revisions.values_list("pk", flat=True)]
    MailLink.objects.filter(kind=kind, target_id__in=revisions, used_at=None, revoked_at=None).update(
        revoked_at=timezone.now(), updated_at=timezone.now()
    )
