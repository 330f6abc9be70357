"""Whether learners read the same question in two versions of it."""

from typing import Any

from assessments.models import ItemVersion


def has_same_words(asked: ItemVersion, current: ItemVersion) -> bool:
    """Whether learners read the same question in both: situation, prompt, format, and the texts of the same options.

    One best answer beside several is another question too: only one of them says "choose all that apply".
    """
    return _read(asked) == _read(current)


def _read(version: ItemVersion) -> tuple[Any, ...]:
    format_name = "" if version.is_choice else version.kind
    return version.situation, version.prompt, format_name, _texts(version), len(version.correct) == 1


def _texts(version: ItemVersion) -> dict[str, str]:
    return {option["id"]: option["text"] for option in version.options}
