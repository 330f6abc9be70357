import pytest

from assessments.exchange import FileFormat, read_bytes

QUESTION = "Is “Café” a word?{T}"
ESSAY = '<question type="essay"><questiontext><text>Café?</text></questiontext></question>'
XML = '<?xml version="1.0" encoding="{}"?>\n<quiz>' + ESSAY + "</quiz>"


def read(data, form=FileFormat.GIFT):
    reading = read_bytes(data, form)
    return [question.text for question in reading.questions], [note.message for note in reading.notes]


@pytest.mark.parametrize(
    ("codec", "said"),
    [
        ("utf-8", []),
        ("utf-8-sig", []),
        ("utf-16", ["The file was read as UTF-16."]),
        ("utf-16-le", ["The file was read as UTF-16."]),
        ("utf-16-be", ["The file was read as UTF-16."]),
        ("utf-32-le", ["The file was read as UTF-32."]),
        ("cp1252", ["The file was read as Windows-1252."]),
    ],
)
def test_encodings(codec, said):
    mark = b"\xff\xfe\x00\x00" if codec == "utf-32-le" else b""
    data = mark + QUESTION.encode(codec)
    assert read(data) == (["Is “Café” a word?"], said)


@pytest.mark.parametrize(
    ("declared", "codec", "said"),
    [
        ("UTF-8", "utf-8", []),
        ("ISO-8859-1", "cp1252", ["The file was read as Windows-1252."]),
        ("windows-1252", "cp1252", ["The file was read as Windows-1252."]),
        ("UTF-16", "utf-16", ["The file was read as UTF-16."]),
    ],
)
def test_what_xml_declares_holds(declared, codec, said):
    assert read(XML.format(declared).encode(codec), FileFormat.MOODLE) == (["Café?"], said)


@pytest.mark.parametrize(
    ("data", "form", "line", "words"),
    [
        (b"Q{T}\n\nCaf\x81{T}", FileFormat.GIFT, 3, "neither UTF-8 nor Windows-1252 (byte 10)"),
        (b"\xef\xbb\xbfCaf\xe9{T}", FileFormat.GIFT, 1, "marked as UTF-8"),
        (XML.format("UTF-8").encode("cp1252"), FileFormat.MOODLE, 2, "marked as UTF-8"),
        (XML.format("UTF-7").encode(), FileFormat.MOODLE, 1, "its encoding is UTF-7, which is not read"),
        (XML.format("EUC-JP").encode(), FileFormat.QTI, 1, "its encoding is EUC-JP"),
    ],
)
def test_other_encodings_are_refused(data, form, line, words):
    [refused] = read_bytes(data, form).refused
    assert (refused.line, words in refused.message) == (line, True)


def test_control_characters_are_removed_and_counted():
    assert read(b"Is\x00 it\x07?{T}") == (["Is it?"], ["Control characters that cannot be shown were removed (2)."])


def test_line_ends_of_all_systems_count_lines():
    reading = read_bytes(b"A{T}\r\n\r\nB{T}\r\rC{T}\n\nD{T}", FileFormat.GIFT)
    assert [question.line for question in reading.questions] == [1, 3, 5, 7]
