"""How we try it: workplace agreements that the other party confirms or corrects without an account, and that both review."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.models import PublicModel, TimeStampedModel


class AgreementState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SENT = "sent", _("Waiting for an answer")
    CONFIRMED = "confirmed", _("Confirmed")
    CORRECTED = "corrected", _("Corrected")
    DECLINED = "declined", _("Declined")


class Party(models.TextChoices):
    """Both sides of an agreement, from whom everything here is seen: the learner who wrote it, and the other party."""

    LEARNER = "learner", _("Learner")
    OTHER = "other", _("Other party")

    @property
    def counterpart(self) -> "Party":
        return Party.OTHER if self is Party.LEARNER else Party.LEARNER


class Verdict(models.TextChoices):
    KEPT = "kept", _("Kept")
    PARTLY = "partly", _("Partly kept")
    NOT_KEPT = "not_kept", _("Not kept")


class Agreement(PublicModel):
    """What they expect, what I expect, reviewed when. Private to the learner and the party it names."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="agreements")
    activity = models.ForeignKey("courses.Activity", models.SET_NULL, null=True, blank=True, related_name="agreements")
    enrolment = models.ForeignKey("learning.Enrolment", models.SET_NULL, null=True, blank=True, related_name="agreements")
    contact = models.ForeignKey("mail.Contact", models.PROTECT, null=True, blank=True, related_name="agreements")
    party_name = models.CharField(max_length=200, blank=True)
    # As typed so far; an address only once it is sent.
    party_email = models.CharField(max_length=254, blank=True)
    title = models.CharField(max_length=200, blank=True, help_text=_("What it is about, in a few words."))
    they_expect = models.TextField(blank=True)
    i_expect = models.TextField(blank=True)
    review_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=AgreementState, default=AgreementState.DRAFT)
    sent_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    calendar_sequence = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("How often the review day in people's calendars has changed.")
    )
    party_stopped_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Since when the other party wants no e-mails about it.")
    )

    class Meta:
        ordering = ["-updated_at"]

    def __str__(self) -> str:
        return self.title or str(_("Untitled"))

    def get_absolute_url(self) -> str:
        return reverse("practice:agreement", args=[self.uuid])

    @property
    def is_editable(self) -> bool:
        return self.state in (AgreementState.DRAFT, AgreementState.CORRECTED, AgreementState.DECLINED)

    @property
    def version_mark(self) -> str:
        """What a page was showing when it was rendered; see `services.save_draft`."""
        return self.updated_at.isoformat() if self.pk else ""


class AgreementRevision(TimeStampedModel):
    """What the other party was shown, word for word, and what they said to it."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    contact = models.ForeignKey("mail.Contact", models.PROTECT, related_name="agreement_revisions")
    title = models.CharField(max_length=200)
    they_expect = models.TextField()
    i_expect = models.TextField()
    review_on = models.DateField(null=True, blank=True)
    answer = models.CharField(max_length=10, choices=AgreementState, blank=True)
    corrected_they_expect = models.TextField(blank=True)
    corrected_i_expect = models.TextField(blank=True)
    comment = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["agreement", "number"], name="practice_revision_once")]

    def __str__(self) -> str:
        return f"{self.agreement_id}/{self.number}"


class Review(PublicModel):
    """A day on which both say whether a confirmed agreement was kept. One is open at a time; the next closes it."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="reviews")
    revision = models.ForeignKey(AgreementRevision, models.CASCADE, related_name="reviews")
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    set_by = models.CharField(
        max_length=10, choices=Party, blank=True, help_text=_("Who proposed the day; empty where it was part of the text.")
    )
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Since when nobody is asked: a later day was agreed, or the agreement withdrawn.")
    )

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="practice_review_once"),
            models.UniqueConstraint(fields=["agreement"], condition=models.Q(closed_at=None), name="practice_review_one_open"),
        ]
        indexes = [models.Index(fields=["due_on"], condition=models.Q(closed_at=None), name="practice_review_due")]

    def __str__(self) -> str:
        return f"{self.agreement_id}/{self.number} {self.due_on}"


class ReviewAnswer(TimeStampedModel):
    """What one party says on a review day. The other reads it once they have answered themselves; then both are final."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="answers")
    party = models.CharField(max_length=10, choices=Party)
    verdict = models.CharField(max_length=10, choices=Verdict)
    what_changed = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "party"], name="practice_review_answer_once"),
            models.CheckConstraint(condition=models.Q(party__in=Party.values), name="practice_review_answer_of_a_party"),
            models.CheckConstraint(condition=models.Q(verdict__in=Verdict.values), name="practice_review_answer_is_a_verdict"),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.party} {self.verdict}"


class ReviewRequest(models.Model):
    """That a party was asked by e-mail: on the day (1), and once more a week later (2)."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="requests")
    party = models.CharField(max_length=10, choices=Party)
    turn = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "party", "turn"], name="practice_review_request_once"),
            models.CheckConstraint(condition=models.Q(party__in=Party.values), name="practice_review_request_of_a_party"),
            models.CheckConstraint(condition=models.Q(turn__in=[1, 2]), name="practice_review_request_twice_at_most"),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.party} {self.turn}"
