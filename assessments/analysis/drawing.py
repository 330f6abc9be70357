"""Where the lines of the pictures lie. Places only; the template draws them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from assessments.scoring.awards import form_information
from assessments.scoring.form_curves import Curve, form_knows, levels_shown
from assessments.scoring.placement import HIGHEST, LOWEST

TOP = 12
AXIS = 44
BOUNDARIES = tuple(level + 0.5 for level in range(LOWEST, HIGHEST))


@dataclass(frozen=True)
class Frame:
    width: int
    height: int
    left: int
    right: int

    @property
    def floor(self) -> int:
        return self.height - AXIS


WIDE, NARROW = Frame(680, 300, 56, 20), Frame(320, 250, 44, 12)


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Dot:
    """What was seen, with its interval from `top` down by `height`."""

    x: float
    y: float
    top: float
    height: float


@dataclass(frozen=True)
class Drawing:
    """`boundaries`: upright lines, where levels meet."""

    frame: Frame
    line: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    dots: tuple[Dot, ...] = ()
    boundaries: tuple[Tick, ...] = ()


@dataclass(frozen=True)
class _Scale:
    frame: Frame
    first: float
    last: float
    highest: float

    def x(self, value: float) -> float:
        room = self.frame.width - self.frame.left - self.frame.right
        return round(self.frame.left + room * (value - self.first) / (self.last - self.first), 1)

    def y(self, value: float) -> float:
        return round(self.frame.floor - (self.frame.floor - TOP) * value / self.highest, 1)

    def line(self, xs: Sequence[float], values: Sequence[float]) -> str:
        return " ".join(f"{self.x(x)},{self.y(value)}" for x, value in zip(xs, values, strict=True))

    def heights(self, label: Callable[[float], str]) -> tuple[Tick, ...]:
        return tuple(Tick(self.y(value), label(value)) for value in (0, self.highest / 2, self.highest))


def characteristic_curve(curve: Curve) -> tuple[Drawing, Drawing]:
    """How likely somebody at a level agrees, with what was seen in fifths of them; for a wide page and for a phone."""
    wide, narrow = (_characteristic(curve, frame) for frame in (WIDE, NARROW))
    return wide, narrow


def _characteristic(curve: Curve, frame: Frame) -> Drawing:
    levels = levels_shown()
    scale = _Scale(frame, levels[0], levels[-1], 1.0)
    dots = []
    for group in curve.groups:
        interval = group.agreed.interval
        if interval is None or group.agreed.share is None:
            continue
        top = scale.y(interval.high)
        x = scale.x(min(max(group.level, levels[0]), levels[-1]))
        dots.append(Dot(x, scale.y(group.agreed.share), top, round(scale.y(interval.low) - top, 1)))
    line = scale.line(levels, [curve.share(level) for level in levels])
    return Drawing(frame, line, _deviations(scale), scale.heights(lambda value: f"{value:.0%}"), tuple(dots))


def information_curve(curves: Sequence[Curve | None]) -> tuple[Drawing, Drawing]:
    """What these questions know at each level, in standard deviations of those who sat the form."""
    levels = levels_shown()
    wide, narrow = (_information(levels, [form_knows(curves, level) for level in levels], frame) for frame in (WIDE, NARROW))
    return wide, narrow


def _information(levels: Sequence[float], known: Sequence[float], frame: Frame) -> Drawing:
    scale = _Scale(frame, levels[0], levels[-1], _round_up(max(known)))
    return Drawing(frame, scale.line(levels, known), _deviations(scale), scale.heights(lambda value: f"{value:.2g}"))


def _deviations(scale: _Scale) -> tuple[Tick, ...]:
    return tuple(Tick(scale.x(level), f"{level:+d}".replace("-", "−") if level else "0") for level in (-3, -2, -1, 0, 1, 2, 3))


def _round_up(value: float) -> float:
    return next((step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if step >= value), value)


# On the scale of levels, from what the author says of the answers ---------------------------------------------------------


@dataclass(frozen=True)
class BoundaryRow:
    """What a form knows where two levels meet, and the standard error of an estimate there, in levels."""

    below: int
    information: float

    @property
    def above(self) -> int:
        return self.below + 1

    @property
    def error(self) -> float | None:
        return 1 / self.information**0.5 if self.information > 0 else None


def boundary_rows(layouts: Sequence[tuple[int, ...]]) -> list[BoundaryRow]:
    """`layouts`: the levels of the answers of each question."""
    known = form_information(layouts, np.array(BOUNDARIES))
    return [BoundaryRow(int(place - 0.5), value) for place, value in zip(BOUNDARIES, known.tolist(), strict=True)]


def level_information(layouts: Sequence[tuple[int, ...]]) -> tuple[Drawing, Drawing]:
    """The same at all levels, with the boundaries as upright lines."""
    places = np.linspace(LOWEST - 0.5, HIGHEST + 0.5, 81)
    known = form_information(layouts, places).tolist()
    wide, narrow = (_levels(places.tolist(), known, frame) for frame in (WIDE, NARROW))
    return wide, narrow


def _levels(places: Sequence[float], known: Sequence[float], frame: Frame) -> Drawing:
    scale = _Scale(frame, places[0], places[-1], _round_up(max(known)))
    return Drawing(
        frame,
        scale.line(places, known),
        tuple(Tick(scale.x(level), str(level)) for level in range(LOWEST, HIGHEST + 1)),
        scale.heights(lambda value: f"{value:.2g}"),
        boundaries=tuple(Tick(scale.x(place), f"{place - 0.5:.0f}|{place + 0.5:.0f}") for place in BOUNDARIES),
    )
