"""What stands on My learning: somebody's courses, each with one progress, and what they can do next, the most urgent first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access import queries as access_queries
from accounts.models import User
from assessments.alone import Given
from assessments.alone_pages import questions_in
from assessments.enums import Occasion
from assessments.models import Attempt
from assessments.queries import FormSize, UnderWay, sizes_of_forms, under_way
from assessments.remaining import end_in_words, seconds_left
from assessments.sheets import ASSUMED_QUESTIONS, minutes_for
from courses.content import text_of
from courses.models import Course
from feedback.enums import RoundState
from feedback.models import Round
from learning import queries
from learning.models import Certificate, Enrolment, PlanFollowUp
from learning.queries import Progress, Share
from learning.rules import can_put_away
from practice.models import Agreement, AgreementState
from practice.queries import ReviewSeen
from practice.queries.pairs import PairWaiting
from web.links import minutes_left, resume_address

# More would be a second list of courses.
MAX_ACTS = 5
# How long it takes to say in a sentence how something went.
MINUTES_TO_SAY = 2
MINUTES_TO_TAKE_A_TURN = 5
MINUTES_TO_ANSWER = 5
MINUTES_TO_CHOOSE_PEOPLE = 10


def due_words(day: date) -> str:
    """By the reader's own calendar."""
    today = timezone.localdate()
    if day == today:
        return _("due today")
    if day == today + timedelta(days=1):
        return _("due tomorrow")
    text = _("was due on %(day)s") if day < today else _("due on %(day)s")
    return text % {"day": date_format(day)}


@dataclass(frozen=True)
class LearningRow:
    """A course that somebody is on, how far they are, and whether it is open to them."""

    enrolment: Enrolment
    progress: Progress
    is_open: bool
    attempt: UnderWay | None = None
    sizes: Mapping[tuple[int, str], FormSize] = field(default_factory=dict)

    def minutes_of(self, occasion: str) -> int:
        """How long an assessment of the course takes, as its own page says."""
        size = self.sizes.get((self.course.pk, occasion))
        if size is None:
            return minutes_for(ASSUMED_QUESTIONS)
        minutes = minutes_for(size.questions, size.texts)
        return min(minutes, size.limit) if size.limit else minutes

    @property
    def course(self) -> Course:
        return self.enrolment.course

    @property
    def can_put_away(self) -> bool:
        return can_put_away(self.enrolment, is_open=self.is_open)

    @property
    def resume(self) -> str:
        return resume_address(self.enrolment, self.progress) if self.is_open else ""

    @property
    def is_done(self) -> bool:
        return self.enrolment.completed_at is not None

    @property
    def due_on(self) -> date | None:
        return self.enrolment.cohort.due_on if self.enrolment.cohort and not self.is_done else None

    @property
    def due_words(self) -> str:
        return due_words(self.due_on) if self.due_on else ""

    @property
    def starts_on(self) -> date | None:
        """A start day to come, of a course that they have not begun before it."""
        starts_on = self.enrolment.cohort.starts_on if self.enrolment.cohort and not self.enrolment.started_at else None
        return starts_on if starts_on and starts_on > timezone.localdate() else None

    @property
    def is_late(self) -> bool:
        return self.due_on is not None and self.due_on < timezone.localdate()

    @property
    def certificate(self) -> Certificate | None:
        return getattr(self.enrolment, "certificate", None)

    @property
    def completed_on(self) -> date | None:
        """As the certificate says: the day where the learner was then."""
        if self.certificate is not None:
            return self.certificate.completed_on
        return timezone.localdate(self.enrolment.completed_at) if self.enrolment.completed_at else None

    @property
    def has_assessment(self) -> bool:
        return text_of(self.course.current_version or self.enrolment.version).has_assessment

    @property
    def has_begun(self) -> bool:
        return self.enrolment.percentage > 0 or bool(self.progress.finished)

    @cached_property
    def lessons(self) -> Share:
        """The one progress that the page shows of a course: lessons that are finished, with their checks."""
        shares = self.progress.lessons.values()
        return Share(sum(share.is_finished for share in shares), len(shares))

    @property
    def lessons_words(self) -> str:
        share = self.lessons
        text = ngettext("%(done)s of %(n)s lesson", "%(done)s of %(n)s lessons", share.total)
        return text % {"done": share.done, "n": share.total}

    @property
    def minutes_left(self) -> int:
        return minutes_left(self.progress)

    @property
    def offers_assessment_before(self) -> bool:
        """Until the first thing is finished: afterwards it would no longer show where somebody began."""
        return self.is_open and self.progress.needs_before_assessment and not self.has_begun


def rows_of(user: User) -> list[LearningRow]:
    """Six queries, however many courses; four where none has an assessment to take."""
    enrolments = list(queries.enrolments_of(user))
    progress = queries.progress_of_many(enrolments)
    may_open = access_queries.openable(user)
    attempts = under_way(enrolments)
    to_take = [one.course for one in enrolments if _needs_assessment(progress[one.pk]) and one.course in may_open]
    sizes = sizes_of_forms(to_take)
    return [
        LearningRow(enrolment, progress[enrolment.pk], enrolment.course in may_open, attempts.get(enrolment.pk), sizes)
        for enrolment in enrolments
    ]


def _needs_assessment(progress: Progress) -> bool:
    return progress.needs_before_assessment or progress.needs_after_assessment


# What to do -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Act:
    """One thing to do: what, where, how long. `title` may follow “Next: ”; `row`: the course that it leads on in."""

    title: str
    detail: str
    label: str
    address: str
    minutes: int
    due_on: date | None = None
    skip_to: str = ""
    row: LearningRow | None = None

    @property
    def course(self) -> Course | None:
        return self.row.course if self.row else None

    @property
    def due_words(self) -> str:
        return due_words(self.due_on) if self.due_on else ""


@dataclass(frozen=True)
class Acts:
    """At most five of them, and the review day that comes next. `rows`: courses that one of them leads on in."""

    acts: list[Act]
    review_to_come: ReviewSeen | None

    @property
    def first(self) -> Act | None:
        return self.acts[0] if self.acts else None

    @property
    def others(self) -> list[Act]:
        return self.acts[1:]

    @property
    def rows(self) -> list[LearningRow]:
        return [act.row for act in self.acts if act.row is not None]


def acts_of(
    rows: Iterable[LearningRow],
    reviews: Iterable[ReviewSeen],
    follow_ups: Iterable[PlanFollowUp],
    agreements: Iterable[Agreement],
    given: Iterable[Given] = (),
    pairs: Iterable[PairWaiting] = (),
    feedback_round: Round | None = None,
    sittings: Iterable[Attempt] = (),
) -> Acts:
    """What others wait for comes before what can wait; of courses those that are due, by day, then those used last."""
    seen = list(reviews)
    under_way = [row for row in rows if row.is_open and not row.is_done]
    due = sorted((row for row in under_way if row.due_on), key=lambda row: row.due_on or date.max)
    acts = [
        *(_review(review) for review in seen if review.needs_answer),
        *(_pair(one) for one in pairs),
        *(_given(one) for one in given if one.waits),
        *(_in_lesson(one) for one in sittings),
        *_of_courses(due),
        *_of_round(feedback_round),
        *(_plan(note) for note in follow_ups if not note.answered_at),
        *(_answered(agreement) for agreement in agreements if agreement.state != AgreementState.CONFIRMED),
        *_of_courses(row for row in under_way if not row.due_on),
    ]
    return Acts(acts[:MAX_ACTS], next((review for review in seen if not review.is_due), None))


def _review(seen: ReviewSeen) -> Act:
    agreement = seen.review.agreement
    return Act(
        title=_("review your agreement “%(title)s”") % {"title": agreement},
        detail=_("with %(name)s · review day %(day)s") % {"name": agreement.party_name, "day": date_format(seen.review.due_on)},
        label=_("Say whether it was kept"),
        address=f"{agreement.get_absolute_url()}#review",
        minutes=MINUTES_TO_SAY,
    )


def _given(given: Given) -> Act:
    instrument, minutes = given.instrument, minutes_for(questions_in(given.instrument))
    detail = _("given by %(organisation)s") % {"organisation": given.assigned.organisation}
    if given.under_way is not None and not given.is_offered:
        detail = _("%(given)s, who have withdrawn it; you may finish it") % {"given": detail}
    if given.under_way is not None:
        end = end_in_words(given.under_way)
    else:
        end = _("time limit of %(n)s min from the start") % {"n": given.limit} if given.limit else ""
    return Act(
        title=_("the assessment “%(title)s”") % {"title": instrument.title},
        detail=f"{detail} · {end}" if end else detail,
        label=_("Continue") if given.under_way else _("Take the assessment"),
        address=given.address,
        minutes=min(minutes, given.limit) if given.limit else minutes,
        due_on=given.assigned.closes_on,
    )


def _in_lesson(attempt: Attempt) -> Act:
    """A sitting that was begun in a lesson."""
    detail, end = _("begun in “%(course)s”") % {"course": attempt.enrolment.course.title}, end_in_words(attempt)
    left = seconds_left(attempt)
    minutes = minutes_for(questions_in(attempt.instrument))
    return Act(
        title=_("the assessment “%(title)s”") % {"title": attempt.instrument.title},
        detail=f"{detail} · {end}" if end else detail,
        label=_("Continue"),
        address=reverse("assessments:attempt", args=[attempt.uuid]),
        minutes=minutes if left is None else min(minutes, max(1, left // 60)),
    )


def _pair(waiting: PairWaiting) -> Act:
    """A turn, or a yes or a no. Neither words nor offers stand here: whoever looks over a shoulder reads nothing of a talk."""
    name = waiting.partner.display_name if waiting.partner else _("your partner")
    title = _("say whether you negotiate with %(name)s") if waiting.needs_answer else _("take your turn with %(name)s")
    return Act(
        title=title % {"name": name},
        detail=waiting.pair.call.simulation.title,
        label=_("Say yes or no") if waiting.needs_answer else _("Take your turn"),
        address=waiting.pair.get_absolute_url(),
        minutes=MINUTES_TO_SAY if waiting.needs_answer else MINUTES_TO_TAKE_A_TURN,
        due_on=timezone.localdate(waiting.pair.due_at),
    )


def _of_round(feedback_round: Round | None) -> list[Act]:
    """What a round of feedback waits for from whoever asks others: to be sent, or their own answers."""
    if feedback_round is None:
        return []
    if feedback_round.state == RoundState.DRAFT:
        detail, label = _("not sent yet: nobody has been asked"), _("Go on with it")
        title, address = _("send your round of feedback"), feedback_round.get_absolute_url()
        return [Act(title, detail, label, address, MINUTES_TO_CHOOSE_PEOPLE)]
    if feedback_round.own_answers or feedback_round.closes_at <= timezone.now():
        return []
    return [
        Act(
            title=_("answer your round of feedback for yourself"),
            detail=_("before you know what others say"),
            label=_("Answer for yourself"),
            address=reverse("feedback:own", args=[feedback_round.uuid]),
            minutes=MINUTES_TO_ANSWER,
            due_on=timezone.localdate(feedback_round.closes_at),
        )
    ]


def _plan(note: PlanFollowUp) -> Act:
    data = note.state.data
    return Act(
        title=_("say how your plan went"),
        detail=_("If %(if)s, then %(then)s") % {"if": data.get("if", ""), "then": data.get("then", "")},
        label=_("Say how it went"),
        address=reverse("plan_follow_up", args=[note.uuid]),
        minutes=MINUTES_TO_SAY,
    )


def _answered(agreement: Agreement) -> Act:
    title = _("see what %(name)s declined") if agreement.state == AgreementState.DECLINED else _("see what %(name)s corrected")
    return Act(
        title=title % {"name": agreement.party_name},
        detail=_("your agreement “%(title)s”") % {"title": agreement},
        label=_("Open the agreement"),
        address=agreement.get_absolute_url(),
        minutes=MINUTES_TO_SAY,
    )


def _of_courses(rows: Iterable[LearningRow]) -> list[Act]:
    return [act for row in rows if (act := _of_course(row)) is not None]


def _of_course(row: LearningRow) -> Act | None:
    lesson, begun = row.progress.next_lesson, row.attempt
    if begun is not None and (row.offers_assessment_before or not begun.is_before):
        words = _("The assessment you have begun (%(done)s of %(all)s answered)")
        title = words % {"done": begun.answered, "all": begun.questions}
        minutes = minutes_for(begun.questions - begun.answered)
        return _in(row, title, _("Continue"), begun.address, minutes, row.resume if begun.is_before else "")
    if row.offers_assessment_before:
        address = reverse("assessments:start", args=[row.enrolment.uuid, "before"])
        return _in(row, _("Find your starting point"), _("Start"), address, row.minutes_of(Occasion.BEFORE), row.resume)
    if lesson is not None:
        label = _("Continue") if row.enrolment.started_at else _("Start")
        return _in(row, lesson.title, label, row.resume, row.progress.minutes_of(lesson))
    if row.progress.needs_after_assessment:
        address = reverse("assessments:start", args=[row.enrolment.uuid, "after"])
        title, minutes = _("The assessment after the course"), row.minutes_of(Occasion.AFTER)
        return _in(row, title, _("Take the assessment"), address, minutes)
    return None


def _in(row: LearningRow, title: str, label: str, address: str, minutes: int, skip_to: str = "") -> Act:
    return Act(title, row.course.title, label, address, minutes, row.due_on, skip_to, row)


# What was done --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Done:
    """Acts, not shares: lessons, plans that were carried out, agreements that the other party has confirmed."""

    lessons: int
    plans: int
    agreements: int

    @property
    def figures(self) -> list[tuple[str, int]]:
        """Label and number of what there is any of."""
        counted = [
            (ngettext("lesson finished", "lessons finished", self.lessons), self.lessons),
            (ngettext("plan carried out", "plans carried out", self.plans), self.plans),
            (ngettext("agreement confirmed", "agreements confirmed", self.agreements), self.agreements),
        ]
        return [(label, number) for label, number in counted if number]


def done_of(rows: Iterable[LearningRow], follow_ups: Iterable[PlanFollowUp], agreements: Iterable[Agreement]) -> Done:
    return Done(
        lessons=sum(row.lessons.done for row in rows),
        plans=sum(note.is_carried_out for note in follow_ups),
        agreements=sum(agreement.state == AgreementState.CONFIRMED for agreement in agreements),
    )
