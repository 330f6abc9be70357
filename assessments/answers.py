"""What counts as an answer, and whether it agrees with the key. Shared by checks and assessments."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from assessments.enums import ItemKind
from assessments.errors import AnswerNotAccepted
from assessments.models import ItemVersion


def accepted_options(version: ItemVersion, chosen: Iterable[str] | str) -> list[str]:
    """`chosen` as a list of option ids in the order of the options; empty stays empty.

    Raises AnswerNotAccepted for ids the question does not have and for several answers to a single choice.
    """
    wanted = {chosen} if isinstance(chosen, str) else set(chosen)
    wanted.discard("")
    ids = [option["id"] for option in version.options]
    if not wanted <= set(ids):
        raise AnswerNotAccepted(_("This question has changed since you opened it. Reload the page and choose again."))
    if version.item.kind == ItemKind.SINGLE and len(wanted) > 1:
        raise AnswerNotAccepted(_("Choose one answer only."))
    return [option_id for option_id in ids if option_id in wanted]


def agrees(version: ItemVersion, chosen: Iterable[str]) -> bool:
    """All options of the key and no other. No answer never agrees."""
    return set(chosen) == set(version.correct)
