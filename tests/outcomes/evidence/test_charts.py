from xml.etree import ElementTree

import pytest

from outcomes.evidence.charts import (
    LETTER_WIDTH,
    LINE_HEIGHT,
    NARROW,
    WIDE,
    Line,
    _labelled,
    _line_heights,
    has_both_sides,
    retention_chart,
)
from outcomes.evidence.result import CurvePoint
from outcomes.evidence.svg import SVG, _clean_attributes, render_svg

from .rows import ask, from_rows, published, simulate


@pytest.fixture(scope="module")
def stanford():
    return ask(published("stanford_heart"))


def drawn(spec, mark):
    return [layer for layer in spec["layer"] if layer["mark"]["type"] == mark]


def values(spec, layer):
    return spec["datasets"][layer["data"]["name"]] if "name" in layer["data"] else layer["data"]["values"]


@pytest.mark.parametrize(("theme", "muted", "primary"), [("light", "#565E6C", "#0B5D57"), ("dark", "#A8B0BD", "#5CC4B8")])
def test_exposed_is_solid_in_primary_and_not_yet_dashed_in_muted(stanford, theme, muted, primary):
    dashed, solid = drawn(retention_chart(stanford, theme, split=True), "line")
    assert (dashed["mark"]["color"], solid["mark"]["color"]) == (muted, primary)
    assert (dashed["mark"]["strokeDash"], solid["mark"]["strokeDash"]) == ([5, 3], [1, 0])
    assert {dashed["mark"]["interpolate"], solid["mark"]["interpolate"]} == {"step-after"}


def test_intervals_are_an_18_percent_fill_and_shares_begin_at_zero(stanford):
    spec = retention_chart(stanford, split=True)
    assert [band["mark"]["opacity"] for band in drawn(spec, "area")] == [0.18, 0.18]
    assert {tuple(layer["encoding"]["y"]["scale"]["domain"]) for layer in spec["layer"]} == {(0, 1)}


@pytest.mark.parametrize(("size", "months"), [(WIDE, range(0, 24, 3)), (NARROW, range(0, 24, 6))])
def test_axes_have_quarters_of_all_and_as_many_months_as_have_room(size, months):
    rows = [row | {"exposed_on": None} for row in simulate(300, seed=24)]
    axes = retention_chart(ask(from_rows(rows), clock="month", horizon_months=24), size=size)["layer"][0]["encoding"]
    assert axes["y"]["axis"]["values"] == [0, 0.25, 0.5, 0.75, 1]
    assert axes["x"]["axis"]["values"] == list(months)


def test_everyone_comes_first_as_one_line(stanford):
    spec = retention_chart(stanford)
    assert [name["mark"]["text"] for name in drawn(spec, "text")] == ["everyone"]
    assert "adjusted" not in " ".join(spec["title"])


def test_both_sides_are_marked_as_not_adjusted_within_the_picture(stanford):
    spec = retention_chart(stanford, split=True)
    assert " ".join(spec["title"]).startswith("Not adjusted: share of people still there")
    assert (has_both_sides(stanford), has_both_sides(ask(from_rows([])))) == (True, False)


def test_lines_are_named_at_their_ends(stanford):
    spec = retention_chart(stanford, split=True)
    names = drawn(spec, "text")
    assert [name["mark"]["text"] for name in names] == ["not yet completed", "completed"]
    ends = [values(spec, line)[-1]["month"] for line in drawn(spec, "line")]
    assert [values(spec, name)[0]["month"] for name in names] == ends


def test_names_keep_apart_where_lines_end_together():
    result = ask(from_rows(simulate(900, seed=23)), clock="month")
    spec = retention_chart(result, split=True)
    heights = [(1 - values(spec, name)[0]["retained"]) * WIDE.height + name["mark"]["dy"] for name in drawn(spec, "text")]
    assert abs(heights[0] - heights[1]) >= 17


def line_of(label, *retained):
    points = tuple(CurvePoint(label, month, share, None, None, 10) for month, share in enumerate(retained))
    return Line(points, label, "#000", (1, 0))


def test_names_keep_apart_where_lines_end_in_one_point():
    first, second = _labelled([line_of("a", 1, 0.8, 0.5), line_of("b", 1, 0.6, 0.5)], WIDE)
    assert (first.dy, second.dy) == (18, -18)


def test_a_line_is_as_high_as_where_it_was_last_until_it_falls():
    line = line_of("a", 1, 0.5, 0.0)
    half, end = NARROW.width / 2, NARROW.width
    reach = [_line_heights(left, right, [line], NARROW) for left, right in [(0, half - 1), (half, end - 1), (half + 1, end)]]
    assert reach == [[0], [NARROW.height / 2], [NARROW.height / 2, NARROW.height]]


@pytest.mark.parametrize("seed", [23, 24, 25])
def test_names_on_a_phone_stand_within_the_picture_and_on_no_line(seed):
    spec = retention_chart(ask(from_rows(simulate(900, seed=seed)), clock="month"), size=NARROW, split=True)
    lines = [values(spec, line) for line in drawn(spec, "line")]
    last = max(point["month"] for points in lines for point in points)
    placed = []
    for name in drawn(spec, "text"):
        end = values(spec, name)[0]
        right = end["month"] / last * NARROW.width + name["mark"]["dx"]
        height = (1 - end["retained"]) * NARROW.height + name["mark"]["dy"]
        left = right - LETTER_WIDTH * len(name["mark"]["text"])
        assert (name["mark"]["align"], left >= 0, right <= NARROW.width) == ("right", True, True)
        assert LINE_HEIGHT / 2 <= height <= NARROW.height - LINE_HEIGHT / 2
        there = [point for points in lines for point in points if left < point["month"] / last * NARROW.width <= right]
        assert all(abs((1 - point["retained"]) * NARROW.height - height) >= LINE_HEIGHT for point in there)
        placed.append(height)
    assert abs(placed[0] - placed[1]) >= LINE_HEIGHT


def test_letters_of_the_phone_picture_can_be_read_in_a_card():
    """280 px is what a card leaves of a phone of 360."""
    picture = ElementTree.fromstring(render_svg(retention_chart(ask(published("stanford_heart")), size=NARROW)))  # noqa: S314
    width = float(picture.get("viewBox").split()[2])
    sizes = [float(text.get("font-size").removesuffix("px")) for text in picture.iter(f"{{{SVG}}}text")]
    assert min(sizes) * 280 / width >= 11


def test_everyone_is_drawn_where_the_sides_are_too_small():
    rows = [row | {"exposed_on": None} for row in simulate(60, seed=24)]
    spec = retention_chart(ask(from_rows(rows)))
    assert [name["mark"]["text"] for name in drawn(spec, "text")] == ["everyone"]
    assert [line["mark"]["strokeDash"] for line in drawn(spec, "line")] == [[1, 0]]


def test_nothing_to_show_says_so():
    spec = retention_chart(ask(from_rows([])))
    assert [layer["mark"]["text"] for layer in spec["layer"]] == ["Too few to show."]
    assert "Too few to show." in render_svg(spec)


def test_words_say_what_the_picture_shows(stanford):
    assert retention_chart(stanford, split=True)["description"] == (
        "Share of people still there by month of tenure. Not yet completed: 56% at month 6. Completed: 47% at month 12."
    )


def test_a_picture_of_customers_speaks_of_customers():
    spec = retention_chart(ask(from_rows(simulate(300, seed=13)), outcome="customer_exit"), split=True)
    titles = {layer["encoding"]["x"]["axis"]["title"] for layer in spec["layer"]}
    assert titles == {"Months as a customer"}
    assert spec["description"].startswith("Share of customers still there by month as a customer. Not yet completed: ")
    assert "only time as a customer is taken into account" in " ".join(spec["title"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_svg_is_safe_to_inline(stanford, theme):
    picture = render_svg(retention_chart(stanford, theme))
    root = ElementTree.fromstring(picture)  # noqa: S314 - our own
    assert root.tag == f"{{{SVG}}}svg"
    assert (root.get("role"), root.get("aria-label")[:15]) == ("img", "Share of people")
    names = {name for element in root.iter() for name in element.attrib}
    assert not names & {"style", "class", "tabindex", "aria-roledescription"}
    assert not [name for name in names if name.startswith("on")]
    assert not [e for e in root.iter() if e.tag.rpartition("}")[2] in ("style", "script", "a", "image", "foreignObject")]
    assert "<?xml" not in picture
    assert "http" not in picture.replace(SVG, "")


def test_style_becomes_attributes_and_ids_get_a_prefix():
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": "x",
        "data": {"values": [{"a": 1, "b": 2}, {"a": 2, "b": 9}]},
        "mark": {"type": "line", "clip": True, "cursor": "pointer", "blend": "multiply"},
        "encoding": {"x": {"field": "a", "type": "quantitative"}, "y": {"field": "b", "type": "quantitative"}},
    }
    root = ElementTree.fromstring(render_svg(spec))  # noqa: S314 - our own
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    used = [element.get("clip-path") for element in root.iter() if element.get("clip-path")]
    assert ids
    assert {f"url(#{i})" for i in ids} == set(used)
    assert all(i.startswith("c") and "-" in i for i in ids)
    assert not [element for element in root.iter() if element.get("style")]


def test_the_same_spec_gives_the_same_picture(stanford):
    assert render_svg(retention_chart(stanford)) == render_svg(retention_chart(stanford))


def test_a_picture_is_one_svg_element(stanford):
    root = ElementTree.fromstring(render_svg(retention_chart(stanford)))  # noqa: S314 - our own
    assert root.tag == f"{{{SVG}}}svg"


def test_what_a_style_declares_becomes_attributes():
    element = ElementTree.fromstring('<text style="fill: red; stroke : blue;" class="x"/>')  # noqa: S314
    _clean_attributes(element, "p-")
    assert element.attrib == {"fill": "red", "stroke": "blue"}
