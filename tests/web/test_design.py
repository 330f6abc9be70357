"""What holds for every page and style sheet: small, legible, allowed by the Content-Security-Policy."""

import gzip
import re
from pathlib import Path

import django_htmx
import pytest
from django.conf import settings

from common.covers import initials_of
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


def test_what_every_page_loads_stays_light():
    """Compressed as it is sent: a lesson has 60 KB cold, and its own text needs under 10 of them."""
    names = [*(CSS / f"{name}.css" for name in ("base", "components", "pages")), *CSS.parent.glob("js/*.js")]
    names += [Path(django_htmx.__file__).parent / "static/django_htmx/htmx-2.min.js"]
    assert sum(len(gzip.compress(path.read_bytes())) for path in names) < 45 * 1024


def test_style_sheets_load_nothing_from_elsewhere():
    assert [path.name for path in CSS.glob("*.css") if re.search(r"url\(|@import", path.read_text())] == []


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


def test_initials_of_a_cover_come_from_the_words_that_carry_meaning():
    assert initials_of("Uncover what others expect") == "UO"
    assert initials_of("Say it") == "SI"
    assert initials_of("Listening") == "L"
    assert initials_of("At the") == "AT"
