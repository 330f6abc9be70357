"""What learning holds of a person: courses, words they wrote in lessons, certificates, details that an import has replaced."""

from collections.abc import Iterator

from allauth.account.models import EmailAddress
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from accounts.personal_data import (
    READ_TOGETHER,
    PrivacyPart,
    Row,
    erased,
    kept,
    made_anonymous,
    moment,
    part_of_rows,
    part_that_goes,
)
from accounts.services.people import DETAILS
from courses import content
from courses.activity_types import WrittenType, activity_types
from courses.models import Activity, Course
from imports.models import RowChange
from learning.certificates.done import done_of
from learning.certificates.words import scope
from learning.enrolling import KIND as ENROLMENTS
from learning.models import (
    ActivityState,
    Certificate,
    CourseSubscriber,
    Enrolment,
    PlanFollowUp,
    StalledReminder,
    StoppedReminders,
)
from learning.services.certificates import withdraw_certificates_of

FOR_COUNTS = _(
    "Courses an organisation enrolled you in, and those you earned a certificate for, still count: which course, how far you "
    "got and when you finished it, without your name. Courses you took on your own without a certificate are erased."
)
AFTER_ANSWERS = 70


# Courses --------------------------------------------------------------------------------------------------------------


def _enrolments(user: User) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(user=user).select_related("course", "organisation", "last_lesson").order_by("pk")


def _enrolment(enrolment: Enrolment) -> Row:
    return {
        "course": enrolment.course.title,
        "organisation": enrolment.organisation.name if enrolment.organisation else "",
        "percentage": enrolment.percentage,
        "enrolled_at": moment(enrolment.created_at),
        "started_at": moment(enrolment.started_at),
        "last_seen_at": moment(enrolment.last_seen_at),
        "last_lesson": enrolment.last_lesson.title if enrolment.last_lesson else "",
        "completed_at": moment(enrolment.completed_at),
    }


def erase_enrolments(user: User) -> int:
    """Those that nobody else counts, and that carry no certificate number; the others lose where their reader was."""
    StalledReminder.objects.filter(enrolment__user=user).delete()
    StoppedReminders.objects.filter(membership__user=user).delete()
    own = Enrolment.objects.filter(user=user)
    count = own.filter(organisation=None, certificate=None).delete()[0]
    places = own.exclude(last_lesson=None, last_block_id=None, last_seen_at=None, put_away_at=None)
    return count + places.update(last_lesson=None, last_block_id=None, last_seen_at=None, put_away_at=None)


def _states(user: User) -> QuerySet[ActivityState]:
    """With what is needed to say where in a course they are; grouped by course and lesson."""
    version = "enrolment__course__current_version"
    states = ActivityState.objects.filter(enrolment__user=user).select_related("activity__lesson", version)
    return states.defer(f"{version}__content", f"{version}__requirements").order_by("enrolment", "activity__lesson", "pk")


def _finished_states(user: User) -> QuerySet[ActivityState]:
    return _states(user).filter(finished_at__isnull=False)


def _finished(state: ActivityState) -> Row:
    activity_type = activity_types.get(state.activity.kind)
    return {
        **_position(state.enrolment.course, state.activity),
        "what": str(activity_type.label) if activity_type else "",
        "finished_at": moment(state.finished_at),
    }


def _position(course: Course, activity: Activity) -> Row:
    """Where something is: today, or where it was last if it has left the course."""
    lesson = _lesson_of(course, activity)
    return {
        "course": course.title,
        "module": lesson.module_title if lesson else "",
        "lesson": lesson.title if lesson else (activity.lesson.title if activity.lesson else ""),
    }


def _lesson_of(course: Course, activity: Activity) -> content.LessonText | None:
    if course.current_version is None:
        return None
    found = content.block(course.current_version, activity.block_id)
    if found:
        return found[0]
    uuid = str(activity.lesson.uuid) if activity.lesson else ""
    return next((lesson for lesson in content.lessons(course.current_version) if lesson.id == uuid), None)


# Words ----------------------------------------------------------------------------------------------------------------


def _written_states(user: User) -> Iterator[tuple[ActivityState, WrittenType]]:
    states = _states(user).exclude(data={})
    for state in states.iterator(chunk_size=READ_TOGETHER):
        activity_type = activity_types.get(state.activity.kind)
        if isinstance(activity_type, WrittenType):
            yield state, activity_type


def count_words(user: User) -> int:
    kinds = [activity_type.name for activity_type in activity_types if isinstance(activity_type, WrittenType)]
    return ActivityState.objects.filter(enrolment__user=user, activity__kind__in=kinds).exclude(data={}).count()


def export_words(user: User) -> Iterator[Row]:
    """What somebody wrote, with the words that were asked: today's, or the last ones where the block has left the course."""
    for state, activity_type in _written_states(user):
        course, activity = state.enrolment.course, state.activity
        found = content.block(course.current_version, activity.block_id) if course.current_version else None
        value = activity_type.with_earlier(found[1].value if found else activity.value, activity.parts)
        yield {
            **_position(course, activity),
            "activity": str(activity_type.label),
            "asked": activity_type.asked(value),
            "lines": [list(line) for line in activity_type.state_lines(value, state.data)],
            "data": state.data,
            "written_at": moment(state.updated_at),
        }


def erase_words(user: User) -> int:
    count = 0
    for state, activity_type in _written_states(user):
        state.data, state.revision = activity_type.erased(state.data), state.revision + 1
        state.save(update_fields=["data", "revision", "updated_at"])
        count += 1
    return count


def _follow_ups(user: User) -> QuerySet[PlanFollowUp]:
    """What came of plans, as far as somebody has said so."""
    notes = PlanFollowUp.objects.filter(state__enrolment__user=user, answered_at__isnull=False)
    return notes.select_related("state__enrolment__course").order_by("pk")


def _follow_up(note: PlanFollowUp) -> Row:
    return {
        "course": note.state.enrolment.course.title,
        "happened": note.happened,
        "what_done": note.what_done,
        "answered_at": moment(note.answered_at),
    }


def erase_follow_ups(user: User) -> int:
    return PlanFollowUp.objects.filter(state__enrolment__user=user).exclude(what_done="").update(what_done="")


def _certificates(user: User) -> QuerySet[Certificate]:
    return Certificate.objects.filter(enrolment__user=user).prefetch_related("former").order_by("pk")


def _certificate(certificate: Certificate) -> Row:
    return {
        "number": str(certificate.uuid),
        "name": certificate.name,
        "course": certificate.course_title,
        "done": scope(done_of(certificate)),
        "completed_on": certificate.completed_on.isoformat(),
        "revoked_at": moment(certificate.revoked_at),
        "revoked_reason": certificate.revoked_reason,
        "former": [
            {
                "number": str(former.uuid),
                "name": former.name,
                "corrected_at": moment(former.created_at),
                "reason": former.reason,
                "note": former.note,
            }
            for former in certificate.former.all()
        ],
    }


def _import_changes(user: User) -> QuerySet[RowChange]:
    """What imports of people did with this person: the details that they replaced."""
    own = Membership.objects.filter(user=user).values("pk")
    changes = RowChange.objects.filter(staged_import__kind=ENROLMENTS, row_id__in=own)
    return changes.select_related("staged_import", "organisation").order_by("pk")


def _import_change(change: RowChange) -> Row:
    return {
        "organisation": change.organisation.name,
        "imported_at": moment(change.staged_import.applied_at),
        "details": {name: change.previous[name] for name in DETAILS if name in change.previous},
    }


def _subscriptions(user: User) -> QuerySet[CourseSubscriber]:
    return CourseSubscriber.objects.filter(user=user).select_related("course").order_by("pk")


def _subscription(subscriber: CourseSubscriber) -> Row:
    return {
        "course": subscriber.course.title,
        "since": moment(subscriber.created_at),
        "told_at": moment(subscriber.told_at),
    }


def erase_subscriptions(user: User) -> int:
    """Those of their addresses too: they may have written one down before they had an account."""
    own = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    addresses = [email.lower() for email in own]
    return CourseSubscriber.objects.filter(Q(user=user) | Q(email__in=addresses)).delete()[0]


LESSON = ("course", "module", "lesson")

PARTS = (
    PrivacyPart(
        "words in lessons",
        _("What you wrote in lessons: reflections, plans, rules, examples, worksheets"),
        export_words,
        erase_words,
        count_words,
        made_anonymous("learning.ActivityState", because=FOR_COUNTS),
        headings=LESSON,
        unread=frozenset({"data"}),
        loses_words=True,
    ),
    part_of_rows(
        "answers about plans",
        _("How your plans went"),
        _follow_ups,
        _follow_up,
        erase_follow_ups,
        erased("learning.PlanFollowUp"),
        headings=("course",),
    ),
    part_of_rows(
        "certificates",
        _("Certificates"),
        _certificates,
        _certificate,
        lambda user: withdraw_certificates_of(user=user),
        made_anonymous(
            "learning.Certificate",
            "learning.FormerCertificate",
            because=_(
                "Your certificates are withdrawn and no longer show your name. Anyone who looks one up by its number sees that "
                "its holder withdrew it, so that no one takes it for valid, or for forged."
            ),
        ),
    ),
    part_of_rows(
        "courses they want to hear of",
        _("Courses you want to hear of"),
        _subscriptions,
        _subscription,
        erase_subscriptions,
        erased("learning.CourseSubscriber"),
    ),
    part_that_goes(
        "details replaced by imports",
        _("Earlier details that your organisation has replaced"),
        _import_changes,
        _import_change,
        "imports.RowChange",
    ),
    part_of_rows(
        "progress",
        _("What you finished, lesson by lesson"),
        _finished_states,
        _finished,
        lambda user: 0,  # goes with the course, or stays in its counts
        headings=LESSON,
    ),
    part_of_rows(
        "courses",
        _("Courses you are or were on"),
        _enrolments,
        _enrolment,
        erase_enrolments,
        made_anonymous("learning.Enrolment", because=FOR_COUNTS)
        + erased("learning.StalledReminder", "learning.StoppedReminders", is_exported=False)
        + kept(
            "learning.CohortMembership",
            "learning.Reminder",
            because=_("Your organisation keeps which group it put you in, and when it reminded you, with its list of people."),
        ),
        order=AFTER_ANSWERS,
    ),
)
