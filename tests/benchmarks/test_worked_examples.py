"""The worked examples say what the product says today."""

from pathlib import Path

import pytest

from benchmarks.worked_examples import SIZES, document, draw

DOCUMENT = Path(__file__).parents[2] / "docs" / "worked-examples.md"


@pytest.mark.django_db
def test_the_document_is_what_the_script_prints():
    """After a change of words or counts: `python -m benchmarks.worked_examples > docs/worked-examples.md`."""
    assert document() == DOCUMENT.read_text(encoding="utf-8")


def test_the_draw_is_kept():
    people = draw(25)
    assert people == draw(25)
    assert [len(draw(size)) for size in SIZES] == list(SIZES)
