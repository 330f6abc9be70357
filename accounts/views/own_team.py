"""What the manager of a team sees: their people, and how far each is. No details of a person, no acts."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import queries
from accounts.console import console_view
from accounts.member_parts import columns_for, with_cells
from accounts.models import Organisation
from accounts.rules import can_see_own_team, teams_managed

PER_PAGE = 50


@require_safe
@console_view(can_see_own_team)
def own_team(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    teams = list(teams_managed(request.user, organisation))
    chosen = [team for team in teams if str(team.pk) == request.GET.get("team", "")]
    people = queries.people_of_teams(organisation, chosen or teams)
    page = Paginator(people, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "organisation": organisation,
        "active": "own_team",
        "teams": teams,
        "chosen": chosen[0] if chosen else None,
        "page": page,
        "rows": with_cells(list(page.object_list), for_manager=True),
        "columns": columns_for(for_manager=True),
    }
    return render(request, "console/own_team.html", context)
