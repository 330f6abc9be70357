"""Two versions of a page are compared whatever is still empty in them: drafts are saved long before they are whole."""

import itertools
from typing import Any

import pytest
from django.urls import reverse
from wagtail import blocks
from wagtail.models import get_page_models

from cms.models import LessonPage
from tests.web.files import uploaded_image

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"),
]
STREAM = LessonPage.body.field.stream_block


def filled(block: blocks.Block, image_id: int) -> Any:
    """As the database keeps it: everything has a value, and every list one entry."""
    if isinstance(block, blocks.StructBlock):
        return {name: filled(child, image_id) for name, child in block.child_blocks.items()}
    if isinstance(block, blocks.ListBlock):
        return [{"type": "item", "id": f"{n}" * 8, "value": filled(block.child_block, image_id)} for n in (1, 2)]
    if isinstance(block, blocks.ChooserBlock):
        return image_id
    if isinstance(block, blocks.IntegerBlock):
        return 3
    if isinstance(block, blocks.BooleanBlock):
        return True
    return "note"


def empty(block: blocks.Block) -> Any:
    """As autosave keeps it when somebody has only just added the block."""
    if isinstance(block, blocks.StructBlock):
        return {name: empty(child) for name, child in block.child_blocks.items()}
    if isinstance(block, blocks.ListBlock):
        return [{"type": "item", "id": f"{n}" * 8, "value": empty(block.child_block)} for n in (1, 3)]
    if isinstance(block, blocks.ChooserBlock | blocks.IntegerBlock):
        return None
    return False if isinstance(block, blocks.BooleanBlock) else ""


def table(words: str) -> dict:
    columns = [{"type": "text", "heading": words}]
    return {"columns": columns, "rows": [{"values": [words]}], "caption": words}


def states(kind: str, image_id: int) -> list[Any]:
    block = STREAM.child_blocks[kind]
    if kind == "table":
        return [table(""), table("Known"), {"columns": [], "rows": [], "caption": ""}]
    return [empty(block), filled(block, image_id), {} if isinstance(block, blocks.StructBlock) else ""]


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(STREAM.child_blocks))
def test_every_block_is_compared_with_every_state_of_itself(loaded, lesson_page, reviewer, sign_in, kind):
    page, client, image = lesson_page("ask"), sign_in(reviewer), uploaded_image()
    revisions = [page.save_revision(clean=False)]
    for value in states(kind, image.pk):
        page.body = STREAM.to_python([{"type": kind, "id": "7c1a6a0e-64b1-4e0a-9d3b-1f0f6a1c7e52", "value": value}])
        revisions.append(page.save_revision(clean=False))
    for before, after in itertools.permutations([revision.pk for revision in revisions], 2):
        address = reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, before, after])
        answer = client.get(address)
        assert answer.status_code == 200, address


def test_a_picture_that_is_not_there_yet_is_shown_as_nothing():
    picture = STREAM.child_blocks["image"].child_blocks["image"]
    comparison = picture.get_comparison_class()(picture, exists_a=True, exists_b=True, val_a=None, val_b=None)
    assert (comparison.has_changed(), "None" in comparison.htmldiff(), "None" in comparison.htmlvalue(None)) == (
        False,
        False,
        False,
    )


def test_no_other_page_has_a_stream_that_holds_images():
    """They are walked above; another one has to be."""

    def holds_images(block: blocks.Block) -> bool:
        children = [
            *getattr(block, "child_blocks", {}).values(),
            *([block.child_block] if hasattr(block, "child_block") else []),
        ]
        return isinstance(block, blocks.ChooserBlock) or any(holds_images(child) for child in children)

    streams = {
        (model.__name__, field.name)
        for model in get_page_models()
        for field in model._meta.local_fields
        if hasattr(field, "stream_block") and holds_images(field.stream_block)
    }
    assert streams == {("LessonPage", "body")}
