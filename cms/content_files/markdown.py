"""Markdown of content files as the rich text that Wagtail's editor stores, and what of it a lesson cannot say."""

import re
from collections.abc import Collection, Iterator
from itertools import pairwise

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from cms.blocks.base import ADDRESSES, TAGS
from common.written import unprintable
from common.yaml_text import Refusal


class _Parser(MarkdownIt):
    """Reads everything that authors may mean, so that what cannot be said is found instead of printed as it was typed."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - named by the library
        # What an address must be is said in `_wrong_links`, with its line.
        return True


_parser = _Parser("commonmark", {"html": True}).enable(["table", "strikethrough"])
# Reads what is left in the same way, and lets no HTML through, whoever calls it.
_renderer = MarkdownIt("commonmark", {"html": False})
_AFTER_BLOCKS = re.compile(r"(</?(?:p|h2|h3|ul|ol|li)>)\n")
_LINK_LEFT = re.compile(r"\]\(")
_FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]")
_TASK = re.compile(r"^\[[ xX]\] ")

TEXT_HEADINGS = ("h2", "h3")
_IMAGE = ("Images cannot be written in a file.", "Remove it, load the file, and add an image block in the CMS.")
_HTML = ("HTML is not understood here.", "Use **bold**, *italic* and links; for the sign itself write &lt;.")
_CODE = ("Lessons have no code.", "Write it as a paragraph, or as a block of its own: “::: quotation”.")
_REFUSED = {
    "image": _IMAGE,
    "blockquote_open": ("Lines that begin with > are not understood.", "Write a block of its own: “::: quotation”."),
    "fence": _CODE,
    "code_block": (
        "Lines indented by four spaces are code, which lessons do not have.",
        "Remove the spaces at their beginning.",
    ),
    "code_inline": ("Text between ` marks is code, which lessons do not have.", "Use quotation marks or *italic*."),
    "hr": ("Lessons have no horizontal rules.", "Remove the line; a heading (##) begins something new."),
    "table_open": ("Tables with | are not understood.", "Write a block of its own: “::: table”."),
    "html_block": _HTML,
    "html_inline": _HTML,
    "s_open": ("Text between ~~ is not shown as struck out.", "Remove the marks."),
}


def to_rich_text(markdown: str) -> str:
    """Clean HTML without line breaks; list entries hold no paragraphs, as in the editor."""
    tokens = _renderer.parse(markdown)
    _flatten_lists(tokens)
    html = _renderer.renderer.render(tokens, _renderer.options, {})
    html = _AFTER_BLOCKS.sub(r"\1", html).replace("\n", " ").strip()
    return nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes=ADDRESSES, link_rel=None)


def refusals(markdown: str, *, first_line: int, headings: Collection[str] = TEXT_HEADINGS) -> list[Refusal]:
    """What in `markdown` would be lost or changed by `to_rich_text`; `first_line` is its line in the file."""
    env: dict[str, dict] = {}
    tokens = _parser.parse(markdown, env)
    found = [
        *_definitions(env),
        *_refused(tokens),
        *_wrong_headings(tokens, headings),
        *_wrong_lists(tokens),
        *_wrong_links(tokens),
        *_wrong_words(tokens),
    ]
    return [Refusal(first_line + refusal.line, refusal.what, refusal.remedy) for refusal in found]


def plain_refusal(text: str) -> Refusal | None:
    """The first thing in a plain text that only Markdown could say, or whose lines would be lost where lines are joined."""
    tokens = _parser.parse(text, {})
    kinds = {"image", "html_block", "html_inline", "fence", "table_open"}
    for token, line in _with_lines(tokens):
        if token.type in kinds:
            what, _remedy = _REFUSED[token.type]
            return Refusal(line, what, "This is plain text: only **bold** and *italic* are understood.")
        if token.type == "link_open" and token.markup != "autolink":
            return Refusal(line, "A link cannot stand in plain text.", "Write the link in a text, a case or a call-out.")
    items = sum(token.type == "list_item_open" for token in tokens)
    if items > 1:
        return Refusal(
            0, "A list cannot stand in plain text: its lines are joined.", "Write one paragraph, or a list before it."
        )
    return None


def _with_lines(tokens: list[Token]) -> Iterator[tuple[Token, int]]:
    """All tokens with their lines, those within a paragraph too."""
    for token in tokens:
        line = token.map[0] if token.map else 0
        yield token, line
        for child in token.children or []:
            yield child, line
            line += child.type in ("softbreak", "hardbreak")


def _definitions(env: dict[str, dict]) -> Iterator[Refusal]:
    for label, definition in env.get("references", {}).items():
        yield Refusal(
            definition["map"][0],
            f"“[{label.lower()}]: …” is not shown: it defines an address for links.",
            "Write the address in the link, “[words](https://…)”, or remove the colon.",
        )


def _refused(tokens: list[Token]) -> Iterator[Refusal]:
    for token, line in _with_lines(tokens):
        if token.type in _REFUSED:
            yield Refusal(line, *_REFUSED[token.type])


def _wrong_headings(tokens: list[Token], allowed: Collection[str]) -> Iterator[Refusal]:
    in_list = 0
    for token in tokens:
        in_list += {"list_item_open": 1, "list_item_close": -1}.get(token.type, 0)
        if token.type != "heading_open" or token.map is None:
            continue
        if not allowed or in_list:
            yield Refusal(
                token.map[0], "A heading cannot stand here.", "Make it **bold**, or put it into the text of the lesson."
            )
        elif token.markup in ("-", "="):
            yield Refusal(token.map[0], "A line of - or = makes a heading of the line before.", "Write headings as ## or ###.")
        elif token.tag not in allowed:
            yield Refusal(token.map[0], "Lessons do not have headings of this level.", "Use ## or ###.")


def _wrong_lists(tokens: list[Token]) -> Iterator[Refusal]:
    """Entries that hold more than a paragraph, and numbers that would be counted anew."""
    numbers: list[list[int]] = []
    paragraphs: list[int] = []
    for token in tokens:
        if token.type in ("ordered_list_open", "bullet_list_open"):
            numbers.append([])
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            numbers.pop()
        elif token.type == "list_item_open":
            paragraphs.append(0)
            yield from _wrong_number(token, numbers[-1])
        elif token.type == "list_item_close":
            paragraphs.pop()
        elif token.type == "paragraph_open" and paragraphs and token.map:
            paragraphs[-1] += 1
            if paragraphs[-1] == 2:
                yield Refusal(
                    token.map[0],
                    "An entry of a list has a second paragraph.",
                    "Join the two, or put the second after the list.",
                )


def _wrong_number(item: Token, before: list[int]) -> Iterator[Refusal]:
    if not item.info or item.map is None:
        return
    before.append(int(item.info))
    if before not in (list(range(1, len(before) + 1)), [1] * len(before)):
        yield Refusal(
            item.map[0],
            f"A list would count this entry as {len(before)}, not {item.info}.",
            f"Number lists from 1. If this is no list, write “{item.info}\\.” with a backslash.",
        )


def _wrong_links(tokens: list[Token]) -> Iterator[Refusal]:
    for (token, line), (following, _line) in pairwise(_with_lines(tokens)):
        if token.type == "link_open":
            address = str(token.attrGet("href") or "")
            if not _is_address(address):
                yield Refusal(
                    line,
                    f"“{address}” leads nowhere from a lesson.",
                    "Write the whole address, beginning with https:// or mailto:, or the path on this site, such as /courses/…",
                )
            if following.type == "link_close":
                yield Refusal(line, "A link has no words.", "Write them between the square brackets: “[words](https://…)”.")
            if token.attrGet("title"):
                yield Refusal(line, "The title of a link is not shown.", "Write the address alone between the parentheses.")


def _is_address(address: str) -> bool:
    scheme, colon, rest = address.partition(":")
    if colon and scheme.lower() in ADDRESSES:
        return bool(rest.strip("/"))
    return address.startswith("/") and not address.startswith("//")


def _wrong_words(tokens: list[Token]) -> Iterator[Refusal]:
    """Marks that were left as they were typed, and characters that no page can show."""
    for token, line in _with_lines(tokens):
        if token.type != "text":
            continue
        if _LINK_LEFT.search(token.content):
            yield Refusal(line, "A link cannot be read.", "Write “[words](https://…)”, without spaces in the address.")
        if footnote := _FOOTNOTE.search(token.content):
            yield Refusal(line, f"“{footnote[0]}”: lessons have no footnotes.", "Write it in the text, or under “sources”.")
        if _TASK.search(token.content):
            yield Refusal(line, "Lists have no boxes to tick.", "Remove the brackets, or write a block: “::: steps”.")
        if hidden := unprintable(token.content):
            yield Refusal(line, f"The character {hidden[1]} cannot be shown.", "Remove it.")


def _flatten_lists(tokens: list[Token]) -> None:
    depth = 0
    for token in tokens:
        if token.type == "list_item_open":
            depth += 1
        elif token.type == "list_item_close":
            depth -= 1
        elif depth and token.type in ("paragraph_open", "paragraph_close"):
            token.hidden = True
