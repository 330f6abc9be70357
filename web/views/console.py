"""The first page of a console: how the organisation is doing, and what needs attention."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from access.queries import seats_by_course_set
from accounts.console import console_view
from accounts.models import Organisation
from accounts.rules import can_buy, can_manage_people, can_open_console, can_see_own_team, can_see_people, teams_managed
from common.charts import week_lines
from learning.figures import Figures, cohort_rows, cohorts_of, count_figures, figures_of
from learning.queries import words_of
from web.attention import action_groups

SHOWN = 8


@dataclass(frozen=True)
class Tile:
    """`number` of `total` people, and what `number` was a week ago. `is_good`: more of it is better."""

    name: str
    number: int
    total: int
    before: int
    tone: str
    words: str
    is_good: bool = True


@require_safe
@console_view(can_open_console)
def overview(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    user = request.user
    sees_people, may_buy = can_see_people(user, organisation), can_buy(user, organisation)
    listed = cohorts_of(organisation) if sees_people else []
    figures = figures_of(organisation, listed) if sees_people else None
    rows = cohort_rows(organisation, figures, cohorts=listed) if figures else []
    if not sees_people and can_see_own_team(user, organisation):
        figures = count_figures(organisation, teams_managed(user, organisation))
    people = figures.now.people if figures else 0
    seats = seats_by_course_set(organisation) if may_buy or sees_people else []
    context = {
        "organisation": organisation,
        "active": "overview",
        "figures": figures,
        "tiles": _tiles(figures) if figures and (people > 1 or not sees_people) else [],
        "weeks": _weeks(figures) if figures and figures.now.in_cohorts else None,
        "seats": seats[:SHOWN],
        "more_seats": max(0, len(seats) - SHOWN),
        "cohorts": rows[:SHOWN],
        "more_cohorts": max(0, len(rows) - SHOWN),
        "state": _state(figures, people, sees_people),
        "action_groups": action_groups(
            user,
            organisation,
            figures=figures if sees_people else None,
            rows=rows,
            seats=seats,
            of_teams=None if sees_people else figures,
        ),
        "sees_people": sees_people,
        "may_buy": may_buy,
        "may_manage": can_manage_people(user, organisation),
        "people": people,
        "is_new": sees_people and not (figures and people > 1 and listed),
    }
    return render(request, "console/overview.html", context)


def _state(figures: Figures | None, people: int, sees_people: bool) -> str:
    if figures is None:
        return ""
    now = figures.now
    if now.in_cohorts:
        return words_of(now.started, now.in_cohorts, now.finished, now.late)
    if people > 1 or not sees_people:
        return _("%(n)s people; no one is in a cohort yet.") % {"n": f"{people:,}"}
    return _("You are set up. Add your colleagues, then add them to a cohort.")


def _tiles(figures: Figures) -> list[Tile]:
    now, before = figures.now, figures.before
    of_people = ngettext("of %(n)s person", "of %(n)s people", now.people) % {"n": f"{now.people:,}"}
    of_placed = ngettext("of %(n)s person in a cohort", "of %(n)s people in cohorts", now.in_cohorts)
    of_placed %= {"n": f"{now.in_cohorts:,}"}
    return [
        Tile(_("Joined"), now.joined, now.people, before.joined, "done", of_people),
        Tile(_("Started"), now.started, now.in_cohorts, before.started, "going", of_placed),
        Tile(_("Finished"), now.finished, now.in_cohorts, before.finished, "done", of_placed),
        Tile(_("Overdue"), now.late, now.in_cohorts, before.late, "late", of_placed, is_good=False),
    ]


def _weeks(figures: Figures) -> dict[str, Any]:
    """The picture of twelve weeks, and the table behind it."""
    weeks = figures.weeks
    started, finished = [week.started for week in weeks], [week.finished for week in weeks]
    label = _("Courses started and finished in each of the last %(n)s weeks: %(started)s started, %(finished)s finished.")
    picture: SafeString = week_lines(
        [(_("started"), started, "going"), (_("finished"), finished, "done")],
        date_format(weeks[0].starts_on, "j M"),
        _("this week"),
    )
    return {
        "picture": picture,
        "label": label % {"n": len(weeks), "started": f"{sum(started):,}", "finished": f"{sum(finished):,}"},
        "header": [_("Week from"), _("Started"), _("Finished")],
        "rows": [[date_format(week.starts_on), week.started, week.finished] for week in reversed(weeks)],
        "is_empty": not any(started) and not any(finished),
    }
