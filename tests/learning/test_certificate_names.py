"""The name on a certificate: corrected by its holder, under a new number; the former number stays valid."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.personal_data import privacy_parts
from learning import services
from learning.enums import CorrectionReason
from learning.errors import CertificateRevoked, NameUnchanged, TooManyCorrections
from learning.models import Certificate, FormerCertificate
from mail.models import MailDelivery
from tests.courses.factories import published_course, uid
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder(db):
    return UserFactory(first_name="Jon", last_name="Smiht")


@pytest.fixture
def certificate(holder):
    enrolment = services.start_free(user=holder, course=published_course([["l1"]]))
    services.finish_activity(enrolment=enrolment, block_id=uid("l1"))
    return Certificate.objects.get()


def correct(certificate: Certificate, name: str = "Jon Smith") -> Certificate:
    return services.correct_name(certificate=certificate, name=name, reason=CorrectionReason.MISSPELT)


def page(client, address: str) -> str:
    return client.get(address).content.decode()


def test_the_holder_corrects_the_name_and_gets_a_new_number(sign_in, holder, certificate):
    browser, former = sign_in(holder), certificate.get_absolute_url()
    assert f"{former}name/" in page(browser, former)
    answer = browser.post(f"{former}name/", {"name": " Jon  Smith ", "reason": "misspelt", "note": "A slip."}, follow=True)
    certificate.refresh_from_db()
    assert answer.request["PATH_INFO"] == certificate.get_absolute_url() != former
    assert certificate.name == "Jon Smith"
    kept = FormerCertificate.objects.get()
    assert (kept.get_absolute_url(), kept.name, kept.reason, kept.note) == (former, "Jon Smiht", "misspelt", "A slip.")


def test_strangers_read_neither_the_former_name_nor_its_number_on_the_new_page(client, certificate):
    former = certificate.uuid
    corrected = correct(certificate)
    text = page(client, corrected.get_absolute_url())
    assert "Jon Smith" in text
    assert "corrected on" in text
    assert "Smiht" not in text
    assert str(former) not in text


def test_the_former_number_stays_valid_and_leads_to_the_new_one(client, certificate):
    former = certificate.get_absolute_url()
    corrected = correct(certificate)
    text = page(client, former)
    assert "This certificate is genuine" in text
    assert "Jon Smiht" in text
    assert f'href="{corrected.get_absolute_url()}"' in text
    assert "Download as PDF" not in text
    response = client.get(f"{former}pdf/")
    assert (response.status_code, response["Location"]) == (302, former)
    assert response["X-Robots-Tag"] if "X-Robots-Tag" in response else client.get(former)["X-Robots-Tag"] == "noindex"


def test_nobody_else_can_correct_a_name(client, sign_in, certificate):
    address = f"{certificate.get_absolute_url()}name/"
    fields = {"name": "Somebody Else", "reason": "other"}
    assert sign_in(UserFactory()).get(address).status_code == 404
    assert sign_in(UserFactory()).post(address, fields).status_code == 404
    assert client.post(address, fields).status_code == 302  # to sign in
    certificate.refresh_from_db()
    assert certificate.name == "Jon Smiht"
    assert "/name/" not in page(client, certificate.get_absolute_url())
    assert "/name/" not in page(sign_in(UserFactory()), certificate.get_absolute_url())


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "Jon of www.example.com"}, "Leave out web addresses"),
        ({"name": "Jon\u202eSmith"}, "a character that cannot be seen"),
        ({"name": "J" * 301}, "at most 300 characters"),
        ({"name": "Jon Smith", "reason": ""}, "This field is required."),
        ({"name": "Jon Smith", "reason": "because"}, "Select a valid choice"),
        ({"name": "Jon Smiht"}, "This is the name on the certificate already."),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_what_was_typed(sign_in, holder, certificate, fields, words):
    answer = sign_in(holder).post(f"{certificate.get_absolute_url()}name/", {"reason": "misspelt", "note": "My words"} | fields)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "My words" in answer.content.decode()
    assert not FormerCertificate.objects.exists()


def test_a_form_that_is_sent_twice_corrects_once(certificate):
    correct(certificate)
    with pytest.raises(NameUnchanged):
        correct(certificate)
    assert FormerCertificate.objects.count() == 1


def test_a_name_is_corrected_three_times_within_a_year(sign_in, holder, certificate):
    for name in ("Jon Smit", "Jon Smyth", "Jon Smith"):
        certificate = correct(certificate, name)
    with pytest.raises(TooManyCorrections, match="You can correct it again from"):
        correct(certificate, "John Smith")
    address = f"{certificate.get_absolute_url()}name/"
    answer = sign_in(holder).post(address, {"name": "John Smith", "reason": "other"}).content.decode()
    assert "You have corrected this name 3 times within a year" in answer
    FormerCertificate.objects.filter(name="Jon Smiht").update(created_at=timezone.now() - timedelta(days=366))
    assert correct(certificate, "John Smith").name == "John Smith"


def test_every_former_number_leads_to_the_newest(client, certificate):
    first = certificate.get_absolute_url()
    second = correct(certificate, "Jon Smit").get_absolute_url()
    newest = correct(certificate, "Jon Smith").get_absolute_url()
    for address, name in ((first, "Jon Smiht"), (second, "Jon Smit")):
        text = page(client, address)
        assert f'href="{newest}"' in text
        assert name in text
    assert second not in page(client, first)


def test_a_revoked_certificate_cannot_be_corrected_and_says_so_under_every_number(sign_in, client, holder, certificate):
    former = certificate.get_absolute_url()
    corrected = correct(certificate)
    services.revoke_certificate(certificate=corrected, reason="Taken for somebody else", actor=None)
    with pytest.raises(CertificateRevoked):
        correct(corrected, "John Smith")
    assert sign_in(holder).get(f"{corrected.get_absolute_url()}name/").status_code == 404
    for address in (former, corrected.get_absolute_url()):
        text = page(client, address)
        assert "This certificate was revoked on" in text
        assert "Smith" not in text
        assert "Smiht" not in text
        assert "genuine" not in text
        assert "Taken for somebody else" not in text
    assert "Taken for somebody else" in page(sign_in(holder), corrected.get_absolute_url())


def test_a_correction_is_on_record_without_a_name_and_told_by_mail(
    sign_in, holder, certificate, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        corrected = correct(certificate)
    event = AuditEvent.objects.get(verb="certificate.corrected")
    assert (event.actor, event.target_id, event.after) == (holder, str(corrected.uuid), {"reason": "misspelt"})
    assert "Sm" not in event.summary
    delivery = MailDelivery.objects.get(template="certificate_corrected")
    assert delivery.recipient == holder.email
    assert corrected.get_absolute_url() in mail.outbox[-1].body
    assert "Smiht" not in mail.outbox[-1].body


def test_former_numbers_belong_to_what_is_exported_and_erased(client, holder, certificate):
    former = certificate.get_absolute_url()
    correct(certificate)
    part = privacy_parts["certificates"]
    [exported] = part.export(holder)
    assert [(entry["name"], entry["reason"]) for entry in exported["former"]] == [("Jon Smiht", "misspelt")]
    part.erase(holder)
    assert FormerCertificate.objects.get().name == ""
    assert "Smiht" not in page(client, former)


def test_words_of_a_correction_survive_the_end_of_the_session(client, sign_in, holder, certificate):
    from common.kept_forms import owner_token

    address = f"{certificate.get_absolute_url()}name/"
    client.post(address, {"name": "Jon Smith", "reason": "misspelt", "kept-for": owner_token(holder)})
    client.force_login(holder, backend="django.contrib.auth.backends.ModelBackend")
    assert 'value="Jon Smith"' in page(client, address)
    assert Certificate.objects.get().name == "Jon Smiht"
