"""Dates as people and programs write them, and what a column says about the order of day and month."""

import datetime as dt

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from common.cells import CellError
from common.dates import Dates, OrderNeeded, OrderVotes, looks_like_date, settle

FRENCH = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
MARCH_30 = dt.date(2015, 3, 30)
EPOCH = dt.date(1899, 12, 30)


@pytest.mark.parametrize(
    "text",
    [
        "2015-03-30",
        "2015-3-30",
        "2015/03/30",
        "2015.03.30",
        "20150330",
        "30.03.2015",
        "30.3.15",
        "30. 3. 2015",
        "30-Mar-2015",
        "30-MAR-15",
        "30MAR2015",
        "30 March 2015",
        "30th March 2015",
        "30. März 2015",
        "30 mars 2015",
        "30 de marzo de 2015",
        "Mar 30, 2015",
        "March 30th, 2015",
        "2015-Mar-30",
        "2015-03-30T23:59:59.123Z",
        "2015-03-30T23:30:00+05:00",
        "2015-03-30 00:00:00.000 UTC",
        "30-MAR-15 11.59.59.000000000 PM",
        "30.03.2015 08:15",
        "Mar 30, 2015, 8:15 a.m.",
    ],
)
def test_most_ways_of_writing_a_date_mean_one_day(text):
    assert Dates()[text] == MARCH_30


@pytest.mark.parametrize("text", ["3/30/2015", "3-30-15", "3/30/2015 12:00:00 AM", "03/30/2015 08:15:00.000"])
def test_the_month_may_come_first(text):
    assert Dates(day_first=False)[text] == MARCH_30
    with pytest.raises(CellError, match="read as DD"):
        Dates(day_first=True)[text]


@pytest.mark.parametrize("text", ["3/4/2015", "03-04-15", "1/5/2015 12:00:00 AM", "30/03/2015"])
def test_a_single_date_does_not_say_which_comes_first(text):
    with pytest.raises(OrderNeeded):
        Dates()[text]


@pytest.mark.parametrize("text", ["00.00.0000", "0000-00-00", "00/00/0000", "00000000", "12/31/9999", "01.01.1900"])
def test_what_is_no_day_is_blank(text):
    assert Dates(day_first=False)[text] is None


@time_machine.travel("2026-11-29")
@pytest.mark.parametrize(
    ("years_ahead", "text", "year"), [(1, "5/7/27", 2027), (1, "5/7/28", 1928), (10, "5/7/36", 2036), (10, "5/7/37", 1937)]
)
def test_years_of_two_digits_hardly_lie_ahead(years_ahead, text, year):
    assert Dates(day_first=True, years_ahead=years_ahead)[text] == dt.date(year, 7, 5)


def test_serial_numbers_are_dates_in_a_workbook_only():
    assert Dates(epoch=EPOCH)["42093"] == Dates(epoch=EPOCH)["42093.75"] == MARCH_30
    with pytest.raises(CellError, match="serial number"):
        Dates()["42093"]


def test_a_chosen_format_decides_the_order_and_iso_allows_nothing_else():
    assert Dates("MM/DD/YYYY")["03/04/2020"] == dt.date(2020, 3, 4)
    assert Dates("DD-MM-YYYY")["03/04/2020"] == Dates("MM/DD/YYYY")["3-Apr-2020"] == dt.date(2020, 4, 3)
    for date_format, text in [("YYYY-MM-DD", "30.03.2015"), ("YYYY-MM-DD", "3/30/2015"), ("YYYY/MM/DD", "3/4/2015")]:
        with pytest.raises(CellError, match="cannot be read"):
            Dates(date_format)[text]


@pytest.mark.parametrize("text", ["31.02.2020", "2020-13-01", "5 Foo 2020", "13/13/2020", "20201301"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(CellError):
        Dates(day_first=True)[text]


def test_how_dates_were_read_is_remembered_once_for_each_way():
    dates = Dates(day_first=False)
    for text in ("2020-01-01", "07/05/11", "07/06/11", "5-Jan-2015"):
        assert dates[text]
    assert [(one.text, one.day, one.shape) for one in dates.examples.values()] == [
        ("07/05/11", dt.date(2011, 7, 5), "MM/DD/YY"),
        ("5-Jan-2015", dt.date(2015, 1, 5), "name of the month"),
    ]


def orders(wanted=("hire_date", "exit_date"), **columns):
    votes = {name: OrderVotes() for name in columns}
    for name, texts in columns.items():
        votes[name].see(texts)
    return settle(votes, wanted)


def test_one_value_settles_a_column():
    assert orders(hire_date=["03/04/2020", "05/25/2020"]).day_first == {"hire_date": False}
    assert orders(hire_date=["03-04-20", "25-05-20"]).day_first == {"hire_date": True}


@given(st.lists(st.dates(dt.date(1950, 1, 1), dt.date(2026, 1, 1)), min_size=1), st.sampled_from("/-"), st.booleans())
def test_every_column_of_one_format_is_read_back_or_asked_about(days, mark, day_first):
    texts = [day.strftime(mark.join(["%d", "%m", "%Y"] if day_first else ["%m", "%d", "%Y"])) for day in days]
    found = orders(hire_date=texts)
    if found.open:
        assert all(day.day <= 12 for day in days)
    else:
        dates = Dates(day_first=found.day_first["hire_date"])
        assert [dates[text] for text in texts] == days


def test_another_column_settles_it_where_all_others_agree():
    found = orders(hire_date=["03/04/2020"], born=["12-31-1970"])
    assert (found.day_first, found.borrowed, found.open) == ({"hire_date": False}, {"hire_date"}, {})
    found = orders(hire_date=["03/04/2020"], born=["12-31-1970"], reviewed=["31/12/2019"])
    assert (found.day_first, found.open) == ({}, {"hire_date": "03/04/2020"})


def test_each_column_speaks_for_itself():
    found = orders(hire_date=["6-25-2007"], exit_date=["16-09-2015"])
    assert (found.day_first, found.borrowed) == ({"hire_date": False, "exit_date": True}, frozenset())


def test_the_same_day_either_way_needs_no_answer():
    assert orders(hire_date=["03/03/2020"]).open == {}


def test_a_slip_among_many_is_a_slip_and_more_are_two_ways_of_writing():
    months = [f"{1 + n % 12:02}/{13 + n % 15}/{2000 + n // 60}" for n in range(180)]
    assert orders(hire_date=[*months, "31/01/2020"]).day_first == {"hire_date": False}
    assert orders(hire_date=[*months[:20], "31/01/2020"]).mixed == {"hire_date": ("31/01/2020", min(months[:20]))}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("07/05/11", True), ("2015-03-30", True), ("33.000", False), ("CA", False), ("12345678", False), ("13/13/2020", False)],
)
def test_what_looks_like_a_date(text, expected):
    assert looks_like_date(text) is expected


@pytest.mark.parametrize(
    "names", [FRENCH, ("janvier", "fevrier", "mars", "avril", "mai", "juin", "juill.", "aout", "septembre")]
)
def test_french_months_are_read_with_their_accents_and_points_and_without(names):
    assert [Dates()[f"5 {name} 2015"] for name in names] == [dt.date(2015, month, 5) for month in range(1, len(names) + 1)]
