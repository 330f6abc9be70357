"""Rich text spelt as the editor spells it, keys of paragraphs included, so that opening a loaded page changes nothing."""

import hashlib
import re
from itertools import count
from typing import Any

from wagtail import blocks
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter

from cms.blocks.base import published_html

_KEY = re.compile(r'data-block-key="[^"]*"')


def as_the_editor_stores(html: str, features: list[str]) -> str:
    """The same text; as it is where the editor would say anything else."""
    converter = ContentstateConverter(features=features)
    stored = converter.to_database_format(converter.from_database_format(html))
    if published_html(stored) != published_html(html):
        return html
    # The editor draws keys by chance. These stay the same however often a file is loaded.
    mark, numbers = hashlib.sha256(html.encode()).hexdigest()[:3], count()
    return _KEY.sub(lambda _found: f'data-block-key="{mark}{next(numbers):02}"', stored)


def stored_stream(block: blocks.Block, value: Any) -> Any:
    """The stored value of a block, with every rich text in it spelt so."""
    if isinstance(block, blocks.RichTextBlock):
        return as_the_editor_stores(value, block.features)
    if isinstance(block, blocks.StructBlock):
        return {name: stored_stream(block.child_blocks[name], part) for name, part in value.items()}
    if isinstance(block, blocks.ListBlock):
        return [entry | {"value": stored_stream(block.child_block, entry["value"])} for entry in value]
    if isinstance(block, blocks.StreamBlock):
        return [child | {"value": stored_stream(block.child_blocks[child["type"]], child["value"])} for child in value]
    return value
