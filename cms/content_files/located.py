"""YAML that remembers on which line each thing was written, and asks for fields by name."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import yaml

from cms.content_files.problems import Problem


class Located(dict):
    """A mapping that knows its own line and the lines of its keys."""

    line: int = 1
    lines: dict[str, int]


class _Loader(yaml.SafeLoader):
    """Plain YAML, without dates (a title may look like one) and without keys written twice."""


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> Located:
    data = Located()
    data.line = node.start_mark.line + 1
    data.lines = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in data:
            raise yaml.constructor.ConstructorError(None, None, f"“{key}” appears twice", key_node.start_mark)
        data[key] = loader.construct_object(value_node, deep=True)
        data.lines[key] = key_node.start_mark.line + 1
    return data


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass
class Source:
    """One file being read. Problems are collected, so that an author sees all of them at once."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def problem(self, line: int, what: str, remedy: str) -> None:
        self.problems.append(Problem(self.file, line, what, remedy))

    def yaml(self, text: str, first_line: int) -> Located:
        """A mapping; an empty one, and a problem noted, when the text is not one."""
        try:
            # The blank lines make YAML count as the file does. The loader is a SafeLoader.
            data = yaml.load("\n" * (first_line - 1) + text, _Loader)  # noqa: S506 - a safe loader that notes lines
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            said = getattr(error, "problem", None) or "this is not YAML"
            self.problem(
                mark.line + 1 if mark else first_line,
                f"The fields cannot be read: {said}.",
                "Put text that contains a colon, a # or quotation marks in quotation marks.",
            )
            return empty(first_line)
        if isinstance(data, Located):
            return data
        self.problem(first_line, "Fields are expected here.", "Write them as “name: value”, one per line.")
        return empty(first_line)


def empty(line: int) -> Located:
    """What is left of fields that cannot be read; nothing more is said about them."""
    data = Located()
    data.line, data.lines = line, {}
    return data


class Fields:
    """The fields of one mapping. Asking for one that is missing or of the wrong kind notes a problem and goes on."""

    def __init__(self, source: Source, data: Any, what: str, line: int | None = None) -> None:
        self.source = source
        self.what = what
        if not isinstance(data, Located):
            source.problem(line or 1, f"Fields of {what} are expected here.", "Write them as “name: value”, one per line.")
            data = empty(line or 1)
            self.broken = True
        else:
            self.broken = not data and not data.lines
        self.data: Located = data

    def line(self, name: str) -> int:
        return self.data.lines.get(name, self.data.line)

    def problem(self, name: str, what: str, remedy: str) -> None:
        if not self.broken:
            self.source.problem(self.line(name), what, remedy)

    def only(self, names: Collection[str]) -> None:
        for name in self.data:
            if name not in names:
                self.problem(name, f"{self.what} has no field “{name}”.", f"Its fields are: {', '.join(sorted(names))}.")

    def text(self, name: str, *, required: bool = True, longest: int | None = None) -> str:
        """Plain text with its line breaks undone; blank lines stay."""
        value = self.data.get(name)
        if value is None or value == "":
            if required:
                self.problem(name, f"“{name}” of {self.what} is missing.", "Add it.")
            return ""
        text = self.as_text(name, value)
        if longest is not None and len(text) > longest:
            self.problem(name, f"“{name}” has {len(text)} characters.", f"Shorten it to at most {longest}.")
        return text

    def as_text(self, name: str, value: Any) -> str:
        if isinstance(value, str):
            return unwrapped(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        self.problem(name, f"“{name}” of {self.what} is not text.", "Put it in quotation marks.")
        return ""

    def texts(self, name: str, *, least: int = 0, most: int | None = None) -> list[str]:
        values = self.items(name, least=least, most=most)
        return [self.as_text(name, value) for value in values]

    def items(self, name: str, *, least: int = 0, most: int | None = None) -> list[Any]:
        values = self.data.get(name)
        if values is None:
            values = []
        if not isinstance(values, list):
            self.problem(name, f"“{name}” of {self.what} is not a list.", "Write each entry on its own line after “- ”.")
            return []
        if len(values) < least or (most is not None and len(values) > most):
            wanted = f"{least} or more" if most is None else f"{least} to {most}"
            self.problem(name, f"“{name}” of {self.what} has {len(values)} entries.", f"Give it {wanted}.")
        return values

    def mappings(self, name: str, what: str, *, least: int = 0, most: int | None = None) -> "list[Fields]":
        return [Fields(self.source, item, what, self.line(name)) for item in self.items(name, least=least, most=most)]

    def choice(self, name: str, options: Collection[str], *, default: str | None = None) -> str:
        value = self.data.get(name, default)
        if value in options:
            return str(value)
        self.problem(name, f"“{name}” of {self.what} is “{value}”.", f"Choose one of: {', '.join(sorted(options))}.")
        return next(iter(options))

    def number(self, name: str, *, least: int, most: int, default: int | None = None) -> int:
        value = self.data.get(name, default)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.problem(name, f"“{name}” of {self.what} is “{value}”.", f"Give it a whole number from {least} to {most}.")
        return least

    def flag(self, name: str) -> bool:
        value = self.data.get(name, False)
        if not isinstance(value, bool):
            self.problem(name, f"“{name}” of {self.what} is “{value}”.", "Write true or false.")
        return value is True


def unwrapped(text: str) -> str:
    """Lines that were broken for the width of the file, joined again."""
    paragraphs = [" ".join(part.split()) for part in text.strip().split("\n\n")]
    return "\n\n".join(part for part in paragraphs if part)
