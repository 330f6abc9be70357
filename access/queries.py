"""What pages and other apps ask about access. Every read for an organisation starts from that organisation."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from access.enums import CURRENT_STATES, GrantSource, SeatState
from access.models import AccessGrant, CourseSet, Seat, SeatPool
from accounts.models import Membership, Organisation, User
from accounts.types import Visitor
from common.statements import parameter
from courses.models import Course

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    CountedPool = WithAnnotations[SeatPool, "SeatCounts"]


# `may_open` for statements written by hand: with `opening_parameters`.
OPENS = """EXISTS (
    SELECT 1 FROM access_accessgrant AS given JOIN access_courseset AS opened ON opened.id = given.course_set_id
    WHERE given.user_id = %s AND given.revoked_at IS NULL AND given.starts_at <= %s
        AND (given.ends_at IS NULL OR given.ends_at > %s)
        AND (opened.is_catalogue OR EXISTS (
            SELECT 1 FROM access_courseset_courses AS part WHERE part.courseset_id = opened.id AND part.course_id = %s)))"""


def opening_parameters(user: User, course: Course) -> list[Any]:
    now = parameter(AccessGrant._meta.get_field("starts_at"), timezone.now())
    return [user.pk, now, now, course.pk]


def may_open(user: Visitor, course: Course) -> bool:
    """Whether a grant in force lets this person open the lessons of `course`. One query; none for visitors."""
    return user.is_authenticated and AccessGrant.objects.filter(user=user).in_force().covering(course).exists()


def was_given(user: Visitor, course: Course) -> bool:
    """Whether somebody was given this very course, alone or in a bundle, and not as a part of everything. One query."""
    grants = AccessGrant.objects.filter(user=user, course_set__courses=course).in_force() if user.is_authenticated else None
    return grants is not None and grants.exists()


def openable(user: User) -> "Openable":
    """Which courses somebody may open now, for pages with many. One query."""
    grants = AccessGrant.objects.filter(user=user).in_force()
    rows = list(grants.values_list("course_set__is_catalogue", "course_set__courses"))
    return Openable(any(is_catalogue for is_catalogue, _course in rows), frozenset(course for _all, course in rows if course))


@dataclass(frozen=True)
class Openable:
    is_everything: bool
    course_ids: frozenset[int]

    def __contains__(self, course: Course) -> bool:
        return self.is_everything or course.pk in self.course_ids


def courses_given_to(user: User) -> QuerySet[Course]:
    """Published courses that a purchase, a seat or a gift opens for this person now; the whole catalogue is not spelt out."""
    grants = AccessGrant.objects.filter(user=user).in_force().exclude(source=GrantSource.FREE)
    courses = Course.objects.filter(sets__in=grants.values("course_set"), current_version__isnull=False)
    return courses.distinct().order_by("title")


def has_everything_of(user: User, course_set: CourseSet) -> bool:
    """Whether grants in force already open all that the set would."""
    grants = AccessGrant.objects.filter(user=user).in_force()
    if grants.filter(Q(course_set=course_set) | Q(course_set__is_catalogue=True)).exists():
        return True
    if course_set.is_catalogue:
        return False
    granted = grants.filter(course_set__courses=OuterRef("pk"))
    courses = course_set.courses.all()
    return courses.exists() and not courses.filter(~Exists(granted), is_free=False).exists()


def pools_in_force(organisation: Organisation, *courses: Course) -> QuerySet[SeatPool]:
    """Pools whose seats open any of `courses` today."""
    sets = CourseSet.objects.filter(Q(is_catalogue=True) | Q(courses__in=courses)).values("pk")
    return SeatPool.objects.in_force().filter(organisation=organisation, course_set__in=sets).order_by("pk")


def courses_open_by_seats(
    organisation: Organisation, emails: Collection[str], courses: Collection[Course]
) -> dict[str, frozenset[int]]:
    """Which of `courses` the seats that people hold, or are invited to, open today: keys by address. Two queries."""
    held = Seat.objects.held().filter(pool__in=pools_in_force(organisation, *courses), membership__email__in=emails)
    rows = held.values_list("membership__email", "pool__course_set", "pool__course_set__is_catalogue").distinct()
    of_sets: dict[int, set[int]] = {}
    in_sets = CourseSet.courses.through.objects.filter(course__in=courses, courseset__in={row[1] for row in rows})
    for course_set, course in in_sets.values_list("courseset_id", "course_id"):
        of_sets.setdefault(course_set, set()).add(course)
    everything = {course.pk for course in courses}
    opened: dict[str, set[int]] = {}
    for email, course_set, is_catalogue in rows:
        opened.setdefault(email, set()).update(everything if is_catalogue else of_sets.get(course_set, ()))
    return {email: frozenset(found) for email, found in opened.items()}


def free_seats(organisation: Organisation, course: Course) -> int:
    """Seats that could be given for `course` today."""
    pools = pools_in_force(organisation, course)
    return Seat.objects.filter(pool__in=pools, state=SeatState.FREE).count()


class SeatCounts(TypedDict):
    """What `pools_of` counts."""

    free: int
    assigned: int
    activated: int
    withdrawn: int
    expired: int


def pools_of(organisation: Organisation) -> QuerySet["CountedPool"]:
    """Pools with the number of seats in each state (`free`, `assigned`, `activated`, `withdrawn`, `expired`), newest first.

    The five always add up to `quantity`. Seats count as expired from the instant their pool ends, not when the sweep marks
    them. One query.
    """
    has_ended = Q(ends_at__lte=timezone.now(), ends_at__isnull=False)

    def count(state: str) -> Count:
        return Count("seats", filter=Q(seats__state=state) & ~has_ended)

    return (
        organisation.seat_pools.select_related("course_set")
        .annotate(
            free=count(SeatState.FREE),
            assigned=count(SeatState.ASSIGNED),
            activated=count(SeatState.ACTIVATED),
            withdrawn=Count("seats", filter=Q(seats__state=SeatState.REVOKED)),
            expired=Count("seats", filter=Q(seats__state=SeatState.EXPIRED) | (Q(seats__state__in=CURRENT_STATES) & has_ended)),
        )
        .order_by("-created_at", "-pk")
    )


@dataclass(frozen=True)
class SetSeats:
    """Seats of an organisation for one course set, in all pools that are in force: given out, of those opened, and free.

    `withdrawn` seats are not among the `total`.
    """

    set_id: int
    course_set: str
    total: int
    invited: int
    opened: int
    free: int
    withdrawn: int = 0


def seats_by_course_set(organisation: Organisation) -> list[SetSeats]:
    """By name, without what has ended. One query."""
    return seats_in_pools(pools_of(organisation))


def seats_in_pools(pools: Iterable["CountedPool"]) -> list[SetSeats]:
    """The same, of pools that `pools_of` has counted."""
    found: dict[CourseSet, Counter[str]] = {}
    for pool in pools:
        numbers = found.setdefault(pool.course_set, Counter())
        numbers.update(invited=pool.assigned, opened=pool.activated, free=pool.free, withdrawn=pool.withdrawn)
    rows = [
        SetSeats(course_set.pk, str(course_set), numbers.total() - numbers["withdrawn"], **numbers)
        for course_set, numbers in found.items()
    ]
    return sorted((row for row in rows if row.total), key=lambda row: row.course_set)


def seats_held(organisation: Organisation, pool: SeatPool | None = None, *, search: str = "") -> QuerySet[Seat]:
    """Seats that somebody of the organisation sits on, or is invited to; `search`: words of their names and addresses."""
    seats = Seat.objects.held().filter(pool__organisation=organisation)
    if pool is not None:
        seats = seats.filter(pool=pool)
    for word in search.split()[:5]:
        seats = seats.filter(
            Q(membership__email__icontains=word)
            | Q(membership__first_name__icontains=word)
            | Q(membership__last_name__icontains=word)
        )
    return seats.select_related("membership", "pool__course_set").order_by(
        "membership__last_name", "membership__first_name", "membership__email", "pk"
    )


def seats_that_end(membership: Membership) -> list[str]:
    """What marking a person as left takes from them, in sentences."""
    seats = Seat.objects.held().filter(membership=membership).select_related("pool__course_set")
    return [
        _("Their seat for “%(course)s”, which becomes available to someone else") % {"course": seat.pool.course_set}
        for seat in seats
    ]


def people_through(source_key: str) -> set[int]:
    """Users who have, or once had, access by a cause: as its buyer, or on a seat of the pool that it made."""
    direct = set(AccessGrant.objects.filter(source_key=source_key).values_list("user", flat=True))
    pool = SeatPool.objects.filter(source_key=source_key).first()
    if pool is None:
        return direct
    seats = set(pool.seats.values_list("pk", flat=True))
    grants = AccessGrant.objects.filter(
        organisation=pool.organisation_id, course_set=pool.course_set_id, source=GrantSource.SEAT
    )
    return direct | {user for user, key in grants.values_list("user", "source_key") if int(key.split(":")[1]) in seats}
