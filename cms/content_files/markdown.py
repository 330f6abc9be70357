"""Markdown of content files as the rich text that Wagtail's editor stores."""

import re

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from cms.blocks.base import ADDRESSES, TAGS

_parser = MarkdownIt("commonmark", {"html": False}).disable(["image", "code", "fence", "blockquote", "hr", "html_block"])
_AFTER_BLOCKS = re.compile(r"(</?(?:p|h2|h3|ul|ol|li)>)\n")


def to_rich_text(markdown: str) -> str:
    """Clean HTML without line breaks; list entries hold no paragraphs, as in the editor."""
    tokens = _parser.parse(markdown)
    _flatten_lists(tokens)
    html = _parser.renderer.render(tokens, _parser.options, {})
    html = _AFTER_BLOCKS.sub(r"\1", html).replace("\n", " ").strip()
    return nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes=ADDRESSES, link_rel=None)


def headings(markdown: str) -> list[tuple[int, str]]:
    """(line within the text, tag) of every heading."""
    return [(token.map[0], token.tag) for token in _parser.parse(markdown) if token.type == "heading_open" and token.map]


def _flatten_lists(tokens: list[Token]) -> None:
    depth = 0
    for token in tokens:
        if token.type == "list_item_open":
            depth += 1
        elif token.type == "list_item_close":
            depth -= 1
        elif depth and token.type in ("paragraph_open", "paragraph_close"):
            token.hidden = True
