"""Where the marks of a result stand on its scale. Places only; the template draws them."""

from dataclasses import dataclass

from assessments.queries import Comparison, Result

ROW = 58
AXIS = 30


@dataclass(frozen=True)
class Row:
    """One result. `x` and widths in per cent of the scale, `y` in pixels from the top."""

    result: Result
    is_after: bool
    label_y: int
    band_y: int
    mark_y: int
    low_x: float
    width: float
    mark_x: float


@dataclass(frozen=True)
class AxisTick:
    x: float
    label: str
    anchor: str


@dataclass(frozen=True)
class Picture:
    rows: list[Row]
    ticks: list[AxisTick]
    axis_y: int
    height: int


def picture_of(comparison: Comparison) -> Picture | None:
    """Both results on one scale from none to all questions; shares, so that forms of unequal length compare."""
    if not comparison.results:
        return None
    rows = [_row(result, index * ROW, result is comparison.after) for index, result in enumerate(comparison.results)]
    axis_y = len(rows) * ROW + 2
    return Picture(rows=rows, ticks=_ticks(comparison), axis_y=axis_y, height=axis_y + AXIS)


def _row(result: Result, top: int, is_after: bool) -> Row:
    def share(count: int) -> float:
        return round(count * 100 / result.items, 2)

    return Row(
        result=result,
        is_after=is_after,
        label_y=top + 16,
        band_y=top + 26,
        mark_y=top + 36,
        low_x=share(result.low),
        width=share(result.high - result.low),
        mark_x=share(result.agreed),
    )


def _ticks(comparison: Comparison) -> list[AxisTick]:
    """Counts when the forms are equally long, shares otherwise."""
    lengths = {result.items for result in comparison.results}
    if len(lengths) > 1:
        labels = [(float(share), f"{share}%") for share in (0, 25, 50, 75, 100)]
    else:
        [items] = lengths
        step = max(1, round(items / 6))
        labels = [(round(count * 100 / items, 2), str(count)) for count in [*range(0, items - step + 1, step), items]]
    return [AxisTick(x, label, "start" if x == 0 else "end" if x == 100 else "middle") for x, label in labels]
