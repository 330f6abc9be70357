"""Who we are: people, organisations, teams, what each may do, and the record of what was changed."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce, Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import AuditVerb, MembershipState, Role
from accounts.errors import PeopleHeld
from accounts.storage import private_storage
from common.fields import LowercaseEmailField
from common.models import PublicModel, TimeStampedModel

LOCKED_AT_ONCE = 1000
# How the address ends of an account that has none: erased, or somebody else has proved the one it went by.
NO_ADDRESS = "@no-address.invalid"


class UserManager(BaseUserManager["User"]):
    def _create(self, email: str, password: str | None, **extra: Any) -> "User":
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        return self._create(email, password, **extra)

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":
        return self._create(email, password, **{"is_staff": True, "is_superuser": True} | extra)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractUser):  # type: ignore[django-manager-missing]  # of an abstract class of Wagtail
    """A person who signs in with an e-mail address."""

    username = None  # type: ignore[assignment]  # the e-mail address is the login
    email = LowercaseEmailField(_("e-mail address"), unique=True)
    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    session_epoch = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("Raised to end every session, as a new password does.")
    )
    # A copy of `AccountClosure.closes_at`, so that no page asks a query more to know it.
    closes_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("When it is erased, if its owner does not keep it before.")
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]  # not Django's, which asks for a username

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="accounts_user_email_is_lower_case"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return self.get_full_name() or (self.email if self.has_address else gettext("A former member"))

    @property
    def has_address(self) -> bool:
        return not self.email.endswith(NO_ADDRESS)

    def get_session_auth_hash(self) -> str:
        """What a session must carry to be this person's: it changes with the password and with the epoch."""
        return self._in_epoch(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        return (self._in_epoch(earlier) for earlier in super().get_session_auth_fallback_hash())

    def _in_epoch(self, session_hash: str) -> str:
        return f"{session_hash}:{self.session_epoch}" if self.session_epoch else session_hash


# While a large file changes the people of an organisation part after part, whatever else would change them waits. Between two
# parts the database is free for everybody, and what has been written so far may still be taken back: nobody may build on it. So
# every lock on an organisation, its people, cohorts or seats asks here first. Only the import itself goes on.
_ours: ContextVar[int | None] = ContextVar("organisation whose people are held for this work", default=None)


def refuse_if_held(organisation_id: int, held_at: datetime | None) -> None:
    """`held_at`: `Organisation.people_held_at`. Raises `PeopleHeld`, except within `changing_people_of` this organisation."""
    if held_at is not None and _ours.get() != organisation_id:
        raise PeopleHeld


@contextmanager
def changing_people_of(organisation_id: int) -> Iterator[None]:
    """What runs within is what others wait for."""
    token = _ours.set(organisation_id)
    try:
        yield
    finally:
        _ours.reset(token)


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def lock(self, pk: int) -> "Organisation":
        """To the end of the transaction, before any other lock: docs/architecture.md has the order of all.

        Raises `PeopleHeld` like every lock on people, cohorts and seats: see `refuse_if_held`.
        """
        organisation = self.select_for_update(no_key=True).get(pk=pk)
        refuse_if_held(organisation.pk, organisation.people_held_at)
        return organisation


class Organisation(PublicModel):
    """A company, a school, a hospital: whoever enrols people and wants to know what came of it."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    is_demo = models.BooleanField(default=False, help_text=_("Fictional, and labelled as such on every page."))
    time_zone = models.CharField(max_length=64, default="UTC")
    currency = models.CharField(max_length=3, default="EUR")
    people_held_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("Since when a large file has been changing its people, part after part. Other changes to them wait."),
    )

    objects = OrganisationQuerySet.as_manager()

    @property
    def today(self) -> date:
        """The day that counts for its data, whoever reads them wherever: in its own time zone."""
        return self.day_of(timezone.now())

    def day_of(self, moment: datetime) -> date:
        return timezone.localdate(moment, timezone=ZoneInfo(self.time_zone))

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("org:overview", args=[self.slug])


class Team(TimeStampedModel):
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="teams")
    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint("organisation", Lower("name"), name="accounts_team_name_once_per_organisation")]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> "MembershipQuerySet":
        return self.exclude(state=MembershipState.LEFT)

    def active(self) -> "MembershipQuerySet":
        return self.filter(state=MembershipState.ACTIVE)

    def lock(self, memberships: Iterable["Membership"]) -> list["Membership"]:
        """Lock memberships to the end of the transaction, and bring what they say of state, user and joining up to date.

        Whoever hands out seats and places has to know whether somebody has just joined or left. Those deleted are left out.
        """
        given = {membership.pk: membership for membership in memberships}
        locked = []
        for pk, state, user_id, joined_at in self._lock_in_order(given):
            membership = given[pk]
            membership.state, membership.user_id, membership.joined_at = state, user_id, joined_at
            locked.append(membership)
        return locked

    def lock_numbered(self, ids: Iterable[int]) -> None:
        """`lock` for somebody who reads the memberships later, such as a file of thousands, batch by batch."""
        for _row in self._lock_in_order(ids):
            pass

    def _lock_in_order(self, ids: Iterable[int]) -> Iterator[tuple[int, str, int | None, datetime | None]]:
        """By primary key, so that two who need the same people never each hold what the other waits for."""
        ordered = sorted(ids)
        held_at = Subquery(Organisation.objects.filter(pk=OuterRef("organisation")).values("people_held_at"))
        for start in range(0, len(ordered), LOCKED_AT_ONCE):
            rows = self.select_for_update(no_key=True).filter(pk__in=ordered[start : start + LOCKED_AT_ONCE]).order_by("pk")
            for pk, state, user_id, joined_at, organisation_id, since in rows.annotate(held_at=held_at).values_list(
                "pk", "state", "user_id", "joined_at", "organisation_id", "held_at"
            ):
                refuse_if_held(organisation_id, since)
                yield pk, state, user_id, joined_at


class Membership(PublicModel):
    """A person as one organisation knows them. `user` stays empty until they accept the invitation."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="memberships")
    email = LowercaseEmailField()
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    person_id = models.CharField(max_length=100, blank=True, help_text=_("The organisation's own ID for this person."))
    manager_email = LowercaseEmailField(blank=True)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="memberships")
    state = models.CharField(max_length=10, choices=MembershipState, default=MembershipState.INVITED)
    invited_at = models.DateTimeField(null=True, blank=True)
    joined_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["last_name", "first_name", "email"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "email"], name="accounts_membership_email_once_per_organisation"),
            models.UniqueConstraint(
                fields=["organisation", "user"],
                condition=models.Q(user__isnull=False),
                name="accounts_membership_user_once_per_organisation",
            ),
            models.UniqueConstraint(
                fields=["organisation", "person_id"],
                condition=~models.Q(person_id=""),
                name="accounts_membership_person_id_once_per_organisation",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="active") | models.Q(user__isnull=False), name="accounts_membership_active_has_user"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state"], name="accounts_membership_state"),
            models.Index(fields=["organisation", "last_name", "first_name", "email"], name="accounts_membership_by_name"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email


class RoleAssignment(TimeStampedModel):
    """One role of one member; a manager's role names the team."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="roles")
    role = models.CharField(max_length=20, choices=Role)
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="role_assignments")

    class Meta:
        constraints = [
            models.UniqueConstraint("membership", "role", Coalesce("team", 0), name="accounts_role_once_per_membership")
        ]

    def __str__(self) -> str:
        return self.get_role_display()


class AuditEvent(models.Model):
    """A change somebody made in the console or in money. Never edited, never deleted by the application."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True, related_name="audit_events")
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    schema = models.PositiveSmallIntegerField(help_text=_("Version of the log format in which this event was written."))
    verb = models.CharField(
        max_length=60, choices=AuditVerb, help_text=_("What was done, as `noun.verb`, such as cohort.created.")
    )
    target_type = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=60, blank=True)
    person = models.ForeignKey(
        Membership,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Whom it concerns. The name is looked up when somebody reads the log, and goes with the person."),
    )
    summary = models.CharField(max_length=300, help_text=_("One sentence, without personal data."))
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    occurred_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-occurred_at", "-pk"]
        indexes = [
            models.Index(fields=["organisation", "-occurred_at"], name="accounts_audit_by_organisation"),
            models.Index(fields=["target_type", "target_id"], name="accounts_audit_by_target"),
        ]

    def __str__(self) -> str:
        return self.summary


def export_path(export: "DataExport", file_name: str) -> str:
    """Under a name that says nothing and that nobody guesses."""
    return f"exports/{export.uuid.hex}.zip"


class DataExport(PublicModel):
    """A file with everything that is held of somebody, made for them alone and deleted after a week."""

    user = models.ForeignKey(User, models.CASCADE, related_name="data_exports")
    job = models.ForeignKey("jobs.Job", models.SET_NULL, null=True, blank=True, related_name="+")
    file = models.FileField(upload_to=export_path, storage=private_storage, max_length=200, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return str(self.uuid)


class AccountClosure(TimeStampedModel):
    """Somebody has asked for their account to be closed. Keeping it deletes this row; once it is erased, the row stays.

    `parts` are the privacy parts that have been erased: a worker that dies loses none, and the next goes on after them.
    """

    user = models.OneToOneField(User, models.CASCADE, related_name="closure")
    closes_at = models.DateTimeField(help_text=_("From when on it is erased."))
    reminded_at = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField(null=True, blank=True, help_text=_("Since when nobody can sign in or keep the account."))
    parts = models.JSONField(default=list, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    swept_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When what was being written at that moment was erased too.")
    )

    class Meta:
        indexes = [models.Index(fields=["closes_at"], condition=models.Q(swept_at=None), name="accounts_closure_open")]

    def __str__(self) -> str:
        return str(self.user_id)
