"""Long work of this app: inviting thousands again."""

from typing import Any

from django.utils.translation import ngettext

from accounts.models import Organisation, User
from accounts.services.invitations import resend_in_batches
from jobs.services import Progress

RESEND_JOB = "accounts.resend_invitations"


def resend(progress: Progress) -> dict[str, Any]:
    """Invite everybody again who has not answered. Repeating it goes on with those who have not been written to."""
    organisation = Organisation.objects.get(pk=progress.parameters["organisation"])
    actor = User.objects.filter(pk=progress.parameters["actor"]).first()
    count = resend_in_batches(organisation=organisation, actor=actor, report=progress.report)
    message = ngettext("%(n)s invitation was resent.", "%(n)s invitations were resent.", count)
    return {"message": message % {"n": f"{count:,}"}, "resent": count}
