"""What learners typed and the author of a short text did not foresee: read by the author, and settled as right or wrong.

Settling makes a new version of the question. Attempts that were submitted before are scored again when somebody says so, as
after any other change of a key.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.answers import unknown_wording
from assessments.enums import ItemKind
from assessments.errors import InvalidItem
from assessments.formats.texts import LONGEST, normalised
from assessments.models import Item, ItemVersion, Response
from assessments.services.imported import option_id
from assessments.services.items import upsert_item
from assessments.services.keys import Option
from assessments.services.rescoring import FEWEST_TOLD
from assessments.wordings import has_same_words

MOST_SHOWN = 200


@dataclass(frozen=True)
class Typed:
    """One wording as it was typed most often, and how often it was, in whatever spelling that makes no difference."""

    text: str
    count: int


@dataclass(frozen=True)
class TypedAnswers:
    """`answered`: submitted answers to the question as it is worded today. `unknown`: wordings of them that its author knows
    neither as right nor as wrong, the most frequent first, and None where fewer than ten have answered. `more`: how many
    wordings are not listed.
    """

    answered: int
    unknown: list[Typed] | None
    more: int = 0


def typed_answers(item: Item) -> TypedAnswers:
    """Of submitted attempts alone: what somebody may still change nobody reads. Two queries."""
    current = item.current_version
    if item.kind != ItemKind.TEXT or current is None:
        return TypedAnswers(0, None)
    current.item = item
    alike = [version.pk for version in _versions(item) if has_same_words(version, current)]
    given = Response.objects.filter(item_version__in=alike, attempt__submitted_at__isnull=False)
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    answered = 0
    for chosen in given.exclude(chosen=[]).values_list("chosen", flat=True).iterator():
        answered += 1
        if text := unknown_wording(current, chosen):
            spelt[normalised(text)][text] += 1
    if answered < FEWEST_TOLD:
        return TypedAnswers(answered, None)
    # In the order of the alphabet where they are equally frequent: nothing says who came first.
    found = sorted((Typed(_commonest(texts), texts.total()) for texts in spelt.values()), key=_by_frequency)
    return TypedAnswers(answered, found[:MOST_SHOWN], max(0, len(found) - MOST_SHOWN))


def _versions(item: Item) -> list[ItemVersion]:
    versions = list(item.versions.all())
    for version in versions:
        version.item = item
    return versions


def _commonest(texts: Counter[str]) -> str:
    return min(texts, key=lambda text: (-texts[text], text))


def _by_frequency(typed: Typed) -> tuple[int, str]:
    return -typed.count, normalised(typed.text)


@transaction.atomic
def settle_wordings(*, item: Item, right: Sequence[str], wrong: Sequence[str]) -> int:
    """Add wordings that are right, and that are wrong, to the key of a short text; how many were new. Again changes nothing.

    Raises InvalidItem for a question of another format, and for a wording that is too long.
    """
    locked = Item.objects.select_for_update(of=("self",), no_key=True).select_related("course", "skill").get(pk=item.pk)
    version = locked.current_version
    if locked.kind != ItemKind.TEXT or version is None:
        raise InvalidItem(_("Only short texts have wordings."))
    known = {normalised(option["text"]) for option in version.options}
    options: list[Option] = list(version.options)
    correct = list(version.correct)
    for texts, is_right in ((right, True), (wrong, False)):
        for text in (" ".join(text.split()) for text in texts):
            if not text or normalised(text) in known:
                continue
            if len(text) > LONGEST:
                raise InvalidItem(_("A wording has at most %(most)s characters.") % {"most": LONGEST})
            known.add(normalised(text))
            options.append({"id": option_id(text), "text": text, "feedback": "", "misconception": ""})
            if is_right:
                correct.append(option_id(text))
    added = len(options) - len(version.options)
    if added:
        _upsert(locked, version, options, correct)
    return added


def _upsert(item: Item, version: ItemVersion, options: Sequence[Option], correct: Sequence[str]) -> None:
    upsert_item(
        course=item.course,
        key=item.key,
        uuid=item.uuid,
        use=item.use,
        kind=item.kind,
        skill_slug=item.skill.slug if item.skill else None,
        situation=version.situation,
        prompt=version.prompt,
        options=options,
        correct=correct,
        concept=version.concept,
        relationship=item.relationship,
        industry=item.industry,
        boundary=item.boundary,
        region=item.region,
    )
