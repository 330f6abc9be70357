"""The moment of completion: what was done, its certificate, what was written, and what to do with it."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from common.page_links import page_links
from courses.activity_types import WrittenType, activity_types
from courses.content import text_of
from courses.models import Course
from learning.certificates.done import done_of
from learning.certificates.words import scope
from learning.kinds import NextAct, next_act_kinds
from learning.models import ActivityState, Certificate, Enrolment

WHAT_YOU_WROTE = "read what you wrote"
MAX_ACTS = 3


@dataclass(frozen=True)
class Completion:
    """`wrote`: in how many places they wrote something; `wrote_address`: the page that has all of it, or ""."""

    enrolment: Enrolment
    certificate: Certificate | None
    scope: list[str]
    wrote: int
    wrote_address: str
    acts: list[NextAct]

    @property
    def course(self) -> Course:
        return self.enrolment.course

    @property
    def has_assessment(self) -> bool:
        return text_of(self.course.current_version or self.enrolment.version).has_assessment


def completion_of(enrolment: Enrolment) -> Completion:
    """Of a completed enrolment."""
    certificate = Certificate.objects.filter(enrolment=enrolment).first()
    return Completion(
        enrolment=enrolment,
        certificate=certificate,
        scope=scope(done_of(certificate)) if certificate else [],
        wrote=_places_written_in(enrolment),
        wrote_address=_address_of_words(enrolment.course),
        acts=_next_acts(enrolment),
    )


def _places_written_in(enrolment: Enrolment) -> int:
    written = [activity_type.name for activity_type in activity_types if isinstance(activity_type, WrittenType)]
    states = ActivityState.objects.filter(enrolment=enrolment, activity__kind__in=written, revision__gt=0)
    return states.exclude(data={}).count()


def _address_of_words(course: Course) -> str:
    link = page_links.get(WHAT_YOU_WROTE)
    try:
        return reverse(link.url_name, args=[course.slug]) if link else ""
    except NoReverseMatch:
        return ""


def _next_acts(enrolment: Enrolment) -> list[NextAct]:
    kinds = sorted(next_act_kinds, key=lambda kind: kind.order)
    return [act for kind in kinds if (act := kind.find(enrolment)) is not None][:MAX_ACTS]


def talk_about_it(enrolment: Enrolment) -> NextAct | None:
    """The question that the author gives to a manager, of the last module that has one."""
    modules = text_of(enrolment.course.current_version or enrolment.version).modules
    questions = [question for module in modules for question in module.manager_questions]
    if not questions:
        return None
    return NextAct(
        title=_("Talk about it with your manager or a colleague"),
        words=_("They could ask you: “%(question)s”") % {"question": questions[-1]},
    )
