"""Names print in the scripts of the world, whole and on one page; what no font has is said before anybody prints boxes."""

import json
from io import BytesIO
from pathlib import Path

import pytest
import typst
from django.core.management import call_command
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable
from PIL import Image

from learning import services
from learning.certificates import printing
from learning.certificates.printing import SCRIPTS, pdf_of, scripts_without_font, undrawable, undrawable_in
from learning.certificates.words import words_of
from learning.checks import fonts_for_certificates
from learning.errors import CannotPrint
from learning.models import Certificate
from tests.courses.factories import published_course, uid
from tests.factories import UserFactory
from tests.pdf_text import pages_of, text_of

pytestmark = pytest.mark.django_db


def certificate_for(name: str, title: str = "Course of tests") -> Certificate:
    enrolment = services.start_free(user=UserFactory(), course=published_course([["l1"]], title=title))
    services.finish_activity(enrolment=enrolment, block_id=uid("l1"))
    Certificate.objects.filter(enrolment=enrolment).update(name=name)
    return Certificate.objects.get(enrolment=enrolment)


def letters(text: str) -> list[str]:
    """The characters of a text in no order: what is written from right to left stands in a PDF as it is drawn."""
    return sorted(text.replace(" ", "").replace("\u200b", ""))


@pytest.mark.parametrize(
    "name",
    [
        "张伟",
        "陳怡君",
        "山田太郎",
        "さくら アキラ",
        "김민준",
        "สมชาย ใจดี",
        "محمد علي",
        "پژمان گلچین",
        "דוד כהן",
        "दीपिका शर्मा",
        "Ελένη Παπαδοπούλου",
        "Мария Іваненко",
        "Nguyễn Thị Ánh",
    ],
)
def test_names_print_in_the_scripts_of_the_world(name):
    certificate = certificate_for(name)
    assert undrawable(certificate) == ""
    pdf = pdf_of(certificate)
    assert pages_of(pdf) == 1
    printed = text_of(pdf).replace("\x00", "")
    assert set(letters(name)) <= set(printed)


def test_every_script_of_the_list_but_emoji_prints_without_a_font_of_the_machine():
    assert scripts_without_font() == ["emoji"]
    assert len(SCRIPTS) == 11


def test_a_name_that_no_font_has_is_told_before_it_is_printed(client):
    certificate = certificate_for("Anna 🦄 Petrova 😀")
    with pytest.raises(CannotPrint, match="🦄"):
        pdf_of(certificate)
    page = client.get(certificate.get_absolute_url()).content.decode()
    assert "this site has no font for 🦄 😀" in page
    assert "Download as PDF" not in page
    response = client.get(f"{certificate.get_absolute_url()}pdf/")
    assert (response.status_code, response["Location"]) == (302, certificate.get_absolute_url())


def test_a_course_whose_title_cannot_be_drawn_is_told_too():
    assert undrawable(certificate_for("Anna", title="Ask 🦄")) == "🦄"


def test_characters_that_cannot_be_drawn_are_named_once_and_not_too_many():
    assert undrawable_in("🦄a🦄b🦓") == "🦄 🦓"
    assert len(undrawable_in("".join(chr(0x1F980 + n) for n in range(20))).split()) == printing.MAX_NAMED


def test_the_log_says_which_certificate_and_no_name(client, caplog):
    certificate = certificate_for("Anna 🦄")
    client.get(certificate.get_absolute_url())
    assert f"Certificate {certificate.pk} cannot be printed" in caplog.text
    assert "Anna" not in caplog.text


def test_operators_are_told_by_a_check_which_scripts_need_a_font(monkeypatch):
    assert fonts_for_certificates() == []
    monkeypatch.setitem(SCRIPTS, "Amharic", ("Amharic", "አበበ"))
    scripts_without_font.cache_clear()
    [warning] = fonts_for_certificates()
    assert warning.id == "learning.W001"
    assert "Amharic" in warning.msg
    assert "docs/operations.md" in warning.hint
    scripts_without_font.cache_clear()


def test_the_check_belongs_to_those_of_a_deployment(capsys):
    call_command("check", "--deploy", "--list-tags")
    assert "fonts" in capsys.readouterr().out


def font_of(character: str, path: Path) -> None:
    """A font that draws one character, with the shape of another."""
    font = TTFont(printing.FONTS / "NotoSerifThai-Regular.ttf")
    shape = font.getBestCmap()[ord("ส")]
    table = CmapSubtable.newSubtable(12)
    table.platformID, table.platEncID, table.reserved, table.length, table.language = 3, 10, 0, 0, 0
    table.nGroups, table.cmap = 0, {ord(character): shape}
    font["cmap"].tables = [table]
    for record in font["name"].names:
        if record.nameID in (1, 4, 16):
            font["name"].setName("One Letter", record.nameID, record.platformID, record.platEncID, record.langID)
    font.save(path)


def test_a_font_in_the_folder_of_the_site_draws_what_the_others_do_not(settings, tmp_path):
    certificate = certificate_for("Anna 🦄")
    font_of("🦄", tmp_path / "one-letter.ttf")
    settings.ACCORD_FONTS = str(tmp_path)
    assert pages_of(pdf_of(certificate)) == 1


@pytest.mark.parametrize(
    "name",
    [
        "W" * 140,
        "W" * 300,
        "Maximiliane " * 24,
        "x" * 140 + " Smith",
        "ي" * 140,
        "山" * 300,
    ],
)
def test_extreme_names_fit_on_the_page(name):
    title = "Uncover what others expect of you and of everybody else, and what they would accept instead of it " * 2
    certificate = certificate_for(name, title=title[:200])
    pdf = pdf_of(certificate)
    assert pages_of(pdf) == 1
    printed = text_of(pdf)
    assert printed.count(name[0]) >= name.count(name[0])


@pytest.mark.parametrize("name", ["W" * 300, "x" * 140])
def test_no_letter_is_set_beyond_the_frame(name):
    certificate = certificate_for(name, title="X" * 200)
    inputs = {"data": json.dumps(words_of(certificate)), "fonts": json.dumps(list(printing.FAMILIES))}
    picture = typst.compile(str(printing.TEMPLATE), root=str(printing.FOLDER), format="png", ppi=50, sys_inputs=inputs)
    page = Image.open(BytesIO(picture)).convert("RGB")
    margin = round(9 / 25.4 * 50)  # the frame stands 10 mm from the edge
    paper = page.getpixel((0, 0))
    for left in (0, page.width - margin):
        strip = page.crop((left, 0, left + margin, page.height))
        assert strip.getcolors() == [(strip.width * strip.height, paper)]
