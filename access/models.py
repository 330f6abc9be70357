"""Who may open what, and why: what is sold, the grants that open it, and the seats that organisations buy."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.enums import HELD_STATES, GrantSource, SeatState
from accounts.models import Membership, Organisation
from common.models import PublicModel, TimeStampedModel
from courses.models import Course


class CourseSet(TimeStampedModel):
    """What is sold and granted: one course, a bundle, or the catalogue.

    The set of a course of its own names it in `own_course`. Its slug is that of the course where no bundle has it.
    """

    slug = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=200)
    courses = models.ManyToManyField(Course, related_name="sets", blank=True)
    own_course = models.OneToOneField(
        Course,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="own_set",
        help_text=_("The course that is sold by itself under this set."),
    )
    is_catalogue = models.BooleanField(default=False, help_text=_("Covers every course, including future ones."))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_catalogue=False) | models.Q(own_course__isnull=True),
                name="access_set_catalogue_is_no_courses_own",
            )
        ]

    def __str__(self) -> str:
        return self.title


class AccessGrantQuerySet(models.QuerySet["AccessGrant"]):
    def in_force(self, instant: datetime | None = None) -> "AccessGrantQuerySet":
        instant = instant or timezone.now()
        return self.filter(
            models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=instant), revoked_at__isnull=True, starts_at__lte=instant
        )

    def covering(self, course: Course) -> "AccessGrantQuerySet":
        return self.filter(models.Q(course_set__is_catalogue=True) | models.Q(course_set__courses=course))


class AccessGrant(PublicModel):
    """Why somebody may open the lessons of a course set, from when to when."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="access_grants")
    course_set = models.ForeignKey(CourseSet, models.PROTECT, related_name="grants")
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True, related_name="access_grants")
    source = models.CharField(max_length=10, choices=GrantSource)
    source_key = models.CharField(
        max_length=120, help_text=_("Where the grant comes from: order:<uuid>, seat:<id>, course:<key>.")
    )
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = AccessGrantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "source_key"], name="access_grant_once_per_cause")]

    def __str__(self) -> str:
        return self.source_key


class SeatPoolQuerySet(models.QuerySet["SeatPool"]):
    def in_force(self, instant: datetime | None = None) -> "SeatPoolQuerySet":
        instant = instant or timezone.now()
        return self.filter(models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=instant), starts_at__lte=instant)

    def ended(self, instant: datetime | None = None) -> "SeatPoolQuerySet":
        return self.filter(ends_at__lte=instant or timezone.now())


class SeatPool(PublicModel):
    """Seats an organisation bought together. The rows in `seats` are the count; `quantity` says what was bought."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="seat_pools")
    course_set = models.ForeignKey(CourseSet, models.PROTECT, related_name="seat_pools")
    source_key = models.CharField(max_length=120, unique=True)
    quantity = models.PositiveIntegerField()
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = SeatPoolQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.course_set} × {self.quantity:,}"


class SeatQuerySet(models.QuerySet["Seat"]):
    def held(self, instant: datetime | None = None) -> "SeatQuerySet":
        """Those that somebody sits on or is invited to, and that have not ended, whether or not they are marked as expired."""
        ended = models.Q(pool__ends_at__lte=instant or timezone.now())
        return self.filter(state__in=HELD_STATES, membership__isnull=False).exclude(ended)


class Seat(TimeStampedModel):
    pool = models.ForeignKey(SeatPool, models.CASCADE, related_name="seats")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=SeatState, default=SeatState.FREE)
    membership = models.ForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="seats")
    assigned_at = models.DateTimeField(null=True, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)

    objects = SeatQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pool", "number"], name="access_seat_number_once"),
            models.UniqueConstraint(
                fields=["pool", "membership"],
                condition=models.Q(state__in=["assigned", "activated"]),
                name="access_seat_once_per_member",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="free") | models.Q(membership__isnull=True),
                name="access_seat_free_belongs_to_nobody",
            ),
        ]
        indexes = [models.Index(fields=["pool", "state"], name="access_seat_state")]

    def __str__(self) -> str:
        return f"{self.pool_id}/{self.number}"
