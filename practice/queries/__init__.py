"""Reads of workplace agreements and simulations. Every one starts from the learner they belong to."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from courses import content
from courses.models import Activity, Course
from learning.models import ActivityState, Enrolment
from mail.queries import undelivered_of_open_links
from practice.diff import TextChange, compare
from practice.models import (
    Agreement,
    AgreementRevision,
    AgreementState,
    Party,
    Review,
    ReviewAnswer,
    Simulation,
    SimulationRun,
    Verdict,
)


def agreements_of(user: User) -> QuerySet[Agreement]:
    return Agreement.objects.filter(user=user)


def agreements_in(user: User, course: Course) -> QuerySet[Agreement]:
    """Those that somebody began from a lesson of this course, the oldest first."""
    begun = agreements_of(user).filter(enrolment__course=course)
    return begun.select_related("activity__lesson", "enrolment__organisation").order_by("pk")


def answered_agreements_of(user: User) -> QuerySet[Agreement]:
    """Those to which the other party has given an answer that stands, the oldest first. One query."""
    answered = [AgreementState.CONFIRMED, AgreementState.CORRECTED, AgreementState.DECLINED]
    agreements = agreements_of(user).filter(state__in=answered).order_by("answered_at", "pk")
    return agreements.only("uuid", "title", "party_name", "state")


def is_undelivered(revision: AgreementRevision) -> bool:
    """Whether the mail that asks for an answer never arrived."""
    return undelivered_of_open_links("agreement").filter(link__target_id=str(revision.pk)).exists()


def for_activity(enrolment: Enrolment, block_id: UUID | str) -> QuerySet[Agreement]:
    """What a learner wrote from one block of a lesson, latest first."""
    return Agreement.objects.filter(user=enrolment.user_id, enrolment=enrolment, activity__block_id=block_id)


@dataclass(frozen=True)
class Origin:
    """The lesson block somebody comes from."""

    enrolment: Enrolment
    activity: Activity
    title: str
    intro: str
    simulation: str = ""


def origin(user: User, enrolment_uuid: str, block_id: str) -> Origin | None:
    """Where an agreement is begun in a lesson of theirs; None when the address names nothing of this learner's."""
    return _origin(user, enrolment_uuid, block_id, "agreement")


def origin_of_simulation(user: User, enrolment_uuid: str, block_id: str, key: str) -> Origin | None:
    """The same for a simulation: a block that leads to another one is none of its own."""
    found = _origin(user, enrolment_uuid, block_id, "simulation")
    return found if found is not None and found.simulation == key else None


def _origin(user: User, enrolment_uuid: str, block_id: str, kind: str) -> Origin | None:
    try:
        enrolment_id, block = UUID(enrolment_uuid), UUID(block_id)
    except ValueError:
        return None
    enrolment = (
        Enrolment.objects.select_related("course__current_version", "version").filter(uuid=enrolment_id, user=user).first()
    )
    activity = Activity.objects.filter(course=enrolment.course_id, block_id=block, kind=kind).first() if enrolment else None
    if enrolment is None or activity is None:
        return None
    lesson_and_block = content.block(enrolment.course.current_version or enrolment.version, block)
    value = lesson_and_block[1].value if lesson_and_block else {}
    return Origin(enrolment, activity, value.get("title", ""), value.get("intro", ""), value.get("simulation", ""))


@dataclass(frozen=True)
class Correction:
    label: str
    before: str
    after: str
    pieces: list[TextChange]


def corrections(revision: AgreementRevision) -> list[Correction]:
    """Both texts, as sent and in the other party's wording."""
    if revision.answer != AgreementState.CORRECTED:
        return []
    pairs = [
        (_("What they expect of me"), revision.they_expect, revision.corrected_they_expect),
        (_("What I expect of them"), revision.i_expect, revision.corrected_i_expect),
    ]
    return [Correction(label, before, after, compare(before, after)) for label, before, after in pairs]


# Reviews --------------------------------------------------------------------------------------------------------------


def open_review_of(agreement: Agreement) -> Review | None:
    return agreement.reviews.filter(closed_at=None).first()


@dataclass(frozen=True)
class ReviewSeen:
    """A review as one party may see it on a day: the other's answer only beside their own, once both are there."""

    review: Review
    own: ReviewAnswer | None
    other: ReviewAnswer | None
    has_other_answered: bool
    is_due: bool

    @property
    def is_open(self) -> bool:
        return self.review.closed_at is None

    @property
    def is_compared(self) -> bool:
        return self.own is not None and self.other is not None

    @property
    def can_answer(self) -> bool:
        """Until both have answered; an answer may be changed meanwhile."""
        return self.is_open and self.is_due and not self.is_compared

    @property
    def needs_answer(self) -> bool:
        return self.can_answer and self.own is None

    @property
    def outcome(self) -> str:
        """What both say where they say the same, else "differ"; empty until both have answered."""
        if self.own is None or self.other is None:
            return ""
        return self.own.verdict if self.own.verdict == self.other.verdict else "differ"

    @property
    def outcome_words(self) -> str:
        if self.outcome in Verdict.values:
            return str(Verdict(self.outcome).label)
        return _("Seen differently") if self.outcome else ""


def as_seen(review: Review, party: Party, today: date) -> ReviewSeen:
    """From the answers that are prefetched, or one query."""
    answers = {answer.party: answer for answer in review.answers.all()}
    own, other = answers.get(party), answers.get(party.counterpart)
    return ReviewSeen(
        review=review,
        own=own,
        other=other if own else None,
        has_other_answered=other is not None,
        is_due=review.due_on <= today,
    )


def reviews_seen(revision: AgreementRevision, party: Party, today: date) -> list[ReviewSeen]:
    """All reviews of one confirmed text, the newest first. Two queries."""
    return [as_seen(review, party, today) for review in revision.reviews.prefetch_related("answers").order_by("-number")]


def reviews_of_agreements(agreements: Iterable[Agreement], today: date) -> dict[int, list[ReviewSeen]]:
    """As their learner sees them, by agreement, the newest first. Two queries."""
    seen: dict[int, list[ReviewSeen]] = {}
    reviews = Review.objects.filter(agreement__in=list(agreements)).prefetch_related("answers").order_by("-number")
    for review in reviews:
        seen.setdefault(review.agreement_id, []).append(as_seen(review, Party.LEARNER, today))
    return seen


def open_reviews_of(user: User, today: date) -> list[ReviewSeen]:
    """Review days of a learner that are still to come or to be answered, the first due first. Two queries."""
    reviews = Review.objects.filter(agreement__user=user, agreement__state=AgreementState.CONFIRMED, closed_at=None)
    reviews = reviews.select_related("agreement").prefetch_related("answers").order_by("due_on", "pk")
    return [as_seen(review, Party.LEARNER, today) for review in reviews]


# Simulations -------------------------------------------------------------------------------------------------------------

SHOWN_RUNS = 10


def playable(_user: User) -> QuerySet[Simulation]:
    """Those that can be begun. They are free for everybody who has an account."""
    return Simulation.objects.filter(is_listed=True, current_version__isnull=False).select_related("current_version", "skill")


def runs_of(user: User) -> QuerySet[SimulationRun]:
    """The talks of one person, newest first."""
    runs = SimulationRun.objects.filter(user=user).defer("version__case")
    return runs.select_related("version__simulation", "activity", "enrolment__course__current_version", "enrolment__version")


@dataclass(frozen=True)
class SimulationRow:
    """`open_run` is the newest talk that is not over; `n_finished` how many are."""

    simulation: Simulation
    open_run: SimulationRun | None
    n_finished: int


def simulations_for(user: User) -> list[SimulationRow]:
    """All that can be played, with where this person stands. Two queries."""
    runs = list(runs_of(user).defer("version__case", "map"))
    return [_row_of(simulation, runs) for simulation in playable(user).defer("current_version__case")]


def simulations_in(keys: Collection[str], enrolment_id: int | None) -> dict[str, SimulationRow]:
    """Those that can be played, by key, with the talks that their learner began from a course. Two queries."""
    found = simulations_to_choose().filter(key__in=keys, is_listed=True)
    runs = SimulationRun.objects.filter(enrolment=enrolment_id, enrolment__isnull=False, version__simulation__key__in=keys)
    own = list(runs.select_related("version").defer("version__case", "moves", "map"))
    return {simulation.key: _row_of(simulation, own) for simulation in found}


def _row_of(simulation: Simulation, runs: Iterable[SimulationRun]) -> SimulationRow:
    """`runs`, newest first, of this and other simulations."""
    own = [run for run in runs if run.version.simulation_id == simulation.pk]
    open_run = next((run for run in own if run.finished_at is None), None)
    return SimulationRow(simulation, open_run, sum(run.finished_at is not None for run in own))


def finished_blocks(enrolment_id: int, blocks: Collection[str]) -> set[str]:
    """Of these blocks, those that a learner has finished, alone or with a partner. One query."""
    states = ActivityState.objects.filter(enrolment=enrolment_id, activity__block_id__in=blocks, finished_at__isnull=False)
    return {str(block) for block in states.values_list("activity__block_id", flat=True)}


def simulations_to_choose() -> QuerySet[Simulation]:
    """For authors: all that a lesson leads to, or once led to."""
    return Simulation.objects.filter(current_version__isnull=False)
