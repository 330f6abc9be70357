"""Operators look at certificates and revoke them, with a reason and on record."""

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.urls import reverse

from accounts.models import AuditEvent, User
from learning import services
from learning.errors import ReasonMissing
from learning.models import Certificate
from tests.courses.factories import published_course, uid
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
LIST = "admin:learning_certificate_changelist"


@pytest.fixture
def operator(db):
    return User.objects.create_superuser("operator@example.com", "x" * 12)


@pytest.fixture
def certificate(user):
    enrolment = services.start_free(user=user, course=published_course([["l1"]]))
    services.finish_activity(enrolment=enrolment, block_id=uid("l1"))
    return Certificate.objects.get()


def revoke(client, certificate: Certificate, reason: str = "Taken for somebody else") -> str:
    fields = {"action": "revoke", "_selected_action": [certificate.pk], "reason": reason}
    return client.post(reverse(LIST), fields, follow=True).content.decode()


def test_operators_read_certificates_and_cannot_change_them(sign_in, operator, certificate):
    browser = sign_in(operator)
    assert str(certificate.uuid) in browser.get(reverse(LIST)).content.decode()
    page = browser.get(reverse("admin:learning_certificate_change", args=[certificate.pk])).content.decode()
    assert "1 module, 1 lesson." in page
    assert browser.get(reverse("admin:learning_certificate_add")).status_code == 403
    for act in ("change", "delete"):
        address = reverse(f"admin:learning_certificate_{act}", args=[certificate.pk])
        assert browser.post(address, {"name": "X", "post": "yes"}).status_code == 403
    certificate.refresh_from_db()
    assert certificate.name != "X"


def test_a_certificate_is_found_by_a_former_number(sign_in, operator, certificate):
    former = certificate.uuid
    services.correct_name(certificate=certificate, name="Somebody New", reason="changed")
    found = sign_in(operator).get(f"{reverse(LIST)}?q={former}").content.decode()
    assert "Somebody New" in found


def test_an_operator_revokes_with_a_reason_that_the_holder_reads(sign_in, operator, user, certificate, client):
    assert "1 certificate was revoked." in revoke(sign_in(operator), certificate)
    certificate.refresh_from_db()
    assert (certificate.revoked_reason, certificate.revoked_by) == ("Taken for somebody else", operator)
    assert certificate.revoked_at is not None
    event = AuditEvent.objects.get(verb="certificate.revoked")
    assert (event.actor, event.target_id) == (operator, str(certificate.uuid))
    assert [message.to for message in mail.outbox] == [[user.email]]
    assert "Taken for somebody else" in mail.outbox[0].body
    assert "was revoked on" in client.get(certificate.get_absolute_url()).content.decode()


def test_without_a_reason_nothing_is_revoked(sign_in, operator, certificate):
    assert "Nothing was changed: write the reason." in revoke(sign_in(operator), certificate, reason="  ")
    certificate.refresh_from_db()
    assert certificate.revoked_at is None
    with pytest.raises(ReasonMissing):
        services.revoke_certificate(certificate=certificate, reason="", actor=operator)


def test_revoking_twice_keeps_the_first_reason_and_sends_one_mail(sign_in, operator, certificate):
    browser = sign_in(operator)
    revoke(browser, certificate)
    assert "0 certificates were revoked." in revoke(browser, certificate, reason="Another")
    certificate.refresh_from_db()
    assert certificate.revoked_reason == "Taken for somebody else"
    assert (AuditEvent.objects.filter(verb="certificate.revoked").count(), len(mail.outbox)) == (1, 1)


def test_a_long_reason_reaches_the_holder_whole(operator, certificate, django_capture_on_commit_callbacks):
    reason = "because " * 20 + "see www.example.com/rules"
    with django_capture_on_commit_callbacks(execute=True):
        services.revoke_certificate(certificate=certificate, reason=reason, actor=operator)
    assert reason in " ".join(mail.outbox[0].body.split())


def test_staff_need_the_permission(sign_in, certificate):
    staff = UserFactory(is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_certificate"))
    revoke(sign_in(staff), certificate)
    certificate.refresh_from_db()
    assert certificate.revoked_at is None
    staff.user_permissions.add(Permission.objects.get(codename="change_certificate"))
    revoke(sign_in(staff), certificate)
    certificate.refresh_from_db()
    assert certificate.revoked_at is not None


def test_who_has_no_open_account_gets_no_mail(operator, user, certificate):
    user.is_active = False
    user.save()
    assert services.revoke_certificate(certificate=certificate, reason="x", actor=operator) is True
    assert mail.outbox == []
