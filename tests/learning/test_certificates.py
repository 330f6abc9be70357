import re
import zlib
from datetime import date

import pytest

from learning import services
from learning.certificates import pdf_of
from learning.models import Certificate
from tests.courses.factories import published_course, uid
from tests.factories import UserFactory

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


# What a string of a PDF may hold: brackets in pairs stand as they are, single ones have a backslash.
NESTED = rb"(?:\\.|[^\\()])*"
for _depth in range(8):
    NESTED = rb"(?:\\.|[^\\()]|\(" + NESTED + rb"\))*"


def text_of(pdf: bytes) -> str:
    """The words of a PDF as typst writes it: glyph numbers in content streams, each font with a table back to Unicode."""
    objects, streams = _objects(pdf)

    def table(font: bytes) -> dict[str, str]:
        cmap = streams[int(re.search(rb"/ToUnicode (\d+) 0 R", font)[1])].decode()
        pairs = re.findall(r"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>", cmap)
        return {glyph.upper(): bytes.fromhex(text).decode("utf-16-be") for glyph, text in pairs}

    page = next(body for body in objects.values() if b"/Type/Page/" in body or b"/Type /Page\n" in body)
    names = dict(re.findall(rb"/(f\d+) (\d+) 0 R", b" ".join(objects.values())))
    fonts = {name: table(objects[int(number)]) for name, number in names.items() if b"/ToUnicode" in objects[int(number)]}
    content = streams[int(re.search(rb"/Contents (\d+) 0 R", page)[1])]
    words, font = [], {}
    for name, hexed, plain in re.findall(rb"/(f\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>|\((" + NESTED + rb")\)", content, re.DOTALL):
        if name:
            font = fonts[name]
        else:
            codes = bytes.fromhex(hexed.decode()) if hexed else _unescaped(plain)
            words += [font.get(codes[at : at + 2].hex().upper(), "") for at in range(0, len(codes), 2)]
    return "".join(words)


def _objects(pdf: bytes) -> tuple[dict[int, bytes], dict[int, bytes]]:
    """Dictionaries and unpacked streams by object number. A stream is as long as /Length says; it may end in a newline."""
    dictionaries, streams, position = {}, {}, 0
    while found := re.compile(rb"(?s)(\d+) 0 obj\n(.*?)(?:\bstream\r?\n|\nendobj)").search(pdf, position):
        number, dictionary, position = int(found[1]), found[2], found.end()
        dictionaries[number] = dictionary
        if not found[0].endswith(b"endobj"):
            end = position + int(re.search(rb"/Length (\d+)(?! \d+ R)", dictionary)[1])
            data, position = pdf[position:end], end
            assert re.match(rb"\r?\n?endstream\s+endobj", pdf[end:])
            streams[number] = zlib.decompress(data) if b"/FlateDecode" in dictionary else data
    return dictionaries, streams


def _unescaped(text: bytes) -> bytes:
    simple = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
    return re.sub(
        rb"\\([0-7]{1,3}|.)",
        lambda m: bytes([int(m[1], 8)]) if m[1].isdigit() else simple.get(m[1], m[1]),
        text,
        flags=re.DOTALL,
    )


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
    services.revoke_certificate(certificate=certificate, reason="on request")
    page = html(client.get(certificate.get_absolute_url()))
    assert "This certificate was revoked" in page
    assert "genuine" not in page
    assert user.get_full_name() not in page
    response = client.get(f"{certificate.get_absolute_url()}pdf/")
    assert (response.status_code, response["Location"]) == (302, certificate.get_absolute_url())


def test_the_owner_reads_how_to_have_the_name_corrected(sign_in, client, user):
    certificate = certificate_of(user)
    assert "mailto:accord@localhost" in html(sign_in(user).get(certificate.get_absolute_url()))
    assert "mailto:" not in html(client.get(certificate.get_absolute_url()))


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
    assert "5 March 2026 · about 1 h of study" in text
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
