"""Certificates: issued once per completion, with the name as it is on that day."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.content import text_of
from learning.models import Certificate, Enrolment


def issue_certificate(enrolment: Enrolment) -> Certificate:
    """The certificate of a completed enrolment; call it inside the transaction that completes."""
    text = text_of(enrolment.version)
    return Certificate.objects.get_or_create(
        enrolment=enrolment,
        defaults={
            # Never the e-mail address: the page is public. A learner without a name adds it once, on the page.
            "name": enrolment.user.get_full_name(),
            "course_title": enrolment.course.title,
            "minutes": text.minutes,
            "completed_on": timezone.localdate(enrolment.completed_at),
        },
    )[0]


@transaction.atomic
def name_certificate(*, certificate: Certificate, name: str) -> bool:
    """Put a name on a certificate that has none; False when it has one already."""
    return bool(Certificate.objects.filter(pk=certificate.pk, name="").update(name=name.strip(), updated_at=timezone.now()))


@transaction.atomic
def revoke_certificate(*, certificate: Certificate, reason: str = "") -> None:
    """Its page says from now on that it was revoked. Repeating it keeps the first date and reason."""
    Certificate.objects.filter(pk=certificate.pk, revoked_at=None).update(
        revoked_at=timezone.now(), revoked_reason=reason, updated_at=timezone.now()
    )


@transaction.atomic
def revoke_certificates_of(*, user: User, reason: str = "") -> int:
    """Revoke and blank every certificate of somebody whose data is erased."""
    now = timezone.now()
    certificates = Certificate.objects.filter(enrolment__user=user)
    certificates.filter(revoked_at=None).update(revoked_at=now, revoked_reason=reason)
    return certificates.update(name="", updated_at=now)
