"""Figures of a lesson, drawn as SVG by their author: shapes and words in the colours of the page, and nothing that acts.

A drawing is read as XML, and what is not named here is refused with what to do. Colours are those of the site, chosen by class:
a figure is seen on light and on dark, and a colour of its own might not be.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.html import escape
from django.utils.translation import gettext as _

LONGEST = 30_000
MOST_SHAPES, DEEPEST = 600, 12
WIDEST, NARROWEST = 400, 120
"""Of the view box, in its units: wider, and letters could not be read on a phone."""

SMALLEST_LETTERS = 15
CLASSES = (
    *("line", "strong", "quiet", "dashed", "fill", "soft", "plain"),
    *("words", "words-quiet", "words-strong", "words-on-fill"),
)
_NAMESPACE = "{http://www.w3.org/2000/svg}"
_NUMBER = r"-?\d{0,6}(?:\.\d{1,6})?"
_PLAIN = re.compile(rf"{_NUMBER}\Z")
_NUMBERS = re.compile(r"[\d\s,.+-]{1,8000}\Z")
_PATH = re.compile(r"[MmLlHhVvCcSsQqTtAaZz\d\s,.+-]{1,8000}\Z")
_TURN = re.compile(rf"(?:\s*(?:translate|rotate|scale)\(\s*{_NUMBER}(?:[\s,]+{_NUMBER}){{0,2}}\s*\))+\s*\Z")
_ANCHOR = re.compile(r"(?:start|middle|end)\Z")
_CLASS = re.compile(rf"(?:{'|'.join(CLASSES)})(?: (?:{'|'.join(CLASSES)}))*\Z")
_PLACES = dict.fromkeys(("x", "y", "dx", "dy", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "width", "height"), _PLAIN)
_EVERYWHERE = {"class": _CLASS, "transform": _TURN}
_LETTERS = {"text-anchor": _ANCHOR, "font-size": _PLAIN}
_SHAPES: dict[str, dict[str, re.Pattern[str]]] = {
    "g": _LETTERS,
    "line": {},
    "rect": {},
    "circle": {},
    "ellipse": {},
    "path": {"d": _PATH},
    "polyline": {"points": _NUMBERS},
    "polygon": {"points": _NUMBERS},
    "text": _LETTERS,
    "tspan": _LETTERS,
}
_SAID_ELSEWHERE = ("title", "desc", "metadata")
_HOLDS_WORDS = ("text", "tspan")


class DrawingRefused(Exception):
    """What is wrong with a drawing, and what to do, in a sentence or two."""


@dataclass(frozen=True)
class Drawing:
    """`svg`: clean, without the element around it; `width` and `height`: of its view box."""

    svg: str
    width: float
    height: float

    @property
    def view_box(self) -> str:
        return f"0 0 {_short(self.width)} {_short(self.height)}"


def read_drawing(source: str) -> Drawing:
    """Raises DrawingRefused with the first thing that is wrong."""
    if len(source) > LONGEST:
        raise DrawingRefused(
            _("The drawing has %(n)s characters. Simplify it to %(most)s.") % {"n": len(source), "most": LONGEST}
        )
    try:
        root = fromstring(source.strip(), forbid_dtd=True)
    except ParseError as error:
        line, column = error.position
        words = _("The drawing cannot be read as XML at line %(line)s, character %(column)s. Close what is open there.")
        raise DrawingRefused(words % {"line": line, "column": column + 1}) from error
    except DefusedXmlException as error:
        raise DrawingRefused(_("The drawing has a document type or entities. Remove them.")) from error
    if _name(root) != "svg":
        raise DrawingRefused(_("The drawing is no SVG: it begins with <%(name)s>.") % {"name": _name(root)[:40]})
    width, height = _size(root.get("viewBox", ""))
    if sum(1 for _element in root.iter()) > MOST_SHAPES:
        raise DrawingRefused(_("The drawing has more than %(most)s shapes. Simplify it.") % {"most": MOST_SHAPES})
    if _is_deeper(root, DEEPEST):
        raise DrawingRefused(_("The drawing has groups within groups, more than %(most)s deep.") % {"most": DEEPEST})
    _require_no_words(root)
    svg = "".join(_written(child) for child in root if _name(child) not in _SAID_ELSEWHERE)
    if not svg:
        raise DrawingRefused(_("The drawing is empty."))
    return Drawing(svg, width, height)


def _is_deeper(root: Element, most: int) -> bool:
    level = [root]
    for _depth in range(most):
        level = [child for element in level for child in element]
    return bool(level)


def _size(view_box: str) -> tuple[float, float]:
    parts = re.split(r"[\s,]+", view_box.strip())
    if len(parts) != 4 or not all(part and _PLAIN.match(part) and any(map(str.isdigit, part)) for part in parts):
        raise DrawingRefused(_('The drawing needs a viewBox of four numbers, such as viewBox="0 0 400 240".'))
    left, top, width, height = map(float, parts)
    if left or top:
        raise DrawingRefused(_("The viewBox of the drawing begins at 0 0. Move what is drawn."))
    if not NARROWEST <= width <= WIDEST or not 0 < height <= 2 * WIDEST:
        words = _(
            "The viewBox of the drawing is %(width)s wide and %(height)s high. Its letters can be read on a phone where it is "
            "%(least)s to %(most)s wide, and at most %(high)s high."
        )
        told = {"width": _short(width), "height": _short(height), "least": NARROWEST, "most": WIDEST, "high": 2 * WIDEST}
        raise DrawingRefused(words % told)
    return width, height


def _written(element: Element) -> str:
    name = _name(element)
    if name not in _SHAPES:
        words = _("The drawing has <%(name)s>. There can be: %(known)s.")
        raise DrawingRefused(words % {"name": name[:40], "known": ", ".join(sorted(_SHAPES))})
    inner = "".join(_inner(element, name))
    attributes = "".join(f' {key}="{escape(value)}"' for key, value in sorted(_attributes(element, name)))
    return f"<{name}{attributes}>{inner}</{name}>"


def _inner(element: Element, name: str) -> Iterator[str]:
    if name not in _HOLDS_WORDS:
        _require_no_words(element)
    if name in _HOLDS_WORDS:
        yield escape(_one_space(element.text))
    for child in element:
        if _name(child) not in _SAID_ELSEWHERE:
            yield _written(child)
        if name in _HOLDS_WORDS:
            yield escape(_one_space(child.tail))


def _require_no_words(element: Element) -> None:
    for text in (element.text, *(child.tail for child in element)):
        if words := (text or "").strip():
            raise DrawingRefused(_("The drawing has words outside of <text>: “%(words)s”.") % {"words": words[:40]})


def _one_space(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


def _attributes(element: Element, name: str) -> Iterator[tuple[str, str]]:
    known = _PLACES | _EVERYWHERE | _SHAPES[name]
    for key, value in element.items():
        text = " ".join(value.split())
        if key not in known:
            words = _("<%(name)s> has “%(key)s”. It can have: %(known)s. Colours are chosen by class: %(classes)s.")
            told = {
                "name": name,
                "key": key.rpartition("}")[2][:40],
                "known": ", ".join(sorted(known)),
                "classes": ", ".join(CLASSES),
            }
            raise DrawingRefused(words % told)
        if not known[key].match(text) or (known[key] is _PLAIN and not any(map(str.isdigit, text))):
            words = _("“%(key)s” of <%(name)s> is “%(value)s”. %(remedy)s")
            raise DrawingRefused(words % {"key": key, "name": name, "value": text[:40], "remedy": _remedy(key)})
        if key == "font-size" and float(text) < SMALLEST_LETTERS:
            words = _("Letters of %(size)s are too small for a phone. Make them %(least)s or larger.")
            raise DrawingRefused(words % {"size": text, "least": SMALLEST_LETTERS})
        yield key, text


def _remedy(key: str) -> str:
    if key == "class":
        return _("Choose among: %(classes)s.") % {"classes": ", ".join(CLASSES)}
    if key == "text-anchor":
        return _("Write start, middle or end.")
    if key == "transform":
        return _("Write translate, rotate or scale, with numbers.")
    return _("Write numbers without units.")


def _name(element: Element) -> str:
    """Without the namespace of SVG; comments have none."""
    return element.tag.removeprefix(_NAMESPACE) if isinstance(element.tag, str) else ""


def _short(number: float) -> str:
    return f"{number:g}" if math.isfinite(number) else "0"
