"""What a page says, whoever wrote it down: opening a page in the editor, or clicking into its text, is no edit."""

from typing import Any

from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page

from cms.blocks.base import published_html

# Of the fields that all pages have, those that an author can change.
OF_EVERY_PAGE = ("title", "slug", "seo_title", "search_description", "show_in_menus", "go_live_at", "expire_at")


def what_it_says(page: Page) -> dict[str, Any]:
    """By field. Rich text has one spelling, blocks say what would be published of them."""
    own = [field.name for field in page._meta.local_fields if field.editable and not field.primary_key]
    return {name: _said(page, name) for name in (*OF_EVERY_PAGE, *own)}


def _said(page: Page, name: str) -> Any:
    value, field = getattr(page, name), page._meta.get_field(name)
    if isinstance(field, StreamField):
        return [_said_by(child) for child in value]
    return published_html(value) if isinstance(field, RichTextField) else value


def _said_by(child: Any) -> tuple[Any, ...]:
    block, value = child.block, child.value
    content = block.as_content(value) if hasattr(block, "as_content") else dict(value)
    return (child.block_type, child.id, content, block.as_item(value) if hasattr(block, "as_item") else None)
