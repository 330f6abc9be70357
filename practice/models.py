"""How we try it: workplace agreements that the other party confirms or corrects without an account."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.models import PublicModel, TimeStampedModel


class AgreementState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SENT = "sent", _("Waiting for an answer")
    CONFIRMED = "confirmed", _("Confirmed")
    CORRECTED = "corrected", _("Corrected")
    DECLINED = "declined", _("Declined")


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
    def is_review_due(self) -> bool:
        return self.state == AgreementState.CONFIRMED and self.review_on is not None and self.review_on <= timezone.localdate()

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
