"""Cells of a table."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.cells import CellError, LeadingZeros, Money, Numbers, read_email, read_identifier
from common.dates import Dates, Months


def complaint(call, text) -> str:
    with pytest.raises(CellError) as caught:
        call(text)
    return str(caught.value)


JANUARY_31 = dt.date(2024, 1, 31)
FEBRUARY_1 = dt.date(2024, 2, 1)


@pytest.mark.parametrize(
    ("date_format", "values", "expected"),
    [
        ("YYYY-MM-DD", ["2024-01-31", "", "2023-12-01 00:00:00"], [JANUARY_31, None, dt.date(2023, 12, 1)]),
        ("DD/MM/YYYY", ["01/02/2024", "31/01/2024"], [FEBRUARY_1, JANUARY_31]),
        ("MM/DD/YYYY", ["01/02/2024", "01/31/2024"], [dt.date(2024, 1, 2), JANUARY_31]),
        ("DD.MM.YYYY", ["1.2.2024", "31.01.2024"], [FEBRUARY_1, JANUARY_31]),
        ("DD-MM-YYYY", ["31-01-2024"], [JANUARY_31]),
        ("YYYY/MM/DD", ["2024/01/31"], [JANUARY_31]),
        ("YYYYMMDD", ["20240131"], [JANUARY_31]),
        ("DD/MM/YYYY", ["03/03/2024"], [dt.date(2024, 3, 3)]),
        ("DD/MM/YYYY", ["31/01/2024", "30/02/2024", "nonsense"], [JANUARY_31, CellError, CellError]),
        ("YYYY-MM-DD", [], []),
    ],
)
def test_a_column_of_one_format_is_read_cell_by_cell(date_format, values, expected):
    dates, read = Dates(date_format), []
    for text in values:
        try:
            read.append(dates[text])
        except CellError as error:
            read.append(type(error))
    assert read == expected


def test_dates_that_read_two_ways_are_read_in_the_chosen_format():
    texts = ("01/02/2024", "03/04/2024")
    assert [Dates("DD/MM/YYYY")[text] for text in texts] == [FEBRUARY_1, dt.date(2024, 4, 3)]
    assert [Dates("MM/DD/YYYY")[text] for text in texts] == [dt.date(2024, 1, 2), dt.date(2024, 3, 4)]


@pytest.mark.parametrize("text", ["", "  ", "9999-12-31", "1900-01-01", "9999-12-31T00:00:00"])
def test_blank_dates(text):
    assert Dates()[text] is None


@pytest.mark.parametrize(
    ("date_format", "text"),
    [("DD/MM/YYYY", "5/2/2024"), ("MM/DD/YYYY", "02/05/2024"), ("DD.MM.YYYY", "05.02.2024"), ("DD.MM.YYYY", "2024-02-05")],
)
def test_dates_are_read_in_the_format_of_the_file(date_format, text):
    assert Dates(date_format)[text] == dt.date(2024, 2, 5)


def test_a_date_that_does_not_exist():
    dates = Dates(what="exit date")
    assert complaint(dates.__getitem__, "2023-02-30") == "the exit date 2023-02-30 does not exist. Correct the date."
    assert complaint(dates.__getitem__, "45123").startswith("the exit date 45123 is a spreadsheet's serial number for a date.")
    assert complaint(dates.__getitem__, "soon") == "the exit date “soon” cannot be read. Write it as YYYY-MM-DD."


@given(st.dates(min_value=dt.date(1901, 1, 1), max_value=dt.date(9999, 12, 30)))
def test_every_date_survives_every_format(date):
    assert Dates("DD/MM/YYYY")[f"{date.day:02}/{date.month:02}/{date.year:04}"] == date
    assert Dates("MM/DD/YYYY")[f"{date.month}/{date.day}/{date.year:04}"] == date
    assert Dates()[date.isoformat()] == date


@pytest.mark.parametrize("text", ["2024-03", "2024/3", "03/2024", "2024-03-31", "2024-03-01 00:00:00"])
def test_months(text):
    assert Months()[text] == dt.date(2024, 3, 1)


def test_a_month_that_does_not_exist():
    assert complaint(Months().__getitem__, "2024-13") == "the month “2024-13” cannot be read. Write it as YYYY-MM."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234.5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("1 234,5", "1234.5"),
        ("0,125", "0.125"),
        ("1,234", "1234"),
        ("1.234", "1.234"),
        ("1.234.567", "1234567"),
        ("-3", "-3"),
        ("12 %", "12"),
        ("1e3", "1E+3"),
    ],
)
def test_numbers(text, expected):
    assert Numbers()[text] == Decimal(expected)


def test_a_lone_comma_is_decimal_where_the_file_says_so():
    assert Numbers(decimal_comma=True)["1,234"] == Decimal("1.234")


@pytest.mark.parametrize("text", ["n/a", "1,2,3", "12-5", "NaN", "inf", "--5"])
def test_what_is_no_number(text):
    assert complaint(Numbers().__getitem__, text).startswith(f"the number “{text}” is not a number.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50000", 5_000_000),
        ("€ 50.000,50", 5_000_050),
        ("$50,000.50", 5_000_050),
        ("50,000", 5_000_000),
        ("50'000.00 CHF", 5_000_000),
        ("12,5 EUR", 1250),
        ("1 200,-", 120_000),
        ("0", 0),
        ("33333.333", 3_333_333),
    ],
)
def test_money_in_minor_units(text, expected):
    assert Money("EUR")[text] == expected


def test_money_follows_its_currency_and_the_file():
    assert Money("JPY")["¥5,000"] == 5000
    assert Money("EUR", decimal_comma=True)["50.000"] == 5_000_000
    assert Money("EUR")[""] is None
    assert complaint(Money("EUR", what="annual cost").__getitem__, "-5").startswith("the annual cost -5 is negative.")
    assert complaint(Money("EUR").__getitem__, "lots").startswith("the amount “lots” is not a number.")
    assert complaint(Money("EUR").__getitem__, "€").startswith("the amount “€” is not a number.")


@pytest.mark.parametrize("text", ["ann@example.org", " Ann.O'Neil+x@Sub.Example.ORG ", "a_b@exämple.org", "x@a-b.museum"])
def test_addresses_are_read_in_lower_case(text):
    assert read_email(text) == text.strip().lower()


@pytest.mark.parametrize(
    "text", ["ann", "ann@", "@example.org", "ann@example", "ann@.org", "a..b@example.org", ".a@example.org", "a b@example.org"]
)
def test_what_mail_could_not_reach(text):
    assert complaint(read_email, text).startswith(f"“{text}” is not an e-mail address.")


def test_more_than_an_address():
    assert complaint(read_email, "Ann Lee <ann@example.org>").endswith("Enter only ann@example.org.")
    assert complaint(read_email, "ann@example.org; bob@example.org").endswith("Give each person their own row.")


def test_identifiers_are_text_and_keep_their_case():
    assert read_identifier(" 0017a ") == "0017a"
    assert complaint(read_identifier, "1.23457E+11").startswith("the identifier “1.23457E+11” was shortened by a spreadsheet.")
    assert complaint(read_identifier, "x" * 101).startswith("the identifier has 101 characters")


def test_lost_leading_zeros_are_noticed():
    zeros = LeadingZeros("person_id")
    zeros.see(2, ["00171", "00172", "12345"])
    zeros.see(5, ["A1", "173", "00174"])
    assert zeros.note() == (
        "Some values in person_id seem to have lost their leading zeros: row 6 has “173” where others have 5 digits. If so, "
        "format the column as text, then export and upload the file again."
    )


def test_plain_numbering_is_no_lost_zero():
    zeros = LeadingZeros("person_id")
    zeros.see(2, ["1", "20", "300"])
    assert zeros.note() == ""


ENDLESS = ["1e999990", "1e9999999", "1E+0999999999", "1e-999999", "9" * 500, "0." + "1" * 500, "1e400"]


@pytest.mark.parametrize("text", ENDLESS)
@pytest.mark.parametrize("reader", [Numbers(what="value"), Money("EUR", what="annual cost"), Money("KWD", what="annual cost")])
def test_a_number_that_would_take_minutes_is_refused_before_it_is_one(reader, text):
    said = complaint(reader.__getitem__, text)
    assert said == f"the {reader.what} “{text[:40]}” is out of range or has too many digits. Correct it; write it as 1234.5."


@pytest.mark.parametrize("text", ["1e300", "-1e300", "1e-301", "1e999"])
def test_a_number_fits_into_a_double(text):
    assert "out of range" in complaint(Numbers().__getitem__, text)
    assert Numbers()["1e-300"] == Decimal("1e-300")


def test_money_ends_where_the_column_does():
    assert Money("EUR")["92233720368547758.07"] == 2**63 - 1
    assert Money("JPY")[str(2**63 - 1)] == 2**63 - 1
    for currency, text in (("EUR", "92233720368547758.08"), ("JPY", str(2**63)), ("KWD", "1e17"), ("EUR", "1e30")):
        assert "out of range" in complaint(Money(currency).__getitem__, text)


@pytest.mark.parametrize("reader", [Numbers(what="cell"), Money("EUR", what="cell"), Dates(what="cell"), Months(what="cell")])
def test_a_text_is_too_long_for_every_reader(reader):
    words = "the cell has 1,001 characters; the maximum is 1,000. Shorten it."
    assert [complaint(read, "1" * 1001) for read in (reader.read, reader.__getitem__)] == [words, words]
