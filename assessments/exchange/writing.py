"""XML as text, written by hand: few elements, and each value escaped in one place."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from html import escape

# Line ends within a value would be read back as spaces.
_IN_ATTRIBUTES = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def element(name: str, *children: str, attributes: Mapping[str, str] | None = None) -> str:
    """An element around children that are XML already."""
    written = "".join(f' {key}="{_attribute(value)}"' for key, value in (attributes or {}).items())
    inner = "".join(children)
    return f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>"


def said(text: str) -> str:
    """Plain text as XML."""
    return escape(text, quote=False)


def xhtml(html: str) -> str:
    """Clean HTML as XML: its only empty element closed, its only named entity as a character."""
    return html.replace("<br>", "<br/>").replace("&nbsp;", "\u00a0")


def decimal_text(value: Decimal) -> str:
    """Without exponent and without zeros at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def document(root: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'.encode()


def lines(parts: Iterable[str]) -> str:
    return "\n".join(part for part in parts if part)


def _attribute(value: str) -> str:
    text = escape(value)
    for sign, written in _IN_ATTRIBUTES.items():
        text = text.replace(sign, written)
    return text
