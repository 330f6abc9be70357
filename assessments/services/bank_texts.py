"""Clean HTML of question files as the item bank keeps texts: paragraphs of words, with **bold** and *italic*."""

import re
from html import unescape

from django.utils.html import escape

from assessments.exchange.markup import is_blank
from common.text import inline_html

_PARTING = re.compile(r"</?(?:p|div)>|<br>")
_TAG = re.compile(r"</?(strong|em)>")
_OTHER = re.compile(r"<(?!/?(?:strong|em|p|div)>|br>)([a-z0-9]+)")
_NAMES = {"a": "a link", "table": "a table", "ul": "a list", "ol": "a list", "li": "a list", "code": "code"}


class NotKept(Exception):
    """What of a question the bank cannot keep yet; ends a sentence that begins with “It has”."""


def paragraphs(html: str) -> list[str]:
    """Each in one line. Raises NotKept where words would look otherwise than in the file."""
    other = _OTHER.search(html)
    if other:
        raise NotKept(_NAMES.get(other[1], "headings" if other[1].startswith("h") else f"formatting (<{other[1]}>)"))
    return [_written(part.strip()) for part in _PARTING.split(html) if not is_blank(part)]


def in_one_line(html: str) -> str:
    return " ".join(paragraphs(html))


def _written(html: str) -> str:
    text = " ".join(unescape(_TAG.sub(lambda tag: "**" if tag[1] == "strong" else "*", html)).split())
    meant = _TAG.split(html)  # texts and names of elements in turn
    shown = "".join(f"<{part}>" if place % 2 else escape(" ".join(_spaced(part))) for place, part in enumerate(meant))
    if inline_html(text).replace("</", "<") != shown:
        raise NotKept("asterisks, or bold and italic within each other")
    return text


def _spaced(part: str) -> list[str]:
    """Words of a text between elements; an empty one at either end where a space was."""
    words = unescape(part).split()
    before, after = unescape(part)[:1].isspace(), unescape(part)[-1:].isspace()
    return ([""] if before else []) + words + ([""] if after and words else [])
