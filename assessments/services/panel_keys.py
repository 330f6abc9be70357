"""Whether a key that a panel of experts gave is still theirs after a question was written again."""

from collections.abc import Mapping
from typing import Any

from assessments.enums import KeyProvenance
from assessments.models import ItemVersion


def has_key_of_panel(current: ItemVersion, kind: str, shown: Mapping[str, Any]) -> bool:
    """Whether what is to be shown has the words that the panel read, and its key: reasons for learners may be other ones.

    `shown`: situation, prompt, options and key of the version to be.
    """
    if current.key_provenance != KeyProvenance.PANEL or current.format != kind:
        return False
    wanted = ItemVersion(**shown)
    return _judged(current) == _judged(wanted)


def _judged(version: ItemVersion) -> tuple[Any, ...]:
    options = {option["id"]: (option["text"], option.get("level")) for option in version.options}
    return version.situation, version.prompt, version.picture, options, sorted(version.correct)
