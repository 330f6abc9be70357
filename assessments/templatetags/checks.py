"""An answer to a knowledge check beside the question as it is today, which may have changed since."""

from typing import Any

from django import template

from assessments.answers import in_words
from assessments.models import CheckAnswer, ItemVersion
from common.shown import mark_of

register = template.Library()


@register.filter
def shown_mark(answer: CheckAnswer | None) -> str:
    """Of the answer that a page shows: see `common.shown`."""
    return mark_of(answer.chosen) if answer is not None else ""


@register.filter
def still_chosen(answer: CheckAnswer | None, version: ItemVersion) -> list[str]:
    """Ids of the options that were chosen and that the question still has, in the same words."""
    return [option["id"] for option in _chosen(answer) if _is_in(version, option)]


@register.filter
def chosen_before(answer: CheckAnswer | None, version: ItemVersion) -> list[dict[str, Any]]:
    """The others that were chosen, as they were: {"text", "feedback", "is_right"}."""
    return [
        option | {"is_right": answer is not None and option["id"] in answer.item_version.correct}
        for option in _chosen(answer)
        if not _is_in(version, option)
    ]


@register.filter
def answered_earlier(answer: CheckAnswer | None, version: ItemVersion) -> list[str]:
    """In words what was answered to an earlier version, where either is no choice; choices are told option by option."""
    if answer is None or answer.item_version_id == version.pk or (version.is_choice and answer.item_version.is_choice):
        return []
    return in_words(answer.item_version, answer.chosen)


def _chosen(answer: CheckAnswer | None) -> list[dict[str, Any]]:
    if answer is None or not answer.item_version.is_choice:
        return []
    return [option for option in answer.item_version.options if option["id"] in answer.chosen]


def _is_in(version: ItemVersion, option: dict[str, Any]) -> bool:
    return any((today["id"], _words(today)) == (option["id"], _words(option)) for today in version.options)


def _words(option: dict[str, Any]) -> str:
    return " ".join(option["text"].split())
