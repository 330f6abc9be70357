"""What holds for every page and style sheet: small, legible, allowed by the Content-Security-Policy."""

import gzip
import hashlib
import re
from pathlib import Path

import django_htmx
import pytest
from django.conf import settings

from common.covers import MOTIFS, cover_svg, is_visible, motif_of, shades
from common.icons import ICONS

CSS = Path(settings.BASE_DIR) / "static" / "css"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
PAGES = sorted(
    path
    for path in TEMPLATES.rglob("*.html")
    if not {"emails", "email", "wagtailadmin"} & set(path.relative_to(TEMPLATES).parts)
)
TEXT = ["ink", "muted", "primary", "accent", "good", "caution", "danger", "info"]


def tokens() -> dict[str, tuple[str, str]]:
    """Colours of base.css: name → (light, dark)."""
    found = re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", (CSS / "base.css").read_text())
    return {name: (light, dark) for name, light, dark in found}


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(colour: str, other: str) -> float:
    high, low = sorted((luminance(colour), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_pages_that_load_again_by_themselves_say_their_address():
    """Without one, a page opened at a fragment does not load again: the browser only jumps to the fragment."""
    refreshes = [found for path in PAGES for found in re.findall(r'http-equiv="refresh" content="([^>]*)">', path.read_text())]
    assert len(refreshes) >= 4
    assert [content for content in refreshes if not re.fullmatch(r"\d+;url=\{[^#]*\}", content)] == []


def test_contrast_agrees_with_the_definition():
    assert contrast("#000000", "#ffffff") == 21
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("background", ["paper", "surface", "sunken"])
@pytest.mark.parametrize("name", TEXT)
def test_text_can_be_read_on_every_background(name, background, scheme):
    colours = tokens()
    assert contrast(colours[name][scheme], colours[background][scheme]) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_controls_stand_out_and_the_primary_button_can_be_read(scheme):
    colours = tokens()
    assert contrast(colours["control-line"][scheme], colours["surface"][scheme]) >= 3
    assert contrast(colours["control-line"][scheme], colours["paper"][scheme]) >= 3
    assert contrast(colours["on-primary"][scheme], colours["primary"][scheme]) >= 4.5
    assert contrast(colours["on-primary"][scheme], colours["primary-strong"][scheme]) >= 4.5


ELSEWHERE = {
    "clock",
    "editing",
    "filters",
    "kept-edit",
    "noticed-edits",
    "ordering",
    "question",
    "rating",
    "recording",
    "uploads",
    "words",
}
"""Scripts of single pages, which no lesson loads."""


def test_what_every_page_loads_stays_light():
    """Compressed as it is sent: a lesson has 60 KB cold, and its own text needs under 10 of them."""
    scripts = [path for path in CSS.parent.glob("js/*.js") if path.stem not in ELSEWHERE]
    names = [*(CSS / f"{name}.css" for name in ("base", "components", "pages")), *scripts]
    names += [Path(django_htmx.__file__).parent / "static/django_htmx/htmx-2.min.js"]
    assert sum(len(gzip.compress(path.read_bytes())) for path in names) < 45 * 1024


def test_style_sheets_load_nothing_from_elsewhere():
    named = {path.name: re.findall(r"@import|url\(([^)]*)\)", path.read_text()) for path in CSS.glob("*.css")}
    assert {name for names in named.values() for name in names if not name.startswith('"../fonts/')} == set()


def found_in_pages(pattern: str) -> dict[str, list[str]]:
    """What a regular expression finds, by template."""
    found = {str(path.relative_to(TEMPLATES)): re.findall(pattern, path.read_text()) for path in PAGES}
    return {name: hits for name, hits in found.items() if hits}


def test_pages_carry_no_inline_style_or_script():
    assert found_in_pages(r"\sstyle=|<style|\son[a-z]+=\"|<script(?![^>]*\bsrc=)(?![^>]*\btype=\"application/json\")") == {}


def test_pages_name_icons_that_exist():
    named = found_in_pages(r"{% icon \"([^\"]+)\"")
    assert "styleguide.html" in named
    assert {name: set(icons) - set(ICONS) for name, icons in named.items() if set(icons) - set(ICONS)} == {}


def test_every_motif_of_a_cover_is_a_picture_of_its_own_in_the_colour_of_the_course():
    drawn = {cover_svg("#AA3300", seed=bytes([n, n]) * 16) for n in range(len(MOTIFS))}
    assert len(drawn) == len(MOTIFS)
    for picture in drawn:
        assert picture.count("<g") == picture.count("</g>") > 0
        assert picture.endswith("</svg>")
        assert "class=" not in picture.replace('class="cover"', "")  # every part has its look
        assert "#7a2500" in picture
    assert cover_svg("no colour", seed=bytes(32)) == cover_svg("#0B5D57", seed=bytes(32))


@pytest.mark.parametrize(
    ("colour", "expected"),
    [("#0B5D57", True), ("#000000", True), ("#5B3A63", True), ("#808080", True), ("#FFFFFF", False), ("#FFD700", False)],
)
def test_a_cover_is_visible_where_it_stands_out_from_itself_and_from_the_page(colour, expected):
    assert is_visible(colour) is expected
    ground, drawing = shades(colour)
    light, dark = tokens()["paper"]
    if expected:
        assert contrast(ground, light) >= 2.8
        assert contrast(drawing, dark) >= 3


def test_the_shipped_courses_have_motifs_of_their_own():
    keys = ("uncover-what-others-expect", "negotiate-mutual-value")
    assert len({motif_of(hashlib.sha256(key.encode()).digest()) for key in keys}) == len(keys)
