"""The answers to one form as arrays. How many queries that takes does not depend on questions or sittings."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from operator import itemgetter

import numpy as np
from django.db.models import Max, prefetch_related_objects
from django.utils import timezone

from assessments.analysis.sittings import Sat, Sitting, asked_items, sat
from assessments.answers import agrees, known_options, step, steps
from assessments.enums import ItemKind, Occasion
from assessments.models import Attempt, Instrument, Item, ItemVersion, ScoringRecord, SkillCheck
from assessments.scoring.classical import Floats
from assessments.scoring.irt.responses import MISSING, Codes
from assessments.scoring.item_analysis import Share, Sittings
from assessments.wordings import has_same_words

STOPPED_AFTER = timedelta(days=1)
"""Whoever began so long ago and has not submitted is counted as having stopped. They may still go on."""

NOTHING = Share(0, 0)

SENT_TOGETHER = 1.0
"""Seconds: answers that come closer together were sent by one form, and say nothing of how long each took."""


@dataclass
class QuestionRows:
    """One question over all sittings of a form."""

    item: Item
    versions: dict[int, ItemVersion]
    first: Sittings
    asked: int = 0
    before: Share = NOTHING
    after: Share = NOTHING
    by_version: dict[int, Share] = field(default_factory=dict)
    stopped_at: int = 0
    seconds: list[float] = field(default_factory=list)


@dataclass
class FormRows:
    """`points` (first sittings, questions): as the questions were asked, in whatever wording. `steps` (first sittings,
    questions): how far each answer to today's wording agrees, up to `highest` (questions,), by today's key. `minutes`: from the
    beginning to submission, of all that were submitted. `stopped`: begun a day ago or longer and not submitted,
    `stopped_at_once` of them without any answer. `of_course`: sittings of any form of the course, of the skill check all.
    `earlier`: answers of first sittings to other wordings.
    `for_organisation`, `after` (first sittings,): whether somebody learns for an organisation, and sat it after the course.
    """

    questions: list[QuestionRows]
    points: Floats
    steps: Codes
    highest: list[int]
    begun: int = 0
    submitted: int = 0
    minutes: list[float] = field(default_factory=list)
    stopped: int = 0
    stopped_at_once: int = 0
    of_course: int = 0
    earlier: int = 0
    for_organisation: list[bool] = field(default_factory=list)
    after: list[bool] = field(default_factory=list)
    digest: str = ""


def stamp_of(form: Instrument) -> str:
    """Another one as soon as there is another answer that counts, another key or another wording. Four queries at most."""
    rows = (SkillCheck if form.is_public else Attempt).objects.filter(instrument=form)
    submitted = rows.filter(submitted_at__isnull=False).count()
    newest = rows.aggregate(newest=Max("pk"))["newest"]
    scored = ScoringRecord.objects.filter(attempt__instrument=form).aggregate(newest=Max("pk"))["newest"]
    worded = hashlib.sha256(repr([item.current_version_id for item in asked_items(form)]).encode()).hexdigest()[:16]
    return f"{submitted}/{newest}/{scored}/{worded}"


def load_form(form: Instrument) -> FormRows:
    """Seven queries at most."""
    questions, found = _questions(form), sat(form)
    same = {pk: _is_todays(question, version) for question in questions.values() for pk, version in question.versions.items()}
    of_sitting = {sitting.pk: sitting for sitting in found.sittings}
    tally, table, order = _Tally(), _FirstSittings(found.sittings, questions), {}
    for place, (sitting, item, version_id) in enumerate(found.asked):
        if item not in questions or sitting not in of_sitting:
            continue  # a question that has left the form, or a sitting that began meanwhile
        answer = found.given.get((sitting, version_id))
        options = answer.chosen if answer else []
        key = questions[item].item.current_version if same[version_id] else questions[item].versions[version_id]
        right = key is not None and agrees(key, options)
        tally.add(item, version_id, of_sitting[sitting], right=right)
        table.add(sitting, item, version_id, options, right=right, key=key if same[version_id] else None)
        if of_sitting[sitting].submitted_at is None:
            order[sitting, version_id] = place
    for item, question in questions.items():
        question.first = table.of(item, question)
        tally.put_into(question)
    rows = table.rows(questions)
    _add_course_of_sittings(rows, found, order)
    rows.of_course = _sittings_of_course(form)
    return rows


def _questions(form: Instrument) -> dict[int, QuestionRows]:
    items = asked_items(form)
    prefetch_related_objects(items, "versions")
    found = {}
    for item in items:
        versions = {version.pk: version for version in item.versions.all()}
        for version in versions.values():
            version.item = item
        found[item.pk] = QuestionRows(item, versions, Sittings(np.empty(0), [], []))
    return found


def _is_todays(question: QuestionRows, version: ItemVersion) -> bool:
    current = question.item.current_version
    return current is not None and has_same_words(version, current)


def _sittings_of_course(form: Instrument) -> int:
    """Of any form of its course; of the skill check of all there are; of an assessment that is taken by itself its own."""
    if form.is_public:
        return SkillCheck.objects.count()
    of = {"instrument__course": form.course_id} if form.course_id else {"instrument": form}
    return Attempt.objects.filter(**of).count()


class _Tally:
    """Counts over all sittings, whichever they are."""

    def __init__(self) -> None:
        self.asked: Counter[int] = Counter()
        self.at: Counter[tuple[int, str]] = Counter()
        self.agreed_at: Counter[tuple[int, str]] = Counter()
        self.version: Counter[tuple[int, int]] = Counter()
        self.version_agreed: Counter[tuple[int, int]] = Counter()

    def add(self, item: int, version: int, sitting: Sitting, *, right: bool) -> None:
        self.asked[item] += 1
        if sitting.submitted_at is None:
            return
        self.at[item, sitting.occasion] += 1
        self.agreed_at[item, sitting.occasion] += right
        self.version[item, version] += 1
        self.version_agreed[item, version] += right

    def put_into(self, question: QuestionRows) -> None:
        item = question.item.pk
        question.asked = self.asked[item]
        question.before, question.after = (
            Share(self.agreed_at[item, occasion], self.at[item, occasion]) for occasion in (Occasion.BEFORE, Occasion.AFTER)
        )
        question.by_version = {
            version: Share(self.version_agreed[item, version], self.version[item, version]) for version in question.versions
        }


class _FirstSittings:
    """A row for each first sitting that was submitted, a column for each question."""

    def __init__(self, sittings: Iterable[Sitting], questions: dict[int, QuestionRows]) -> None:
        self.sittings = [sitting for sitting in sittings if sitting.is_first and sitting.submitted_at]
        self.place_of = {sitting.pk: place for place, sitting in enumerate(self.sittings)}
        self.columns = {item: column for column, item in enumerate(questions)}
        self.points = np.full((len(self.sittings), len(questions)), np.nan)
        self.todays = np.full_like(self.points, np.nan)
        self.steps = np.full(self.points.shape, MISSING, dtype=np.int8)
        self.chosen: list[list[list[str] | None]] = [[None] * len(self.sittings) for _question in questions]
        self.earlier = 0
        self.digest = hashlib.sha256()

    def add(self, attempt: int, item: int, version: int, options: list[str], *, right: bool, key: ItemVersion | None) -> None:
        """`key`: today's version, where it was asked in the same words."""
        place, column = self.place_of.get(attempt), self.columns[item]
        if place is None:
            return
        self.points[place, column] = right
        self.digest.update(repr((attempt, version, options, right)).encode())
        if key is not None:
            self.steps[place, column] = step(key, options)
            self.todays[place, column] = right
            self.chosen[column][place] = known_options(key, options)
        else:
            self.earlier += 1

    def of(self, item: int, question: QuestionRows) -> Sittings:
        """One question in the wording of today."""
        points, chosen = self.todays[:, self.columns[item]], self.chosen[self.columns[item]]
        version = question.item.current_version
        if version is None or not (version.is_choice or version.kind in (ItemKind.SCALE, ItemKind.TEXT)):
            # What was rated, put in order, matched or marked is no share of an option.
            return Sittings(points, chosen, [])
        options = [option["id"] for option in version.options]
        return Sittings(points, chosen, options, frozenset(version.correct), version.levels)

    def rows(self, questions: dict[int, QuestionRows]) -> FormRows:
        return FormRows(
            list(questions.values()),
            self.points,
            self.steps,
            [steps(version) if (version := one.item.current_version) else 1 for one in questions.values()],
            earlier=self.earlier,
            for_organisation=[sitting.organisation is not None for sitting in self.sittings],
            after=[sitting.occasion == Occasion.AFTER for sitting in self.sittings],
            digest=self.digest.hexdigest(),
        )


def _add_course_of_sittings(rows: FormRows, found: Sat, order: dict[tuple[int, int], int]) -> None:
    """How long they took and where they ended: from when answers came, which is all that is known of it.

    `order`: of the questions of sittings that are not submitted, by sitting and version.
    """
    answers: dict[int, list[tuple[datetime | None, int]]] = defaultdict(list)
    for (sitting_id, version), answer in found.given.items():
        if answer.chosen:
            answers[sitting_id].append((answer.at, version))
    question_of = {version: question for question in rows.questions for version in question.versions}
    oldest_open = timezone.now() - STOPPED_AFTER
    for sitting in found.sittings:
        rows.begun += 1
        came = answers.get(sitting.pk, [])
        _add_seconds(question_of, [(at, version) for at, version in came if at is not None])
        if sitting.submitted_at is not None:
            rows.submitted += 1
            rows.minutes.append((sitting.submitted_at - sitting.created_at).total_seconds() / 60)
        elif sitting.created_at < oldest_open:
            rows.stopped += 1
            met = [version for _at, version in came if (sitting.pk, version) in order]
            if met:
                question_of[max(met, key=lambda version: order[sitting.pk, version])].stopped_at += 1
            else:
                rows.stopped_at_once += 1


def _add_seconds(question_of: dict[int, QuestionRows], came: list[tuple[datetime, int]]) -> None:
    """Since the answer before, to the question that was answered then."""
    for (earlier, _version), (later, version) in pairwise(sorted(came, key=itemgetter(0))):
        seconds = (later - earlier).total_seconds()
        if seconds >= SENT_TOGETHER and version in question_of:
            question_of[version].seconds.append(seconds)
