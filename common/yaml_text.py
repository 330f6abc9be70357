"""YAML that remembers lines, and says what YAML itself would drop or turn into something else without a word."""

from dataclasses import dataclass
from typing import Any

import yaml

from common.written import WrittenFloat, WrittenInt, WrittenText

# Longer is no number that content files have a use for, and Python does not even print it.
MAX_BITS = 64
IN_QUOTATION_MARKS = "Put text that contains a colon, a # or quotation marks in quotation marks."


@dataclass(frozen=True)
class Refusal:
    line: int
    what: str
    remedy: str


class Located(dict):
    """A mapping that knows its own line and the lines of its keys."""

    line: int = 1
    lines: dict[str, int]


def empty(line: int) -> Located:
    """What is left of fields that cannot be read; nothing more is said about them."""
    data = Located()
    data.line, data.lines = line, {}
    return data


def read_yaml(text: str, first_line: int) -> tuple[Any, list[Refusal]]:
    """The one document in `text`, and what is wrong with how it is written. `first_line` is its line in the file."""
    # The blank lines make YAML count as the file does.
    loader = _Loader("\n" * (first_line - 1) + text)
    try:
        return loader.get_single_data(), loader.refusals
    except yaml.YAMLError as error:
        return empty(first_line), [*loader.refusals, _explained(error, first_line)]
    except RecursionError:
        return empty(first_line), [Refusal(first_line, "The fields are nested too deeply.", "Write them as the format says.")]
    finally:
        loader.dispose()


class _Loader(yaml.SafeLoader):
    """Plain YAML without dates (a title may look like one). What it refuses is noted, so that reading goes on."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.refusals: list[Refusal] = []

    def refuse(self, line: int, what: str, remedy: str) -> None:
        self.refusals.append(Refusal(line, what, remedy))

    def scan_to_next_token(self) -> None:
        """A comment after a value swallows what an author may have meant: `colour: #AA0000`, `title: Rule #1`."""
        spaces = 0
        while self.peek(spaces) == " ":
            spaces += 1
        before = self.buffer[self.pointer - self.column : self.pointer + spaces]
        if self.peek(spaces) == "#" and before.strip():
            lost = self.buffer[self.pointer + spaces :].split("\n", 1)[0].rstrip("\0").strip()
            self.refuse(
                self.line + 1,
                f"“{lost}” is a comment here, and would be lost.",
                "Put the whole value in quotation marks; write a comment on a line of its own.",
            )
        super().scan_to_next_token()

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        anchor = getattr(event, "anchor", None)
        if anchor and not isinstance(event, yaml.AliasEvent):
            self.refuse(
                event.start_mark.line + 1,
                f"“&{anchor}” is a mark of YAML here, and would be lost.",
                "Put text that begins with & in quotation marks; write repeated text out.",
            )
        tag = getattr(event, "tag", None)
        if tag is not None:
            self.refuse(
                event.start_mark.line + 1,
                f"“{tag.replace('tag:yaml.org,2002:', '!!')}” is a type of YAML here, which content files do not have.",
                "Remove it, or put text that begins with ! in quotation marks.",
            )
            event.tag = None
            event.implicit = (True, True) if isinstance(event, yaml.ScalarEvent) else True
        return super().compose_node(parent, index)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Located:
    data = empty(node.start_mark.line + 1)
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = loader.construct_object(key_node, deep=True)
        value = loader.construct_object(value_node, deep=True)
        if not isinstance(key, str):
            written = key_node.value if isinstance(key_node, yaml.ScalarNode) else "a list or a group of fields"
            loader.refuse(
                line,
                f"{_quoted(written, key_node)} cannot be the name of a field.",
                "Write a name in words, a colon, the value.",
            )
        elif key in data:
            loader.refuse(
                line, f"“{key}” is written twice; first on line {data.lines[key]}.", "Keep one of the two and remove the other."
            )
        else:
            data[str(key)] = value
            data.lines[str(key)] = line
    return data


def _quoted(written: str, node: yaml.Node) -> str:
    return f"“{written}”" if isinstance(node, yaml.ScalarNode) else written.capitalize()


def _text(loader: _Loader, node: yaml.ScalarNode) -> WrittenText:
    text = WrittenText(node.value)
    text.line = node.start_mark.line + 1
    return text


def _integer(loader: _Loader, node: yaml.ScalarNode) -> WrittenInt | WrittenText:
    try:
        number = WrittenInt(loader.construct_yaml_int(node))
    except ValueError:
        return _text(loader, node)
    if number.bit_length() > MAX_BITS:
        return _text(loader, node)
    number.line, number.written = node.start_mark.line + 1, node.value
    return number


def _fraction(loader: _Loader, node: yaml.ScalarNode) -> WrittenFloat | WrittenText:
    try:
        number = WrittenFloat(loader.construct_yaml_float(node))
    except (ValueError, OverflowError):
        return _text(loader, node)
    number.line, number.written = node.start_mark.line + 1, node.value
    return number


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.add_constructor("tag:yaml.org,2002:str", _text)
_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:float", _fraction)
# "=" and "<<" are text here.
_Loader.add_constructor("tag:yaml.org,2002:value", _text)
_Loader.add_constructor("tag:yaml.org,2002:merge", _text)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


# What YAML says → whether it is about the place where something opened, what we say, and what to do.
_EXPLANATIONS = (
    ("found unexpected end of stream", True, "The quotation mark that opens here is never closed.", "Close it."),
    (
        "expected ',' or",
        True,
        "The bracket that opens here is not closed, or a comma is missing in it.",
        "Close it; put text that begins with { or [ in quotation marks.",
    ),
    ("could not find expected ':'", True, "This line is no field.", "Write “name: value”; indent text that goes on."),
    (
        "expected <block end>",
        False,
        "This line is not indented like the fields around it, or a quotation mark ends too early.",
        "Indent fields that belong together by the same number of spaces; put text with quotation marks in quotation marks.",
    ),
    ("found character '\\t'", False, "A tab stands where spaces belong.", "Indent with spaces."),
    ("but found another document", False, "A line “---” stands among the fields.", "Remove it."),
    ("found undefined alias", False, "A value begins with *.", "Put text that begins with * in quotation marks."),
    ("expected alphabetic or numeric", False, "A value begins with * or &.", "Put the text in quotation marks."),
    (
        "found unknown escape character",
        False,
        "A backslash in double quotation marks begins a special character.",
        "Use single quotation marks, or write two backslashes.",
    ),
)


def _explained(error: yaml.YAMLError, first_line: int) -> Refusal:
    said = getattr(error, "problem", None) or "this is not YAML"
    mark, opened = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    for words, is_about_opening, what, remedy in _EXPLANATIONS:
        if words in said:
            where = (opened if is_about_opening else mark) or mark
            return Refusal(where.line + 1 if where else first_line, what, remedy)
    return Refusal(mark.line + 1 if mark else first_line, f"The fields cannot be read: {said}.", IN_QUOTATION_MARKS)
