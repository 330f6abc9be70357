"""Calendar files, read back by the library, and as bytes where RFC 5545 says what they have to be."""

from datetime import UTC, date, datetime

import pytest
from icalendar import Calendar

from practice.calendar_files import ReviewDay, as_file

WRITTEN = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
DAY = ReviewDay(
    uid="5e1f@accord.example.org",
    sequence=2,
    day=date(2027, 3, 28),
    summary="Review day with Łukasz Ökçe, Ltd; “the \\ team”\nBEGIN:VALARM",
    description="https://accord.example.org/agreements/5e1f/",
    organizer_name='Ada "the Countess"; Okafor, née Quist',
    organizer_email="ada@example.org",
)


def event_of(raw):
    [event] = Calendar.from_ical(raw).walk("VEVENT")
    return event


def test_a_day_is_published_whole():
    raw = as_file(DAY, written_at=WRITTEN)
    calendar, event = Calendar.from_ical(raw), event_of(raw)
    assert (str(calendar["METHOD"]), str(calendar["VERSION"])) == ("PUBLISH", "2.0")
    assert b"DTSTART;VALUE=DATE:20270328\r\n" in raw
    assert b"DTEND;VALUE=DATE:20270329\r\n" in raw
    assert b"DTSTAMP:20270301T093000Z\r\n" in raw
    assert b"UID:5e1f@accord.example.org\r\n" in raw
    assert b"SEQUENCE:2\r\n" in raw
    assert (str(event["STATUS"]), str(event["CLASS"])) == ("CONFIRMED", "PRIVATE")
    assert str(event["ORGANIZER"]) == "mailto:ada@example.org"


def test_what_people_typed_is_escaped_and_comes_back_as_it_was():
    raw = as_file(DAY, written_at=WRITTEN)
    assert b"\r\nBEGIN:VALARM" not in raw
    assert [component.name for component in Calendar.from_ical(raw).walk()] == ["VCALENDAR", "VEVENT"]
    assert str(event_of(raw)["SUMMARY"]) == DAY.summary


def test_a_name_cannot_leave_its_parameter():
    raw = as_file(DAY, written_at=WRITTEN)
    assert str(event_of(raw)["ORGANIZER"]) == "mailto:ada@example.org"
    assert raw.count(b"ORGANIZER") == 1


@pytest.mark.parametrize("name", ["Ada", "x" * 300, "評価の日" * 60, "👩🏽‍🚀" * 40])
def test_lines_are_folded_by_octets_and_never_within_a_letter(name):
    raw = as_file(ReviewDay("u", 0, date(2027, 3, 28), name, "", name, "a@example.org"), written_at=WRITTEN)
    lines = raw.split(b"\r\n")
    assert lines[-1] == b""
    assert max(len(line) for line in lines) <= 75
    for line in lines:
        line.decode()
    assert str(event_of(raw)["SUMMARY"]) == name


def test_a_day_that_is_off_is_cancelled():
    raw = as_file(ReviewDay(**DAY.as_plain() | {"day": DAY.day, "is_cancelled": True}), written_at=WRITTEN)
    assert str(Calendar.from_ical(raw)["METHOD"]) == "CANCEL"
    assert str(event_of(raw)["STATUS"]) == "CANCELLED"


def test_a_day_survives_being_kept_as_json():
    import json

    assert ReviewDay.from_plain(json.loads(json.dumps(DAY.as_plain()))) == DAY


def test_the_same_state_gives_the_same_file():
    assert as_file(DAY, written_at=WRITTEN) == as_file(DAY, written_at=WRITTEN)
