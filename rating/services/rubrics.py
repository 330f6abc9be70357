"""What raters go by: written by authors, edition by edition."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.item_rules.model import FEWEST_ANCHORS, FEWEST_SCORES
from assessments.models import Item
from rating.enums import Begun
from rating.errors import InvalidRubric
from rating.models import SCORES, Rubric, Work
from rating.queries import rubric_of

Level = dict[str, Any]
Anchor = dict[str, Any]


@transaction.atomic
def write_rubric(*, item: Item, levels: Sequence[Level], anchors: Sequence[Anchor]) -> Rubric:
    """The edition that says this; a new one only where something has changed. Raises InvalidRubric.

    `levels`: {"score", "name", "words"} for 1 to 5. `anchors`: {"id", "text", "score", "reason"}.
    """
    _lock(item)
    kept_levels = [{name: level[name] for name in ("score", "name", "words")} for level in levels]
    kept_anchors = [{name: anchor[name] for name in ("id", "text", "score", "reason")} for anchor in anchors]
    refuse_unfit(kept_levels, kept_anchors)
    last, digest = rubric_of(item), _digest(kept_levels, kept_anchors)
    if last is not None and last.digest == digest:
        return last
    return _begin(item, last, kept_levels, kept_anchors, digest, Begun.CHANGED if last else Begun.WRITTEN)


@transaction.atomic
def train_again(*, item: Item) -> Rubric:
    """The same rubric as a new edition: all raters train again, and figures begin anew."""
    _lock(item)
    last = rubric_of(item)
    if last is None:
        raise InvalidRubric(_("This question has no rubric yet. Write one first."))
    return _begin(item, last, last.levels, last.anchors, last.digest, Begun.TRAINING)


def _lock(item: Item) -> None:
    Item.objects.select_for_update(no_key=True).get(pk=item.pk)


def _begin(item: Item, last: Rubric | None, levels: list[Level], anchors: list[Anchor], digest: str, begun: Begun) -> Rubric:
    rubric = Rubric.objects.create(
        item=item, number=last.number + 1 if last else 1, begun=begun, levels=levels, anchors=anchors, digest=digest
    )
    # What a paused edition decided is rated anew; what a sound one decided stays.
    paused = Work.objects.filter(item=item, rubric__paused_at__isnull=False)
    paused.update(score=None, rubric=None, decided_at=None)
    return rubric


def refuse_unfit(levels: Sequence[Level], anchors: Sequence[Anchor]) -> None:
    """Raises InvalidRubric for what nobody could rate by."""
    if [level["score"] for level in levels] != list(SCORES) or not all(level["words"].strip() for level in levels):
        raise InvalidRubric(_("Say for each of the five levels how one knows an answer of it."))
    if len(anchors) < FEWEST_ANCHORS:
        raise InvalidRubric(
            _("Raters train on anchors: give at least %(n)s answers with an agreed level.") % {"n": FEWEST_ANCHORS}
        )
    if any(anchor["score"] not in SCORES or not anchor["text"].strip() for anchor in anchors):
        raise InvalidRubric(_("Every anchor needs a text and an agreed level from 1 to 5."))
    if len({anchor["score"] for anchor in anchors}) < FEWEST_SCORES:
        raise InvalidRubric(
            _("The anchors need at least %(n)s different levels. Where they are alike, agreeing says nothing.")
            % {"n": FEWEST_SCORES}
        )
    if len({anchor["id"] for anchor in anchors}) < len(anchors):
        raise InvalidRubric(_("Two anchors have the same id. Give each its own."))


def _digest(levels: list[Level], anchors: list[Anchor]) -> str:
    text = json.dumps([levels, anchors], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
