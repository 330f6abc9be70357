"""What is learnt: stable identities and immutable versions.

The page tree in `cms` is what authors edit; nothing here knows about pages.
"""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.models import PublicModel, TimeStampedModel


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
    kind = models.CharField(max_length=40, help_text=_("Name of an activity type."))

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
    requirements = models.JSONField(help_text=_("List of {activity, lesson, kind}: block ids that a learner must finish."))

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["course", "number"], name="courses_version_number_once")]

    def __str__(self) -> str:
        return f"{self.course} {self.number}"
