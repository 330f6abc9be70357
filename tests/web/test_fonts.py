"""The families of the pages: light, ours, and preloaded where every page needs them."""

import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

STATIC = Path(settings.BASE_DIR, "static")
FILES = sorted(STATIC.glob("fonts/*.woff2"))
MAX_BYTES = 70_000


def test_both_families_together_are_light():
    assert len(FILES) == 7
    assert sum(path.stat().st_size for path in FILES) <= MAX_BYTES


def test_the_style_sheet_names_each_file_and_no_others():
    named = re.findall(r'url\("\.\./fonts/([^"]+)"\)', (STATIC / "css/base.css").read_text())
    assert sorted(set(named)) == [path.name for path in FILES]


def test_each_face_swaps_in_over_a_fallback_of_its_width():
    style = (STATIC / "css/base.css").read_text()
    faces = re.findall(r"@font-face \{(.+?)\}", style)
    ours = [face for face in faces if "url(" in face]
    assert all("font-display: swap" in face for face in ours)
    # Faces of one family make one only where they say the same weights: each range has all the letters.
    weights = Counter(re.search(r'family: "(.+?)"; font-weight: (.+?);', face).groups() for face in ours)
    assert weights == {(family, weight): 2 for family in ("Accord Sans", "Accord Serif") for weight in ("100 500", "501 900")}
    fallbacks = [face for face in faces if "Fallback" in face]
    assert len(fallbacks) == 4
    for what in ("size-adjust", "ascent-override", "descent-override", "line-gap-override"):
        assert all(what in face for face in fallbacks)


@pytest.mark.django_db
def test_pages_preload_the_two_faces_that_each_of_them_shows(client):
    page = client.get("/accounts/login/").content.decode()
    preloaded = re.findall(r'<link rel="preload" href="[^"]*fonts/([a-z0-9-]+)[^"]*" as="font"[^>]* crossorigin>', page)
    assert preloaded == ["sans-400-latin", "serif-400-latin"]
