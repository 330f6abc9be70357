"""Files are known by their content, and what their programs wrote about whoever made them is taken out."""

import contextlib
import io
import time
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from assessments.formats.written import DOCUMENTS
from assessments.uploaded import AUDIO, KINDS, Fault, Unreadable, received
from tests.assessments import files
from tests.assessments.files import AUTHOR, MADE


def refused(data):
    with pytest.raises(Unreadable) as error:
        received(data)
    return error.value.fault


def test_what_an_author_can_allow_is_known_by_its_content():
    assert {*DOCUMENTS, *AUDIO} == KINDS.keys() == MADE.keys()


@pytest.mark.parametrize("kind", MADE)
def test_a_file_is_known_by_its_content_and_says_no_more_who_made_it(kind):
    taken = received(MADE[kind]())

    assert taken.kind.name == kind
    assert AUTHOR not in taken.data
    assert received(taken.data) == taken  # once is enough


@pytest.mark.parametrize("kind", ["docx", "odt"])
def test_what_a_document_says_stays(kind):
    with zipfile.ZipFile(io.BytesIO(received(MADE[kind]()).data)) as package:
        text = package.read("word/document.xml" if kind == "docx" else "content.xml").decode()
        names = package.namelist()
        everything = b"".join(package.read(name) for name in names)

    assert "We ask first." in text
    assert (AUTHOR in everything, b"ZQ" in everything) == (False, False)
    assert "Thumbnails/thumbnail.png" not in names
    if kind == "odt":
        assert names[0] == "mimetype"


def test_a_pdf_keeps_the_place_of_everything():
    before = files.pdf()
    after = received(before).data

    assert len(after) == len(before)
    assert after.index(b"startxref") == before.index(b"startxref")
    assert b"/Author (" + b" " * len(AUTHOR) + b")" in after
    assert b"Answer" not in after


def test_a_photograph_is_turned_upright_and_keeps_its_points():
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6  # taken with the camera on its side
    Image.new("RGB", (8, 6), "white").save(out, "JPEG", exif=exif)

    with Image.open(io.BytesIO(received(out.getvalue()).data)) as drawn:
        assert (drawn.size, dict(drawn.getexif())) == ((6, 8), {})


@pytest.mark.parametrize("tags", [b"udta", b"meta", b"uuid"])
@pytest.mark.parametrize("holder", ["file", "moov", "trak"])
@pytest.mark.parametrize("is_long", [False, True])
def test_the_tags_of_a_recording_are_emptied_wherever_players_put_them(tags, holder, is_long):
    """Lengths of boxes are written in four bytes or in eight; nothing else moves."""

    def boxed(name, content):
        return b"\0\0\0\1" + name + (len(content) + 16).to_bytes(8, "big") + content if is_long else files.box(name, content)

    tagged = {where: boxed(tags, files.AUTHOR) if where == holder else b"" for where in ("file", "moov", "trak")}
    sound = files.box(b"mdia", files.box(b"hdlr", b"\0" * 8 + b"soun" + b"\0" * 12))
    track = boxed(b"trak", sound + tagged["trak"])
    data = files.box(b"ftyp", b"M4A \0\0\0\0") + boxed(b"moov", track + tagged["moov"]) + tagged["file"]
    data += files.box(b"mdat", b"sound" * 20)

    kept = received(data).data

    assert files.AUTHOR in data
    assert files.AUTHOR not in kept
    assert kept == data.replace(tags, b"free").replace(files.AUTHOR, bytes(len(files.AUTHOR)))


def test_text_is_kept_as_utf8():
    assert received("Wir fragen zuerst, müssen wir.".encode("utf-16")).data == "Wir fragen zuerst, müssen wir.".encode()
    assert received("über".encode("cp1252")).data == "über".encode()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", Fault.EMPTY),
        (b"MZ\x90\0\3\0\0\0 a program", Fault.UNKNOWN),
        (b"<!DOCTYPE html><script>alert(1)</script>", Fault.UNKNOWN),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Fault.UNKNOWN),
        (b"{\\rtf1 text}", Fault.UNKNOWN),
        (b"   \n", Fault.UNKNOWN),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old Word document", Fault.UNKNOWN),
        (files.packed({"a.txt": "a"}), Fault.UNKNOWN),
        (files.pdf()[:-10], Fault.BROKEN),
        (files.docx()[:-30], Fault.BROKEN),
        (files.jpg()[:-40], Fault.BROKEN),
        (files.png()[:40], Fault.BROKEN),
        (files.webm(b"nothing"), Fault.BROKEN),
        (files.ogg(b"nothing"), Fault.BROKEN),
        (b"ID3\3\0\0\0\0\0\4abcd no frames", Fault.BROKEN),
        (files.m4a(b"text"), Fault.BROKEN),
        (files.wav()[:60], Fault.BROKEN),
        (files.webm(b"A_OPUS V_VP8"), Fault.VIDEO),
        (files.m4a(b"vide"), Fault.VIDEO),
        (files.ogg(b"\x80theora"), Fault.VIDEO),
        (files.pdf(b"/Encrypt 5 0 R"), Fault.PROTECTED),
        (files.pdf(b"/OpenAction << /S /JavaScript >>"), Fault.ACTIVE),
        (files.pdf(b"<< /S /Launch >>"), Fault.ACTIVE),
        (files.docx(**{"word/vbaProject.bin": b"macro"}), Fault.ACTIVE),
        (files.odt(**{"Basic/Standard/Module1.xml": b"macro"}), Fault.ACTIVE),
        (files.docx(**{"word/media/a.bmp": b"\0" * 51 * 1024 * 1024}), Fault.TOO_MUCH),
    ],
)
def test_what_is_no_answer_is_refused_with_the_reason(data, fault):
    assert refused(data) is fault


def test_a_picture_of_too_many_points_is_refused_before_it_is_drawn():
    out = io.BytesIO()
    Image.new("1", (10_000, 6_001)).save(out, "PNG")

    assert refused(out.getvalue()) is Fault.TOO_MUCH


def test_a_damaged_part_of_any_packing_is_a_damaged_file():
    """LZMA and BZIP2 too, which no writer of documents uses and Python unpacks."""
    for packing in (zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(files.docx())) as package, zipfile.ZipFile(out, "w", packing) as anew:
            for part in package.infolist():
                anew.writestr(part.filename, package.read(part) * 50)
            at = anew.getinfo("word/document.xml").header_offset
        data = bytearray(out.getvalue())
        data[at + 60 : at + 160] = b"\xff" * 100
        assert refused(bytes(data)) == Fault.BROKEN


def test_a_package_of_very_many_parts_is_refused_before_they_are_listed(monkeypatch):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for n in range(25_000):
            package.writestr(f"{n}", b"")
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert refused(out.getvalue()) == Fault.TOO_MUCH


@pytest.mark.parametrize("name", [b"/JavaScript", b"/J#61vaScript", b"/#4a#53", b"/L#61unch"])
def test_a_pdf_with_a_script_is_refused_however_its_name_is_written(name):
    assert refused(files.pdf().replace(b"%%EOF", name + b"\n%%EOF")) == Fault.ACTIVE


def test_a_package_that_needs_a_password_is_refused():
    data = bytearray(files.docx())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := data.find(mark, start)) >= 0:
            data[start + offset] |= 1
            start += 4

    assert refused(bytes(data)) is Fault.PROTECTED


ZIPPED = {"[Content_Types].xml": "<Types/>"}


@pytest.mark.parametrize(
    "data",
    [
        files.packed(ZIPPED, **{"word/document.xml": "a" * 400_000}),
        files.packed(ZIPPED, **{"word/document.xml": "author='" * 100_000}),
        files.odt(**{"content.xml": "<dc:creator" * 100_000}),
        b"%PDF-1.7" + b"<?xpacket begin" * 100_000 + b"%%EOF",
        b"%PDF-1.7" + b"/Author (" * 100_000 + b"/Author" + b" " * 400_000 + b"%%EOF",
        b"ID3\3\0\0\0\0\0\0" * 100_000,
        b"RIFF\0\0\0\0WAVE" + b"data\0\0\0\0" * 100_000,
        b"\0\0\0\x18ftypM4A " + b"\0" * 12 + b"hdlr12345678soun" + b"\0\0\0\x08moov" * 100_000,
        b" " * 400_000 + b"<html",
    ],
    ids=range(9),
)
def test_nothing_makes_it_look_at_a_file_again_and_again(data):
    """Each would take hours where its length is squared."""
    began = time.perf_counter()
    with contextlib.suppress(Unreadable):
        received(data)
    assert time.perf_counter() - began < 10


@given(st.sampled_from(sorted(MADE)), st.integers(0, 400), st.binary(max_size=40))
@example("jpg", 23, b"\x10")
def test_whatever_arrives_is_taken_or_refused_and_nothing_else_happens(kind, at, rubbish):
    data = MADE[kind]()
    try:
        taken = received(data[:at] + rubbish + data[at + len(rubbish) :])
    except Unreadable:
        return
    assert taken.data
