"""The other party wants no more e-mails about one agreement; reading it, and answering, stays open to them."""

from django.db import transaction
from django.utils import timezone

from mail import services as mail
from mail.models import MailDelivery, MailLink
from practice.contacts import COPY_KIND
from practice.models import Agreement, AgreementRevision


@transaction.atomic
def set_party_wants_mails(*, revision: AgreementRevision, wanted: bool) -> None:
    """Whoever confirmed this text, as long as the agreement is with them. Stopping keeps back what has not gone out."""
    agreements = Agreement.objects.filter(pk=revision.agreement_id, contact=revision.contact_id)
    if wanted:
        agreements.update(party_stopped_at=None)
        return
    agreements.filter(party_stopped_at=None).update(party_stopped_at=timezone.now())
    mail.cancel(MailDelivery.objects.filter(link__kind=COPY_KIND, link__target_id=str(revision.pk)))


def stop_by_link(link: MailLink) -> None:
    revision = AgreementRevision.objects.filter(pk=link.target_id).first()
    if revision is not None:
        set_party_wants_mails(revision=revision, wanted=False)
