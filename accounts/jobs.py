"""Long work of this app: inviting thousands again. And whether somebody may still do what they asked for."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.errors import NotAllowed
from accounts.models import DataExport, Organisation, User
from accounts.rules import can_manage_people
from accounts.services.exporting import make_export
from accounts.services.invitations import Whom, never_reached, resend_in_batches, waiting_to_hear_again
from jobs.services import Progress

RESEND_JOB = "accounts.resend_invitations"
WHOM: dict[str, Whom] = {"waiting": waiting_to_hear_again, "undelivered": never_reached}


def require_manager(progress: Progress, organisation: Organisation) -> User:
    """Who asked for a job, if they still manage people when it begins: it may have waited, or be started again."""
    actor = User.objects.filter(pk=progress.parameters["actor"]).first()
    if actor is None or not can_manage_people(actor, organisation):
        raise NotAllowed(
            _("Whoever asked for this may no longer do it here, so nothing was changed. Someone else can ask for it again.")
        )
    return actor


def export(progress: Progress) -> dict[str, Any]:
    """A file with everything that is held of whoever asked. Repeating it makes it anew."""
    asked = DataExport.objects.select_related("user").filter(pk=progress.parameters["export"]).first()
    if asked is None or not asked.user.is_active or asked.user_id != progress.parameters["actor"]:
        raise NotAllowed(_("This copy is no longer wanted. Ask for another one."))
    make_export(asked, progress.report)
    return {"message": _("Your file is ready. It is kept for a few days.")}


def resend(progress: Progress) -> dict[str, Any]:
    """Invite again who has not answered, or was not reached. Repeating it goes on with those who have not been written to."""
    organisation = Organisation.objects.get(pk=progress.parameters["organisation"])
    find = WHOM[progress.parameters.get("whom", "waiting")]
    count = resend_in_batches(
        organisation=organisation,
        actor=require_manager(progress, organisation),
        whom=lambda: find(organisation, asked_at=progress.job.created_at),
        mails=progress.job.uuid,
        counted=progress.counted,
        count=progress.count,
    )
    message = ngettext("%(n)s invitation was resent.", "%(n)s invitations were resent.", count)
    return {"message": message % {"n": f"{count:,}"}, "resent": count}
