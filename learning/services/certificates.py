"""Certificates: issued once per completion, corrected by who holds them, revoked by operators."""

import zoneinfo
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import User
from accounts.types import Actor
from common.time_zones import known_zone
from learning.certificates.done import minutes_done, what_was_done
from learning.enums import CorrectionReason
from learning.errors import CertificateRevoked, NameUnchanged, ReasonMissing, TooManyCorrections
from learning.models import Certificate, Enrolment, FormerCertificate
from mail import services as mail

# Enough for a slip and for a name that changes; so few that nobody lends a certificate out.
MAX_CORRECTIONS, CORRECTIONS_WITHIN = 3, timedelta(days=365)


def issue_certificate(enrolment: Enrolment, finished: set[str]) -> Certificate:
    """The certificate of a completed enrolment; call it inside the transaction that completes and has locked the enrolment.

    `finished`: block ids of everything that the enrolment has finished.
    """
    return Certificate.objects.filter(enrolment=enrolment).first() or Certificate.objects.create(
        enrolment=enrolment,
        # Never the e-mail address: the page is public. A learner without a name adds it once, on the page.
        name=enrolment.user.get_full_name(),
        course_title=enrolment.course.title,
        minutes=minutes_done(enrolment, finished),
        completed_on=timezone.localdate(enrolment.completed_at, _zone_of(enrolment)),
        done=what_was_done(enrolment, finished).as_json(),
    )


def _zone_of(enrolment: Enrolment) -> zoneinfo.ZoneInfo:
    """Where the learner is, whoever or whatever completes the course for them; else their organisation, else the site."""
    organisation = enrolment.organisation
    zone = known_zone(enrolment.user.time_zone) or (known_zone(organisation.time_zone) if organisation else "")
    return zoneinfo.ZoneInfo(zone or settings.TIME_ZONE)


@transaction.atomic
def name_certificate(*, certificate: Certificate, name: str) -> bool:
    """Put a name on a certificate that has none; False when it has one already."""
    return bool(Certificate.objects.filter(pk=certificate.pk, name="").update(name=name.strip(), updated_at=timezone.now()))


@transaction.atomic
def correct_name(*, certificate: Certificate, name: str, reason: CorrectionReason, note: str = "") -> Certificate:
    """Issue the certificate anew under another name and number. The former number stays valid and leads to the new one.

    For its holder alone. Raises `CertificateRevoked`, `NameUnchanged`, `TooManyCorrections`. A request that is sent twice
    finds the name unchanged the second time.
    """
    locked = _lock(certificate)
    name = " ".join(name.split())
    if locked.revoked_at is not None:
        raise CertificateRevoked
    if name == locked.name:
        raise NameUnchanged
    _refuse_too_many(locked)
    FormerCertificate.objects.create(certificate=locked, uuid=locked.uuid, name=locked.name, reason=reason, note=note.strip())
    locked.uuid, locked.name = uuid4(), name
    locked.save(update_fields=["uuid", "name", "updated_at"])
    holder = locked.enrolment.user
    record(
        verb=AuditVerb.CERTIFICATE_CORRECTED,
        summary=_("Corrected the name on a certificate"),
        actor=holder,
        target=locked,
        after={"reason": str(reason)},
    )
    _tell_holder("certificate_corrected", locked)
    return locked


def _lock(certificate: Certificate) -> Certificate:
    certificates = Certificate.objects.select_for_update(of=("self",), no_key=True).select_related("enrolment__user")
    return certificates.get(pk=certificate.pk)


def _refuse_too_many(certificate: Certificate) -> None:
    since = timezone.now() - CORRECTIONS_WITHIN
    earlier: list[datetime] = list(
        certificate.former.filter(created_at__gt=since).order_by("created_at").values_list("created_at", flat=True)
    )
    if len(earlier) >= MAX_CORRECTIONS:
        again = timezone.localtime(earlier[-MAX_CORRECTIONS] + CORRECTIONS_WITHIN)
        raise TooManyCorrections(MAX_CORRECTIONS, date_format(again, "DATE_FORMAT"))


@transaction.atomic
def revoke_certificate(*, certificate: Certificate, reason: str, actor: Actor) -> bool:
    """Its page says from now on that it was revoked, under all its numbers; its holder reads why.

    False when it is revoked already: the first date and reason stay. Raises `ReasonMissing`.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise ReasonMissing
    locked = _lock(certificate)
    if locked.revoked_at is not None:
        return False
    locked.revoked_at, locked.revoked_reason, locked.revoked_by = timezone.now(), reason, actor
    locked.save(update_fields=["revoked_at", "revoked_reason", "revoked_by", "updated_at"])
    record(verb=AuditVerb.CERTIFICATE_REVOKED, summary=_("Revoked a certificate"), actor=actor, target=locked)
    _tell_holder("certificate_revoked", locked, revoked_because=reason)
    return True


def _tell_holder(template: str, certificate: Certificate, **more: str) -> None:
    holder = certificate.enrolment.user
    if not holder.is_active:
        return
    mail.enqueue_mail(
        template=template,
        recipient=holder.email,
        context={
            "first_name": holder.first_name,
            "course_title": certificate.course_title,
            "certificate_path": certificate.get_absolute_url(),
            **more,
        },
        about=f"certificate:{certificate.pk}",
    )


@transaction.atomic
def withdraw_certificates_of(*, user: User) -> int:
    """Blank every certificate of somebody whose data is erased, under all its numbers, and say that its holder withdrew it.

    What an operator had revoked before stays revoked, for the reason that they gave.
    """
    now = timezone.now()
    certificates = Certificate.objects.filter(enrolment__user=user)
    certificates.filter(revoked_at=None).update(revoked_at=now, revoked_reason="")
    former = FormerCertificate.objects.filter(certificate__in=certificates).exclude(name="", note="")
    former.update(name="", note="", updated_at=now)
    return certificates.exclude(name="").update(name="", updated_at=now)
