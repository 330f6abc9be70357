"""Tables as people really export them: titles above the header, other languages, cells without end, characters nobody sees."""

import io

import openpyxl
import pytest

from common.cells import CellError, read_email
from common.characters import as_meant, without_shapeless
from common.csv_rows import MAX_CELL, MAX_ROW
from imports import services
from imports.enums import ImportState
from imports.models import StagedImport
from imports.tables.errors import HeaderError, ProblemLog, TableError
from imports.tables.layout import Columns, enumerate_names
from imports.tables.reading import look_at, open_table

PEOPLE = Columns(required=("email",), optional=("first_name", "last_name", "team"))
LONG = MAX_CELL + 1


def read(text, *, columns=PEOPLE, file_name="people.csv", skip=(), encoding="", mapping=None):
    data = text if isinstance(text, bytes) else text.encode()
    table = open_table(io.BytesIO(data), file_name=file_name, columns=columns, encoding=encoding, mapping=mapping)
    table.skip = frozenset(skip)
    return table, [(number, list(cells)) for number, cells in table.rows()]


@pytest.fixture
def receive(organisation):
    def run(text, kind="enrolments", **options):
        staged = services.receive_upload(
            organisation=organisation, kind=kind, file=io.BytesIO(text.encode()), file_name="people.csv", options=options
        )
        return services.check_import(staged)

    return run


# Cells without end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quoted", ["", '"'])
def test_a_cell_that_is_too_long_is_named_and_the_rows_after_it_are_read(quoted):
    text = f"email,team\na@b.org,A\nb@b.org,{quoted}{'x' * LONG}{quoted}\nc@b.org,C\nd@b.org,too,many\n"
    table, found = read(text)
    assert found == [(2, ["a@b.org", "A"]), (4, ["c@b.org", "C"])]
    assert [(problem.row, problem.column, problem.message[:55], len(problem.value)) for problem in table.problems] == [
        (3, "team", "The cell has 1,048,577 characters; the maximum is 1,048", 200),
        (5, "", "The row has 3 cells where the header has 2. Look for a ", 0),
    ]
    assert (table.rows_read, table.rows_ragged, table.problems.is_divisible) == (2, 2, True)


def test_a_cell_of_more_than_the_readers_own_limit_is_read_where_it_is_closed():
    cell = "a line\n" * 60_000
    _table, found = read(f'email,team\na@b.org,"{cell}"\nb@b.org,B\n')
    assert found == [(2, ["a@b.org", cell]), (3, ["b@b.org", "B"])]


@pytest.mark.parametrize(
    "rest",
    [f'"{"x" * LONG}\n', f'"{"line" * 100}\n' + "more\n" * (MAX_ROW // 5), f'"{"x" * 9}"y\n', f"{'x' * (2**24 + 1)}\n"],
)
def test_where_nobody_knows_how_a_row_ends_the_rest_is_not_read(rest):
    table, found = read(f"email,team\na@b.org,A\nb@b.org,{rest}c@b.org,C\n")
    assert found == [(2, ["a@b.org", "A"])]
    assert [(problem.row, problem.message[:34]) for problem in table.problems] == [(3, "A quotation mark is opened here an")]
    assert not table.problems.is_divisible


def test_a_header_without_end_is_refused():
    with pytest.raises(TableError, match="Row 2 is too long"):
        read(f"\nemail,{'x' * LONG}\na@b.org,1\n")


@pytest.mark.django_db
def test_a_row_with_a_long_cell_is_skipped_and_given_back(receive):
    staged = receive(f"email,team\na@b.org,A\nb@b.org,{'x' * LONG}\nc@b.org,C\n")
    assert (staged.state, staged.skippable_rows, staged.rows_total) == (ImportState.REFUSED, 1, 3)
    services.skip_rows(staged)
    assert (staged.state, staged.skipped_rows, staged.rows_new) == (ImportState.READY, 1, 2)
    with staged.skipped_file.open("rb") as file:
        lines = file.read().decode("utf-8-sig").splitlines()
    assert (len(lines), lines[1][:12]) == (2, '"b@b.org","x')
    assert "team: The cell has 1,048,577 characters; the maximum is 1,048,576. Shorten it" in lines[1]


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["email", "person_id", "hire_date", "annual_cost", "grade", "team"])
def test_every_reader_refuses_a_long_cell_at_once(receive, column):
    row = {"person_id": "1", "hire_date": "2020-01-01", "email": "", "annual_cost": "", "grade": "", "team": ""}
    row[column] = "<" + "@" * 130_000 if column == "email" else "9" * 130_000
    staged = receive(",".join(row) + "\n" + ",".join(row.values()) + "\n", kind="people")
    assert [(problem.row_number, problem.column) for problem in staged.problems.all()] == [(2, column)]
    assert "130,00" in staged.problems.get().message


def test_an_address_without_end_is_refused_at_once():
    with pytest.raises(CellError, match="has 200,001 characters; the maximum is 254"):
        read_email("<" + "@" * 200_000)


# The file as a whole --------------------------------------------------------------------------------------------------------


def test_what_is_said_of_the_whole_file_is_no_rejected_row():
    problems = ProblemLog()
    problems.add(0, "You are three seats short.")
    problems.add(3, "Wrong.")
    problems.add(0, "And one course is gone.")
    problems.add(3, "Wrong in another column, too.")
    assert (problems.total, problems.rows_refused, problems.rows, problems.is_divisible) == (4, 1, {3}, False)


@pytest.mark.django_db
def test_a_file_that_is_no_table_has_no_rejected_rows(receive, organisation, member, sign_in):
    staged = receive("email,email\na@b.org,b@b.org\n")
    assert (staged.rows_refused, staged.summary, staged.problems.get().row_number) == (0, "rejected as a whole", 0)
    client = sign_in(member(organisation, "admin").user)
    page = client.get(f"/org/{organisation.slug}/imports/{staged.uuid}/").content.decode()
    assert ("rejected as a whole" in page, "0 rows need correcting" in page) == (True, False)


@pytest.mark.parametrize(("n", "end"), [(20, "“c19”"), (21, "“c19” and 1 more"), (1_520, "“c19” and 1,500 more")])
def test_long_lists_of_names_say_how_many_more_there_are(n, end):
    assert enumerate_names([f"c{number}" for number in range(n)]).endswith(end)


@pytest.mark.django_db
def test_every_list_of_columns_says_how_many_more_there_are(receive):
    many = ",".join(f"extra column number {number}" for number in range(30))
    blank = "," * 29
    assert receive(f"email,{many}\na@b.org,{blank}\n").notes[-1].endswith("“extra column number 19” and 10 more.")
    refused = (
        receive(f"email,course,completed_on,{many}\na@b.org,A,2020-01-01,{blank}\n", kind="completions").problems.get().message
    )
    assert "“extra column number 19” and 10 more. Delete them" in refused
    assert "“extra column number 18” and 11 more" in receive(f"name,{many}\nA,{blank}\n").problems.get().message


# Titles ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title", ["Employees 2026\n", "Employees 2026,,\n\n", "\n\nEmployees 2026,as of,1 May\nAcme,,\n,,\n", "Team,,\nNorth,,\n"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_titles_above_the_header_are_passed_over_and_named(title, delimiter):
    text = (title + "email,first_name,team\na@b.org,Ann,A\nb@b.org,Bo,B\n").replace(",", delimiter)
    number = title.count("\n") + 1
    table, found = read(text)
    assert table.header_row == number
    assert found == [(number + 1, ["a@b.org", "Ann", "A"]), (number + 2, ["b@b.org", "Bo", "B"])]
    (note,) = [note for note in table.notes if "column names were found" in note]
    first = title.strip().replace(",", " ").split("\n")[0].strip()
    assert note.startswith(f"The column names were found in row {number}. The ")
    assert f"“{' '.join(first.split())}" in note


def test_titles_of_a_workbook_are_passed_over():
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in (["Employees 2026"], [], ["email", "team"], ["a@b.org", "A"]):
        book.active.append(row)
    book.save(file)
    table, found = read(file.getvalue(), file_name="people.xlsx")
    assert (table.header_row, found) == (3, [(4, ["a@b.org", "A"])])


def test_a_header_that_lacks_a_column_is_found_below_its_title_and_named():
    with pytest.raises(
        HeaderError, match=r"no column “email”. Row 3 was read as the column names; it has “first_name”, “team”"
    ):
        read("Employees 2026,\n\nfirst_name,team\nAnn,A\n")


def test_a_header_with_names_of_its_own_is_found_by_its_width():
    table = look_at(io.BytesIO(b"Employees 2026\nKey,Contact\n1,a@b.org\n"), file_name="people.csv", columns=PEOPLE)
    assert (table.header, table.header_row, list(table.titles)) == (("Key", "Contact"), 2, ["Employees 2026"])


@pytest.mark.parametrize("text", ["Key,Contact\n1,a@b.org\n", "Contact\na@b.org\n", "team\nA,B\n"])
def test_a_first_row_that_may_be_the_header_stays_it(text):
    assert look_at(io.BytesIO(text.encode()), file_name="people.csv", columns=PEOPLE).header_row == 1


def test_what_cannot_be_read_below_the_title_is_still_said_at_its_row():
    mapping = {"key": "email"}
    table, found = read('key,contact\n1,A\n2,"x"y\n3,C\n', mapping=mapping)
    assert (found, [problem.row for problem in table.problems]) == ([(2, ["1", "A"])], [3])
    table, found = read(f"key,contact\n1,A\n2,{'x' * LONG}\n3,C\n", mapping=mapping)
    assert (found, [problem.row for problem in table.problems]) == ([(2, ["1", "A"]), (4, ["3", "C"])], [3])


@pytest.mark.django_db
def test_a_row_is_skipped_below_a_title_by_its_own_number(receive):
    staged = services.skip_rows(receive("People\n\nemail,team\na@b.org,A\nwrong,B\n"))
    assert (staged.state, staged.options["skip"], staged.rows_new) == (ImportState.READY, [5], 1)


# Other languages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "E-Mail;Vorname;Nachname;Abteilung;Personalnummer",
        "Courriel;Prénom;Nom;Département;Matricule",
        "Correo electrónico;Nombre;Apellidos;Departamento;Número de empleado",
        "Posta elettronica;Nome;Cognome;Reparto;Matricola",
        "Endereço de email;Nome;Sobrenome;Departamento;Matrícula",
        "E-mailadres;Voornaam;Achternaam;Afdeling;Personeelsnummer",
        "Adres e-mail;Imię;Nazwisko;Dział;Numer pracownika",
        "E-post;Förnamn;Efternamn;Avdelning;Anställningsnummer",
    ],
)
@pytest.mark.django_db
def test_headers_in_other_languages_are_understood_and_said(receive, header):
    staged = receive(f"{header}\na@b.org;Ann;Lee;North;0017\n")
    assert (staged.state, staged.rows_new) == (ImportState.READY, 1)
    theirs = header.split(";")
    for name, ours in zip(theirs[1:], ["first_name", "last_name", "team", "person_id"], strict=True):
        if name.replace("ö", "o").lower() != "fornamn":
            assert f"“{name}” is read as {ours}." in staged.notes
    assert not [note for note in staged.notes if note.startswith("Not used")]


def test_our_own_name_goes_before_a_foreign_one():
    table, _found = read("email,first_name,Vorname\na@b.org,Ann,X\n")
    assert table.columns == ("email", "first_name", "vorname")
    assert read("email,given_name,Vorname\na@b.org,Ann,X\n")[0].columns == ("email", "first_name", "vorname")
    assert read("email,Vorname,Rufname\na@b.org,Ann,X\n")[0].columns == ("email", "first_name", "rufname")


# Characters nobody sees -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_invisible_characters_are_removed_from_headers_and_cells_and_said(codec):
    text = "\u200bemail,first\u00a0name\u2060,team\na@b.org\u200b,Zo\u00eb,A\n\u00a0b@b\u00a0.org,Bo\u00ad,B\n"
    table, found = read(text.encode(codec))
    assert table.columns == ("email", "first_name", "team")
    assert found == [(2, ["a@b.org", "Zoë", "A"]), (3, ["b@b.org", "Bo", "B"])]
    assert table.notes[-1] == "Invisible characters were removed from 5 cells, the first in row 1, email, now “email”."


def test_a_mark_of_byte_order_is_no_remark():
    assert read("email\na@b.org\n".encode("utf-8-sig"))[0].notes == []
    assert read("\ufeffemail\na@b.org\n".encode("utf-16-le"), encoding="utf-16-le")[0].notes == [
        "The file was read as UTF-16. If names look wrong, save it as CSV (UTF-8) and upload it again."
    ]


def test_joiners_stay_where_they_are_letters():
    assert without_shapeless("می\u200cخواهم") == "می\u200cخواهم"
    assert without_shapeless("ann\u200c@example.org") == "ann@example.org"


def test_an_address_from_a_link_is_an_address():
    assert read_email("MAILTO:Ann@Example.org ") == "ann@example.org"


# Text in the wrong encoding -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["Müller", "Özdemir", "Zoë", "José", "Łukasz", "Šime", "Ángel Ñuñez", "O’Brien", "10 €", "Ærø", "Œuvre", "Ìris", "Àlex"],
)
def test_text_read_in_the_wrong_encoding_is_told_as_it_was_meant(text):
    garbled = "".join(
        bytes([byte]).decode("cp1252") if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(byte) for byte in text.encode()
    )
    assert (as_meant(garbled), as_meant(text)) == (text, text)


@pytest.mark.parametrize(
    "text", ["IRMÃ", "MAÇÃ…", "CAFÉ…", "À l’Â", "Ä", "ÅÄÖ", "São João", "Pâté", "Â", "“Ä”", "ÄÄÄ", "Ü–Ä", "naïve â la"]
)
def test_words_that_are_written_so_are_left_alone(text):
    assert as_meant(text) == text


@pytest.mark.django_db
def test_garbled_names_are_found_and_named_with_the_encoding_to_choose(receive):
    staged = receive("email,first_name,last_name\na@b.org,Ann,Lee\nb@b.org,JÃ¼rgen,MÃ¼ller\n")
    (note,) = staged.notes
    assert note == (
        "Text in 2 cells seems to be in the wrong encoding: row 3, first_name has “JÃ¼rgen”, probably meant as "
        "“Jürgen”. Export the table again, choose UTF-8 as its encoding, and upload that file."
    )
    assert (staged.state, StagedImport.objects.count()) == (ImportState.READY, 1)
