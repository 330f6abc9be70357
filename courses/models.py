"""How we learn: stable identities, immutable versions, who may enter, and what a learner has done.

The page tree in `cms` is what authors edit; nothing here knows about pages.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.models import PublicModel, TimeStampedModel
from courses.enums import ActivityKind, GrantSource, SeatState


class Course(PublicModel):
    """A course as learners, orders and cohorts know it. `uuid` and `key` never change; slug and title may."""

    key = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=300, blank=True)
    colour = models.CharField(max_length=7, default="#0B5D57")
    minutes = models.PositiveIntegerField(default=0)
    is_free = models.BooleanField(default=False)
    is_listed = models.BooleanField(default=False, help_text=_("Shown in the catalogue: it has a published version."))
    current_version = models.ForeignKey("CourseVersion", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("courses:course", args=[self.slug])


class Lesson(PublicModel):
    course = models.ForeignKey(Course, models.CASCADE, related_name="lessons")
    key = models.CharField(max_length=100)
    title = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "key"], name="courses_lesson_key_once_per_course")]

    def __str__(self) -> str:
        return self.title


class Activity(TimeStampedModel):
    """Something a learner does, known by (course, block id) wherever authors move it."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="activities")
    block_id = models.UUIDField()
    kind = models.CharField(max_length=20, choices=ActivityKind)

    class Meta:
        verbose_name_plural = "activities"
        constraints = [models.UniqueConstraint(fields=["course", "block_id"], name="courses_activity_once_per_course")]

    def __str__(self) -> str:
        return f"{self.kind} {self.block_id}"


class CourseVersion(PublicModel):
    """What was published, whole and for ever: modules, lessons, blocks, and what must be done. See `courses.content`."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    content = models.JSONField()
    requirements = models.JSONField(help_text=_("List of {activity, lesson, kind}: block ids a learner has to finish."))

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["course", "number"], name="courses_version_number_once")]

    def __str__(self) -> str:
        return f"{self.course} {self.number}"


class CourseSet(TimeStampedModel):
    """What is sold and granted: one course, a bundle, or the catalogue."""

    slug = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=200)
    courses = models.ManyToManyField(Course, related_name="sets", blank=True)
    is_catalogue = models.BooleanField(default=False, help_text=_("Covers every course, those to come too."))

    def __str__(self) -> str:
        return self.title


class AccessGrantQuerySet(models.QuerySet["AccessGrant"]):
    def in_force(self, at: Any = None) -> "AccessGrantQuerySet":
        at = at or timezone.now()
        return self.filter(
            models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=at), revoked_at__isnull=True, starts_at__lte=at
        )

    def covering(self, course: Course) -> "AccessGrantQuerySet":
        return self.filter(models.Q(course_set__is_catalogue=True) | models.Q(course_set__courses=course))


class AccessGrant(PublicModel):
    """Why somebody may open the lessons of a course set, from when to when."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="access_grants")
    course_set = models.ForeignKey(CourseSet, models.PROTECT, related_name="grants")
    organisation = models.ForeignKey(
        "accounts.Organisation", models.CASCADE, null=True, blank=True, related_name="access_grants"
    )
    source = models.CharField(max_length=10, choices=GrantSource)
    source_key = models.CharField(max_length=120, help_text=_("What caused it: order:<uuid>, seat:<id>, course:<key>."))
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = AccessGrantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "source_key"], name="courses_grant_once_per_cause")]

    def __str__(self) -> str:
        return self.source_key


class SeatPool(PublicModel):
    """Seats an organisation bought together. The rows in `seats` are the count; `quantity` says what was bought."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="seat_pools")
    course_set = models.ForeignKey(CourseSet, models.PROTECT, related_name="seat_pools")
    source_key = models.CharField(max_length=120, unique=True)
    quantity = models.PositiveIntegerField()
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.course_set} × {self.quantity}"


class Seat(TimeStampedModel):
    pool = models.ForeignKey(SeatPool, models.CASCADE, related_name="seats")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=SeatState, default=SeatState.FREE)
    membership = models.ForeignKey("accounts.Membership", models.SET_NULL, null=True, blank=True, related_name="seats")
    assigned_at = models.DateTimeField(null=True, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pool", "number"], name="courses_seat_number_once"),
            models.UniqueConstraint(
                fields=["pool", "membership"],
                condition=models.Q(state__in=["assigned", "activated"]),
                name="courses_seat_once_per_member",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="free") | models.Q(membership__isnull=True),
                name="courses_seat_free_belongs_to_nobody",
            ),
        ]
        indexes = [models.Index(fields=["pool", "state"], name="courses_seat_state")]

    def __str__(self) -> str:
        return f"{self.pool_id}/{self.number}"


class Cohort(PublicModel):
    """People of one organisation who take one course together."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="cohorts")
    name = models.CharField(max_length=200)
    course = models.ForeignKey(Course, models.PROTECT, related_name="cohorts")
    starts_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="courses_cohort_name_once")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("org:cohort", args=[self.organisation.slug, self.uuid])


class CohortPlace(TimeStampedModel):
    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="places")
    membership = models.ForeignKey("accounts.Membership", models.CASCADE, related_name="cohort_places")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cohort", "membership"], name="courses_place_once_per_cohort")]

    def __str__(self) -> str:
        return f"{self.cohort_id}/{self.membership_id}"


class Enrolment(PublicModel):
    """One person on one course, for one organisation or on their own. Keeps progress when access ends."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="enrolments")
    course = models.ForeignKey(Course, models.PROTECT, related_name="enrolments")
    organisation = models.ForeignKey("accounts.Organisation", models.SET_NULL, null=True, blank=True, related_name="enrolments")
    cohort = models.ForeignKey(Cohort, models.SET_NULL, null=True, blank=True, related_name="enrolments")
    version = models.ForeignKey(
        CourseVersion, models.PROTECT, related_name="enrolments", help_text=_("Whose requirements apply.")
    )
    percentage = models.PositiveSmallIntegerField(default=0, help_text=_("Highest share of the requirements ever reached."))
    started_at = models.DateTimeField(null=True, blank=True)
    last_lesson = models.ForeignKey(Lesson, models.SET_NULL, null=True, blank=True, related_name="+")
    last_block_id = models.UUIDField(null=True, blank=True, help_text=_("Where in the lesson they were."))
    last_seen_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("user", "course", Coalesce("organisation", 0), name="courses_enrolment_once"),
            models.CheckConstraint(condition=models.Q(percentage__lte=100), name="courses_enrolment_at_most_100_percent"),
        ]
        indexes = [models.Index(fields=["organisation", "course"], name="courses_enrolment_by_org")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.course}"


class ActivityState(TimeStampedModel):
    """What one learner did or wrote in one activity. `data` is the learner's own; no edit of the course deletes it."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="activity_states")
    activity = models.ForeignKey(Activity, models.PROTECT, related_name="states")
    data = models.JSONField(default=dict, blank=True)
    revision = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "activity"], name="courses_state_once_per_activity")]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.activity_id}"


class Certificate(PublicModel):
    """Issued once for a completion; the name is fixed at issue. Its page at /certificates/<uuid>/ is public."""

    enrolment = models.OneToOneField(Enrolment, models.CASCADE, related_name="certificate")
    name = models.CharField(max_length=300)
    course_title = models.CharField(max_length=200)
    minutes = models.PositiveIntegerField()
    completed_on = models.DateField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.course_title} {self.uuid}"

    def get_absolute_url(self) -> str:
        return reverse("courses:certificate", args=[self.uuid])
