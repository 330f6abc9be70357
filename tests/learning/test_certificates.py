from datetime import date

import pytest

from learning import services
from learning.certificates.printing import pdf_of
from learning.models import Certificate
from tests.courses.factories import published_course, uid
from tests.factories import UserFactory
from tests.pdf_text import text_of

pytestmark = pytest.mark.django_db


def html(response) -> str:
    return response.content.decode()


def certificate_of(user, title="Uncover what others expect") -> Certificate:
    course = published_course([["l1"]], title=title, minutes=60)
    enrolment = services.start_free(user=user, course=course)
    services.finish_activity(enrolment=enrolment, block_id=uid("l1"))
    certificate = Certificate.objects.get(enrolment=enrolment)
    Certificate.objects.filter(pk=certificate.pk).update(completed_on=date(2026, 3, 5))
    certificate.refresh_from_db()
    return certificate


def test_anybody_may_verify_a_certificate(client, user):
    certificate = certificate_of(user)
    response = client.get(certificate.get_absolute_url())
    page = html(response)
    assert "This certificate is genuine" in page
    assert user.get_full_name() in page
    assert "5 March 2026" in page
    assert response["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in page
    assert user.email not in page


def test_an_unknown_certificate_is_not_found(client, user):
    assert client.get(f"/certificates/{uid('none')}/").status_code == 404
    assert client.get(f"/certificates/{uid('none')}/pdf/").status_code == 404


def test_a_revoked_certificate_says_so_and_shows_no_name(client, user):
    certificate = certificate_of(user)
    services.revoke_certificate(certificate=certificate, reason="on request", actor=None)
    page = html(client.get(certificate.get_absolute_url()))
    assert "This certificate was revoked" in page
    assert "genuine" not in page
    assert user.get_full_name() not in page
    response = client.get(f"{certificate.get_absolute_url()}pdf/")
    assert (response.status_code, response["Location"]) == (302, certificate.get_absolute_url())


def test_a_missing_name_is_added_by_the_owner_alone_and_once(sign_in, client):
    user = UserFactory(first_name="", last_name="")
    certificate = certificate_of(user)
    there = certificate.get_absolute_url()
    client.post(there, {"name": "Stranger"})
    sign_in(UserFactory()).post(there, {"name": "Stranger"})
    certificate.refresh_from_db()
    assert certificate.name == ""
    owner = sign_in(user)
    assert "Your name is missing" in html(owner.get(there))
    assert owner.post(there, {"name": "Zoë Ångström"}).status_code == 302
    owner.post(there, {"name": "Someone else"})
    certificate.refresh_from_db()
    assert certificate.name == "Zoë Ångström"
    assert "Your name is missing" not in html(owner.get(there))


def test_the_pdf_says_what_the_page_says(client, user, settings):
    settings.ACCORD_BASE_URL = "https://accord.example"
    certificate = certificate_of(user)
    response = client.get(f"{certificate.get_absolute_url()}pdf/")
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")
    text = text_of(response.content)
    assert user.get_full_name() in text
    assert "Uncover what others expect" in text
    assert "5 March 2026 · about 5 min of study" in text
    assert "1 module, 1 lesson." in text
    assert "The course had no assessment." in text
    assert f"https://accord.example/certificates/{certificate.uuid}/" in text
    assert text.count(str(certificate.uuid)) == 2
    assert f"/URI(https://accord.example/certificates/{certificate.uuid}/)".encode() in response.content


@pytest.mark.parametrize(
    "name",
    [
        "Zoë Ångström-Nguyễn",
        "Ελένη Παπαδοπούλου",
        "Мария Иванова",
        "#panic() *bold* $1$ `raw` @ref <b> \\n",
        '"quoted" // comment',
        "A name so long that it has to be set smaller than all the others, of the house of Oranien and Nassau",
    ],
)
def test_names_are_set_as_written_and_never_read_as_markup(user, name):
    certificate = certificate_of(user, title='Course #eval("1") _x_')
    Certificate.objects.filter(pk=certificate.pk).update(name=name)
    certificate.refresh_from_db()
    text = text_of(pdf_of(certificate))
    # Line breaks fall on spaces and apostrophes are set by the font; the letters and their order are what counts.
    assert name.replace(" ", "") in text.replace(" ", "")
    assert 'Course#eval("1")_x_' in text.replace(" ", "")
