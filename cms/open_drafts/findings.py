"""What keeps a draft of an open question from being published."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from assessments.answers import MEGABYTE
from assessments.formats.written import MOST_MEGABYTES, MOST_MINUTES, MOST_WORDS, AnswerTerms, Means
from cms.open_drafts.conversion import anchors_of, levels_of, terms_of
from cms.questions.conversion import plain
from cms.questions.findings import Finding
from common.errors import UserError
from rating.models import HIGHEST
from rating.services import refuse_unfit


def most_megabytes() -> int:
    """What this installation takes."""
    return max(1, min(MOST_MEGABYTES, settings.ACCORD_MAX_ANSWER_BYTES // MEGABYTE))


def findings_in(draft: Any) -> list[Finding]:
    """All that has to change. One query where the question exists, else none."""
    found = list(_of_words(draft))
    found += _of_terms(terms_of(draft))
    of_rubric = [*_of_levels(draft), *_of_anchors(draft)]
    return found + (of_rubric or list(_of_rubric(draft)))


def _of_words(draft: Any) -> Iterator[Finding]:
    if draft.course_id is None:
        yield Finding(_("Choose the course whose learners are asked."), "course")
    if not plain(draft.prompt):
        yield Finding(_("Write the question."), "prompt")


def _of_terms(terms: AnswerTerms) -> Iterator[Finding]:
    if terms.by == Means.WORDS:
        yield from _of_limits(terms)
    elif terms.by == Means.AUDIO and not 1 <= terms.minutes <= MOST_MINUTES:
        yield Finding(_("Give the most minutes, from 1 to %(most)s.") % {"most": MOST_MINUTES}, "minutes")
    elif terms.by == Means.FILE:
        if not terms.kinds:
            yield Finding(_("Choose at least one kind of file."), "kinds")
        if not 1 <= terms.megabytes <= most_megabytes():
            words = _("Give the most megabytes, from 1 to %(most)s: this installation takes no larger files.")
            yield Finding(words % {"most": most_megabytes()}, "megabytes")


def _of_limits(terms: AnswerTerms) -> Iterator[Finding]:
    if not 1 <= terms.fewest <= MOST_WORDS:
        yield Finding(_("Give the fewest words, from 1 to %(most)s.") % {"most": MOST_WORDS}, "fewest")
    if not 1 <= terms.most <= MOST_WORDS:
        yield Finding(_("Give the most words, from 1 to %(most)s.") % {"most": MOST_WORDS}, "most")
    elif terms.fewest >= terms.most:
        yield Finding(_("Give more words here than as the fewest."), "most")


def _of_levels(draft: Any) -> Iterator[Finding]:
    values = [child.value for child in draft.levels or ()]
    if len(values) != HIGHEST:
        yield Finding(_("Write %(n)s levels, from the lowest to the highest.") % {"n": HIGHEST}, "levels")
    for place, value in enumerate(values):
        if not plain(value["name"]):
            yield Finding(_("Name the level in a few words."), "levels", place, "name")
        if not plain(value["words"]):
            yield Finding(_("Say how one knows an answer of this level."), "levels", place, "words")


def _of_anchors(draft: Any) -> Iterator[Finding]:
    for place, child in enumerate(draft.anchors or ()):
        if not plain(child.value["text"]):
            yield Finding(_("Write the answer, or take it away."), "anchors", place, "text")
        if not child.value["score"]:
            yield Finding(_("Choose the level that you and colleagues have agreed."), "anchors", place, "score")
        if not plain(child.value["reason"]):
            yield Finding(_("Say why it is this level and not the next."), "anchors", place, "reason")


def _of_rubric(draft: Any) -> Iterator[Finding]:
    """What is wrong with them together."""
    try:
        refuse_unfit(levels_of(draft), anchors_of(draft))
    except UserError as error:
        yield Finding(str(error), "anchors")
