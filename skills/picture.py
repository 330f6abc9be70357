"""The course of time of one skill: where its marks lie. Places only; the template draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from skills.models import Evidence
from skills.placed import HIGHEST, LOWEST, Placed
from skills.queries import SkillRecord

LEVELS = (1, 2, 3, 4, 5)
TOP = 8
LANE = 30  # for what stands beside the level
AXIS = 26
# One sitting alone still has a before and an after on the axis.
SHORTEST = timedelta(days=14)
MONTHS_BETWEEN_TICKS = (1, 2, 3, 6, 12, 24, 60, 120)
DAYS_BETWEEN_TICKS = (3, 7, 14, 28)


@dataclass(frozen=True)
class Frame:
    """Room for one picture, in its own units. `apart`: marks nearer than that are moved apart, as far as there is room."""

    width: int
    left: int
    right: int
    level_height: int
    ticks: int
    label_width: int
    apart: int
    has_names: bool

    def y(self, place: float) -> float:
        return round(TOP + (HIGHEST - place) * self.level_height, 1)

    @property
    def floor(self) -> float:
        return self.y(LOWEST)


WIDE = Frame(width=720, left=108, right=22, level_height=44, ticks=6, label_width=76, apart=14, has_names=True)
NARROW = Frame(width=320, left=24, right=14, level_height=40, ticks=3, label_width=68, apart=10, has_names=False)


@dataclass(frozen=True)
class Mark:
    """One placed assessment: its marker, and its band from `top` down by `height`. `role`: first, between or newest."""

    x: float
    y: float
    top: float
    height: float
    role: str


@dataclass(frozen=True)
class Line:
    """A level: its boundary above, and its name in the middle of it."""

    edge: float
    middle: float
    label: str


@dataclass(frozen=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True)
class Picture:
    frame: Frame
    lines: list[Line]
    marks: list[Mark]
    path: str
    beside: list[float]
    lane_y: float
    ticks: list[Tick]
    today_x: float
    axis_y: float
    height: float


def pictures_of(record: SkillRecord) -> tuple[Picture, Picture] | None:
    """For a wide page and for a phone; None as long as nothing has a place on the scale. Days are those of the reader."""
    if not record.placements:
        return None
    return _picture(record, WIDE), _picture(record, NARROW)


def _picture(record: SkillRecord, frame: Frame) -> Picture:
    placements = record.placements
    beside = [evidence for evidence in record.evidence if evidence.placed is None]
    axis = TimeAxis.of([evidence.occurred_at for evidence in record.evidence], frame)
    xs = moved_apart([axis.x(evidence.occurred_at) for evidence, _placed in placements], frame)
    marks = [
        _mark(frame, x, placed, index, len(placements))
        for index, (x, placed) in enumerate(zip(xs, _placed(placements), strict=True))
    ]
    axis_y = frame.floor + (LANE if beside else 0)
    return Picture(
        frame=frame,
        lines=_lines(record, frame),
        marks=marks,
        path=" ".join(f"{mark.x},{mark.y}" for mark in marks) if len(marks) > 1 else "",
        beside=moved_apart([axis.x(evidence.occurred_at) for evidence in beside], frame),
        lane_y=frame.floor + LANE / 2,
        ticks=axis.ticks(),
        today_x=axis.x(axis.now),
        axis_y=axis_y,
        height=axis_y + AXIS,
    )


def _placed(placements: Sequence[tuple[Evidence, Placed]]) -> list[Placed]:
    return [placed for _evidence, placed in placements]


def _mark(frame: Frame, x: float, placed: Placed, index: int, count: int) -> Mark:
    role = "newest" if index == count - 1 else "first" if index == 0 else "between"
    top = frame.y(placed.high)
    return Mark(x, frame.y(placed.place), top, round(frame.y(placed.low) - top, 1), role)


def _lines(record: SkillRecord, frame: Frame) -> list[Line]:
    names = {level.number: level.name for level in record.levels} if frame.has_names else {}
    return [Line(frame.y(n + 0.5), frame.y(n), f"{n} {names.get(n, '')}".strip()) for n in LEVELS]


def moved_apart(xs: Sequence[float], frame: Frame) -> list[float]:
    """Rising places, at least `frame.apart` from each other, moved as little as that takes and kept inside the frame.

    Where there is no room for that they share what there is.
    """
    if not xs:
        return []
    first, last = float(frame.left + frame.apart), float(frame.width - frame.right)
    apart = min(frame.apart, (last - first) / max(1, len(xs) - 1))
    moved: list[float] = []
    for x in xs:
        moved.append(max(x, moved[-1] + apart if moved else first))
    limit = last
    for index in reversed(range(len(moved))):
        moved[index] = min(moved[index], limit)
        limit = moved[index] - apart
    return [round(x, 1) for x in moved]


@dataclass(frozen=True)
class TimeAxis:
    """From the first piece of evidence to now."""

    frame: Frame
    start: datetime
    end: datetime
    now: datetime

    @classmethod
    def of(cls, moments: Sequence[datetime], frame: Frame) -> "TimeAxis":
        now = timezone.localtime()
        end = max(now, *moments)
        return cls(frame, min(*moments, end - SHORTEST), end, now)

    def x(self, moment: datetime) -> float:
        first, last = self.frame.left + self.frame.apart, self.frame.width - self.frame.right
        return round(first + (last - first) * ((moment - self.start) / (self.end - self.start)), 1)

    def ticks(self) -> list[Tick]:
        """Days of the reader's calendar that are well known: firsts of months, or days where it is a matter of weeks."""
        room = self.x(self.now) - self.frame.label_width
        drawn = [Tick(self.x(_midnight(day)), label) for day, label in self._days()]
        return [tick for tick in drawn if self.frame.left < tick.x < room]

    def _days(self) -> list[tuple[date, str]]:
        start, end = timezone.localdate(self.start), timezone.localdate(self.end)
        span = (end - start).days
        if span < DAYS_BETWEEN_TICKS[-1] * self.frame.ticks:
            step = next((days for days in DAYS_BETWEEN_TICKS if span / days <= self.frame.ticks), DAYS_BETWEEN_TICKS[-1])
            days = [start + timedelta(days=step * n) for n in range(span // step + 1)]
            return [(day, date_format(day, "j M")) for day in days]
        step = next((n for n in MONTHS_BETWEEN_TICKS if span / 30.4 / n <= self.frame.ticks), MONTHS_BETWEEN_TICKS[-1])
        months = range(start.year * 12 + start.month - 1, end.year * 12 + end.month)
        days = [date(month // 12, month % 12 + 1, 1) for month in months if month % step == 0]
        return [(day, date_format(day, "M Y")) for day in days]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def label_of(record: SkillRecord) -> str:
    """What the picture shows, in one sentence."""
    placements = record.placements
    newest = placements[-1][1]
    if len(placements) == 1:
        return _("One assessment; the answers look most like level %(level)s.") % {"level": newest.likely_level}
    words = {"n": len(placements), "first": placements[0][1].likely_level, "newest": newest.likely_level}
    return (
        _("%(n)s assessments; at first the answers looked most like level %(first)s, in the newest like level %(newest)s.")
        % words
    )


def table_of(record: SkillRecord) -> list[list[str]]:
    """The rows behind the picture, oldest first: day, what it was, level, band."""
    return [
        [
            date_format(timezone.localtime(evidence.occurred_at)),
            evidence.label,
            str(placed.likely_level),
            f"{placed.low:.1f} – {placed.place:.1f} – {placed.high:.1f}",
        ]
        for evidence, placed in record.placements
    ]
