"""XML from strangers as a small tree: no document type, no entity, nothing fetched, and limits on depth and size.

defusedxml refuses what the standard library would follow; what is counted here, it leaves open.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, feature_namespaces

from defusedxml.common import DefusedXmlException
from defusedxml.sax import make_parser

from assessments.exchange.limits import MAX_ATTRIBUTES, MAX_DEPTH, MAX_NODES
from assessments.exchange.questions import FileRefused

_BYTES_AT_ONCE = 1 << 16
_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,500}\?>")


@dataclass
class Node:
    """An element. `name` without its namespace; `children`: texts and elements in their order."""

    name: str
    attributes: dict[str, str]
    line: int
    children: list["Node | str"] = field(default_factory=list)

    @property
    def elements(self) -> list["Node"]:
        return [child for child in self.children if isinstance(child, Node)]

    def all(self, *names: str) -> list["Node"]:
        """Children of these names."""
        return [child for child in self.elements if child.name in names]

    def first(self, *names: str) -> "Node | None":
        return next(iter(self.all(*names)), None)

    def walk(self) -> Iterator["Node"]:
        """Itself and everything below it, in the order of the file."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.elements))

    def below(self, *names: str) -> list["Node"]:
        return [node for node in self.walk() if node is not self and node.name in names]

    @property
    def text(self) -> str:
        """All text within, as it is written."""
        parts: list[str] = []
        waiting: list[Node | str] = [self]
        while waiting:
            child = waiting.pop()
            if isinstance(child, str):
                parts.append(child)
            else:
                waiting.extend(reversed(child.children))
        return "".join(parts)

    def text_of(self, *path: str) -> str:
        """Stripped text of the first child so named, of its child …; empty where there is none."""
        node: Node | None = self
        for name in path:
            node = node.first(name) if node else None
        return node.text.strip() if node else ""

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)


class _Builder(ContentHandler):
    def __init__(self, parser: Any) -> None:
        super().__init__()
        self.parser = parser
        self.root: Node | None = None
        self.open: list[Node] = []
        self.nodes = 0

    @property
    def line(self) -> int:
        return int(self.parser.getLineNumber() or 1)

    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attrs: Any) -> None:  # noqa: N802 - the name that SAX calls
        if len(self.open) >= MAX_DEPTH:
            raise FileRefused(f"Its elements are nested more than {MAX_DEPTH} deep. Question files are not.", self.line)
        if len(attrs) > MAX_ATTRIBUTES:
            raise FileRefused(f"An element has more than {MAX_ATTRIBUTES} attributes. Question files do not.", self.line)
        self._count()
        attributes = {key[1]: value for key, value in attrs.items()}
        node = Node(name[1], attributes, self.line)
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node
        self.open.append(node)

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:  # noqa: N802 - the name that SAX calls
        self.open.pop()

    def characters(self, content: str) -> None:
        """Comes in pieces, which are joined only where they stand beside each other."""
        if not self.open:
            return
        self._count()
        self.open[-1].children.append(content)

    def _count(self) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise FileRefused(f"The file has more than {MAX_NODES:,} elements and texts. Split it.", self.line)


def parse(text: str) -> Node:
    """The root element of a decoded file.

    Raises FileRefused for what is no XML, brings a document type or entities, or passes a limit.
    """
    parser = make_parser()
    builder = _Builder(parser)
    parser.forbid_dtd = True
    parser.reset()
    parser.setFeature(feature_namespaces, 1)
    parser.setContentHandler(builder)
    # Decoded already: what it says of its encoding no longer holds. Its lines keep their numbers.
    declaration = _DECLARATION.match(text)
    if declaration:
        text = "\n" * declaration[0].count("\n") + text[declaration.end() :]
    try:
        for start in range(0, len(text), _BYTES_AT_ONCE):
            parser.feed(text[start : start + _BYTES_AT_ONCE])
        parser.close()
    except DefusedXmlException:
        raise FileRefused(
            "The file brings a document type (DOCTYPE) or entities, which can hide attacks. Remove it and import again.",
            text.count("\n", 0, max(0, text.find("<!DOCTYPE"))) + 1,
        ) from None
    except SAXException as error:
        raise FileRefused(
            f"The file is not well-formed XML: {_reason(error)}. Export it again, or correct it.", _line_of(error)
        ) from None
    if builder.root is None:
        raise FileRefused("The file is empty.")
    return builder.root


def _reason(error: SAXException) -> str:
    return error.getMessage()[:100]


def _line_of(error: SAXException) -> int:
    line = getattr(error, "getLineNumber", lambda: 1)()
    return int(line or 1)
