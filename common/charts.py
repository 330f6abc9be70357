"""Small charts that pages draw at once, as SVG with attributes and classes only: no script, no inline style."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# In the units of the picture. Letters of 12 stay at 11 px on a phone.
WIDTH, HEIGHT = 320, 150
LEFT, RIGHT, TOP, BOTTOM = 34, 236, 12, 120
LETTER, LINE = 12, 14


def ceiling(value: int) -> int:
    """The end of an axis from zero that holds `value`: 2, 4 or 10 with noughts, so that half of it is a whole number."""
    power = 1
    while True:
        for step in (2, 4, 10):
            if step * power >= value:
                return step * power
        power *= 10


def week_lines(series: Sequence[tuple[str, Sequence[int], str]], first: str, last: str) -> SafeString:
    """One line for each of `series` (label, at least two numbers from zero up, tone), labelled at its end.

    `first` and `last` name the ends of the time axis. The caller names the picture for screen readers.
    """
    top = ceiling(max((max(numbers) for _label, numbers, _tone in series), default=0))
    lines = [(label, _points(numbers, top), tone) for label, numbers, tone in series]
    grid = format_html_join(
        "",
        '<path class="chart-grid" d="M{} {}H{}"/><text x="{}" y="{}" font-size="{}" text-anchor="end">{}</text>',
        (
            (LEFT, y, RIGHT, LEFT - 6, y + 4, LETTER, f"{value:,}")
            for value, y in ((value, _y(value, top)) for value in (0, top // 2, top))
        ),
    )
    drawn = format_html_join(
        "",
        '<polyline class="chart-line chart-line--{}" points="{}"/>'
        '<circle class="chart-end chart-end--{}" cx="{}" cy="{}" r="3"/>',
        ((tone, " ".join(f"{x},{y}" for x, y in points), tone, *points[-1]) for _label, points, tone in lines),
    )
    labels = format_html_join(
        "",
        '<text class="chart-label chart-label--{}" x="{}" y="{}" font-size="{}">{}</text>',
        ((tone, RIGHT + 8, y, LETTER, label) for (label, _points_, tone), y in zip(lines, _label_heights(lines), strict=True)),
    )
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">{}{}{}'
        '<text x="{}" y="{}" font-size="{}">{}</text><text x="{}" y="{}" font-size="{}" text-anchor="end">{}</text></svg>',
        WIDTH,
        HEIGHT,
        grid,
        drawn,
        labels,
        *(LEFT, BOTTOM + 20, LETTER, first),
        *(RIGHT, BOTTOM + 20, LETTER, last),
    )


def month_bars(counts: Sequence[int], first: str, last: str) -> SafeString:
    """A bar for each of `counts` (at least one, from zero up). `first` and `last` name the ends of the axis of months.

    The caller names the picture for screen readers.
    """
    top = ceiling(max(counts))
    step = (WIDTH - LEFT) / len(counts)
    grid = format_html_join(
        "",
        '<path class="chart-grid" d="M{} {}H{}"/><text x="{}" y="{}" font-size="{}" text-anchor="end">{}</text>',
        (
            (LEFT, y, WIDTH, LEFT - 6, y + 4, LETTER, f"{value:,}")
            for value, y in ((value, _y(value, top)) for value in (0, top // 2, top))
        ),
    )
    bars = format_html_join(
        "",
        '<rect class="chart-end--done" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (round(LEFT + step * n + step * 0.1, 1), _y(count, top), round(step * 0.8, 1), round(BOTTOM - _y(count, top), 1))
            for n, count in enumerate(counts)
            if count
        ),
    )
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">{}{}'
        '<text x="{}" y="{}" font-size="{}">{}</text><text x="{}" y="{}" font-size="{}" text-anchor="end">{}</text></svg>',
        WIDTH,
        HEIGHT,
        grid,
        bars,
        *(LEFT, BOTTOM + 20, LETTER, first),
        *(WIDTH, BOTTOM + 20, LETTER, last),
    )


def _y(value: float, top: int) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * value / top, 1)


def _points(numbers: Sequence[int], top: int) -> list[tuple[float, float]]:
    step = (RIGHT - LEFT) / (len(numbers) - 1)
    return [(round(LEFT + step * n, 1), _y(number, top)) for n, number in enumerate(numbers)]


def _label_heights(lines: Sequence[tuple[str, list[tuple[float, float]], str]]) -> list[float]:
    """Where each label stands: beside the end of its line, or below the label above it where both would meet."""
    ends = [points[-1][1] + 4 for _label, points, _tone in lines]
    heights = list(ends)
    above = float(TOP - LINE)
    for n in sorted(range(len(ends)), key=lambda n: ends[n]):
        heights[n] = above = max(ends[n], above + LINE)
    overhang = max(0.0, above - (BOTTOM + 4))
    return [round(height - overhang, 1) for height in heights]
