"""The course of time: marks on their days, by the reader's calendar, never outside the picture."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from skills.picture import NARROW, WIDE, TimeAxis, label_of, moved_apart, pictures_of, table_of
from skills.queries import record_of
from skills.services import load_framework
from tests.skills.factories import AT, FIRST, NEWEST, placed, practised
from tests.web.learner import SKILLS

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
def framework(db):
    return load_framework(SKILLS)


@pytest.fixture
def at_noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def record(user):
    return record_of(user, "discover-expectations")


def test_without_a_place_there_is_no_picture(framework, user):
    practised(user)
    assert pictures_of(record(user)) is None


def test_the_first_is_an_outline_and_the_newest_filled(framework, user, at_noon):
    placed(user, FIRST)
    placed(user, FIRST, 2, occurred_at=AT.replace(month=6))
    placed(user, NEWEST, 3, occurred_at=AT.replace(month=9))
    practised(user, occurred_at=AT.replace(month=7))
    wide, narrow = pictures_of(record(user))
    for picture in (wide, narrow):
        assert [mark.role for mark in picture.marks] == ["first", "between", "newest"]
        assert [mark.x for mark in picture.marks] == sorted(mark.x for mark in picture.marks)
        assert len(picture.beside) == 1
        assert picture.marks[-1].y == picture.frame.y(NEWEST.place)
        assert picture.marks[-1].top == picture.frame.y(NEWEST.high)
        assert picture.marks[-1].top + picture.marks[-1].height == pytest.approx(picture.frame.y(NEWEST.low), abs=0.1)
    assert [line.label for line in narrow.lines] == ["1", "2", "3", "4", "5"]
    assert wide.lines[0].label == "1 Level name 1"
    assert label_of(record(user)) == (
        "3 assessments; at first the answers looked most like level 2, in the newest like level 3."
    )


def test_one_assessment_of_this_minute_is_drawn(framework, user, at_noon):
    placed(user, FIRST, occurred_at=NOW)
    wide, _narrow = pictures_of(record(user))
    assert [mark.role for mark in wide.marks] == ["newest"]
    assert wide.marks[0].x == wide.today_x
    assert wide.path == ""
    assert label_of(record(user)) == "One assessment; the answers look most like level 2."


def test_the_table_says_the_days_of_the_reader(framework, user):
    placed(user, FIRST, occurred_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    with timezone.override(ZoneInfo("Europe/Berlin")):
        assert table_of(record(user)) == [["2 March 2026", "Before the course", "2", "1.3 – 2.1 – 2.9"]]
    with timezone.override(ZoneInfo("America/New_York")):
        assert table_of(record(user))[0][0] == "1 March 2026"


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        (10, ["19 Nov", "22 Nov", "25 Nov", "28 Nov"]),
        (60, ["1 Oct", "15 Oct", "29 Oct", "12 Nov"]),
        (300, ["Mar 2026", "May 2026", "Jul 2026", "Sep 2026"]),
        (3000, ["Jan 2020", "Jan 2022", "Jan 2024"]),
    ],
)
def test_the_axis_names_days_that_are_well_known(at_noon, days, labels):
    axis = TimeAxis.of([NOW - timedelta(days=days)], WIDE)
    assert [tick.label for tick in axis.ticks()] == labels


@pytest.mark.parametrize("frame", [WIDE, NARROW])
@pytest.mark.parametrize("days", [0, 1, 13, 14, 40, 90, 200, 400, 1000, 4000, 9000])
def test_ticks_have_room(at_noon, frame, days):
    xs = [tick.x for tick in TimeAxis.of([NOW - timedelta(days=days)], frame).ticks()]
    assert len(xs) <= frame.ticks + 1
    assert all(later - earlier >= frame.label_width * 0.7 for earlier, later in pairwise(xs))


@given(st.lists(st.floats(0, 1), max_size=40).map(sorted), st.sampled_from([WIDE, NARROW]))
def test_marks_are_moved_apart_and_stay_inside(shares, frame):
    first, last = frame.left + frame.apart, frame.width - frame.right
    xs = moved_apart([first + share * (last - first) for share in shares], frame)
    apart = min(frame.apart, (last - first) / max(1, len(xs) - 1))
    assert xs == sorted(xs)
    assert all(frame.left <= x <= last for x in xs)
    assert all(later - earlier >= apart - 0.2 for earlier, later in pairwise(xs))
