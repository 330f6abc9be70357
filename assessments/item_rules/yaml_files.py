"""YAML of item files: plain values, no key twice, and errors that name their line."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 1_000_000


class BadFile(ValueError):
    """A file that cannot be read; the message says what is wrong and on which line."""


class _Loader(yaml.SafeLoader):
    """Safe YAML without dates and without anchors."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise BadFile(f"line {self.line + 1}: a value begins with *. Put it in quotation marks.")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _value in node.value:
            if key.value in seen:
                raise BadFile(f"line {key.start_mark.line + 1}: “{key.value}” is written twice. Keep one of the two.")
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(path: Path) -> Any:
    """What the file says. Raises BadFile."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadFile("the file is larger than 1 MB. Split it.")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadFile("the file is not UTF-8. Save it as UTF-8.") from error
    except OSError as error:
        raise BadFile(f"the file cannot be read: {error.strerror}.") from error
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader with less
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        raise BadFile(f"{line}{getattr(error, 'problem', None) or 'this is not YAML'}. Correct it.") from error
    except RecursionError as error:
        raise BadFile("the fields are nested too deeply. Write them as the format says.") from error
