"""Short texts that authors write in plain fields."""

import re
from html import unescape

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", re.DOTALL)
_ITALIC = re.compile(r"\*(?=\S)([^*]+?)(?<=\S)\*")


def inline_html(text: object) -> SafeString:
    """Escaped `text` with `**bold**` and `*italic*` as `<strong>` and `<em>`; line breaks stay as they are."""
    html: str = escape("" if text is None else text)
    html = _BOLD.sub(r"<strong>\1</strong>", html)
    return mark_safe(_ITALIC.sub(r"<em>\1</em>", html))


_BLANK_LINES = re.compile(r"\n\s*\n")


def paragraphs_html(text: object) -> SafeString:
    """`inline_html` in paragraphs: a blank line parts them, a single line end is only where the author's editor wrapped."""
    return mark_safe("".join(f'<p dir="auto">{inline_html(part)}</p>' for part in paragraphs_of(text)))


def paragraphs_of(text: object) -> list[str]:
    """Those of a text of which a blank line parts them, without empty ones."""
    parts = (part.strip() for part in _BLANK_LINES.split("" if text is None else str(text).replace("\r\n", "\n")))
    return [part for part in parts if part]


_INSIDE_A_LINE = re.compile(r"</?(?:a|b|em|i|strong)(?:\s[^>]*)?>")
_ELEMENT = re.compile(r"<[^>]*>")


def plain_text(html: object) -> str:
    """The words of clean HTML, each paragraph, heading and entry of a list on a line of its own."""
    parted = _ELEMENT.sub("\n", _INSIDE_A_LINE.sub("", "" if html is None else str(html)))
    return "\n".join(" ".join(line.split()) for line in lines(unescape(parted)))


def plain_inline(text: object) -> str:
    """What `inline_html` shows, without its elements."""
    return plain_text(inline_html(text))


def lines(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def counted(count: int, one: str, many: str = "") -> str:
    """“1 row”, “2,000 rows”: for what commands print, which is not translated."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
