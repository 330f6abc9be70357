"""Live pairs: two learners of one cohort who negotiate a case with one another, each with a sheet of their own."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.models import PublicModel, TimeStampedModel

MIN_DAYS, MAX_DAYS, USUAL_DAYS = 1, 14, 3
MAX_MESSAGE, MAX_NOTES, MAX_REPORT = 1000, 2000, 1000


class SeatSide(models.TextChoices):
    YOU = "you", _("The side of the learner in the case")
    THEM = "them", _("The other side of the case")

    @property
    def opposite(self) -> "SeatSide":
        return SeatSide.THEM if self is SeatSide.YOU else SeatSide.YOU


class PairState(models.TextChoices):
    PROPOSED = "proposed", _("Waiting for both to say yes")
    RUNNING = "running", _("Under way")
    ENDED = "ended", _("Over")


class PairEnding(models.TextChoices):
    """How it ended; the first two are finished, the others were broken off or never began."""

    DEAL = "deal", _("A deal")
    WALKED = "walked", _("One walked away")
    EXPIRED = "expired", _("A turn was not taken in time")
    LEFT = "left", _("One is no longer there")
    STOPPED = "stopped", _("Stopped")
    DECLINED = "declined", _("Not begun")

    @property
    def is_finished(self) -> bool:
        return self in (PairEnding.DEAL, PairEnding.WALKED)


class PairCall(PublicModel):
    """Who runs a cohort lets its people negotiate one case in pairs."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="pair_calls")
    cohort = models.ForeignKey("learning.Cohort", models.CASCADE, related_name="pair_calls")
    simulation = models.ForeignKey("practice.Simulation", models.PROTECT, related_name="pair_calls")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    days_per_turn = models.PositiveSmallIntegerField(
        default=USUAL_DAYS, validators=[MinValueValidator(MIN_DAYS), MaxValueValidator(MAX_DAYS)]
    )
    people_choose = models.BooleanField(default=True, help_text=_("Whether people may ask one another to be their partner."))
    closed_at = models.DateTimeField(null=True, blank=True, help_text=_("Since when nobody joins, and no pair is made."))

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "simulation"], condition=models.Q(closed_at=None), name="practice_pair_call_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.cohort_id} {self.simulation_id}"

    def get_absolute_url(self) -> str:
        return reverse("simulations:pair_call", args=[self.uuid])


class PairVolunteer(PublicModel):
    """Somebody of the cohort who has said yes to negotiating with a colleague."""

    call = models.ForeignKey(PairCall, models.CASCADE, related_name="volunteers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    told_alone_at = models.DateTimeField(null=True, blank=True, help_text=_("When they were told that nobody is left."))

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["call", "user"], name="practice_pair_volunteer_once")]

    def __str__(self) -> str:
        return f"{self.call_id} {self.user_id}"


class Pair(PublicModel):
    """Two people and a case, as it was when they were proposed. `begins`: the side that has the first turn, drawn by lot."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="pairs")
    call = models.ForeignKey(PairCall, models.CASCADE, related_name="pairs")
    version = models.ForeignKey("practice.SimulationVersion", models.PROTECT, related_name="pairs")
    begins = models.CharField(max_length=4, choices=SeatSide)
    days_per_turn = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=PairState, default=PairState.PROPOSED)
    due_at = models.DateTimeField(help_text=_("Until when both say yes; from then on, until when the next turn is taken."))
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=10, choices=PairEnding, blank=True)
    ended_by = models.CharField(max_length=4, choices=SeatSide, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=(models.Q(state=PairState.ENDED) & ~models.Q(ending="") & models.Q(ended_at__isnull=False))
                | (~models.Q(state=PairState.ENDED) & models.Q(ending="", ended_at=None)),
                name="practice_pair_ended_whole",
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=~models.Q(state="ended"), name="practice_pair_due"),
        ]

    def __str__(self) -> str:
        return str(self.uuid)

    def get_absolute_url(self) -> str:
        return reverse("simulations:pair", args=[self.uuid])

    @property
    def is_finished(self) -> bool:
        return self.ending in (PairEnding.DEAL, PairEnding.WALKED)


class PairSeat(PublicModel):
    """One of both. `notes` are private; `shows_sheet`: whether the other may see them and the points once it is over.

    Without a person: an account that was closed.
    """

    pair = models.ForeignKey(Pair, models.CASCADE, related_name="seats")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="pair_seats")
    side = models.CharField(max_length=4, choices=SeatSide)
    agreed_at = models.DateTimeField(null=True, blank=True, help_text=_("When they said yes to this partner."))
    shows_sheet = models.BooleanField(null=True, blank=True)
    notes = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["pair", "side"], name="practice_pair_seat_of_a_side_once"),
            models.UniqueConstraint(fields=["pair", "user"], name="practice_pair_seat_of_a_person_once"),
        ]

    def __str__(self) -> str:
        return f"{self.pair_id} {self.side}"


class PairTurn(TimeStampedModel):
    """What one of both did: said something, offered, accepted, or walked away. Their words are kept as they wrote them."""

    pair = models.ForeignKey(Pair, models.CASCADE, related_name="turns")
    number = models.PositiveSmallIntegerField()
    side = models.CharField(max_length=4, choices=SeatSide)
    kind = models.CharField(max_length=6, choices=[(kind, kind) for kind in ("say", "offer", "accept", "walk")])
    deal = models.JSONField(null=True, blank=True, help_text=_("Of an offer: the option of each issue."))
    message = models.TextField(blank=True)
    is_erased = models.BooleanField(default=False, help_text=_("Whether its words went with the account of their writer."))

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["pair", "number"], name="practice_pair_turn_once")]

    def __str__(self) -> str:
        return f"{self.pair_id}/{self.number}"


class PairReport(PublicModel):
    """That one of both has stopped because of what the other wrote; who runs the cohort reads it, with that message alone."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="pair_reports")
    pair = models.ForeignKey(Pair, models.CASCADE, related_name="reports")
    side = models.CharField(max_length=4, choices=SeatSide, help_text=_("Of whoever reports."))
    turn = models.ForeignKey(PairTurn, models.SET_NULL, null=True, blank=True, related_name="reports")
    words = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["pair", "side"], name="practice_pair_report_once")]

    def __str__(self) -> str:
        return str(self.uuid)
