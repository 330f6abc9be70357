"""What assessments have to do with a learner's skill page: sittings that would place them anew, and the pages of past ones."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.queries import Openable, openable
from accounts.models import User
from assessments.alone import Given, given_to
from assessments.alone_pages import questions_in
from assessments.enums import OF_COURSE, Occasion
from assessments.models import Attempt, AttemptItem, Instrument, InstrumentItem
from assessments.queries import FORMS_NEEDED, UnderWay, opening, under_way
from assessments.sheets import minutes_for
from courses.models import Course
from learning.models import Enrolment
from learning.queries import Progress, enrolments_of, progress_of_many
from skills.kinds import Step
from skills.models import Skill

# Nobody is shown more, and each costs a look at its rule of opening.
MOST = 2


@dataclass(frozen=True)
class Forms:
    """The two forms of a course. `asked`: questions of the skill in the one that has fewer; `length`: of the longer one."""

    course: Course
    asked: int
    length: int

    @property
    def words(self) -> str:
        text = ngettext(
            "%(n)s of its questions is about this skill.", "%(n)s of its questions are about this skill.", self.asked
        )
        return text % {"n": self.asked}


def find_steps(user: User, skill: Skill) -> list[Step]:
    """Sittings under way, open, or to come in a course of theirs; assessments that they were given; and courses they may begin.
    The queries do not grow with the evidence, and with courses and assessments only up to the few that are looked at.
    """
    forms = {found.course.pk: found for found in _forms_of(skill)}
    may_open = openable(user)
    taken = enrolments_of(user)
    enrolments = [one for one in taken if one.course in may_open and one.put_away_at is None]
    begun = _begun(enrolments, skill)
    asking = [one for one in enrolments if one.course_id in forms and one.pk not in begun]
    steps = [_go_on(attempt, enrolments) for attempt in begun.values()]
    steps += islice(_sittings(asking, forms), MOST)
    steps += [_take_given(one) for one in _given_about(user, skill)[:MOST]]
    taken_courses = {enrolment.course_id for enrolment in taken}
    new = [found for found in forms.values() if found.course.pk not in taken_courses and _may_begin(found.course, may_open)]
    return steps + [_begin(found) for found in new]


def _forms_of(skill: Skill) -> Iterator[Forms]:
    """Of each published course whose two forms both ask about the skill. One query."""
    asked = Count("entries", filter=Q(entries__item__skill=skill, entries__item__current_version__isnull=False))
    forms = Instrument.objects.filter(is_active=True, course__current_version__isnull=False)
    by_course: dict[int, list[tuple[Course, int, int]]] = {}
    for form in forms.select_related("course").annotate(asked=asked, length=Count("entries")).order_by("course__title", "pk"):
        asked_of_it = form.blueprint_count(skill.slug) if form.is_drawn else form.asked
        course = form.course
        if course is not None:
            by_course.setdefault(course.pk, []).append((course, asked_of_it, form.blueprint_length or form.length))
    for both in by_course.values():
        found = Forms(both[0][0], min(n for _course, n, _length in both), max(length for _course, _n, length in both))
        if len(both) == FORMS_NEEDED and found.asked:
            yield found


def _begun(enrolments: Collection[Enrolment], skill: Skill) -> dict[int, UnderWay]:
    """Attempts under way that ask about the skill, by enrolment. Two queries."""
    waiting = under_way(enrolments)
    attempts = [found.attempt.pk for found in waiting.values()]
    asking = set(AttemptItem.objects.filter(attempt__in=attempts, item__skill=skill).values_list("attempt_id", flat=True))
    return {enrolment: found for enrolment, found in waiting.items() if found.attempt.pk in asking}


def _go_on(begun: UnderWay, enrolments: Iterable[Enrolment]) -> Step:
    course = next(one.course for one in enrolments if one.pk == begun.attempt.enrolment_id)
    left = begun.questions - begun.answered
    return Step(
        title=_("Finish the assessment you have begun"),
        words=_("“%(course)s”: %(done)s of %(all)s questions are answered.")
        % {"course": course, "done": begun.answered, "all": begun.questions},
        label=_("Continue"),
        address=begun.address,
        minutes=minutes_for(left),
        places=True,
    )


def _sittings(enrolments: list[Enrolment], forms: Mapping[int, Forms]) -> Iterator[Step]:
    """The next sitting in each of these courses, where there is one still to come."""
    progress = progress_of_many(enrolments)
    seen: set[int] = set()
    for enrolment in enrolments:
        if enrolment.course_id in seen:
            continue
        seen.add(enrolment.course_id)
        step = _sitting(enrolment, progress[enrolment.pk], forms[enrolment.course_id])
        if step is not None:
            yield step


def _sitting(enrolment: Enrolment, progress: Progress, forms: Forms) -> Step | None:
    if progress.needs_before_assessment and not progress.finished and opening(enrolment, Occasion.BEFORE).is_open:
        return _take(enrolment, Occasion.BEFORE, _("Take the assessment before “%(course)s”"), forms)
    if not progress.needs_after_assessment:
        return None
    if opening(enrolment, Occasion.AFTER).is_open:
        return _take(enrolment, Occasion.AFTER, _("Take the assessment after “%(course)s”"), forms)
    return Step(
        title=_("Finish “%(course)s”") % {"course": enrolment.course},
        words=_("Its second assessment opens then. %(asked)s") % {"asked": forms.words},
        label=_("View the course"),
        address=enrolment.course.get_absolute_url(),
        minutes=progress.minutes_left + minutes_for(forms.length),
        places=True,
    )


def _take(enrolment: Enrolment, occasion: str, title: str, forms: Forms) -> Step:
    return Step(
        title=title % {"course": enrolment.course},
        words=forms.words,
        label=_("Take the assessment"),
        address=reverse("assessments:start", args=[enrolment.uuid, occasion]),
        minutes=minutes_for(forms.length),
        places=True,
    )


def _given_about(user: User, skill: Skill) -> list[Given]:
    """Assessments that organisations gave them, that ask about the skill and can be taken now: begun ones first, then those
    never taken. A fixed form that was taken would ask the same again and settle nothing. Three queries at most.
    """
    open_ones = [
        one for one in given_to(user) if one.can_be_taken and (one.under_way or not one.is_done or not one.instrument.is_fixed)
    ]
    fixed = [one.instrument.pk for one in open_ones if one.instrument.is_fixed]
    asked = InstrumentItem.objects.asked().filter(instrument__in=fixed, item__skill=skill)
    asking = set(asked.values_list("instrument", flat=True)) if fixed else set()
    about = [one for one in open_ones if one.instrument.pk in asking or _is_about(one.instrument, skill)]
    return sorted(about, key=lambda one: (one.under_way is None, one.is_done))


def _is_about(instrument: Instrument, skill: Skill) -> bool:
    """Of one whose questions are chosen or drawn."""
    if instrument.is_drawn:
        return instrument.blueprint_count(skill.slug) > 0
    return skill.slug in instrument.adaptive_skills


def _take_given(given: Given) -> Step:
    title = _("Finish “%(title)s”") if given.under_way else _("Take “%(title)s”")
    return Step(
        title=title % {"title": given.instrument.title},
        words=_("%(organisation)s gave it to you.") % {"organisation": given.assigned.organisation},
        label=_("Continue") if given.under_way else _("View the assessment"),
        address=given.address,
        minutes=minutes_for(questions_in(given.instrument)),
        places=True,
    )


def _may_begin(course: Course, may_open: Openable) -> bool:
    """Without buying anything. A course that is not listed is there only for those who were given this very course."""
    if course.pk in may_open.course_ids:
        return True
    return course.is_listed and (course.is_free or course in may_open)


def _begin(forms: Forms) -> Step:
    return Step(
        title=_("Begin “%(course)s” with its first assessment") % {"course": forms.course},
        words=forms.words,
        label=_("View the course"),
        address=forms.course.get_absolute_url(),
        minutes=minutes_for(forms.length),
        places=True,
    )


def result_addresses(user: User, attempts: Collection[UUID]) -> dict[UUID, str]:
    """The pages of these submitted attempts, of those that are the user's own. One query."""
    own = Attempt.objects.filter(user=user, enrolment__user=user, uuid__in=attempts, submitted_at__isnull=False)
    rows = own.values_list("uuid", "enrolment__uuid", "occasion")
    return {uuid: _result_address(uuid, enrolment, occasion) for uuid, enrolment, occasion in rows}


def _result_address(uuid: UUID, enrolment: UUID, occasion: str) -> str:
    if occasion in OF_COURSE:
        return reverse("assessments:result", args=[enrolment])
    return reverse("assessments:sitting", args=[uuid])
