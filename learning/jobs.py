"""Long work of this app: adding thousands to a cohort, giving them seats, reminding them."""

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
from learning.services.seats import give_seats

ADD_JOB = "learning.add_to_cohort"
REMIND_JOB = "learning.remind_cohort"
SEATS_JOB = "learning.give_seats"


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
        result = {"placed": added, "message": message % {"n": f"{added:,}", "cohort": cohort.name}}
        progress.complete(result)
    forget_progress(cohort)
    return result


def seat(progress: Progress) -> dict[str, Any]:
    """Give everybody in a cohort a seat who has none. Repeating it gives nobody a second one."""
    cohort = Cohort.objects.select_related("organisation", "course").get(uuid=progress.parameters["cohort"])
    actor = require_manager(progress, cohort.organisation)
    with transaction.atomic():
        given = give_seats(cohort=cohort, actor=actor)
        result = {"given": given, "message": seated_in_words(given)}
        progress.complete(result)
    forget_progress(cohort)
    return result


def seated_in_words(count: int) -> str:
    return ngettext("%(n)s person now has a seat.", "%(n)s people now have a seat.", count) % {"n": f"{count:,}"}


def remind(progress: Progress) -> dict[str, Any]:
    """Remind everybody in a cohort who has not finished. Repeating it the same day goes on with those who are left."""
    cohort = Cohort.objects.select_related("organisation", "course").get(uuid=progress.parameters["cohort"])
    actor = require_manager(progress, cohort.organisation)
    count = remind_unfinished(cohort=cohort, actor=actor, counted=progress.counted, count=progress.count)
    return {"reminded": count, "message": reminded_in_words(count)}


def reminded_in_words(count: int) -> str:
    return ngettext("%(n)s person is being reminded.", "%(n)s people are being reminded.", count) % {"n": f"{count:,}"}
