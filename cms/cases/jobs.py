"""Checking a case by a worker: the search through an interview takes longer than a page may."""

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.models import Revision
from wagtail.permissions import policy_registry

from accounts.models import User
from cms.cases.models import SimulationCase, check, not_published
from jobs.models import Job
from jobs.services import Progress, start_job

CHECK_JOB = "cms.check_case"


def start_check(*, draft: SimulationCase, revision: Revision, user: User, publishes: bool) -> Job:
    """Have a worker play the case of this revision, and publish it if nothing is wrong and `publishes`."""
    return start_job(
        kind=CHECK_JOB,
        title=(_("Check and publish “%(case)s”") if publishes else _("Check “%(case)s”")) % {"case": str(draft)[:150]},
        parameters={"revision": revision.pk, "publishes": publishes},
        requested_by=user,
        result_url=reverse("case_desk", args=[draft.pk]),
    )


def check_case(progress: Progress) -> dict[str, Any]:
    """Safe to repeat: what was found is looked up, and what is live is not published again."""
    parameters = progress.parameters
    revision = Revision.objects.get(pk=parameters["revision"])
    draft: SimulationCase = revision.as_object()
    standing = draft.standing()
    if standing.case is not None and not standing.findings and not standing.is_checked:
        progress.report(0, 0)
        check(standing.case)
        standing = draft.standing()
    if not standing.can_be_published:
        n = len(standing.findings)
        found = ngettext("%(n)s thing has to change.", "%(n)s things have to change.", n) % {"n": n}
        words = f"{not_published(standing)} {found}" if parameters["publishes"] else found
        return {"findings": n, "message": words}
    if not parameters["publishes"]:
        return {"findings": 0, "message": _("Nothing is wrong with it as far as this search has looked. It can be published.")}
    return _publish(progress, revision)


def _publish(progress: Progress, revision: Revision) -> dict[str, Any]:
    user = User.objects.filter(pk=progress.parameters["actor"], is_active=True).first()
    case = SimulationCase.objects.get(pk=revision.object_id)
    if user is None or not policy_registry.get(case).user_has_permission(user, "publish"):
        return {"findings": 0, "message": _("It was checked, and not published: whoever asked may not publish any more.")}
    if case.live_revision_id != revision.pk:
        with transaction.atomic():
            revision.publish(user=user)
    return {"findings": 0, "message": _("Published. Whoever begins from now on plays this version.")}
