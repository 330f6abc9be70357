"""Whether learners read the same question in two versions of it."""

from typing import Any

from assessments.enums import ItemKind
from assessments.models import ItemVersion


def has_same_words(asked: ItemVersion, current: ItemVersion) -> bool:
    """Whether learners read the same question in both: situation, prompt, format, and the texts of the same options.

    One best answer beside several is another question too: only one of them says "choose all that apply". Of a short text
    learners read no wording, so that each of them may change.
    """
    return _read(asked) == _read(current)


def _read(version: ItemVersion) -> tuple[Any, ...]:
    format_name = "" if version.is_choice else version.kind
    if version.kind == ItemKind.TEXT:
        return version.situation, version.prompt, format_name
    takes_one = len(version.correct) == 1 or version.kind == ItemKind.SCALE
    return version.situation, version.prompt, format_name, _texts(version), takes_one


def _texts(version: ItemVersion) -> dict[str, str]:
    return {option["id"]: option["text"] for option in version.options}
