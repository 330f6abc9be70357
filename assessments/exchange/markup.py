"""Texts of question files as clean HTML, in one spelling: what is cleaned once stays as it is when it is cleaned again."""

import re
from collections.abc import Iterator
from enum import StrEnum
from html import escape, unescape

import nh3
from markdown_it import MarkdownIt

from assessments.exchange.limits import MAX_TEXT_CHARACTERS, MAX_TEXT_DEPTH
from assessments.exchange.questions import QuestionRefused

_BLOCKS = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote"}
_TABLES = {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
TAGS = {*_BLOCKS, *_TABLES, "br", "strong", "b", "em", "i", "u", "sub", "sup", "code", "a"}
ADDRESSES = {"http", "https", "mailto"}
# What stands in these is the question, or part of it: a question without it would be another one.
_REFUSED = {
    "audio": "sound",
    "video": "a video",
    "iframe": "a page from elsewhere (iframe)",
    "object": "an embedded object",
    "embed": "an embedded object",
    "svg": "a drawing (svg)",
    "canvas": "a drawing (canvas)",
    "math": "a formula (MathML)",
    "pre": "preformatted text (pre)",
    "form": "a form",
    "input": "form fields",
    "select": "form fields",
    "textarea": "form fields",
    "button": "a button",
}
_SCRIPTS = {"script", "noscript"}
_HARMLESS = {
    *("span", "font", "small", "big", "center", "style", "head", "body", "html", "title", "meta", "link", "base", "hr", "wbr"),
    *(
        "section",
        "article",
        "header",
        "footer",
        "aside",
        "nav",
        "main",
        "figure",
        "figcaption",
        "address",
        "label",
        "cite",
        "q",
    ),
    *("abbr", "acronym", "mark", "del", "ins", "s", "strike", "kbd", "samp", "var", "tt", "time", "data", "dl", "dt", "dd"),
    *("colgroup", "col", "details", "summary", "ruby", "rt", "rp", "bdi", "bdo", "source", "track", "param", "picture", "area"),
    *("map", "option", "optgroup", "fieldset", "legend", "output", "progress", "meter", "template", "dfn", "nobr", "marquee"),
    *("frame", "frameset", "noframes", "applet", "img", "image", "dialog", "slot", "hgroup", "menu", "search", "xml"),
}
_KNOWN = {*TAGS, *_REFUSED, *_SCRIPTS, *_HARMLESS}
_SURVEYED = {*TAGS, *_REFUSED, *_SCRIPTS, "img"}
_SCHEMES = {*ADDRESSES, "javascript", "vbscript", "data", "file", "ftp", "blob", "about"}

_SIGN = re.compile(r"<(?=(/?)([A-Za-z][A-Za-z0-9]*))")  # what an HTML parser takes for the beginning of an element
_ELEMENT = re.compile(r'<([a-z0-9]+)((?: [^\s="<>]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' ([^\s="<>]+)="([^"]*)"')
_LEVEL = re.compile(r"<(/?)([a-z][a-z0-9]*)")
_IMAGE = re.compile(r'<img((?: [^\s="<>]+="[^"]*")*)>')
_SPACE = re.compile(r"[ \t\n\f\r]+")
_EMPTY = re.compile(r"<(p|div|strong|em|u|sub|sup|code|a|h[1-6]|blockquote)(?: [^<>]*)?> ?</\1>")
_ANCHOR_WITHOUT_ADDRESS = re.compile(r"<a>(.*?)</a>")
_EDGES = re.compile(r" ?(</?(?:p|div|h[1-6]|ul|ol|li|blockquote|table|caption|thead|tbody|tfoot|tr|th|td)>|<br>) ?")
_OUTER_BREAKS = re.compile(r"^(?:<br>)+|(?:<br>)+$")
_OUTER = re.compile(r"<(p|div)>((?:(?!</?\1>).)*)</\1>", re.DOTALL)
_BLOCK = re.compile(r"<(?:p|div|h[1-6]|ul|ol|li|blockquote|table|caption|thead|tbody|tfoot|tr|th|td)>")
_ANY_ELEMENT = re.compile(r"<[^>]*>")
_PART = re.compile(r"</?(?:p|div|h[1-6]|ul|ol|li|blockquote|table|caption|thead|tbody|tfoot|tr|th|td)>|<br>")

_markdown = MarkdownIt("commonmark", {"html": True}).enable("table")


class TextFormat(StrEnum):
    """How Moodle says that a text is written; GIFT and Moodle XML share the names."""

    HTML = "html"
    MOODLE = "moodle"
    PLAIN = "plain"
    MARKDOWN = "markdown"


def to_html(source: str, form: TextFormat, removed: list[str]) -> str:
    """Clean HTML of a text. What was left out of it is appended to `removed`, in words.

    Raises QuestionRefused where leaving out would make another question of it.
    """
    if len(source) > MAX_TEXT_CHARACTERS:
        raise QuestionRefused(
            f"One of its texts has more than {MAX_TEXT_CHARACTERS:,} characters. Shorten it and import the file again."
        )
    if form == TextFormat.PLAIN:
        source = escape(source, quote=False)
    if form == TextFormat.MARKDOWN:
        source = _markdown.render(source)
    elif form != TextFormat.HTML:
        source = source.strip().replace("\n", "<br>")
    return clean(source, removed)


def clean(html: str, removed: list[str]) -> str:
    """HTML with few elements, no attributes but web addresses, and one spelling of everything."""
    html = _SIGN.sub(lambda found: "<" if _begins_element(html, found) else "&lt;", html)
    surveyed = nh3.clean(
        html,
        tags=_SURVEYED,
        clean_content_tags={"style"},
        attributes={"*": {"href", "src", "alt"}},
        generic_attribute_prefixes={"on"},
        url_schemes=_SCHEMES,
        link_rel=None,
    )
    _require_shallow(surveyed)
    removed.extend(_left_out(surveyed))
    return _settled(_IMAGE.sub(_description, surveyed))


def _require_shallow(html: str) -> None:
    """Each pass of `_settled` may take one level away, so that depth is what it costs."""
    depth = 0
    for closing, name in _LEVEL.findall(html):
        if name not in ("br", "img"):
            depth += -1 if closing else 1
        if depth > MAX_TEXT_DEPTH:
            raise QuestionRefused(f"One of its texts has elements nested more than {MAX_TEXT_DEPTH} deep. Simplify it.")


def _begins_element(html: str, sign: re.Match[str]) -> bool:
    """Whether `<` begins an element, and is not the sign for less in “x<y”."""
    name = sign[2].lower()
    return name in _KNOWN or html[sign.end(0) + len(sign[1]) + len(name) :][:1] in (":", "-")


def _left_out(surveyed: str) -> Iterator[str]:
    """What of the HTML will be gone, in words. Raises QuestionRefused for what cannot go."""
    for tag, written in _ELEMENT.findall(surveyed):
        attributes = dict(_ATTRIBUTE.findall(written))
        if tag in _REFUSED:
            raise QuestionRefused(f"It contains {_REFUSED[tag]}, which cannot be imported. Say it in words.")
        if tag in _SCRIPTS:
            yield "a script"
        yield from (f"an event handler ({name})" for name in attributes if name.startswith("on"))
        if tag == "img":
            yield _picture(unescape(attributes.get("src", "")), attributes.get("alt"))
        address = unescape(attributes.get("href", ""))
        if tag == "a" and address and address.partition(":")[0].strip().lower() not in ADDRESSES:
            yield f"a link to {address[:60]}"


def _picture(source: str, description: str | None) -> str:
    name = "" if source.startswith("data:") else f" {source[:60]}"
    if description is None:
        raise QuestionRefused(
            f"It shows a picture{name} without a description, and pictures cannot be imported. "
            "Describe the picture in its alt text, or remove it."
        )
    return f"a picture{name}, described by its alt text" if description.strip() else f"a decorative picture{name}"


def _description(image: re.Match[str]) -> str:
    alt = dict(_ATTRIBUTE.findall(image[1])).get("alt", "").strip()
    return f"[{alt}]" if alt else ""


def _settled(html: str) -> str:
    """Cleaned until nothing changes any more; each pass only takes something away, so that this ends."""
    while True:
        again = _tidied(html)
        if again == html:
            return html
        html = again


def _tidied(html: str) -> str:
    html = nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags={"script", "style"},
        attributes={"a": {"href"}, "*": set()},
        url_schemes=ADDRESSES,
        url_relative="deny",
        link_rel=None,
    )
    html = re.sub(r"<(/?)b>", r"<\1strong>", re.sub(r"<(/?)i>", r"<\1em>", html))
    html = _EDGES.sub(r"\1", _SPACE.sub(" ", html)).strip()
    html = _EMPTY.sub("", _ANCHOR_WITHOUT_ADDRESS.sub(r"\1", html))
    html = _OUTER_BREAKS.sub("", html)
    whole = _OUTER.fullmatch(html)
    return whole[2] if whole else html


def is_blank(html: str) -> bool:
    """Whether clean HTML shows nothing."""
    return not unescape(_ANY_ELEMENT.sub("", html)).replace("\xa0", " ").strip()


def has_blocks(html: str) -> bool:
    """Whether clean HTML needs more than one paragraph around it."""
    return bool(_BLOCK.search(html))


def as_blocks(html: str) -> str:
    """Clean HTML that may stand beside other blocks."""
    return html if not html or has_blocks(html) else f"<p>{html}</p>"


def plain(html: str) -> str:
    """The words of clean HTML in one line."""
    return " ".join(unescape(_ANY_ELEMENT.sub("", _PART.sub(" ", html))).split())


def from_plain(text: str) -> str:
    """Clean HTML that says `text`."""
    return _settled(escape(text, quote=False))
