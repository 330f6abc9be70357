"""Tables as they come out of the world."""

import csv
import io
import re
import tracemalloc
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.characters import without_shapeless
from common.csv_files import neutralise, restore, write_csv
from imports.tables.errors import TableError
from imports.tables.layout import Columns
from imports.tables.reading import open_table

PEOPLE = Columns(required=("email",), optional=("first_name", "last_name", "person_id", "team"))
TEXT = "email,first_name,team\nann@example.org,Zoë,Küche\nbob@example.org,Søren,“Ops”\n"


def read(data: bytes, *, file_name="people.csv", columns=PEOPLE, **options):
    table = open_table(io.BytesIO(data), file_name=file_name, columns=columns, **options)
    return table, list(table.rows())


def refusal(data: bytes, **options) -> str:
    with pytest.raises(TableError) as caught:
        read(data, **options)
    return str(caught.value)


def test_rows_carry_the_numbers_a_spreadsheet_shows():
    _table, rows = read(b"email,team\r\nann@example.org,A\r\n\r\n,\r\nbob@example.org,B\r\n")
    assert rows == [(2, ["ann@example.org", "A"]), (5, ["bob@example.org", "B"])]


@pytest.mark.parametrize(
    ("codec", "label"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_encodings_are_detected_and_named(codec, label):
    table, rows = read(TEXT.encode(codec))
    assert table.columns == ("email", "first_name", "team")
    assert table.encoding == label
    assert [cells for _number, cells in rows] == [["ann@example.org", "Zoë", "Küche"], ["bob@example.org", "Søren", "“Ops”"]]
    assert bool(table.notes) == (label != "UTF-8")


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1250", "Grażyna Źdźbło;Świętosława;Wałęsa"),
        ("cp1251", "Сергей;Ольга;Отдел продаж"),
        ("cp932", "山田太郎;佐藤花子;東京営業部"),
    ],
)
def test_other_alphabets_are_guessed(codec, text):
    _table, rows = read(f"email;first_name;last_name;team\nann@example.org;{text}\n".encode(codec))
    assert rows == [(2, ["ann@example.org", *text.split(";")])]


def test_an_encoding_that_was_chosen_is_used():
    _table, rows = read("email,team\nann@example.org,Şükrü\n".encode("cp1254"), encoding="cp1254")
    assert rows == [(2, ["ann@example.org", "Şükrü"])]


def test_an_accent_far_into_the_file_does_not_spoil_the_detection():
    data = b"email,team\n" + b"ann@example.org,Ops\n" * 100_000 + "zoe@example.org,Küche\n".encode("cp1252")
    table, rows = read(data)
    assert table.encoding == "Windows-1252"
    assert rows[-1] == (100_002, ["zoe@example.org", "Küche"])


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_are_detected(delimiter):
    line = delimiter.join
    data = "\n".join([line(["email", "team"]), line(["ann@example.org", '"a,b;c\td"']), line(["bob@example.org", "B"])])
    table, rows = read(data.encode())
    assert table.delimiter == delimiter
    assert rows == [(2, ["ann@example.org", "a,b;c\td"]), (3, ["bob@example.org", "B"])]


def test_commas_in_the_cells_do_not_hide_semicolons():
    _table, rows = read(b"email;team\nann@example.org;Sales, North, East\nbob@example.org;Sales, South, West\n")
    assert rows[0] == (2, ["ann@example.org", "Sales, North, East"])


def test_one_column_needs_no_delimiter():
    _table, rows = read(b"Email\nann@example.org\n")
    assert rows == [(2, ["ann@example.org"])]


def test_a_line_that_announces_the_delimiter_is_obeyed():
    table, rows = read(b"sep=;\r\nemail;team\r\nann@example.org;A\r\n")
    assert (table.delimiter, rows) == (";", [(2, ["ann@example.org", "A"])])


@pytest.mark.parametrize("separator", ["|", ":"])
def test_a_separator_we_do_not_take_is_named(separator):
    data = f"email{separator}team\nann@example.org{separator}A\n".encode()
    assert refusal(data) == (
        f"The columns seem to be separated by “{separator}”. Save the file with commas, semicolons or tabs instead."
    )


def test_header_ignores_case_blanks_and_order():
    table, _rows = read(b" Team ,E-Mail,First Name,Shoe Size\nA,ann@example.org,Ann,38\n")
    assert table.columns == ("team", "email", "first_name", "shoe size")
    assert table.header == ("Team", "E-Mail", "First Name", "Shoe Size")


def test_a_mapping_goes_before_the_names():
    table, _rows = read(
        b"Dienstadresse,Abteilung\nann@example.org,A\n", mapping={"Dienstadresse": "email", "Abteilung": "team"}
    )
    assert table.columns == ("email", "team")


def test_old_mac_line_ends_are_read():
    _table, rows = read(b"email,team\rann@example.org,A\rbob@example.org,B\r")
    assert rows == [(2, ["ann@example.org", "A"]), (3, ["bob@example.org", "B"])]


def test_line_breaks_inside_a_cell_belong_to_it():
    _table, rows = read(b'email,team\nann@example.org,"North\nEast"\nbob@example.org,B\n')
    assert rows == [(2, ["ann@example.org", "North\nEast"]), (3, ["bob@example.org", "B"])]


@pytest.mark.parametrize("data", [b"", b"   \n\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_empty_files_are_refused(data):
    assert refusal(data) == "The file is empty. Save the table again and upload the new file."


def test_a_header_without_rows_is_refused():
    assert refusal(b"email,team\n\n") == "The file has a header but no rows below it. Add the rows and try again."


def test_a_missing_column_is_named_with_what_was_found_and_meant():
    assert refusal(b"emial,team\nann@example.org,A\n") == (
        "The file has no column “email”. The first row must contain the column names; it has “emial”, “team”. If “emial” is "
        "meant to be “email”, rename it."
    )


def test_a_file_without_header_is_told_so():
    assert refusal(b"ann@example.org,A\nbob@example.org,B\n").endswith(
        "The first row looks like data: put a row with the column names above it."
    )


def test_one_of_several_columns_is_enough():
    columns = Columns(required=("course",), any_of=(("person_id", "email"),))
    assert read(b"email,course\nann@example.org,X\n", columns=columns)[0].columns == ("email", "course")
    assert refusal(b"name,course\nAnn,X\n", columns=columns).startswith("The file has no column “person_id” or “email”.")


def test_a_column_given_twice_is_refused():
    assert refusal(b"email,EMAIL \nann@example.org,bob@example.org\n") == (
        "Two columns are both read as “email” (“email” and “EMAIL”). Keep one and upload the file again."
    )


def test_a_column_without_name_is_refused_unless_it_ends_the_header():
    assert refusal(b"email,,team\nann@example.org,x,A\n").startswith("Column 2 has no name.")
    assert read(b"email,team,,\nann@example.org,A,,\n")[1] == [(2, ["ann@example.org", "A"])]


@pytest.mark.parametrize(
    ("start", "name"),
    [(b"%PDF-1.7\n", "PDF"), (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel 97 (.xls) or Word"), (b"\x89PNG\r\n", "PNG")],
)
def test_other_kinds_of_files_are_named(start, name):
    assert refusal(start + b"\0" * 100).startswith(f"This is a {name} file")


def test_binary_data_is_refused():
    assert refusal(bytes(range(256)) * 10).startswith("The file contains binary data, not text.")


def test_an_ending_we_do_not_take_is_refused():
    assert refusal(TEXT.encode(), file_name="people.exe").startswith("Files of type *.exe are not accepted.")


def test_a_file_above_the_limit_is_refused(settings):
    settings.ACCORD_MAX_UPLOAD_BYTES = 1024
    assert refusal(b"email\n" + b"a" * 2000).startswith("The file is 2.0\xa0KB; the maximum is 1.0\xa0KB.")


def test_ragged_rows_are_reported_by_row_and_the_others_read():
    table, rows = read(b"email,team\nann@example.org,A\nbob@example.org\ncid@example.org,A,B\ndee@example.org,D,\n")
    assert rows == [(2, ["ann@example.org", "A"]), (5, ["dee@example.org", "D"])]
    assert [problem.row for problem in table.problems] == [3, 4]
    assert str(next(iter(table.problems))).startswith("Row 3: The row has 1 cell where the header has 2.")


def test_nul_bytes_are_reported_by_row():
    good = b"ann@example.org,Ops\n" * 10_000
    table, rows = read(b"email,team\n" + good + b"bob@example.org,O\0ps\n" + b"cid@example.org,Ops\n")
    assert len(rows) == 10_001
    assert [(problem.row, problem.column, problem.value) for problem in table.problems] == [(10_002, "team", "O␀ps")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_nul_in_a_small_file_is_reported_by_row_and_the_others_read(encoding):
    text = "email,team\nzoë@example.org,Ops\nbob@example.org,O\0ps\ncid@example.org,Ops\n"
    table, rows = read(text.encode(encoding))
    assert rows == [(2, ["zoë@example.org", "Ops"]), (4, ["cid@example.org", "Ops"])]
    (problem,) = table.problems
    assert (problem.row, problem.column, problem.value) == (3, "team", "O␀ps")
    assert problem.message.endswith("Retype the cell and upload the file again.")


@pytest.mark.parametrize("cell", ["O\u200bp\0s", "Ã©t\0Ã©"])
def test_a_nul_beside_other_oddities_is_shown_in_their_notes(cell):
    """PostgreSQL would refuse to keep it."""
    table, _rows = read(f"email,team\nann@example.org,{cell}\ncid@example.org,Ops\n".encode())
    (note,) = table.notes
    assert ("\0" in note, "␀" in note) == (False, True)


def test_a_nul_in_the_name_of_a_column_is_said_where_it_is():
    assert refusal(b"email,te\0am\nann@example.org,A\n").startswith("Row 1, column 2: the name “te␀am” contains a character")


@pytest.mark.parametrize("data", [b"SQLite format 3\0" + b"\0" * 40, bytes(range(256)), b"ab\0" * 50, b"a,b\n1,\0\0\0\n"])
def test_binary_data_with_some_text_is_refused(data):
    assert refusal(data).startswith("The file contains binary data, not text.")


def test_an_open_quotation_mark_is_reported_where_it_is():
    table, rows = read(b'email,team\nann@example.org,A\nbob@example.org,"B\ncid@example.org,C\n')
    assert rows == [(2, ["ann@example.org", "A"])]
    assert [problem.row for problem in table.problems] == [3]


def test_only_the_first_problems_are_kept_and_all_are_counted():
    table, _rows = read(b"email,team\nann@example.org,A\n" + b"bob@example.org\n" * 1500)
    assert (len(table.problems), table.problems.total, table.problems.rows_refused) == (1000, 1500, 1500)


def workbook(*rows, sheets=("Sheet",)) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = sheets[0]
    for row in rows:
        book.active.append(row)
    for name in sheets[1:]:
        book.create_sheet(name)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_workbook_is_read_like_csv():
    import datetime as dt

    data = workbook(
        ["Email", "Person ID", "Team"],
        ["ann@example.org", 17, dt.datetime(2024, 2, 29)],
        [None, None, None],
        ["bob@example.org", 1.5, None],
        sheets=("People", "Notes"),
    )
    table, rows = read(data, file_name="people.xlsx")
    assert table.columns == ("email", "person_id", "team")
    assert rows == [(2, ["ann@example.org", "17", "2024-02-29"]), (4, ["bob@example.org", "1.5", ""])]
    assert table.notes == ["The workbook has several sheets; “People” was read, and not “Notes”."]


def test_a_cover_before_the_table_is_passed_over():
    """By the columns that are needed; where none has them, by the first sheet with rows of several cells."""

    def book(header):
        made = openpyxl.Workbook()
        made.active.title = "Cover"
        for row in (["Headcount report"], ["As of", "June"], [None], ["Made by Ann"]):
            made.active.append(row)
        data = made.create_sheet("Data")
        for row in (header, ["ann@example.org", "North"], ["bob@example.org", "South"]):
            data.append(row)
        made.create_sheet("Hidden").sheet_state = "hidden"
        file = io.BytesIO()
        made.save(file)
        return file.getvalue()

    said = "The workbook has several sheets; “Data” was read, and not “Cover”."
    table, rows = read(
        book(["Email", "Team"]), file_name="people.xlsx", columns=Columns(required=("email",), optional=("team",))
    )
    assert (table.columns, table.notes) == (("email", "team"), [said])
    assert [row for _number, row in rows] == [["ann@example.org", "North"], ["bob@example.org", "South"]]
    with pytest.raises(TableError, match=f"it has “Contact”, “Team”.*{said}"):
        read(book(["Contact", "Team"]), file_name="people.xlsx", columns=Columns(required=("email",), optional=("team",)))


def test_an_archive_that_is_no_workbook_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("people.csv", TEXT)
    assert refusal(file.getvalue(), file_name="people.xlsx").startswith("This is an archive")


def test_a_hundred_megabytes_are_read_in_flat_memory(tmp_path):
    path = tmp_path / "large.csv"
    block = (b"ann@example.org," + b"x" * 2000 + b"\n") * 500
    with path.open("wb") as file:
        file.write(b"email,team\n")
        while file.tell() < 100 * 1024 * 1024:
            file.write(block)
    tracemalloc.start()
    with path.open("rb") as file:
        table = open_table(file, file_name=path.name, columns=PEOPLE)
        count = sum(len(rows) for _first, rows in table.chunks(500))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert table.position == table.size
    assert count == table.rows_read == 52_000
    assert peak < 20 * 1024 * 1024


def test_formulas_are_made_text_on_export():
    lines = b"".join(
        write_csv(
            ["name", "value"], [["=1+1", -5], ["+49 170", "-5"], ["@x", "\tx"], ["-cmd|' /C calc'!A0", None], ["a=b", "\rx"]]
        )
    )
    assert list(csv.reader(io.StringIO(lines.decode("utf-8-sig"), newline=""))) == [
        ["name", "value"],
        ["'=1+1", "-5"],
        ["'+49 170", "-5"],
        ["'@x", "'\tx"],
        ["'-cmd|' /C calc'!A0", ""],
        ["a=b", "'\rx"],
    ]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (";=1+1", ";'=1+1"),
        ("a;=1+1", "a;'=1+1"),
        ("a; =1+1", "a; '=1+1"),
        ("a\t@sum", "a\t'@sum"),
        ("a|-1", "a|'-1"),
        ("a,+1", "a,'+1"),
        ("a\n=1", "a\n'=1"),
        ("a\r\n=1", "a\r\n'=1"),
        (' "=1', " \"'=1"),
        ('a;"=1"', 'a;"\'=1"'),
        ("＝1+1", "'＝1+1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠x", "'＠x"),
        ("\ufeff=1", "\ufeff'=1"),
        ("'=1", "''=1"),
        ("'a", "'a"),
        ("a'=1", "a'=1"),
        ("-5", "-5"),
        ("+3,5", "+3,5"),
        ("-1.25", "-1.25"),
        ("-5;-6", "'-5;'-6"),
        ("2026-01-31", "2026-01-31"),
        ("ann@example.org", "ann@example.org"),
        (-5, -5),
        (None, None),
    ],
)
def test_what_would_begin_a_formula_is_text_wherever_a_cell_may_begin(value, written):
    assert neutralise(value) == written
    assert written is None or not isinstance(written, str) or restore(written) == value


SPECIAL = st.text(st.sampled_from("=+-@＝＋－＠;,|\t\r\n \"'a1.\ufeff"), max_size=12)
DANGEROUS = re.compile(r"\A[\s\"\ufeff\u200b]*[=+\-@＝＋－＠]")
# A number, and what a spreadsheet with another separator finds behind it in the same cell.
HARMLESS = re.compile(r'\A[\s"\ufeff\u200b]*[+-]?[0-9]+([.,][0-9]+)?(\Z|[;,|\t"])')


def cells_of(text: str, delimiter: str) -> list[str]:
    """Every cell that a program could find: one that knows quotation marks, and one that splits lines at the separator."""
    knowing = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) for cell in row]
    return knowing + [cell for line in re.split("[\r\n]", text) for cell in line.split(delimiter)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@given(rows=st.lists(st.tuples(SPECIAL, SPECIAL, st.integers() | SPECIAL), max_size=4))
def test_nothing_we_write_is_a_formula_anywhere(delimiter, rows):
    text = b"".join(write_csv(["=a", "b", "c"], rows, with_mark=False, delimiter=delimiter)).decode()
    found = [cell for other in (",", ";", "\t", "|") for cell in cells_of(text, other)]
    assert [cell for cell in found if DANGEROUS.match(cell) and not HARMLESS.match(cell)] == []


@given(text=SPECIAL | st.text(max_size=20))
def test_what_is_restored_is_what_was_neutralised(text):
    assert restore(neutralise(text)) == text


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@given(
    rows=st.lists(
        st.tuples(SPECIAL, SPECIAL).filter(lambda row: any(without_shapeless(cell).strip() for cell in row)), min_size=1
    )
)
def test_a_file_of_ours_that_comes_back_says_what_it_said(delimiter, rows):
    data = b"".join(write_csv(["email", "team"], rows, delimiter=delimiter))
    assert [list(cells) for _number, cells in read(data)[1]] == [list(map(without_shapeless, row)) for row in rows]


def test_an_apostrophe_in_a_workbook_is_taken_away_too():
    book = openpyxl.Workbook()
    book.active.append(["email", "team"])
    book.active.append(["ann@example.org", "'=1+1"])
    file = io.BytesIO()
    book.save(file)
    assert read(file.getvalue(), file_name="x.xlsx")[1] == [(2, ["ann@example.org", "=1+1"])]


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(
    rows=st.lists(
        st.tuples(CELLS, CELLS, CELLS).filter(lambda row: any(without_shapeless(cell).strip() for cell in row)), min_size=1
    )
)
def test_what_we_write_we_read(rows):
    data = b"".join(write_csv(["email", "first_name", "team"], rows))
    table, found = read(data)
    assert [list(cells) for _number, cells in found] == [list(map(without_shapeless, row)) for row in rows]
    assert not table.problems
