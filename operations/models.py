"""What every app needs to run: jobs with progress, staged files, mail, links in mails, contacts without an account.

Organisations and people belong to a higher app; the foreign keys below name them as text, and no code here imports them.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.fields import LowercaseEmailField
from common.models import PublicModel
from operations.enums import DeliveryState, ImportState, JobState
from operations.storage import private_storage

DAYS_FILES_ARE_KEPT = 14


class Job(PublicModel):
    """Long work with progress that survives a reload. `kind` names a handler registered by the app that owns the work."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, null=True, blank=True, related_name="jobs")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    step = models.CharField(max_length=200, blank=True, help_text=_("What it is doing now, to the person who waits."))
    result = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True, help_text=_("What went wrong, to the person who waits."))
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    result_url = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["organisation", "-created_at"], name="operations_job_recent")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_finished(self) -> bool:
        return self.state in (JobState.DONE, JobState.FAILED)

    @property
    def percentage(self) -> int | None:
        """Whole per cent done, or None while the amount of work is unknown."""
        if self.state == JobState.DONE:
            return 100
        return min(100, self.done * 100 // self.total) if self.total else None


class StagedImport(PublicModel):
    """A table file on its way in: checked whole first, then applied whole or not at all."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="imports")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="imports")
    kind = models.CharField(max_length=40)
    options = models.JSONField(default=dict, blank=True, help_text=_("Date format, cohort, course: what the kind asks for."))
    file = models.FileField(upload_to="imports/%Y/%m", storage=private_storage, max_length=200, blank=True)
    file_name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField(default=0)
    checksum = models.CharField(max_length=64, blank=True, help_text=_("SHA-256 of the file."))
    encoding = models.CharField(max_length=40, blank=True)
    delimiter = models.CharField(max_length=5, blank=True)
    notes = models.JSONField(default=list, blank=True, help_text=_("What was noticed and tolerated."))
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    rows_total = models.PositiveIntegerField(default=0)
    rows_new = models.PositiveIntegerField(default=0)
    rows_changed = models.PositiveIntegerField(default=0)
    rows_unchanged = models.PositiveIntegerField(default=0)
    rows_refused = models.PositiveIntegerField(default=0)
    findings = models.JSONField(
        default=dict, blank=True, help_text=_("What the check found that somebody may decide on: columns, words, rows.")
    )
    set_aside = models.FileField(
        upload_to="imports/%Y/%m",
        storage=private_storage,
        max_length=200,
        blank=True,
        help_text=_("The rows that were left out when the others were applied, with what was wrong with them."),
    )
    applied_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def rows_set_aside(self) -> int:
        """How many of the refused rows the others are applied without."""
        return self.rows_refused if self.options.get("without") else 0

    @property
    def rows_to_set_aside(self) -> int:
        """How many rows would have to be left out for the others to be applied; 0 where that is no way out."""
        is_refused = self.state == ImportState.REFUSED and bool(self.file)
        return self.findings.get("aside", 0) if is_refused else 0

    @property
    def rows_without_them(self) -> int:
        return self.rows_total - self.rows_to_set_aside

    @property
    def kept_until(self) -> datetime:
        """When the file is deleted, if nobody does anything with it before."""
        return self.updated_at + timedelta(days=DAYS_FILES_ARE_KEPT)


class KeptMapping(PublicModel):
    """How an organisation's files with a certain header are read: said once in the console, kept for the next time."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="mappings")
    kind = models.CharField(max_length=40)
    header = models.CharField(max_length=64, help_text=_("SHA-256 of the names of the columns, in the order of the alphabet."))
    columns = models.JSONField(default=dict, blank=True, help_text=_("Their name of a column, and ours."))
    words = models.JSONField(default=dict, blank=True, help_text=_("By column: their word, and ours."))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "kind", "header"], name="operations_mapping_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.header[:8]}"


class ImportProblem(models.Model):
    """One complaint about one cell: row, column, value, and what to do."""

    staged_import = models.ForeignKey(StagedImport, models.CASCADE, related_name="problems")
    row_number = models.PositiveIntegerField(help_text=_("Line of the table as a spreadsheet numbers it; the header is row 1."))
    column = models.CharField(max_length=100, blank=True)
    value = models.CharField(max_length=200, blank=True)
    message = models.CharField(max_length=400)

    class Meta:
        ordering = ["row_number", "pk"]

    def __str__(self) -> str:
        return self.message


class StagedRow(models.Model):
    """A row that passed the check and waits to be applied; deleted once it has been."""

    staged_import = models.ForeignKey(StagedImport, models.CASCADE, related_name="rows")
    row_number = models.PositiveIntegerField()
    key = models.CharField(max_length=300, help_text=_("What makes the row one thing: an e-mail address, a person and a date."))
    payload = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staged_import", "row_number"], name="operations_staged_row_once"),
        ]
        indexes = [models.Index(fields=["staged_import", "key"], name="operations_staged_row_key")]

    def __str__(self) -> str:
        return f"{self.row_number}"


class Contact(PublicModel):
    """Somebody without an account whom we may ask a question by mail."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, null=True, blank=True, related_name="contacts")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    email = LowercaseEmailField()
    name = models.CharField(max_length=200, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True, help_text=_("Asked not to be written to again."))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Coalesce("organisation", 0), Coalesce("added_by", 0), "email", name="operations_contact_once"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email


class MailLink(PublicModel):
    """Permission to do one thing from a mail. The address carries `uuid` signed with the site's key; GET shows, POST acts."""

    kind = models.CharField(max_length=60)
    target_id = models.CharField(
        max_length=60, help_text=_("Key of the row the link is about, in the app that registered the kind.")
    )
    recipient = LowercaseEmailField()
    contact = models.ForeignKey(Contact, models.CASCADE, null=True, blank=True, related_name="mail_links")
    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, null=True, blank=True, related_name="mail_links")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "target_id"], name="operations_link_target")]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None and self.used_at is None and timezone.now() < self.expires_at


class MailDelivery(PublicModel):
    """A mail that is owed. Written in the transaction that owes it, sent after the commit, once."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, null=True, blank=True, related_name="deliveries")
    template = models.CharField(max_length=100, help_text=_("Folder under templates/emails/."))
    recipient = LowercaseEmailField()
    language = models.CharField(max_length=10, default="en")
    context = models.JSONField(default=dict, blank=True, help_text=_("Words and numbers the template needs; no secrets."))
    link = models.ForeignKey(MailLink, models.SET_NULL, null=True, blank=True, related_name="deliveries")
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "mail deliveries"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "not_before"], name="operations_delivery_waiting")]

    def __str__(self) -> str:
        return self.template
