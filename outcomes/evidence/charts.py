"""Pictures of a result, as Altair specifications and as SVG that a strict page may inline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import Any, Literal

import altair as alt

from .result import EVERYONE, EXPOSED, NOT_YET, CurvePoint, Result
from .words import CHART, WORDS

LABEL_WIDTH, LINE_HEIGHT, LETTER = 132, 17, 9
"""Pixels of the longest name of a line, of its height, and of a wide letter."""

FONT = "system-ui, sans-serif"
Theme = Literal["light", "dark"]


@dataclass(frozen=True)
class Colours:
    """The tokens of the design that a chart needs."""

    ink: str
    muted: str
    line: str
    primary: str


COLOURS: dict[Theme, Colours] = {
    "light": Colours(ink="#1D2330", muted="#565E6C", line="#E3E0D8", primary="#0B5D57"),
    "dark": Colours(ink="#E9ECF1", muted="#A8B0BD", line="#2D3541", primary="#5CC4B8"),
}


@dataclass(frozen=True)
class Frame:
    """`width`, `height`: pixels of the plot itself; `months`: labels under it at most; `title`: characters of a line of it."""

    width: int
    height: int
    months: int
    title: int
    names_beside: bool


WIDE = Frame(640, 320, months=9, title=120, names_beside=True)
NARROW = Frame(262, 210, months=5, title=38, names_beside=False)
"""For a phone: letters of the same size in a picture of half the width, names over and under the lines."""


@dataclass(frozen=True)
class Line:
    """One curve as it is drawn: its points, name, colour, dash pattern, and how far its name is moved."""

    points: tuple[CurvePoint, ...]
    name: str
    colour: str
    dash: tuple[int, ...]
    dx: float = 8
    dy: float = 0
    align: Literal["left", "right"] = "left"


def retention_chart(
    result: Result, theme: Theme = "light", translate: Callable[[str], str] = str, frame: Frame = WIDE
) -> dict[str, Any]:
    """Share retained by month of tenure as a Vega-Lite specification; `description` says it in words.

    Those exposed as a solid line, those not yet exposed dashed, each with its interval and its name
    at its end; everyone, where the two sides are too small to show.
    """
    colours = COLOURS[theme]
    lines = _named(_lines(result, colours, translate), frame)
    last = max([point.month for line in lines for point in line.points], default=12)
    x = alt.X("month:Q", scale=alt.Scale(domain=[0, last], nice=False), axis=_month_axis(last, result, translate, frame))
    layers = [draw(line).encode(x=x) for draw in (_band, _step, _name) for line in lines]
    title = translate(CHART["y"]).format(units=translate(WORDS[result.question.outcome].units))
    chart = alt.layer(*layers or [_nothing(colours, translate)]).properties(
        width=frame.width,
        height=frame.height,
        padding={"left": 4, "top": 4, "bottom": 4, "right": 24 if frame.names_beside else 12},
        title=wrap(title, frame.title),
        description=_in_words(result, lines, translate),
    )
    spec: dict[str, Any] = _dressed(chart, colours).to_dict()
    return spec


def _lines(result: Result, colours: Colours, translate: Callable[[str], str]) -> list[Line]:
    shown = {group: tuple(p for p in result.curve(group) if p.retained is not None) for group in (NOT_YET, EXPOSED, EVERYONE)}
    if shown[NOT_YET] and shown[EXPOSED]:
        return [
            Line(shown[NOT_YET], translate(CHART[NOT_YET]), colours.muted, (5, 3)),
            Line(shown[EXPOSED], translate(CHART[EXPOSED]), colours.primary, (1, 0)),
        ]
    return [Line(shown[EVERYONE], translate(CHART[EVERYONE]), colours.ink, (1, 0))] if shown[EVERYONE] else []


def _named(lines: list[Line], frame: Frame) -> list[Line]:
    """With the name of each line where neither line nor the other name lies."""
    if not frame.names_beside:
        return _named_within(lines, frame)
    if len(lines) < 2:
        return lines
    last = max(line.points[-1].month for line in lines)
    placed: list[Line] = []
    for line, other in zip(lines, reversed(lines), strict=True):
        end = line.points[-1]
        taken = [
            _down(point, frame) for point in other.points if 0 <= (point.month - end.month) / last * frame.width <= LABEL_WIDTH
        ]
        if other.points[-1].month <= end.month:
            taken.append(_down(other.points[-1], frame) + next((done.dy for done in placed), 0))
        moves = [step * sign for step in range(0, frame.height, 2) for sign in (1, -1)]
        placed.append(replace(line, dy=_free_offset(_down(end, frame), taken, moves, frame)))
    return placed


def _named_within(lines: list[Line], frame: Frame) -> list[Line]:
    """That of the upper line over all that is drawn there, the other under it, as near to the ends as there is room."""
    placed: list[Line] = []
    names: list[float] = []
    steps = range(0, frame.height, 2)
    for line in sorted(lines, key=lambda line: line.points[-1].retained or 0, reverse=True):
        moves = list(steps) if placed else [-step for step in steps]
        dx, dy = _room(line, lines, names, moves, frame)
        names.append(_down(line.points[-1], frame) + dy)
        placed.append(replace(line, dx=dx, dy=dy, align="right"))
    return [next(line for line in placed if line.name == drawn.name) for drawn in lines]


def _room(line: Line, lines: list[Line], names: list[float], moves: list[int], frame: Frame) -> tuple[float, float]:
    """How far to move the name of a line, its letters ending where the line ends, until it is on nothing."""
    at, end, long = _down(line.points[-1], frame), _across(line.points[-1], lines, frame), LETTER * len(line.name)
    for right in range(int(max(end, long)), long - 1, -6):
        taken = [*names, *_drawn_between(right - long, right, lines, frame)]
        for move in moves:
            if LINE_HEIGHT / 2 <= at + move <= frame.height - LINE_HEIGHT / 2 and _is_free(at + move, taken):
                return right - end, move
    return max(end, long) - end, 0


def _is_free(at: float, taken: list[float]) -> bool:
    return all(abs(at - y) >= LINE_HEIGHT for y in taken)


def _drawn_between(left: float, right: float, lines: list[Line], frame: Frame) -> list[float]:
    """How far down every line is between `left` and `right`."""
    heights = []
    for line in lines:
        before = [point for point in line.points if _across(point, lines, frame) <= left]
        there = [point for point in line.points if left < _across(point, lines, frame) <= right]
        heights += [_down(point, frame) for point in [*before[-1:], *there]]
    return heights


def _across(point: CurvePoint, lines: list[Line], frame: Frame) -> float:
    return point.month / max(line.points[-1].month for line in lines) * frame.width


def _down(point: CurvePoint, frame: Frame) -> float:
    return (1 - (point.retained or 0)) * frame.height


def _free_offset(at: float, taken: list[float], moves: list[int], frame: Frame) -> float:
    """The first of `moves` from `at` that keeps a line's height from everything taken."""
    free = (move for move in moves if 0 <= at + move <= frame.height and _is_free(at + move, taken))
    return next(free, 0)


def _data(points: tuple[CurvePoint, ...]) -> alt.Data:
    rows = [{"month": p.month, "retained": p.retained, "low": p.ci_low, "high": p.ci_high} for p in points]
    return alt.Data(values=rows)


def _share(name: str) -> alt.Y:
    axis = alt.Axis(
        title=None,
        values=[0, 0.25, 0.5, 0.75, 1],
        labelExpr="100 * datum.value + ' %'",
        domain=False,
        ticks=False,
        labelPadding=8,
    )
    return alt.Y(f"{name}:Q", scale=alt.Scale(domain=[0, 1]), axis=axis)


def _band(line: Line) -> alt.Chart:
    mark = alt.Chart(_data(line.points)).mark_area(interpolate="step-after", color=line.colour, opacity=0.18)
    return mark.encode(y=_share("low"), y2="high:Q")


def _step(line: Line) -> alt.Chart:
    mark = alt.Chart(_data(line.points)).mark_line(
        interpolate="step-after", color=line.colour, strokeWidth=2.25, strokeDash=line.dash, strokeCap="butt"
    )
    return mark.encode(y=_share("retained"))


def _name(line: Line) -> alt.Chart:
    mark = alt.Chart(_data(line.points[-1:])).mark_text(
        text=line.name,
        color=line.colour,
        align=line.align,
        baseline="middle",
        dx=line.dx,
        dy=line.dy,
        fontSize=14,
        fontWeight=600,
    )
    return mark.encode(y=_share("retained"))


def _nothing(colours: Colours, translate: Callable[[str], str]) -> alt.Chart:
    return alt.Chart(alt.Data(values=[{}])).mark_text(text=translate(CHART["nothing"]), color=colours.muted, fontSize=14)


def _month_axis(last: int, result: Result, translate: Callable[[str], str], frame: Frame) -> alt.Axis:
    step = next(step for step in (3, 6, 12, 24, 60, 120) if last <= frame.months * step or step == 120)
    tenure = translate(WORDS[result.question.outcome].tenure)
    title = translate(CHART["x"]).format(tenure=tenure)
    return alt.Axis(title=title, values=list(range(0, last + 1, step)), format="d", grid=False, tickSize=5, labelFlush=False)


def _in_words(result: Result, lines: list[Line], translate: Callable[[str], str]) -> str:
    """What someone who cannot see the picture needs: where each line stands after a year, or at its end."""
    words = WORDS[result.question.outcome]
    said = []
    for line in lines:
        point = next((point for point in line.points if point.month == 12), line.points[-1])
        share = f"{100 * (point.retained or 0):.0f}"
        said.append(translate(CHART["group"]).format(name=line.name.capitalize(), retained=share, month=point.month))
    groups = " ".join(said) or translate(CHART["nothing"])
    return translate(CHART["label"]).format(units=translate(words.units), tenure=translate(words.tenure), groups=groups)


def _dressed(chart: alt.LayerChart, colours: Colours) -> alt.LayerChart:
    """Quiet: hairlines, no frame, the share written above and not sideways."""
    return (
        chart.configure(background="transparent", font=FONT)
        .configure_view(stroke=None)
        .configure_title(anchor="start", frame="group", color=colours.muted, fontSize=13, fontWeight="normal", offset=14)
        .configure_axis(
            labelColor=colours.muted,
            titleColor=colours.muted,
            labelFontSize=13,
            titleFontSize=13,
            titleFontWeight="normal",
            titlePadding=10,
            gridColor=colours.line,
            domainColor=colours.muted,
            tickColor=colours.muted,
        )
    )
