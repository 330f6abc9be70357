"""Workbooks that are made to keep a worker busy: refused in a second or two, in little memory, with a sentence that helps."""

import io
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.urls import reverse

from imports import services
from imports.models import StagedImport
from imports.tables import workbook
from imports.tables.errors import TableError
from imports.tables.layout import Columns
from imports.tables.reading import open_table
from jobs.models import Job
from jobs.services import perform

pytestmark = pytest.mark.once

PEOPLE = Columns(required=("email",), optional=("first_name", "last_name", "person_id", "team"))
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>email</t></is></c></row>'
STRINGS, SHEET = "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"
TOO_LARGE = "The workbook is too large once unpacked."
STRINGS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
BLOCKS = 64


def skeleton() -> dict[str, bytes]:
    """The parts of an honest small workbook that has shared strings."""
    book = openpyxl.Workbook()
    book.active.append(["email"])
    file = io.BytesIO()
    book.save(file)
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    if STRINGS not in parts:
        declared = f'<Override PartName="/{STRINGS}" ContentType="{STRINGS_TYPE}"/></Types>'.encode()
        parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", declared)
        parts[STRINGS] = f'<sst xmlns="{NAMESPACE}"/>'.encode()
    return parts


def sheet(rows: str, before: str = "", after: str = "") -> bytes:
    return f'<worksheet xmlns="{NAMESPACE}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'.encode()


def pack(path: Path, **changed) -> Path:
    """A workbook with some parts changed. A part may be a head, a piece, how often it is repeated, and a tail."""
    parts = skeleton() | {name.replace("__", "/").replace("_xml", ".xml"): part for name, part in changed.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, part in parts.items():
            with archive.open(name, "w", force_zip64=False) as file:
                if isinstance(part, bytes):
                    file.write(part)
                else:
                    head, piece, times, tail = part
                    file.write(head)
                    for _block in range(times // BLOCKS):
                        file.write(piece * BLOCKS)
                    file.write(tail)
    return path


def strings(piece: bytes, length: int) -> tuple[bytes, bytes, int, bytes]:
    return f'<sst xmlns="{NAMESPACE}">'.encode(), piece, length // len(piece), b"</sst>"


def rows(piece: bytes, length: int) -> tuple[bytes, bytes, int, bytes]:
    return sheet(HEADER).removesuffix(b"</sheetData></worksheet>"), piece, length // len(piece), b"</sheetData></worksheet>"


MEGABYTE = 1024 * 1024
LONG_STRING = b"<si><t>aaaaaaaaaaaaaaaa</t></si>"
BEFORE_ROWS = sheet("").split(b"<sheetData>")[0]
BOMBS = {
    "a hundred megabytes of shared strings": {"xl__sharedStrings_xml": strings(LONG_STRING, 100 * MEGABYTE)},
    "one shared string of a hundred megabytes": {"xl__sharedStrings_xml": strings(b"a" * 1024, 100 * MEGABYTE)},
    "strings that hold nothing": {"xl__sharedStrings_xml": strings(b"<si/>", 60 * MEGABYTE)},
    "millions of empty rows": {"xl__worksheets__sheet1_xml": rows(b"<row/>", 200 * MEGABYTE)},
    "a row of millions of cells": {"xl__worksheets__sheet1_xml": rows(b"<row>" + b"<c/>" * 4096, 100 * MEGABYTE)},
    "a cell of a hundred megabytes": {"xl__worksheets__sheet1_xml": rows(b"x" * 1024, 100 * MEGABYTE)},
    "a long part before the rows": {"xl__worksheets__sheet1_xml": (BEFORE_ROWS, b"<x/>" * 64, 400_000, b"")},
    "millions of styles": {"xl__styles_xml": (b"<styleSheet><cellXfs>", b"<xf/>" * 16, 2_000_000, b"</cellXfs></styleSheet>")},
    "a long workbook part": {"xl__workbook_xml": (b"<workbook>", b"<sheet/>" * 16, 400_000, b"</workbook>")},
    "a long list of types": {"[Content_Types]_xml": (b"<Types>", b"<Default/>" * 16, 400_000, b"</Types>")},
}
READ = """
import io, sys, time, resource, django
django.setup()
from imports.tables.errors import TableError
from imports.tables.layout import Columns
from imports.tables.reading import open_table
import openpyxl.reader.excel
began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    with open(sys.argv[1], "rb") as file:
        for _chunk in open_table(file, file_name="x.xlsx", columns=Columns(required=("email",))).chunks(): pass
    said = "read"
except TableError as error:
    said = str(error)
print(round(time.process_time() - began, 1), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, said)
"""


def measure(path: Path) -> tuple[float, int, str]:
    """Seconds of the processor, megabytes, and what was said, of a process that reads the file."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test"}
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, megabytes, said = done.stdout.strip().split(" ", 2)
    return float(seconds), int(megabytes), said


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_a_small_file_does_not_become_a_large_one(name, tmp_path):
    path = pack(tmp_path / "bomb.xlsx", **BOMBS[name])
    assert path.stat().st_size < 3 * MEGABYTE
    seconds, megabytes, said = measure(path)
    assert said.startswith((TOO_LARGE, "A row of the workbook is longer", "This is not an Excel workbook we can read."))
    assert (seconds < 5, megabytes < 150) == (True, True), (seconds, megabytes)


def refused(file: io.BytesIO | Path) -> str:
    data = io.BytesIO(file.read_bytes()) if isinstance(file, Path) else file
    with pytest.raises(TableError) as caught:
        list(open_table(data, file_name="x.xlsx", columns=PEOPLE).rows())
    return str(caught.value)


def test_a_header_that_lies_about_the_length_is_not_believed(tmp_path):
    path = pack(tmp_path / "x.xlsx", xl__sharedStrings_xml=strings(b"<si><t>aaaa</t></si>", 2 * MEGABYTE))
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(STRINGS)
    real = info.file_size.to_bytes(4, "little")
    assert data.count(real) >= 1
    assert refused(io.BytesIO(bytes(data.replace(real, (1000).to_bytes(4, "little"))))).startswith(
        "This is not an Excel workbook"
    )


def test_an_archive_of_very_many_parts_is_refused_before_they_are_listed(tmp_path):
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in skeleton().items():
            archive.writestr(name, part)
        for number in range(workbook.MAX_ENTRIES + 1):
            archive.writestr(f"x{number}", b"")
    assert refused(path).startswith(TOO_LARGE)
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(20_000):
            archive.writestr(f"y{number}", b"")
    assert refused(path).startswith(TOO_LARGE)


@pytest.mark.parametrize(
    "content",
    [
        sheet(HEADER + '<row r="2000000"><c r="A2000000"><v>1</v></c></row>'),
        sheet(HEADER + '<row r="2"><c r="ZZZZZZ2"><v>1</v></c></row>'),
        sheet(HEADER + '<row r="2"><c r="A2" t="s"><v>999</v></c></row>'),
        sheet(HEADER + '<row r="2"><c r="A2"><v>' + "9" * 10_000 + "</v></c></row>"),
        sheet(HEADER + '<row r="2"><c r="A2"><v>1e</v></c></row>'),
        sheet(HEADER + '<row r="x"><c r="A2"><v>1</v></c></row>'),
        sheet(HEADER + HEADER),
        sheet(HEADER)[:-30],
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>' + sheet(HEADER + "&a;"),
        b"",
        b"\x00\xff" * 100,
    ],
    ids=range(11),
)
def test_a_sheet_that_is_not_what_it_says_is_refused_with_a_sentence(content, tmp_path):
    path = pack(tmp_path / "x.xlsx", xl__worksheets__sheet1_xml=content)
    assert refused(path) == "This is not an Excel workbook we can read. Save the table as CSV (UTF-8)."


def formatted(numbers: range) -> str:
    return "".join(f'<row r="{n}" s="1" customFormat="1"><c r="A{n}" s="1"/><c r="B{n}" s="1"/></row>' for n in numbers)


def person(n: int) -> str:
    return f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>p{n}@example.org</t></is></c></row>'


@pytest.mark.slow
def test_very_many_formatted_empty_rows_after_the_table_are_no_rows(tmp_path):
    path = pack(tmp_path / "x.xlsx", xl__worksheets__sheet1_xml=sheet(HEADER + person(2) + formatted(range(3, 300_000))))
    seconds, megabytes, said = measure(path)
    assert (said, megabytes < 60, seconds < 30) == ("read", True, True), (seconds, megabytes)
    with path.open("rb") as file:
        table = open_table(file, file_name="x.xlsx", columns=PEOPLE)
        assert list(table.rows()) == [(2, ["p2@example.org"])]
        assert 0 < table.position <= table.size


def test_rows_keep_their_numbers_over_empty_ones(tmp_path):
    content = HEADER + person(2) + formatted(range(3, 900)) + person(900) + person(905)
    path = pack(
        tmp_path / "x.xlsx", xl__worksheets__sheet1_xml=sheet(content, before="<cols><col/></cols>", after="<mergeCells/>")
    )
    with path.open("rb") as file:
        found = list(open_table(file, file_name="x.xlsx", columns=PEOPLE).rows())
    assert found == [(2, ["p2@example.org"]), (900, ["p900@example.org"]), (905, ["p905@example.org"])]


def test_formatted_strings_and_dates_read_as_they_look(tmp_path):
    address = "<si><r><t>ann@</t></r><r><rPr/><t>example.org</t></r><rPh><t>x</t></rPh></si>"
    text = f'<sst xmlns="{NAMESPACE}">{address}<si><t/></si></sst>'
    styles = (
        f'<styleSheet xmlns="{NAMESPACE}"><numFmts><numFmt numFmtId="170" formatCode="dd/mm/yyyy"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="170"><alignment/></xf>'
        '<xf numFmtId="14"/></cellXfs></styleSheet>'
    )
    cells = '<row r="1"><c r="A1" t="inlineStr"><is><t>email</t></is></c><c r="B1" t="inlineStr"><is><t>team</t></is></c></row>'
    cells += '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" s="1"><v>45000</v></c></row>'
    cells += '<row r="3"><c r="A3" t="s"><v>0</v></c><c r="B3" s="2"><v>45000</v></c></row>'
    cells += '<row r="4"><c r="A4" t="s"><v>0</v></c><c r="B4" s="0"><v>45000</v></c></row>'
    changed = {"xl__sharedStrings_xml": text.encode(), "xl__styles_xml": styles.encode()}
    path = pack(tmp_path / "x.xlsx", xl__worksheets__sheet1_xml=sheet(cells), **changed)
    with path.open("rb") as file:
        found = [cells for _number, cells in open_table(file, file_name="x.xlsx", columns=PEOPLE).rows()]
    assert found == [["ann@example.org", text] for text in ("2023-03-15", "2023-03-15", "45000")]


def test_a_workbook_that_takes_too_long_is_given_up(monkeypatch, tmp_path):
    monkeypatch.setattr(workbook, "MAX_SECONDS", 0)
    path = pack(tmp_path / "x.xlsx")
    assert refused(path).endswith("Save the table as CSV (UTF-8), which is read faster.")


class Stop(Exception):
    pass


@pytest.mark.parametrize(
    "changed",
    [
        {"xl__sharedStrings_xml": strings(LONG_STRING, MEGABYTE // 2)},
        {"xl__worksheets__sheet1_xml": sheet(HEADER + "".join(map(person, range(2, 20_000))))},
    ],
    ids=["strings", "rows"],
)
def test_whoever_waits_can_stop_the_reading_at_any_time(changed, tmp_path):
    path = pack(tmp_path / "x.xlsx", **changed)
    calls = []

    def pulse():
        calls.append(1)
        if len(calls) > 8:
            raise Stop

    with path.open("rb") as file, pytest.raises(Stop):
        list(open_table(file, file_name="x.xlsx", columns=PEOPLE, pulse=pulse).rows())


def test_a_text_file_can_be_stopped_too():
    data = b"email\n" + b"ann@example.org\n" * 50_000

    def pulse():
        raise Stop

    with pytest.raises(Stop):
        list(open_table(io.BytesIO(data), file_name="x.csv", columns=PEOPLE, pulse=pulse).rows())


@pytest.mark.django_db
def test_a_check_that_is_stopped_leaves_the_file_to_be_checked_again_or_discarded(organisation, member, sign_in, monkeypatch):
    """Stopped while a workbook is read: in the middle of its strings, before a row of it has been seen."""
    monkeypatch.setattr("jobs.services.SECONDS_BETWEEN_LOOKS", 0)
    monkeypatch.setattr("jobs.services.run_job.apply_async", lambda *arguments, **options: None)
    path_parts = {"xl__sharedStrings_xml": strings(LONG_STRING, MEGABYTE // 2)}
    admin = member(organisation, "admin").user
    with tempfile.TemporaryDirectory() as folder:
        path = pack(Path(folder, "people.xlsx"), **path_parts)
        with path.open("rb") as file:
            staged = services.upload(
                organisation=organisation, kind="enrolments", file=file, file_name="people.xlsx", actor=admin, options={}
            )
    Job.objects.filter(pk=staged.job.pk).update(state="running", runner="task")
    client, report = sign_in(admin), reverse("org:import_report", args=[organisation.slug, staged.uuid])
    stop = reverse("org:import_stop", args=[organisation.slug, staged.uuid])
    assert f'action="{stop}"' in client.get(report).content.decode()
    assert client.post(stop).url == report
    perform(staged.job.pk, runner="task")
    staged.refresh_from_db()
    assert (staged.job.state, bool(staged.file), staged.rows_total) == ("failed", True, 0)
    html = client.get(report).content.decode()
    assert ("You stopped this before it finished." in html, "Check the file again" in html, "Discard file" in html) == (
        True,
    ) * 3
    client.post(reverse("org:import_discard", args=[organisation.slug, staged.uuid]))
    assert not StagedImport.objects.filter(pk=staged.pk).exists()
