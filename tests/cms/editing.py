"""What the editor's form sends for a page."""

from typing import Any

from wagtail import blocks
from wagtail.test.utils.form_data import nested_form_data, rich_text

from cms.blocks.base import RICH_TEXT
from cms.models import LessonPage


def posted(block: blocks.Block, value: Any) -> Any:
    if isinstance(block, blocks.StreamBlock | blocks.ListBlock):
        children = list(value) if isinstance(block, blocks.StreamBlock) else value.bound_blocks
        data: dict[str, Any] = {"count": str(len(children))}
        for number, child in enumerate(children):
            data[str(number)] = {
                "value": posted(child.block, child.value),
                "id": child.id,
                "order": str(number),
                "deleted": "",
            } | ({"type": child.block_type} if isinstance(block, blocks.StreamBlock) else {})
        return data
    if isinstance(block, blocks.StructBlock):
        fields = {name: posted(child, value[name]) for name, child in block.child_blocks.items()}
        return {name: field for name, field in fields.items() if field is not None}
    if isinstance(block, blocks.RichTextBlock):
        return rich_text(value.source, features=RICH_TEXT)
    if isinstance(block, blocks.BooleanBlock):
        return "on" if value else None
    return value


# What every form of a page sends besides its own fields.
PROMOTED = {"seo_title": "", "search_description": "", "go_live_at": "", "expire_at": ""}


def course_form(**changes: str) -> dict[str, Any]:
    return {
        "title": "Say no",
        "slug": "say-no",
        "summary": "Refuse without harm.",
        "audience": "Anybody.",
        "outcomes": "Say no\nSay why",
        "description": rich_text("<p>About it.</p>"),
        "skills-count": "0",
        "colour": "#123456",
        "is_free": "on",
        **PROMOTED,
    } | changes


def module_form(**changes: str) -> dict[str, Any]:
    fields = {"title": "A module", "slug": "a-module", "outcome": "Name it", "intro": rich_text(""), "manager_questions": ""}
    return fields | PROMOTED | changes


def text_page_form(**changes: str) -> dict[str, Any]:
    return {"title": "About us", "slug": "about-us", "body": rich_text("<p>Us.</p>", features=RICH_TEXT)} | PROMOTED | changes


def lesson_form(page: LessonPage, **changes: str) -> dict[str, Any]:
    data = {
        "title": page.title,
        "slug": page.slug,
        "minutes": str(page.minutes),
        "sources": page.sources,
        "body": posted(page.body.stream_block, page.body),
        **PROMOTED,
    }
    return nested_form_data(data | ({"sample": "on"} if page.sample else {})) | changes
