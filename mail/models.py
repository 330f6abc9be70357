"""What is asked and told by mail: contacts without an account, links that do one thing, and mails that are queued."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.fields import LowercaseEmailField
from common.models import PublicModel
from mail.enums import UNDELIVERED, WAITING, DeliveryState, Priority


class Contact(PublicModel):
    """Somebody without an account whom we may ask a question by mail."""

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, null=True, blank=True, related_name="contacts")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    email = LowercaseEmailField()
    name = models.CharField(max_length=200, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True, help_text=_("Has asked not to be contacted again."))

    class Meta:
        constraints = [
            models.UniqueConstraint(Coalesce("organisation", 0), Coalesce("added_by", 0), "email", name="mail_contact_once")
        ]

    def __str__(self) -> str:
        return self.name or self.email


class MailLink(PublicModel):
    """Permission to do one thing from a mail. The address carries `uuid` signed with the site's key; GET shows, POST acts."""

    kind = models.CharField(max_length=60)
    target_id = models.CharField(
        max_length=60, help_text=_("Key of the row the link refers to, in the app that registered the kind.")
    )
    recipient = LowercaseEmailField()
    contact = models.ForeignKey(Contact, models.CASCADE, null=True, blank=True, related_name="mail_links")
    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, null=True, blank=True, related_name="mail_links")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "target_id"], name="mail_link_target")]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None and self.used_at is None and timezone.now() < self.expires_at


class MailDelivery(PublicModel):
    """A queued mail. Written in the transaction that causes it, sent after the commit.

    The mail server takes it once, unless a worker dies or the connection is lost before its answer is noted: then it is sent
    again, with the same Message-ID.
    """

    organisation = models.ForeignKey("accounts.Organisation", models.CASCADE, null=True, blank=True, related_name="deliveries")
    template = models.CharField(max_length=100, help_text=_("Folder under templates/emails/, or what wrote the message."))
    recipient = LowercaseEmailField()
    language = models.CharField(max_length=10, default="en")
    context = models.JSONField(default=dict, blank=True, help_text=_("Values the template needs; no secrets."))
    message = models.TextField(
        null=True,
        blank=True,
        editable=False,
        help_text=_(
            "The finished message, encrypted; empty once sent or expired. None: made from the template when it is sent."
        ),
    )
    link = models.ForeignKey(MailLink, models.SET_NULL, null=True, blank=True, related_name="deliveries")
    about = models.CharField(
        max_length=80,
        blank=True,
        help_text=_("Key of what the mail is about, in the app that queued it, such as order:<uuid>."),
    )
    priority = models.CharField(max_length=10, choices=Priority, default=Priority.DEFAULT)
    batch = models.UUIDField(null=True, blank=True, help_text=_("Shared by what one act wrote to many people."))
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    queued_at = models.DateTimeField(default=timezone.now, help_text=_("When the 48 hours began in which it is tried."))
    not_before = models.DateTimeField(
        null=True, blank=True, help_text=_("When it is tried next; while it is being sent, when another worker may take it.")
    )
    expires_at = models.DateTimeField(null=True, blank=True, help_text=_("Not sent from this moment on."))
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "mail deliveries"
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["state", "not_before"], name="mail_delivery_waiting"),
            models.Index(
                fields=["priority", "organisation", "not_before"],
                condition=models.Q(state__in=WAITING),
                name="mail_delivery_in_line",
            ),
            models.Index(
                fields=["organisation", "template"], condition=models.Q(state__in=UNDELIVERED), name="mail_delivery_undelivered"
            ),
            models.Index(fields=["about"], condition=~models.Q(about=""), name="mail_delivery_about"),
            models.Index(fields=["batch"], condition=models.Q(batch__isnull=False), name="mail_delivery_batch"),
        ]

    def __str__(self) -> str:
        return self.template

    @property
    def is_undelivered(self) -> bool:
        return self.state in UNDELIVERED

    @property
    def is_waiting(self) -> bool:
        return self.state in WAITING


class BulkTurn(models.Model):
    """Whose turn it is to send an organisation's bulk mail: one batch at a time, however many workers there are.

    Bulk mail of no organisation, which is about what people do for themselves, has a row of its own.
    """

    organisation = models.OneToOneField("accounts.Organisation", models.CASCADE, null=True, blank=True, related_name="+")
    holder = models.UUIDField(null=True, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(Coalesce("organisation", 0), name="mail_bulk_turn_once")]

    def __str__(self) -> str:
        return str(self.organisation_id)


class StoppedMails(models.Model):
    """Somebody does not want e-mails of a kind that may be stopped: `mail.kinds.MailChoice`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="stopped_mails")
    choice = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "stopped mails"
        constraints = [models.UniqueConstraint(fields=["user", "choice"], name="mail_stopped_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.choice}"
