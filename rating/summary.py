"""What a learner reads of the texts of one sitting: that they wait, or what was said of them."""

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor
from typing import Any

from django.utils.translation import gettext as _

from assessments.formats.written import within
from assessments.models import AnswerFile, Attempt, ItemVersion
from assessments.queries import files_of, presented_items
from rating.models import HIGHEST, Work
from rating.queries import works_of


class Standing(StrEnum):
    NOT_WRITTEN = "not written"
    WAITING = "waiting"
    WITHHELD = "withheld"
    RATED = "rated"


def standing_of(work: Work) -> Standing:
    if work.rubric is None:
        return Standing.WAITING
    return Standing.RATED if work.rubric.paused_at is None else Standing.WITHHELD


@dataclass(frozen=True)
class Said:
    """One question with what somebody wrote, `read` as far as raters read it, and `cut` after the last word that counts; or the
    `file` that they answered with.

    `levels`: of the rubric, the one that was given or the two that raters were between; `examples`: anchors of these levels.
    """

    version: ItemVersion
    read: str
    cut: str
    standing: Standing
    work: Work | None
    levels: list[dict[str, Any]]
    examples: list[dict[str, Any]]
    file: AnswerFile | None = None

    @property
    def is_rated(self) -> bool:
        return self.standing == Standing.RATED

    @property
    def words(self) -> str:
        return words_of(self.work) if self.work else _("You gave no answer here.")


def words_of(work: Work) -> str:
    """What is known of a text, in a few words."""
    standing = standing_of(work)
    if standing == Standing.WAITING:
        return _("not rated yet")
    if standing == Standing.WITHHELD or work.score is None:
        return _("withheld: its raters agree too little")
    low, high = floor(work.score), ceil(work.score)
    if low == high:
        return _("level %(level)s of %(highest)s of its rubric") % {"level": low, "highest": HIGHEST}
    return _("between level %(low)s and %(high)s of %(highest)s of its rubric") % {"low": low, "high": high, "highest": HIGHEST}


def said_of(attempt: Attempt, *, may_see_examples: bool) -> list[Said]:
    """Of every question of a sitting that people rate. Three queries, four where one is answered with a file."""
    works, responses = works_of(attempt), {response.item_version_id: response for response in attempt.responses.all()}
    files = files_of(attempt)
    found = []
    for entry in presented_items(attempt):
        if not entry.item_version.is_open:
            continue
        response = responses.get(entry.item_version_id)
        work = works.get(response.pk) if response else None
        text = next(iter(response.chosen), "") if response else ""
        file = files.get(entry.item_version_id)
        found.append(_said(entry.item_version, text, work, file, may_see_examples=may_see_examples))
    return found


def _said(version: ItemVersion, text: str, work: Work | None, file: AnswerFile | None, *, may_see_examples: bool) -> Said:
    read, cut = ("", "") if version.takes_file else within(text, version.answer_terms.most)
    standing = standing_of(work) if work else Standing.NOT_WRITTEN
    levels: list[dict[str, Any]] = []
    examples: list[dict[str, Any]] = []
    if standing == Standing.RATED and work and work.rubric and work.score is not None:
        given = sorted({floor(work.score), ceil(work.score)})
        levels = [work.rubric.level(score) for score in given]
        if may_see_examples:
            examples = [anchor for anchor in work.rubric.anchors if anchor["score"] in given]
    return Said(version, read, cut, standing, work, levels, examples, file)
