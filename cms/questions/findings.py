"""What keeps a draft of a question from being published, put beside the fields that it is about."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import QuerySet
from django.forms.utils import ErrorDict, ErrorList
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.blocks import StreamBlockValidationError, StructBlockValidationError

from assessments.enums import ItemKind, ItemUse
from assessments.formats.ratings import HIGHEST as MOST_RATING
from assessments.formats.ratings import LOWEST as LEAST_RATING
from assessments.models import Item
from assessments.scoring.placement import HIGHEST, LOWEST
from cms.answer_keys import problem_of_key, value_of
from cms.questions.conversion import keys_in, lines, original_of, plain

ANSWERS, LEVELS, ANCHORS = "options", "levels", "anchors"
STREAMS = {
    ANSWERS: gettext_lazy("Answer %(n)s: %(words)s"),
    LEVELS: gettext_lazy("Level %(n)s: %(words)s"),
    ANCHORS: gettext_lazy("Anchor %(n)s: %(words)s"),
}
"""Fields that hold one thing after another, and how what is wrong with one of them begins."""
LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
ALL_EXPLAINED = (ItemKind.SINGLE, ItemKind.MULTIPLE, ItemKind.RATE, ItemKind.BEST_WORST, ItemKind.RANK)
"""Formats in which every answer needs a reason; of the others only what is the key does."""


@dataclass(frozen=True)
class Finding:
    """`field`: empty where it is about the draft as a whole. Of an answer, level or anchor: its `place`, from 0, and `part`."""

    words: str
    field: str = ""
    place: int | None = None
    part: str = ""

    def __str__(self) -> str:
        if self.place is None:
            return self.words
        return str(STREAMS[self.field]) % {"n": self.place + 1, "words": self.words}


def findings_in(draft: Any) -> list[Finding]:
    """All that has to change. Two queries where it names enemies, else none."""
    found = list(_of_words(draft))
    found += _of_answers(draft)
    if not any(finding.place is not None for finding in found):
        found += _of_key(draft)
    return found + list(_of_picture(draft)) + list(_of_enemies(draft)) + list(_of_translation(draft))


def _of_words(draft: Any) -> Iterator[Finding]:
    if not plain(draft.prompt):
        yield Finding(_("Write the question."), "prompt")
    if not draft.relationship:
        yield Finding(_("Choose the relationship that it is about."), "relationship")
    if draft.kind != ItemKind.MATCH and lines(draft.others):
        yield Finding(_("Only where answers are matched something else is offered. Leave it empty."), "others")


def _of_answers(draft: Any) -> Iterator[Finding]:
    for place, child in enumerate(draft.options or ()):
        for part, words in _faults_of(draft.kind, child.value):
            yield Finding(words, ANSWERS, place, part)


def _faults_of(kind: str, answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not plain(answer["text"]):
        yield "text", _("Write the answer, or take it away.")
    if not plain(answer["feedback"]) and (kind in ALL_EXPLAINED or answer["correct"]):
        yield "feedback", _("Say why this is or is not the best answer: learners read it afterwards.")
    rating, level = answer["rating"], answer["level"]
    if rating is not None and not LEAST_RATING <= rating <= MOST_RATING:
        yield "rating", _("Give it a rating from %(least)s to %(most)s.") % {"least": LEAST_RATING, "most": MOST_RATING}
    if level is not None and not LOWEST <= level <= HIGHEST:
        yield "level", _("Give it a level from %(least)s to %(most)s.") % {"least": LOWEST, "most": HIGHEST}


def _of_key(draft: Any) -> Iterator[Finding]:
    answers = [child.value for child in draft.options or ()]
    if not answers:
        yield Finding(_("Write the answers."), ANSWERS)
        return
    if problem := problem_of_key(draft.kind, [value_of(answer) for answer in answers], marked=_("the key")):
        yield Finding(problem, ANSWERS)
    levels = [answer["level"] for answer in answers if answer["level"] is not None]
    if levels and len(levels) < len(answers):
        yield Finding(_("Some answers have a level and some have none. Give every answer one, or none."), ANSWERS)
    if levels and draft.kind != ItemKind.SINGLE:
        yield Finding(_("Only single choice can have levels. Leave the levels empty."), ANSWERS)


def _of_enemies(draft: Any) -> Iterator[Finding]:
    keys = keys_in(draft.enemies)
    if not keys:
        return
    known = set(bank_of(draft).filter(use=ItemUse.FORM, key__in=keys).values_list("key", flat=True)) - {draft.key}
    if unknown := [key for key in keys if key not in known]:
        words = _("There is no other question with the key %(keys)s beside this one. Correct it, or take it away.")
        yield Finding(words % {"keys": ", ".join(f"“{key}”" for key in unknown)}, "enemies")


def _of_picture(draft: Any) -> Iterator[Finding]:
    """Whether it can be shown to everybody. The file is read when it is published."""
    if draft.image is None:
        if plain(draft.image_alt):
            yield Finding(_("Choose the picture that this describes, or take the words away."), "image_alt")
        return
    if not plain(draft.image_alt):
        yield Finding(_("Say what the picture shows: some learners do not see it."), "image_alt")
    if not draft.image.filename.lower().endswith((".png", ".jpg", ".jpeg")):
        yield Finding(_("Choose a PNG or a JPEG: questions show no other pictures yet."), "image")


def _of_translation(draft: Any) -> Iterator[Finding]:
    if draft.language and not LANGUAGE_TAG.fullmatch(draft.language):
        yield Finding(_("This is no code of a language. Write one such as de, ar or pt-BR."), "language")
    if not draft.translation_of:
        return
    original = original_of(draft)
    if original is None:
        words = _("There is no other question with the key %(keys)s beside this one. Correct it, or take it away.")
        yield Finding(words % {"keys": f"“{draft.translation_of}”"}, "translation_of")
    elif original.current_version is not None and original.current_version.language == draft.language:
        words = _("The question “%(key)s” is in the same language. Say in which one this is.")
        yield Finding(words % {"key": draft.translation_of}, "language")


def bank_of(draft: Any) -> QuerySet[Item]:
    """The questions among which this one stands: of its course, or of no course."""
    return Item.objects.filter(course_id=draft.course_id)


def beside_fields(findings: Iterable[Finding]) -> ErrorDict:
    """As the errors of a form that was not sent."""
    of_fields: dict[str, list[Any]] = defaultdict(list)
    of_parts: dict[str, dict[int, dict[str, ErrorList]]] = defaultdict(lambda: defaultdict(dict))
    of_all: dict[str, list[ValidationError]] = defaultdict(list)
    for finding in findings:
        if finding.place is not None:
            of_parts[finding.field][finding.place][finding.part] = ErrorList([ValidationError(finding.words)])
        elif finding.field in STREAMS:
            of_all[finding.field].append(ValidationError(finding.words))
        else:
            of_fields[finding.field or NON_FIELD_ERRORS].append(finding.words)
    for name in [name for name in STREAMS if name in of_parts or name in of_all]:
        errors = {place: StructBlockValidationError(block_errors=parts) for place, parts in of_parts[name].items()}
        of_fields[name].append(StreamBlockValidationError(block_errors=errors, non_block_errors=ErrorList(of_all[name])))
    return ErrorDict({name: ErrorList(errors) for name, errors in of_fields.items()})
