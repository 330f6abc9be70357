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
    is_whole = models.BooleanField(
        default=True, help_text=_("All its modules are published; a course that is not whole is a preview of one.")
    )
    is_listed = models.BooleanField(
        default=False, help_text=_("In the catalogue and open to newcomers: it is published, and its author has opened it.")
    )
    current_version = models.ForeignKey("CourseVersion", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("courses:course", args=[self.slug])


class CourseAddress(models.Model):
    """A slug under which a course was published before. Whoever asks there is led to where it is now."""

    slug = models.SlugField(max_length=100, unique=True)
    course = models.ForeignKey(Course, models.CASCADE, related_name="former_addresses")

    class Meta:
        verbose_name_plural = "course addresses"

    def __str__(self) -> str:
        return self.slug


class Lesson(PublicModel):
    course = models.ForeignKey(Course, models.CASCADE, related_name="lessons")
    key = models.CharField(max_length=100)
    title = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "key"], name="courses_lesson_key_once_per_course")]

    def __str__(self) -> str:
        return self.title


class LessonAddress(models.Model):
    """The slugs of module and lesson under which a lesson was published before, unless another has them now."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="former_lesson_addresses")
    module_slug = models.SlugField(max_length=100)
    slug = models.SlugField(max_length=100)
    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="former_addresses")

    class Meta:
        verbose_name_plural = "lesson addresses"
        constraints = [
            models.UniqueConstraint(fields=["course", "module_slug", "slug"], name="courses_former_lesson_address_once")
        ]

    def __str__(self) -> str:
        return f"{self.module_slug}/{self.slug}"


class Activity(TimeStampedModel):
    """Something a learner does, known by (course, block id) wherever authors move it.

    What was published of it last stays here, so that whoever wrote in it can read their words when it has left the course.
    """

    course = models.ForeignKey(Course, models.CASCADE, related_name="activities")
    block_id = models.UUIDField()
    kind = models.CharField(max_length=40, help_text=_("Name of an activity type."))
    lesson = models.ForeignKey(
        Lesson,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="activities",
        help_text=_("The lesson it belongs to: the one in which it was published last. None for assessments."),
    )
    value = models.JSONField(default=dict, blank=True, help_text=_("The block as it was published last."))
    parts = models.JSONField(
        default=dict, blank=True, help_text=_("Label by id of every part in which words were ever asked for, such as columns.")
    )

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

    @property
    def is_whole(self) -> bool:
        """Whether no module was still to follow. Reads the content."""
        return self.content.get("modules_planned") is None


class SearchEntry(models.Model):
    """What is searched of one published lesson, or, without a lesson, of a course as a whole.

    The `vocabulary` of a course is of what anybody may read; that of a lesson, which is no sample, of its text.

    The full text index over the four kinds of words is the database's own and follows every row: a generated column with a GIN
    index on PostgreSQL, FTS5 tables with triggers on SQLite (migration 0006). It is asked by `courses.queries.fulltext`.
    """

    course = models.ForeignKey(Course, models.CASCADE, related_name="search_entries")
    lesson = models.ForeignKey(Lesson, models.CASCADE, null=True, blank=True, related_name="search_entries")
    locale = models.CharField(max_length=15, help_text=_("The language of the words."))
    title = models.CharField(max_length=200)
    heading = models.TextField(blank=True, help_text=_("The module of a lesson; what a course teaches."))
    points = models.TextField(
        blank=True, help_text=_("Of a course: its summary, its modules in short, and other words for it.")
    )
    text = models.TextField(blank=True, help_text=_("What a lesson shows before anybody has done anything in it."))
    module_slug = models.CharField(max_length=100, blank=True)
    slug = models.CharField(max_length=100, blank=True)
    is_sample = models.BooleanField(default=False)
    vocabulary = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("Of a course: how often each word stands in its entries. Misspellings are put right from it."),
    )
    digest = models.CharField(max_length=64, blank=True, help_text=_("Of a course: of all that its entries were made from."))

    class Meta:
        verbose_name_plural = "search entries"
        constraints = [
            models.UniqueConstraint(fields=["lesson", "locale"], name="courses_search_entry_once_per_lesson"),
            models.UniqueConstraint(
                fields=["course", "locale"], condition=models.Q(lesson=None), name="courses_search_entry_once_per_course"
            ),
        ]

    def __str__(self) -> str:
        return self.title
