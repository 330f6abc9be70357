"""The sample of a report on the home page: what the evidence engine answers about a fictional organisation.

The people are drawn by `demo.simulate`, the figures are made by `manage.py sample_report`, and a test holds that
the engine still gives them.
"""

import json
from dataclasses import dataclass
from functools import cache
from math import exp
from typing import Any

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

PATH = settings.CONTENT_DIR / "demo" / "sample-report.json"
MONTHS = range(25)
LAST, LABELLED = max(MONTHS), (0, 6, 12, 18, 24)
LEFT, TOP, WIDTH, HEIGHT = 50, 14, 262, 190
NAMES = {"exposed": "exposed", "not yet exposed": "unexposed"}


@dataclass(frozen=True)
class Figure:
    picture: SafeString
    header: list[str]
    rows: list[list[str]]
    ratio: float
    low: float
    high: float
    people: int
    left: int

    @property
    def ratio_words(self) -> dict[str, str]:
        return {"ratio": f"{self.ratio:.2f}", "low": f"{self.low:.2f}", "high": f"{self.high:.2f}"}


@cache
def _figures() -> dict[str, Any]:
    return json.loads(PATH.read_text(encoding="utf-8"))


def _x(month: float) -> float:
    return LEFT + month * WIDTH / LAST


def _y(share: float) -> float:
    return TOP + (1 - share) * HEIGHT


def _steps(points: list[dict[str, Any]], name: str) -> list[tuple[float, float]]:
    """Corners of a step curve."""
    corners = [(_x(points[0]["month"]), _y(points[0][name]))]
    for point in points[1:]:
        corners += [(_x(point["month"]), corners[-1][1]), (_x(point["month"]), _y(point[name]))]
    return corners


def _path(points: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _curve(points: list[dict[str, Any]], name: str) -> SafeString:
    band = _path(_steps(points, "ci_high") + _steps(points, "ci_low")[::-1])
    line = _path(_steps(points, "retained"))
    return format_html('<path class="chart-band-{0}" d="{1}Z"/><path class="chart-{0}" d="{2}"/>', name, band, line)


def _axes() -> SafeString:
    grid = format_html_join(
        "",
        '<line class="chart-grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" font-size="14" '
        'text-anchor="end">{}%</text>',
        [(LEFT, LEFT + WIDTH, _y(s / 100), _y(s / 100), LEFT - 8, _y(s / 100) + 4, s) for s in (0, 25, 50, 75, 100)],
    )
    months = format_html_join(
        "",
        '<text x="{}" y="{}" font-size="14" text-anchor="middle">{}</text>',
        [(_x(month), TOP + HEIGHT + 20, month) for month in LABELLED],
    )
    end = _("months in the job")
    unit = format_html('<text x="{}" y="{}" font-size="14" text-anchor="end">{}</text>', LEFT + WIDTH, TOP + HEIGHT + 38, end)
    return format_html("{}{}{}", grid, months, unit)


def _name(points: list[dict[str, Any]], name: str, words: str, shift: int) -> SafeString:
    return format_html(
        '<text class="chart-label-{}" x="{}" y="{}" font-size="14" text-anchor="end">{}</text>',
        name,
        LEFT + WIDTH,
        _y(points[-1]["retained"]) + shift,
        words,
    )


def retention_figure() -> Figure:
    """Share still there by months in the job, completed and not yet completed, as SVG and as a table."""
    stored = _figures()
    curves = {
        name: [point for point in stored["curves"] if point["group"] == group and point["retained"] is not None]
        for group, name in NAMES.items()
    }
    names = format_html(
        "{}{}",
        _name(curves["exposed"], "exposed", _("completed"), -30),
        _name(curves["unexposed"], "unexposed", _("not yet completed"), 36),
    )
    picture = format_html(
        '<svg class="chart" viewBox="0 0 320 246" aria-hidden="true" focusable="false">{}{}{}{}</svg>',
        _axes(),
        _curve(curves["unexposed"], "unexposed"),
        _curve(curves["exposed"], "exposed"),
        names,
    )
    by_month = {name: {point["month"]: point["retained"] for point in points} for name, points in curves.items()}
    rows = [
        [_("%(month)s months") % {"month": month}, *(f"{by_month[name][month]:.0%}" for name in ("exposed", "unexposed"))]
        for month in LABELLED[1:]
    ]
    ratio = stored["log_hazard_ratio"]
    return Figure(
        picture,
        [_("In the job"), _("completed"), _("not yet completed")],
        rows,
        exp(ratio["value"]),
        exp(ratio["ci_low"]),
        exp(ratio["ci_high"]),
        stored["counts"]["units"],
        stored["counts"]["events"],
    )
