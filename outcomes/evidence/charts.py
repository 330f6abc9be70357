"""Pictures of a result, as Altair specifications and as SVG that a strict page may inline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import Any, Literal

import altair as alt

from .result import EVERYONE, EXPOSED, NOT_YET, CurvePoint, Result
from .words.report import CHART_LABELS
from .words.terms import OUTCOME_TERMS

LABEL_WIDTH, LINE_HEIGHT, LETTER_WIDTH = 132, 17, 9
"""Pixels: the longest label of a line, its height, and a wide letter."""

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
class ChartSize:
    """`width` and `height` of the plot itself in pixels, `title_width` in characters; `max_ticks` of the axis of months."""

    width: int
    height: int
    max_ticks: int
    title_width: int
    labels_beside: bool


WIDE = ChartSize(640, 320, max_ticks=9, title_width=120, labels_beside=True)
NARROW = ChartSize(262, 210, max_ticks=5, title_width=38, labels_beside=False)
"""For a phone: letters of the same size in a picture of half the width, labels over and under the lines."""


@dataclass(frozen=True)
class Line:
    """One curve as it is drawn: its points, label, colour, dash pattern, and how far its label is moved, in pixels."""

    points: tuple[CurvePoint, ...]
    label: str
    colour: str
    dash: tuple[int, ...]
    dx: float = 8
    dy: float = 0
    align: Literal["left", "right"] = "left"


def has_both_sides(result: Result) -> bool:
    """Whether those who had completed and those who had not can both be shown."""
    return all(any(p.retained is not None for p in result.curve(group)) for group in (NOT_YET, EXPOSED))


def retention_chart(
    result: Result,
    theme: Theme = "light",
    translate: Callable[[str], str] = str,
    size: ChartSize = WIDE,
    *,
    split: bool = False,
) -> dict[str, Any]:
    """Share retained by month of tenure as a Vega-Lite specification; `description` says it in words.

    Everyone as one line. With `split`, those exposed as a solid line and those not yet exposed dashed,
    each with its interval and its label at its end, under a title that says that nothing is adjusted
    for: a picture is passed on without the text beside it.
    """
    colours = COLOURS[theme]
    lines = _labelled(_lines(result, colours, translate, split=split), size)
    last_month = max([point.month for line in lines for point in line.points], default=12)
    month_axis = _month_axis(last_month, result, translate, size)
    x = alt.X("month:Q", scale=alt.Scale(domain=[0, last_month], nice=False), axis=month_axis)
    layers = [layer(line).encode(x=x) for layer in (_interval_layer, _line_layer, _label_layer) for line in lines]
    terms = OUTCOME_TERMS[result.question.outcome]
    title = translate(CHART_LABELS["not_adjusted" if split else "y"]).format(
        units=translate(terms.units), tenure=translate(terms.tenure)
    )
    chart = alt.layer(*layers or [_empty_layer(colours, translate)]).properties(
        width=size.width,
        height=size.height,
        padding={"left": 4, "top": 4, "bottom": 4, "right": 24 if size.labels_beside else 12},
        title=wrap(title, size.title_width),
        description=_description(result, lines, translate),
    )
    spec: dict[str, Any] = styled(chart, colours).to_dict()
    return spec


def _lines(result: Result, colours: Colours, translate: Callable[[str], str], *, split: bool) -> list[Line]:
    shown = {group: tuple(p for p in result.curve(group) if p.retained is not None) for group in (NOT_YET, EXPOSED, EVERYONE)}
    if split and shown[NOT_YET] and shown[EXPOSED]:
        return [
            Line(shown[NOT_YET], translate(CHART_LABELS[NOT_YET]), colours.muted, (5, 3)),
            Line(shown[EXPOSED], translate(CHART_LABELS[EXPOSED]), colours.primary, (1, 0)),
        ]
    return [Line(shown[EVERYONE], translate(CHART_LABELS[EVERYONE]), colours.ink, (1, 0))] if shown[EVERYONE] else []


def _labelled(lines: list[Line], size: ChartSize) -> list[Line]:
    """With the label of each line where neither the other line nor its label is."""
    if not size.labels_beside:
        return _labelled_within(lines, size)
    if len(lines) < 2:
        return lines
    last_month = max(line.points[-1].month for line in lines)
    labelled: list[Line] = []
    for line, other in zip(lines, reversed(lines), strict=True):
        end = line.points[-1]
        occupied = [
            _y(point, size) for point in other.points if 0 <= (point.month - end.month) / last_month * size.width <= LABEL_WIDTH
        ]
        if other.points[-1].month <= end.month:
            occupied.append(_y(other.points[-1], size) + next((earlier.dy for earlier in labelled), 0))
        offsets = [distance * sign for distance in range(0, size.height, 2) for sign in (1, -1)]
        labelled.append(replace(line, dy=_free_offset(_y(end, size), occupied, offsets, size)))
    return labelled


def _labelled_within(lines: list[Line], size: ChartSize) -> list[Line]:
    """The label of the upper line over all that is drawn there, the other under it, as near to the ends as there is room."""
    labelled: list[Line] = []
    label_heights: list[float] = []
    distances = range(0, size.height, 2)
    for line in sorted(lines, key=lambda line: line.points[-1].retained or 0, reverse=True):
        offsets = list(distances) if labelled else [-distance for distance in distances]
        dx, dy = _label_offset(line, lines, label_heights, offsets, size)
        label_heights.append(_y(line.points[-1], size) + dy)
        labelled.append(replace(line, dx=dx, dy=dy, align="right"))
    return [next(line for line in labelled if line.label == unlabelled.label) for unlabelled in lines]


def _label_offset(
    line: Line, lines: list[Line], label_heights: list[float], offsets: list[int], size: ChartSize
) -> tuple[float, float]:
    """How far to move the label of a line, its letters ending where the line ends, until it is on nothing."""
    end_x, end_y = _x(line.points[-1], lines, size), _y(line.points[-1], size)
    label_width = LETTER_WIDTH * len(line.label)
    for right in range(int(max(end_x, label_width)), label_width - 1, -6):
        occupied = [*label_heights, *_line_heights(right - label_width, right, lines, size)]
        for offset in offsets:
            within_plot = LINE_HEIGHT / 2 <= end_y + offset <= size.height - LINE_HEIGHT / 2
            if within_plot and _is_free(end_y + offset, occupied):
                return right - end_x, offset
    return max(end_x, label_width) - end_x, 0


def _is_free(height: float, occupied: list[float]) -> bool:
    return all(abs(height - other) >= LINE_HEIGHT for other in occupied)


def _line_heights(left: float, right: float, lines: list[Line], size: ChartSize) -> list[float]:
    """How far down every line is between `left` and `right`."""
    heights = []
    for line in lines:
        points_before = [point for point in line.points if _x(point, lines, size) <= left]
        points_between = [point for point in line.points if left < _x(point, lines, size) <= right]
        heights += [_y(point, size) for point in [*points_before[-1:], *points_between]]
    return heights


def _x(point: CurvePoint, lines: list[Line], size: ChartSize) -> float:
    """Pixels from the left."""
    return point.month / max(line.points[-1].month for line in lines) * size.width


def _y(point: CurvePoint, size: ChartSize) -> float:
    """Pixels from the top."""
    return (1 - (point.retained or 0)) * size.height


def _free_offset(height: float, occupied: list[float], offsets: list[int], size: ChartSize) -> float:
    """The first of `offsets` from `height` that keeps a line's height from everything occupied."""
    free = (offset for offset in offsets if 0 <= height + offset <= size.height and _is_free(height + offset, occupied))
    return next(free, 0)


def _data(points: tuple[CurvePoint, ...]) -> alt.Data:
    rows = [{"month": p.month, "retained": p.retained, "low": p.ci_low, "high": p.ci_high} for p in points]
    return alt.Data(values=rows)


def _share_channel(field: str) -> alt.Y:
    axis = alt.Axis(
        title=None,
        values=[0, 0.25, 0.5, 0.75, 1],
        labelExpr="100 * datum.value + '%'",
        domain=False,
        ticks=False,
        labelPadding=8,
    )
    return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[0, 1]), axis=axis)


def _interval_layer(line: Line) -> alt.Chart:
    mark = alt.Chart(_data(line.points)).mark_area(interpolate="step-after", color=line.colour, opacity=0.18)
    return mark.encode(y=_share_channel("low"), y2="high:Q")


def _line_layer(line: Line) -> alt.Chart:
    mark = alt.Chart(_data(line.points)).mark_line(
        interpolate="step-after", color=line.colour, strokeWidth=2.25, strokeDash=line.dash, strokeCap="butt"
    )
    return mark.encode(y=_share_channel("retained"))


def _label_layer(line: Line) -> alt.Chart:
    mark = alt.Chart(_data(line.points[-1:])).mark_text(
        text=line.label,
        color=line.colour,
        align=line.align,
        baseline="middle",
        dx=line.dx,
        dy=line.dy,
        fontSize=14,
        fontWeight=600,
    )
    return mark.encode(y=_share_channel("retained"))


def _empty_layer(colours: Colours, translate: Callable[[str], str]) -> alt.Chart:
    return alt.Chart(alt.Data(values=[{}])).mark_text(text=translate(CHART_LABELS["nothing"]), color=colours.muted, fontSize=14)


def _month_axis(last_month: int, result: Result, translate: Callable[[str], str], size: ChartSize) -> alt.Axis:
    step = next(step for step in (3, 6, 12, 24, 60, 120) if last_month <= size.max_ticks * step or step == 120)
    title = translate(OUTCOME_TERMS[result.question.outcome].months)
    return alt.Axis(
        title=title, values=list(range(0, last_month + 1, step)), format="d", grid=False, tickSize=5, labelFlush=False
    )


def _description(result: Result, lines: list[Line], translate: Callable[[str], str]) -> str:
    """What someone who cannot see the picture needs: where each line stands after a year, or at its end."""
    terms = OUTCOME_TERMS[result.question.outcome]
    sentences = []
    for line in lines:
        point = min(line.points, key=lambda point: abs(point.month - 12))
        share = f"{100 * (point.retained or 0):.0f}"
        sentences.append(
            translate(CHART_LABELS["group"]).format(name=line.label.capitalize(), retained=share, month=point.month)
        )
    groups = " ".join(sentences) or translate(CHART_LABELS["nothing"])
    return translate(CHART_LABELS["label"]).format(units=translate(terms.units), month=translate(terms.month), groups=groups)


def styled(chart: alt.LayerChart, colours: Colours) -> alt.LayerChart:
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
