"""Who sat a form and what they answered, whether they were learners of a course or took the skill check for everybody."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from assessments.enums import ItemKind
from assessments.models import Attempt, AttemptItem, Instrument, Item, ItemVersion, Response, SkillCheck


@dataclass(frozen=True)
class Sitting:
    """`occasion` is empty of the skill check. Who takes that is not known, so each of its sittings counts as a first one."""

    pk: int
    occasion: str
    created_at: datetime
    submitted_at: datetime | None
    is_first: bool = True
    organisation: int | None = None


@dataclass(frozen=True)
class Given:
    """`at`: None of the skill check, which keeps no times of single answers."""

    chosen: list[str]
    at: datetime | None


@dataclass(frozen=True)
class Sat:
    """All sittings of a form. `given` by sitting and version; `asked`: (sitting, item, version) in the order of sittings, and
    in each in that of its questions.
    """

    sittings: list[Sitting]
    given: dict[tuple[int, int], Given]
    asked: Iterable[tuple[int, int, int]]


def sittings_of(form: Instrument) -> int:
    """How many there are, submitted or not. One query."""
    return (SkillCheck if form.is_public else Attempt).objects.filter(instrument=form).count()


def asked_items(form: Instrument) -> list[Item]:
    """The questions of a form, each with its version of today: of a fixed one as it has them, of a drawn one those that were
    drawn so far, by key. Nothing that people rate. Two queries at most.
    """
    if not form.is_drawn and not form.is_adaptive:
        entries = form.entries.select_related("item__current_version").order_by("position")
        return [entry.item for entry in entries]
    items = Item.objects.exclude(kind=ItemKind.OPEN).select_related("current_version").order_by("key", "pk")
    if not form.is_public:
        return list(items.filter(pk__in=AttemptItem.objects.filter(attempt__instrument=form).values("item")))
    return list(items.filter(versions__in=_versions_of_checks(form)).distinct())


def _versions_of_checks(form: Instrument) -> set[int]:
    rows = SkillCheck.objects.filter(instrument=form).values_list("questions", flat=True)
    return {version for questions in rows.iterator() for version, _order in questions}


def sat(form: Instrument) -> Sat:
    """Three queries of a course, two of the skill check."""
    return _by_anybody(form) if form.is_public else _by_learners(form)


def _by_learners(form: Instrument) -> Sat:
    earlier = Attempt.objects.filter(
        user=OuterRef("user"), enrolment__course=OuterRef("enrolment__course"), pk__lt=OuterRef("pk")
    )
    attempts = Attempt.objects.filter(instrument=form).annotate(is_first=~Exists(earlier)).order_by("pk")
    columns = attempts.values_list("pk", "occasion", "created_at", "submitted_at", "is_first", "enrolment__organisation")
    responses = Response.objects.filter(attempt__instrument=form)
    answers = responses.values_list("attempt", "item_version", "chosen", "created_at").iterator()
    entries = AttemptItem.objects.filter(attempt__instrument=form).order_by("attempt", "position")
    return Sat(
        [Sitting(*row) for row in columns.iterator()],
        {(attempt, version): Given(chosen, at) for attempt, version, chosen, at in answers},
        entries.values_list("attempt", "item", "item_version").iterator(),
    )


def _by_anybody(form: Instrument) -> Sat:
    checks = list(SkillCheck.objects.filter(instrument=form).order_by("pk"))
    versions = {version for check in checks for version, _order in check.questions}
    item_of = dict(ItemVersion.objects.filter(pk__in=versions).values_list("pk", "item"))
    return Sat(
        [Sitting(check.pk, "", check.created_at, check.submitted_at) for check in checks],
        {(check.pk, int(version)): Given(chosen, None) for check in checks for version, chosen in check.answers.items()},
        _asked_in(checks, item_of),
    )


def _asked_in(checks: list[SkillCheck], item_of: dict[int, int]) -> Iterator[tuple[int, int, int]]:
    for check in checks:
        for version, _order in check.questions:
            yield check.pk, item_of[version], version
