"""Pictures that pages draw themselves: icons, course covers, levels, intervals. Built into every template.

Everything is SVG with attributes only, so that no inline style is needed.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.core.paginator import Page
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from common.covers import cover_svg
from common.icons import ICONS

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """An icon. Without `label` it is decoration and hidden from assistive technology."""
    return _icon(name, str(label), css)


@lru_cache(maxsize=1000)  # a page has thirty of them, always the same
def _icon(name: str, label: str, css: str) -> SafeString:
    naming = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon {}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.5"'
        ' stroke-linecap="round" stroke-linejoin="round" focusable="false" {}>{}</svg>',
        css,
        naming,
        mark_safe(ICONS[name]),
    )


@register.simple_tag
def course_cover(title: str, colour: str = "#0B5D57", key: str = "") -> SafeString:
    """The generated cover of a course: decoration, the title stands beside it."""
    return mark_safe(cover_svg(colour, seed=hashlib.sha256((key or title).encode()).digest()))


def _percent(value: float, low: float, high: float) -> float:
    """Where `value` lies between `low` and `high`, in per cent, kept on the scale."""
    return round(min(100.0, max(0.0, (float(value) - low) * 100 / (high - low))), 2)


def _span(low: float, high: float, start: float, end: float) -> dict[str, float]:
    x = _percent(low, start, end)
    return {"x": x, "width": round(_percent(high, start, end) - x, 2)}


@register.inclusion_tag("components/level.html")
def level_scale(
    value: float | None = None,
    low: float | None = None,
    high: float | None = None,
    before: float | None = None,
    before_low: float | None = None,
    before_high: float | None = None,
    words: str = "",
    names: Sequence[str] = (),
    small: bool = False,
    current: int | None = None,
    key: bool = True,
) -> dict[str, Any]:
    """Five named levels with a marker and its band: `before` as an outline, `value` filled. Positions run from 1 to 5.

    `current`: the level whose name stands out, where it is not the nearest one: the likeliest level need not be. `key`: whether
    outline and fill are explained here.
    """
    names = names or (_("Starting"), _("Building"), _("Steady"), _("Assured"), _("Guiding"))
    if current is None and value is not None:
        current = min(5, max(1, round(float(value))))

    def mark(position: float | None, from_: float | None, to: float | None) -> dict[str, Any] | None:
        if position is None:
            return None
        band = _span(from_, to, 0.5, 5.5) if from_ is not None and to is not None else None
        return {"at": _percent(position, 0.5, 5.5), "band": band}

    return {
        "levels": [{"number": n, "name": name, "current": n == current} for n, name in enumerate(names, start=1)],
        "ticks": (20, 40, 60, 80),
        "after": mark(value, low, high),
        "before": mark(before, before_low, before_high),
        "words": words,
        "small": small,
        "key": key,
    }


@register.inclusion_tag("components/interval.html")
def interval(
    estimate: float,
    low: float,
    high: float,
    start: float,
    end: float,
    reference: float | None = None,
    start_label: str = "",
    end_label: str = "",
    words: str = "",
    before: float | None = None,
    before_low: float | None = None,
    before_high: float | None = None,
    middle_label: str = "",
) -> dict[str, Any]:
    """An estimate with its interval on an axis from `start` to `end`; `reference` is drawn as a dashed line.

    `before`, with its interval, is an outline behind it. `middle_label` is for an axis whose middle means something.
    """
    earlier = None
    if before is not None and before_low is not None and before_high is not None:
        earlier = {"point": _percent(before, start, end), "band": _span(before_low, before_high, start, end)}
    return {
        "before": earlier,
        "point": _percent(estimate, start, end),
        "band": _span(low, high, start, end),
        "high": _percent(high, start, end),
        "reference": None if reference is None else _percent(reference, start, end),
        "start_label": start_label or start,
        "end_label": end_label or end,
        "middle_label": middle_label,
        "words": words,
    }


@register.inclusion_tag("components/bar.html")
def stacked_bar(total: int, label: str, *parts: Any) -> dict[str, Any]:
    """A thin bar for `total` things; `parts` are number and tone in turn (`done`, `going`, `late`), side by side from the left.

    `label` says in words what it shows. What is left of the total stays empty.
    """
    at, drawn = 0.0, []
    for number, tone in zip(parts[::2], parts[1::2], strict=True):
        width = _percent(number, 0, total) if total and number else 0.0
        if width:
            drawn.append({"x": round(at, 2), "width": width, "tone": tone})
        at += width
    return {"label": label, "parts": drawn}


@register.filter
def difference(now: int, before: int) -> str:
    """What was added to `before`, with its sign: "+3", "−2"; "" for no change."""
    change = int(now) - int(before)
    return f"{'+' if change > 0 else '−'}{abs(change):,}" if change else ""


@register.inclusion_tag("components/breadcrumb.html")
def breadcrumb(*parts: str) -> dict[str, Any]:
    """Where the page is: `address, label, address, label, …` and at the end the label of the page itself."""
    *pairs, current = parts
    return {"steps": list(zip(pairs[::2], pairs[1::2], strict=True)), "current": current}


@register.simple_tag
def pages_around(page: Page) -> list[int | str]:
    """Page numbers to offer, with an ellipsis where some are left out."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


@register.inclusion_tag("components/sort_header.html", takes_context=True)
def sort_header(context: template.Context, key: str, label: str, css: str = "") -> dict[str, Any]:
    """A column head that sorts: `?sort=key`, again `?sort=-key`. The view decides which keys it knows."""
    query = context["request"].GET.copy()
    now = query.get("sort", "")
    query["sort"] = f"-{key}" if now == key else key
    query.pop("page", None)
    return {
        "label": label,
        "css": css,
        "address": f"?{query.urlencode()}",
        "direction": {key: "ascending", f"-{key}": "descending"}.get(now, ""),
    }
