"""Whether learners read the same question in two versions of it."""

from assessments.models import ItemVersion


def has_same_words(asked: ItemVersion, current: ItemVersion) -> bool:
    """Whether learners read the same question in both: situation, prompt, and the texts of the same options.

    One best answer beside several is another question too: only one of them says "choose all that apply".
    """
    return (asked.situation, asked.prompt, _texts(asked), len(asked.correct) == 1) == (
        current.situation,
        current.prompt,
        _texts(current),
        len(current.correct) == 1,
    )


def _texts(version: ItemVersion) -> dict[str, str]:
    return {option["id"]: option["text"] for option in version.options}
