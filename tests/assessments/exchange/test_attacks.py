"""Files that are made to harm: refused quickly and with a reason, and nothing raised that is not a refusal."""

import time
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.exchange import FileFormat, read_bytes, read_path, write_moodle, write_qti
from assessments.exchange.markup import as_blocks, clean
from assessments.exchange.questions import QuestionRefused
from tests.assessments.exchange.packages import zipped
from tests.assessments.exchange.samples import BANKS, EVERY_TYPE

# Of the processor, whatever else the machine does; what is refused late takes minutes.
SECONDS = 20
XML = [FileFormat.MOODLE, FileFormat.QTI]

LAUGHS = (
    '<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1 if n > 1 else str()};" * 10}">' for n in range(1, 10))
    + "]>\n<quiz>&lol9;</quiz>"
)
QUADRATIC = f'<!DOCTYPE q [<!ENTITY a "{"a" * 100_000}">]><quiz>{"&a;" * 10_000}</quiz>'
EXTERNAL = '<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/hostname">]><quiz>&x;</quiz>'
PARAMETER = '<!DOCTYPE q [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x">%x;]><quiz/>'
REMOTE_TYPE = '<!DOCTYPE quiz SYSTEM "http://127.0.0.1:9/quiz.dtd"><quiz/>'


def refusal_of(data, form):
    began = time.process_time()
    reading = read_bytes(data, form)
    assert time.process_time() - began < SECONDS
    assert reading.questions == ()
    [refused] = reading.refused
    return refused


@pytest.mark.parametrize("form", XML)
@pytest.mark.parametrize("text", [LAUGHS, QUADRATIC, EXTERNAL, PARAMETER, REMOTE_TYPE])
def test_document_types_and_entities_are_refused(text, form):
    refused = refusal_of(text.encode(), form)
    assert (refused.line, "document type (DOCTYPE)" in refused.message) == (2 if text == LAUGHS else 1, True)


def test_a_bomb_in_utf_16_is_refused_too():
    assert "document type" in refusal_of(LAUGHS.encode("utf-16"), FileFormat.MOODLE).message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<a>" * 200_000, "nested more than 64 deep"),
        ("<quiz>" + "<a/>" * 1_500_000 + "</quiz>", "elements and texts"),
        (f"<quiz {' '.join(f'a{n}=' + repr(str(n)) for n in range(50_000))}/>", "more than 64 attributes"),
        ("<quiz>" + " " * 9_000_000 + "<", "not well-formed"),
        (" " * 10_000_000, "not well-formed"),
        ("<quiz>" + " " * 9_000_000 + "</quiz>", "no question in the file"),
        ("<quiz>&nbsp;</quiz>", "undefined entity"),
    ],
)
def test_what_is_too_deep_or_too_much_is_refused(text, words):
    assert words in refusal_of(text.encode(), FileFormat.MOODLE).message


@pytest.mark.parametrize("form", list(FileFormat))
def test_a_hundred_megabytes_of_spaces_are_refused_without_being_read(form, tmp_path):
    path = tmp_path / "spaces"
    with path.open("wb") as file:
        for _part in range(100):
            file.write(b" " * 1_000_000)
    began = time.process_time()
    reading = read_path(path, form)
    assert time.process_time() - began < SECONDS
    assert ["larger than" in refused.message for refused in reading.refused] == [True]


@pytest.mark.parametrize("form", [FileFormat.GIFT, FileFormat.AIKEN])
@pytest.mark.parametrize(
    "text", [" " * 10_000_000, "\n" * 10_000_000, "a" * 10_000_000, "{" * 5_000_000, "::" * 5_000_000, "\\" * 10_000_000]
)
def test_long_lines_cost_no_time(form, text):
    assert refusal_of(text.encode(), form)


@pytest.mark.parametrize("piece", ["<div>", "<b>", "<p><div>", "<br>", "&lt;", "[", "*a ", "<a href='x'>", "<table>"])
def test_a_text_that_is_slow_to_clean_costs_no_time(piece):
    text = piece * (20_000 // len(piece))
    began = time.process_time()
    read_bytes(f"[html]{text}{{T}}\n\n[markdown]{text}{{T}}".encode(), FileFormat.GIFT)
    assert time.process_time() - began < SECONDS


# Packages -------------------------------------------------------------------------------------------------------------


def test_a_zip_bomb_is_refused_by_its_ratio():
    assert "far more than its size" in refusal_of(zipped({"a.xml": b" " * 9_000_000}), FileFormat.QTI).message


def test_a_package_is_unpacked_no_further_than_allowed(monkeypatch):
    monkeypatch.setattr("assessments.exchange.qti_files.MAX_UNPACKED_BYTES", 50_000)
    names = {f"{n}.xml": b"<assessmentItem>" + bytes(range(32, 60)) * 800 + b"</assessmentItem>" for n in range(3)}
    reading = read_bytes(zipped(names, zipfile.ZIP_STORED), FileFormat.QTI)
    assert ["unpacks to more than" in refused.message for refused in reading.refused] == [False, False, True]


@pytest.mark.parametrize("name", ["../a.xml", "/a.xml", "b/../../a.xml"])
def test_a_file_outside_the_package_is_refused(name):
    assert "outside itself" in refusal_of(zipped({name: "<x/>"}), FileFormat.QTI).message


def test_too_many_files_are_refused():
    assert "more than 5,000 files" in refusal_of(zipped({f"{n}.txt": "" for n in range(5_001)}), FileFormat.QTI).message


def test_a_bomb_within_a_package_stops_itself_alone():
    good = (BANKS / "instructure__items_2.1_order.xml").read_text(encoding="utf-8")
    reading = read_bytes(zipped({"a.xml": LAUGHS, "b.xml": good}), FileFormat.QTI)
    assert ([question.file for question in reading.questions], [one.message[:7] for one in reading.refused]) == (
        ["b.xml"],
        ["a.xml: "],
    )


def test_a_link_out_of_a_folder_is_not_followed(tmp_path):
    outside = tmp_path / "outside.xml"
    outside.write_bytes((BANKS / "instructure__items_2.1_order.xml").read_bytes())
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.xml").symlink_to(outside)
    assert read_path(folder, FileFormat.QTI).questions == ()


# HTML -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "kept", "said"),
    [
        ("<script>x</script>a", "a", "a script"),
        ('<p onmouseover="x">a</p>', "a", "an event handler (onmouseover)"),
        ('<a href="javascript:x">a</a>', "a", "a link to javascript:x"),
        ('<a href=" &#106;avascript:x">a</a>', "a", "a link to "),
        ('<a href="file.pdf">a</a>', "a", "a link to file.pdf"),
        ('<img src="https://x/y.png" alt="a dog">', "[a dog]", "a picture https://x/y.png"),
        ('a<img src="x" alt="">', "a", "a decorative picture x"),
    ],
)
def test_what_is_cleaned_is_said(html, kept, said):
    removed = []
    assert clean(html, removed) == kept
    assert [words.startswith(said) for words in removed] == [True]


PIECES = st.sampled_from(
    [
        *("<p>", "</p>", "<div>", "</div>", "<b>", "</b>", "<i>", "</i>", "<br>", " ", "a", "<", "&", "&nbsp;", "<ul>", "<li>"),
        *(
            "</ul>",
            "<a href='https://x/?a=1&b'>",
            "<a href='x'>",
            "</a>",
            "<table>",
            "<td>",
            "x<y",
            "\n",
            "<script>",
            "</script>",
        ),
        *(
            '"',
            ">",
            "<code>",
            "<h1>",
            "&lt;b&gt;",
            "<!--",
            "-->",
            "]]>",
            "<blockquote>",
            "<img alt='x'>",
            "\xa0",
            "<p title='t'>",
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_cleaning_twice_changes_nothing(html):
    once = clean(html, [])
    assert clean(once, []) == once
    assert clean(as_blocks(once), []) == once


# Anything -------------------------------------------------------------------------------------------------------------

SEEDS = [
    *[(path.read_bytes(), FileFormat.GIFT) for path in sorted(BANKS.glob("*.gift"))],
    *[(path.read_bytes(), FileFormat.QTI) for path in sorted(BANKS.glob("*.xml"))],
    (b"Who?\nA. Ana\nB. Ben\nANSWER: B\n", FileFormat.AIKEN),
    (write_moodle(EVERY_TYPE).data, FileFormat.MOODLE),
    (write_qti(EVERY_TYPE).data, FileFormat.QTI),
]
CHANGES = st.tuples(
    st.floats(0, 1),
    st.integers(0, 40),
    st.binary(max_size=12) | st.sampled_from([b"<", b">", b"{", b"}", b"=", b"~", b"&", b"\n\n", b"</", b"PK"]),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
@given(st.sampled_from(SEEDS), st.lists(CHANGES, min_size=1, max_size=6))
def test_a_changed_file_raises_nothing_and_what_is_read_can_be_written(seed, changes):
    data, form = seed
    for place, length, new in changes:
        start = int(place * len(data))
        data = data[:start] + new + data[start + length :]
    reading = read_bytes(data, form)
    assert reading.questions or reading.refused
    written, packed = write_moodle(reading.questions), write_qti(reading.questions)
    kept = [question for question in reading.questions if question.kind != "scale"]
    assert list(read_bytes(written.data, FileFormat.MOODLE).questions) == kept
    assert len(read_bytes(packed.data, FileFormat.QTI).questions) + len(packed.refused) == len(reading.questions)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(list(FileFormat)))
def test_any_bytes_raise_nothing(data, form):
    reading = read_bytes(data, form)
    assert reading.questions or reading.refused


def test_elements_that_would_be_lost_refuse_their_question():
    with pytest.raises(QuestionRefused, match="an embedded object"):
        clean("<object data='x'></object>a", [])


def test_a_package_that_is_cut_off_is_refused():
    data = write_qti(EVERY_TYPE).data
    assert "no readable zip" in refusal_of(data[: len(data) // 2], FileFormat.QTI).message
