"""What learners do: cohorts, enrolments, the state of each activity, certificates."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Organisation
from common.fields import LowercaseEmailField
from common.models import PublicModel, TimeStampedModel
from courses.models import Activity, Course, CourseVersion, Lesson
from learning.enums import CorrectionReason, PlanOutcome, ReminderReason


class CohortQuerySet(models.QuerySet["Cohort"]):
    def current(self) -> "CohortQuerySet":
        return self.filter(archived_at=None)

    def archived(self) -> "CohortQuerySet":
        return self.filter(archived_at__isnull=False)


class Cohort(PublicModel):
    """People of one organisation who take one course together."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="cohorts")
    name = models.CharField(max_length=200)
    course = models.ForeignKey(Course, models.PROTECT, related_name="cohorts")
    starts_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    sends_reminders = models.BooleanField(default=True, help_text=_("Whether its people are reminded by e-mail."))
    is_obligatory = models.BooleanField(default=False, help_text=_("Whether its people cannot stop its reminders themselves."))
    archived_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Since when nobody is added, given a seat, reminded or counted as overdue.")
    )

    objects = CohortQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="learning_cohort_name_once")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("org:cohort", args=[self.organisation.slug, self.uuid])

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None


class CohortMembership(TimeStampedModel):
    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="memberships")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="cohort_memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cohort", "membership"], name="learning_cohort_membership_once")]

    def __str__(self) -> str:
        return f"{self.cohort_id}/{self.membership_id}"


class Enrolment(PublicModel):
    """One person on one course, for one organisation or on their own. Keeps progress when access ends."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="enrolments")
    course = models.ForeignKey(Course, models.PROTECT, related_name="enrolments")
    organisation = models.ForeignKey(Organisation, models.SET_NULL, null=True, blank=True, related_name="enrolments")
    cohort = models.ForeignKey(Cohort, models.SET_NULL, null=True, blank=True, related_name="enrolments")
    version = models.ForeignKey(
        CourseVersion, models.PROTECT, related_name="enrolments", help_text=_("The version whose requirements apply.")
    )
    percentage = models.PositiveSmallIntegerField(default=0, help_text=_("Highest share of the requirements ever reached."))
    started_at = models.DateTimeField(null=True, blank=True)
    last_lesson = models.ForeignKey(Lesson, models.SET_NULL, null=True, blank=True, related_name="+")
    last_block_id = models.UUIDField(null=True, blank=True, help_text=_("Position in the lesson."))
    last_seen_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    completion_shown_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When they were told, on a page, that they have completed the course.")
    )
    put_away_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Since when the learner does not want to see it among their courses.")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint("user", "course", Coalesce("organisation", 0), name="learning_enrolment_once"),
            models.CheckConstraint(condition=models.Q(percentage__lte=100), name="learning_enrolment_at_most_100_percent"),
        ]
        # With the user last, so that a cohort's people find theirs one by one and reports read all of a course.
        indexes = [models.Index(fields=["organisation", "course", "user"], name="learning_enrolment_by_member")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.course}"

    @property
    def is_completion_unseen(self) -> bool:
        """Whether they have completed the course and no page has told them so."""
        return self.completed_at is not None and self.completion_shown_at is None


class CourseSubscriber(PublicModel):
    """Somebody who wants to hear when a course that is not complete yet is: an account, or an address that was confirmed."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="subscribers")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="course_subscriptions"
    )
    email = LowercaseEmailField(blank=True, help_text=_("Of somebody without an account; confirmed from a mail."))
    told_at = models.DateTimeField(null=True, blank=True, help_text=_("When the one mail was queued."))

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=False, email="") | (models.Q(user__isnull=True) & ~models.Q(email="")),
                name="learning_subscriber_account_or_address",
            ),
            models.UniqueConstraint(
                fields=["course", "user"], condition=models.Q(user__isnull=False), name="learning_subscriber_account_once"
            ),
            models.UniqueConstraint(
                fields=["course", "email"], condition=~models.Q(email=""), name="learning_subscriber_address_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class ActivityState(TimeStampedModel):
    """What one learner did or wrote in one activity. `data` is the learner's own; no edit of the course deletes it."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="activity_states")
    activity = models.ForeignKey(Activity, models.PROTECT, related_name="states")
    data = models.JSONField(default=dict, blank=True)
    revision = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "activity"], name="learning_state_once_per_activity")]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.activity_id}"


class PlanFollowUp(PublicModel):
    """A week after somebody wrote an if-then plan: they were asked once whether the *if* happened, and what they did."""

    state = models.OneToOneField(ActivityState, models.CASCADE, related_name="follow_up")
    happened = models.CharField(max_length=10, choices=PlanOutcome, blank=True)
    what_done = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(happened="", answered_at=None)
                | models.Q(happened__in=PlanOutcome.values, answered_at__isnull=False),
                name="learning_follow_up_answered_whole",
            )
        ]

    def __str__(self) -> str:
        return f"{self.state_id} {self.happened}"

    @property
    def is_carried_out(self) -> bool:
        return self.happened == PlanOutcome.DONE


class StalledReminder(models.Model):
    """That somebody was reminded of a course that they had begun and left; once an enrolment."""

    enrolment = models.OneToOneField(Enrolment, models.CASCADE, related_name="stalled_reminder")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.enrolment_id)


class Certificate(PublicModel):
    """Issued once for a completion. Its page at /certificates/<uuid>/ is public.

    `uuid` is its number. A corrected name gets a new one; the former stays valid as a `FormerCertificate`.
    """

    enrolment = models.OneToOneField(Enrolment, models.CASCADE, related_name="certificate")
    name = models.CharField(max_length=300)
    course_title = models.CharField(max_length=200)
    minutes = models.PositiveIntegerField(help_text=_("Of the lessons that were finished."))
    completed_on = models.DateField(help_text=_("The day where the learner was."))
    done = models.JSONField(default=dict, help_text=_("What was completed: see `learning.certificates.done`."))
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=200, blank=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.course_title} {self.uuid}"

    def get_absolute_url(self) -> str:
        return reverse("certificate", args=[self.uuid])

    @property
    def is_withdrawn(self) -> bool:
        """By whoever held it, with their account. An operator who revokes always gives a reason."""
        return self.revoked_at is not None and not self.revoked_reason


class FormerCertificate(PublicModel):
    """A number under which a certificate was known until its name was corrected. Whoever has it finds the certificate.

    `uuid` is that number, `name` what stood on it; only this number's own page shows it.
    """

    certificate = models.ForeignKey(Certificate, models.CASCADE, related_name="former")
    name = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=10, choices=CorrectionReason)
    note = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return str(self.uuid)

    def get_absolute_url(self) -> str:
        return reverse("certificate", args=[self.uuid])


class Reminder(models.Model):
    """That somebody in a cohort was reminded: of the same day and for the same reason once."""

    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="reminders")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="reminders")
    reason = models.CharField(max_length=10, choices=ReminderReason)
    day = models.DateField(help_text=_("The start or due day it spoke of; where somebody asked for it, the day it was sent."))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cohort", "membership", "reason", "day"], name="learning_reminder_once"),
        ]

    def __str__(self) -> str:
        return f"{self.cohort_id} {self.membership_id} {self.reason} {self.day}"


class StoppedReminders(TimeStampedModel):
    """Somebody does not want to be reminded by an organisation, other than of what is obligatory."""

    membership = models.OneToOneField(Membership, models.CASCADE, related_name="stopped_reminders")

    def __str__(self) -> str:
        return str(self.membership_id)


class KeptFigures(models.Model):
    """What the console of a large organisation shows at once, as it was counted a moment ago (`learning.figures`)."""

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="kept_figures")
    content = models.JSONField()
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.counted_at:%Y-%m-%d %H:%M}"
