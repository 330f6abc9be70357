"""One file being read, and its fields: asked for by name, with what is wrong noted beside its line."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from cms.content_files import markdown
from cms.content_files.problems import KEY, Problem
from common.text import counted
from common.written import WrittenFloat, WrittenInt, is_whole, shown, unprintable, unwrapped
from common.yaml_text import Located, Refusal, empty, read_yaml


@dataclass
class Source:
    """One file being read. Problems are collected, so that an author sees all of them at once."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def problem(self, line: int, what: str, remedy: str) -> None:
        self.problems.append(Problem(self.file, line, what, remedy))

    def refuse(self, refusals: list[Refusal]) -> None:
        for refusal in refusals:
            self.problem(refusal.line, refusal.what, refusal.remedy)

    def yaml(self, text: str, first_line: int, *, may_be_empty: bool = False) -> Located:
        """A mapping; an empty one, and a problem noted, when the text is not one."""
        data, refused = read_yaml(text, first_line)
        self.refuse(refused)
        if isinstance(data, Located):
            return data
        if not (data is None and may_be_empty) and not refused:
            self.problem(first_line, "Fields are expected here.", "Write them as “name: value”, one per line.")
        return empty(first_line)

    def rich_text(self, text: str, first_line: int, *, headings: Collection[str] = ()) -> str:
        """Markdown as HTML; what would be lost on the way is noted."""
        refused = markdown.refusals(text, first_line=first_line, headings=headings)
        self.refuse(refused)
        return "" if refused else markdown.to_rich_text(text)


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

    def problem(self, name: str, what: str, remedy: str, *, line: int | None = None) -> None:
        if not self.broken:
            self.source.problem(line or self.line(name), what, remedy)

    def only(self, names: Collection[str]) -> None:
        for name in self.data:
            if name not in names:
                self.problem(name, f"{self.what} has no field “{name}”.", f"Its fields are: {', '.join(sorted(names))}.")

    def text(self, name: str, *, required: bool = True, longest: int | None = None) -> str:
        """Plain text with its line breaks undone; blank lines stay, where the text may be of any length."""
        value = self.data.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            if required:
                self.problem(name, f"“{name}” of {self.what} is missing.", "Add it.")
            return ""
        text = self.as_text(name, value)
        if longest is not None and len(text) > longest:
            self.problem(name, f"“{name}” has {len(text)} characters.", f"Shorten it to at most {longest}.")
        if longest is not None:
            self._one_paragraph(name, text)
        return text

    def as_text(self, name: str, value: Any) -> str:
        if isinstance(value, WrittenInt | WrittenFloat):
            return value.written
        if not isinstance(value, str):
            self.problem(name, f"“{name}” of {self.what} is not text.", "Put it in quotation marks.")
            return ""
        line = getattr(value, "line", self.line(name))
        if hidden := unprintable(value):
            self.problem(name, f"“{name}” holds the character {hidden[1]}, which cannot be shown.", "Remove it.", line=line)
            return ""
        if refused := markdown.plain_refusal(value):
            self.problem(name, f"“{name}” of {self.what}: {refused.what}", refused.remedy, line=line)
        return unwrapped(value)

    def key(self, name: str, *, longest: int) -> str:
        """An id, in the form that ids have."""
        key = self.text(name, longest=longest)
        if key and not KEY.match(key):
            self.problem(name, f"“{key}” is not a valid id.", "Use lower-case letters, digits and hyphens.")
        return key

    def texts(self, name: str, *, least: int = 0, most: int | None = None) -> list[str]:
        """Texts of one paragraph each."""
        values = self.items(name, least=least, most=most)
        texts = [self.as_text(name, value) for value in values]
        for text in texts:
            self._one_paragraph(name, text)
        return texts

    def _one_paragraph(self, name: str, text: str) -> None:
        if "\n\n" in text:
            self.problem(name, f"“{name}” of {self.what} has several paragraphs.", "Write it as one.")

    def items(self, name: str, *, least: int = 0, most: int | None = None) -> list[Any]:
        values = self.data.get(name)
        if values is None:
            values = []
        if not isinstance(values, list):
            self.problem(name, f"“{name}” of {self.what} is not a list.", "Write each entry on its own line after “- ”.")
            return []
        if len(values) < least or (most is not None and len(values) > most):
            wanted = f"{least} or more" if most is None else str(least) if least == most else f"{least} to {most}"
            self.problem(name, f"“{name}” of {self.what} has {counted(len(values), 'entry', 'entries')}.", f"Give it {wanted}.")
        return values

    def mappings(self, name: str, what: str, *, least: int = 0, most: int | None = None) -> "list[Fields]":
        return [Fields(self.source, item, what, self.line(name)) for item in self.items(name, least=least, most=most)]

    def choice(self, name: str, options: Collection[str], *, default: str | None = None) -> str:
        value = self.data.get(name, default)
        if isinstance(value, str) and value in options:
            return str(value)
        if value is None:
            self.problem(name, f"“{name}” of {self.what} is missing.", f"Choose one of: {', '.join(sorted(options))}.")
        else:
            what = f"“{name}” of {self.what} is “{shown(value)}”."
            self.problem(name, what, f"Choose one of: {', '.join(sorted(options))}.")
        return default or ""

    def number(self, name: str, *, least: int, most: int, default: int | None = None) -> int:
        value = self.data.get(name, default)
        if is_whole(value) and least <= value <= most:
            return int(value)
        remedy = f"Give it a whole number from {least} to {most}."
        if value is None:
            self.problem(name, f"“{name}” of {self.what} is missing.", remedy)
        else:
            self.problem(name, f"“{name}” of {self.what} is “{shown(value)}”.", remedy)
        return least

    def flag(self, name: str) -> bool:
        value = self.data.get(name, False)
        if not isinstance(value, bool):
            self.problem(name, f"“{name}” of {self.what} is “{shown(value)}”.", "Write true or false.")
        return value is True
