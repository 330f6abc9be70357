"""Short texts that authors write in plain fields."""

import re

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
    parts = [part.strip() for part in _BLANK_LINES.split("" if text is None else str(text).replace("\r\n", "\n"))]
    return mark_safe("".join(f"<p>{inline_html(part)}</p>" for part in parts if part))


def lines(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]
