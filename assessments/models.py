"""How we measure: an item bank with versions, fixed forms, attempts that lose no answer, scores that say how sure they are."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from assessments.delivery_models import (
    AssignedInstrument,
    AssignedRelease,
    AssignedReleasePerson,
    AssignmentNotice,
    CalibratedItem,
    Calibration,
)
from assessments.enums import (
    OF_COURSE,
    Occasion,
    StudyKind,
)
from assessments.file_models import AnswerFile, QuestionPicture
from assessments.item_models import Instrument, InstrumentItem, Item, ItemVersion
from common.models import PublicModel, TimeStampedModel

__all__ = [
    "AnswerFile",
    "AssignedInstrument",
    "AssignedRelease",
    "AssignedReleasePerson",
    "AssignmentNotice",
    "CalibratedItem",
    "Calibration",
    "Instrument",
    "InstrumentItem",
    "Item",
    "ItemVersion",
    "QuestionPicture",
]

MOST_EXTRA = 300
# Answers that were given in time may still be on their way when it ends.
GRACE = timedelta(seconds=30)


class FormAllocation(TimeStampedModel):
    """Which form a learner meets first, drawn in balanced blocks so that forms and occasions do not confound."""

    enrolment = models.OneToOneField("learning.Enrolment", models.CASCADE, related_name="form_allocation")
    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="form_allocations")
    sequence = models.PositiveIntegerField()
    first = models.ForeignKey(Instrument, models.PROTECT, related_name="+")
    second = models.ForeignKey(Instrument, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "sequence"], name="assessments_allocation_sequence_once")]

    def __str__(self) -> str:
        return f"{self.enrolment_id}: {self.first_id}, {self.second_id}"


def _is_superseded() -> models.Q:
    """An attempt before the course closes when the one after it begins."""
    after = Attempt.objects.filter(enrolment=models.OuterRef("enrolment"), occasion=Occasion.AFTER)
    return models.Q(models.Exists(after), occasion=Occasion.BEFORE)


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def superseded(self) -> Self:
        return self.filter(_is_superseded())

    def unfinished(self) -> Self:
        """Those that may still be answered and submitted."""
        return self.filter(~_is_superseded(), submitted_at__isnull=True)

    def with_superseded(self) -> Self:
        """Each attempt with `is_superseded`."""
        return self.annotate(is_superseded=_is_superseded())


class Attempt(PublicModel):
    """One sitting. Its `items` are written when it begins and freeze what it asks; immutable once submitted."""

    enrolment = models.ForeignKey("learning.Enrolment", models.CASCADE, related_name="attempts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="attempts")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="attempts")
    occasion = models.CharField(max_length=10, choices=Occasion)
    assigned = models.ForeignKey(AssignedInstrument, models.SET_NULL, null=True, blank=True, related_name="attempts")
    block_id = models.UUIDField(null=True, blank=True, help_text=_("The block of the lesson that it was begun from."))
    number = models.PositiveSmallIntegerField(default=1, help_text=_("Which one it is of those that its learner may take."))
    calibration = models.ForeignKey(
        Calibration,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="attempts",
        help_text=_("By which its questions are chosen one by one; empty where they are all asked from the start."),
    )
    adaptive = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("The plan by which it began, and of each skill of it the calibration; empty of all that choose nothing."),
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When its time ends, by limit or last day. Later changes never bring it forward.")
    )
    is_closed_by_time = models.BooleanField(default=False, help_text=_("Submitted because its time had run out."))
    counts_in_groups = models.BooleanField(
        default=False,
        help_text=_("Whether its learner was told, before it began, that it counts in the mean of a group for their employer."),
    )

    is_superseded: bool  # where `with_superseded` has asked

    objects = AttemptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "occasion"],
                condition=models.Q(occasion__in=OF_COURSE),
                name="assessments_attempt_once_per_occasion",
            ),
            models.UniqueConstraint(
                fields=["enrolment", "assigned", "number"],
                condition=models.Q(assigned__isnull=False),
                name="assessments_assigned_attempt_once",
            ),
            models.UniqueConstraint(
                fields=["enrolment", "block_id", "number"],
                condition=models.Q(block_id__isnull=False),
                name="assessments_lesson_attempt_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(submitted_at__isnull=True, due_at__isnull=False),
                name="assessments_attempt_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.occasion}"

    @property
    def is_of_course(self) -> bool:
        """Whether it is one of the two around a course."""
        return self.occasion in OF_COURSE

    @property
    def is_adaptive(self) -> bool:
        return self.calibration_id is not None

    @property
    def terms(self) -> "Instrument | AssignedInstrument":
        """What gives it its days and minutes."""
        return self.assigned or self.instrument

    def option_order(self, version_id: int, options: list[dict[str, Any]]) -> list[str]:
        """Option ids by a hash of attempt and option: the same on every visit, another order for every learner."""

        def digest(option_id: str) -> bytes:
            return hashlib.sha256(f"{self.uuid}:{version_id}:{option_id}".encode()).digest()

        return sorted((option["id"] for option in options), key=digest)

    def is_due(self, now: datetime) -> bool:
        """Whether its time has ended, though answers on their way may still count."""
        return self.due_at is not None and self.due_at <= now

    def is_out_of_time(self, now: datetime) -> bool:
        """Whether no answer counts any more, not even one that was on its way when the time ended."""
        return self.submitted_at is None and self.due_at is not None and now > self.due_at + GRACE


class ExtraTime(TimeStampedModel):
    """How much longer than others somebody may take, in per cent: of a member, in what the organisation gave them; of a user,
    in what they take by themselves. Why is nobody's business and kept nowhere.
    """

    membership = models.OneToOneField("accounts.Membership", models.CASCADE, null=True, blank=True, related_name="extra_time")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="extra_time")
    percent = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MOST_EXTRA)])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(membership__isnull=False, user__isnull=True)
                | models.Q(membership__isnull=True, user__isnull=False),
                name="assessments_extra_time_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"+{self.percent}%"


class AttemptItem(models.Model):
    """One item as one attempt presents it. `item` repeats that of the version: no attempt asks the same item twice.

    `parameters`: the item's parameters as they were at presentation; empty while no item has any.
    """

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="presentations")
    item_version = models.ForeignKey(ItemVersion, models.PROTECT, related_name="presentations")
    position = models.PositiveSmallIntegerField()
    shown_at = models.DateTimeField(null=True, blank=True, help_text=_("When it was first shown on a page."))
    parameters = models.JSONField(default=dict, blank=True)
    option_order = models.JSONField(
        default=list, blank=True, help_text=_("Option ids as they were shown; empty in sittings that began before it was kept.")
    )

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "position"], name="assessments_position_once_per_attempt"),
            models.UniqueConstraint(fields=["attempt", "item"], name="assessments_item_once_per_attempt"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}/{self.position}"


class Response(TimeStampedModel):
    """The latest answer to one item of an attempt, saved as it is given."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="responses")
    item_version = models.ForeignKey(ItemVersion, models.PROTECT, related_name="responses")
    chosen = models.JSONField(default=list, help_text=_("Ids of options, or what the format of the question writes."))
    is_complete = models.BooleanField(
        default=True, help_text=_("Whether it answers all of the question; an empty answer is none, whatever stands here.")
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attempt", "item_version"], name="assessments_response_once_per_item")]

    def __str__(self) -> str:
        return f"{self.attempt_id}/{self.item_version_id}"


class ScoringQuerySet(models.QuerySet["ScoringRecord"]):
    def in_force(self) -> Self:
        """The scoring of each attempt that counts: its newest. Those it replaced are kept and count no more."""
        newer = ScoringRecord.objects.filter(attempt=models.OuterRef("attempt"), pk__gt=models.OuterRef("pk"))
        return self.filter(~models.Exists(newer))


class ScoringRecord(TimeStampedModel):
    """The score of an attempt under the keys of the day. Scoring again makes a new record beside the old one."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="scorings")
    method = models.CharField(max_length=40)
    agreed = models.PositiveSmallIntegerField(help_text=_("Answers that agree with the key."))
    items = models.PositiveSmallIntegerField()
    agreed_low = models.PositiveSmallIntegerField()
    agreed_high = models.PositiveSmallIntegerField()
    confidence = models.FloatField(default=0.95)
    is_provisional = models.BooleanField(default=True)
    detail = models.JSONField(
        default=dict, help_text=_("Per skill: agreed, items, low, high; and the placement, where options have levels.")
    )
    keyed_by = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("By id of the version that was asked the id of the version whose key counted, where that is another."),
    )
    rekeyed = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("Where it was scored again: in how many questions the key, the levels or who decided had changed."),
    )

    objects = ScoringQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.agreed}/{self.items}"


class CheckAnswer(TimeStampedModel):
    """One try at a knowledge check in a lesson; tries are not limited and every one is kept."""

    enrolment = models.ForeignKey("learning.Enrolment", models.CASCADE, related_name="check_answers")
    item_version = models.ForeignKey(ItemVersion, models.PROTECT, related_name="check_answers")
    chosen = models.JSONField()
    is_correct = models.BooleanField()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["enrolment", "item_version"], name="assessments_check_latest")]

    def __str__(self) -> str:
        return f"{self.enrolment_id}/{self.item_version_id}"

    @property
    def fragment_key(self) -> tuple[Any, ...]:
        return self.item_version_id, self.item_version.digest, tuple(self.chosen), self.is_correct


class SkillCheckQuerySet(models.QuerySet["SkillCheck"]):
    def in_force(self, now: datetime) -> Self:
        """Those that have not expired. One that somebody kept never does."""
        return self.filter(models.Q(expires_at__gt=now) | models.Q(user__isnull=False))


class SkillCheck(PublicModel):
    """One sitting of the skill check, of the browser that holds its token. Nothing says whose it is until somebody keeps it.

    `questions`: [id of the version, option ids in the order shown] each; `answers`: by id of the version, as text, option ids.
    """

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="skill_checks")
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="skill_checks")
    questions = models.JSONField(default=list)
    answers = models.JSONField(default=dict, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(db_index=True)
    keyed_by = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("Where it was scored again after it was kept: as of a scoring record, by which version's key."),
    )
    rekeyed = models.JSONField(default=dict, blank=True, help_text=_("As of a scoring record: what had changed."))
    scored_again_at = models.DateTimeField(null=True, blank=True)

    objects = SkillCheckQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(user__isnull=False), name="assessments_skill_check_kept_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class FormStudy(models.Model):
    """What was worked out of the answers to a form, for authors. `stamp`: the state of the answers, in short; `digest`: of
    everything that went in. About no single learner: nothing is told of fewer than ten.
    """

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="studies")
    kind = models.CharField(max_length=10, choices=StudyKind)
    content = models.JSONField()
    stamp = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["instrument", "kind"], name="assessments_form_study_once")]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.kind}"


class ChangeRelease(PublicModel):
    """The mean change of a group of learners, as it was shown to their organisation: of a cohort, or of all on a course.

    `people`: how many they were, counting those whose accounts are gone since. `content`: the figures.
    """

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="change_releases")
    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="change_releases")
    cohort = models.ForeignKey("learning.Cohort", models.CASCADE, null=True, blank=True, related_name="change_releases")
    people = models.PositiveIntegerField()
    content = models.JSONField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.course_id}/{self.cohort_id}: {self.people}"


class ChangeReleasePerson(models.Model):
    """That somebody's two sittings are in a mean: so that no two means are shown that differ by a few people."""

    release = models.ForeignKey(ChangeRelease, models.CASCADE, related_name="counted")
    enrolment = models.ForeignKey("learning.Enrolment", models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "enrolment"], name="assessments_person_once_per_release")]

    def __str__(self) -> str:
        return f"{self.release_id}/{self.enrolment_id}"
