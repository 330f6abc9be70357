"""Long work of this app: adding thousands to a cohort, reminding them."""

from typing import Any

from django.db import transaction
from django.utils.translation import ngettext

from accounts.jobs import require_manager
from accounts.queries import people
from jobs.services import Progress
from learning import services
from learning.figures import forget_progress
from learning.models import Cohort
from learning.queries import people_outside
from learning.services.reminders import remind_unfinished

ADD_JOB = "learning.add_to_cohort"
REMIND_JOB = "learning.remind_cohort"


def matching(cohort: Cohort, *, team: str, search: str) -> Any:
    """People who could be added, by team and search as the page has them."""
    memberships = people(cohort.organisation, team=team, search=search)
    return memberships.filter(pk__in=people_outside(cohort).values("pk"))


def add_matching(progress: Progress) -> dict[str, Any]:
    """Add everybody who matches the filters. Repeating it adds who is still missing."""
    parameters = progress.parameters
    cohort = Cohort.objects.select_related("organisation", "course").get(uuid=parameters["cohort"])
    memberships = list(matching(cohort, team=parameters["team"], search=parameters["search"]).prefetch_related(None))
    progress.report(0, len(memberships))
    actor = require_manager(progress, cohort.organisation)
    with transaction.atomic():
        added = services.add_to_cohort(cohort=cohort, memberships=memberships, actor=actor)
        message = ngettext("%(n)s person was added to “%(cohort)s”.", "%(n)s people were added to “%(cohort)s”.", added)
        result = {"placed": added, "message": message % {"n": added, "cohort": cohort.name}}
        progress.complete(result)
    forget_progress(cohort)
    return result


def remind(progress: Progress) -> dict[str, Any]:
    """Remind everybody in a cohort who has not finished. Repeating it the same day goes on with those who are left."""
    cohort = Cohort.objects.select_related("organisation", "course").get(uuid=progress.parameters["cohort"])
    actor = require_manager(progress, cohort.organisation)
    count = remind_unfinished(
        cohort=cohort, actor=actor, mails=progress.job.uuid, counted=progress.counted, count=progress.count
    )
    return {"reminded": count, "message": reminded_in_words(count)}


def reminded_in_words(count: int) -> str:
    return ngettext("%(n)s person is being reminded.", "%(n)s people are being reminded.", count) % {"n": f"{count:,}"}
