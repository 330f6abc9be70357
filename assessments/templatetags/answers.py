"""Questions of every format: their fields, and answers beside the key."""

import hashlib

from django import template

from assessments.answers import Part, has_parts, options_in_order, parts_of, what_comes_first, what_to_do
from assessments.answers import credit as credit_of
from assessments.enums import ItemKind
from assessments.forms import Row, rows_of
from assessments.models import CheckAnswer, ItemVersion
from assessments.sheets import Question

register = template.Library()
FIELD = "chosen"
MIXED_AGAIN = 20


@register.filter
def rows(question: Question, chosen: list[str] | None) -> list[Row]:
    """The options of a question of an attempt; `chosen` in place of what is saved, where a form waits to be sent again."""
    return question.rows(chosen)


@register.simple_tag
def check_rows(version: ItemVersion, answer: CheckAnswer | None, tried: list[str] | None) -> list[Row]:
    """The options of a knowledge check, as they were answered, or as somebody tried to; mixed alike for everybody.

    Steps are never mixed into their right order: there would be nothing to do.
    """
    seed, chosen = seed_of(version), tried or _chosen(answer, version)
    if version.format == ItemKind.ORDER:
        right = [option["id"] for option in options_in_order(version)]
        seeds = (f"{seed}{number}" for number in range(MIXED_AGAIN))
        seed = next((one for one in seeds if [row.id for row in rows_of(version, FIELD, (), one)] != right), seed)
    return rows_of(version, FIELD, chosen, seed)


@register.simple_tag
def check_parts(version: ItemVersion, answer: CheckAnswer | None) -> list[Part]:
    """The latest answer beside the key, where it was given to the question as it is."""
    return parts_of(version, _chosen(answer, version)) if answer and answer.item_version_id == version.pk else []


@register.filter
def instruction(version: ItemVersion) -> str:
    """How a question is answered."""
    return what_to_do(version)


@register.filter
def is_composed(version: ItemVersion) -> bool:
    """Whether its reader checks it for themselves."""
    return version.format == ItemKind.COMPOSED


@register.filter
def nothing_sent(version: ItemVersion) -> str:
    """What to do first, where nothing was sent."""
    return what_comes_first(version)


@register.filter
def per_cent(answer: CheckAnswer | None, version: ItemVersion) -> int:
    """How much of an answer agrees, of a question that has parts; else 0."""
    chosen = _chosen(answer, version)
    return round(100 * credit_of(version, chosen)) if chosen and has_parts(version) else 0


def seed_of(version: ItemVersion) -> str:
    """What is in the texts mixes them, so that an author's preview shows what learners will see."""
    return hashlib.sha256(repr([option["text"] for option in version.options]).encode()).hexdigest()


def _chosen(answer: CheckAnswer | None, version: ItemVersion) -> list[str]:
    """What was chosen. An answer to an earlier version says nothing of the question as it is."""
    return list(answer.chosen) if answer is not None and answer.item_version_id == version.pk else []
