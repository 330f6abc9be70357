"""Which teams a question about each outcome can be about, as files spell them."""

from collections.abc import Iterable
from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Organisation
from outcomes.enums import CUSTOMER_CHURN, EMPLOYEE_EXIT, PARTNER_EXIT, TENURE_EXIT
from outcomes.subjects import SUBJECTS, TITLES
from stakeholders.models import PersonPeriod

NAMED_AT_MOST = 50
UNKNOWN = {
    EMPLOYEE_EXIT: gettext_noop("No employee in the data is in the team “%(team)s”. Choose one of: %(teams)s."),
    CUSTOMER_CHURN: gettext_noop("No customer in the data belongs to the team “%(team)s”. Choose one of: %(teams)s."),
    PARTNER_EXIT: gettext_noop("No partner in the data belongs to the team “%(team)s”. Choose one of: %(teams)s."),
    TENURE_EXIT: gettext_noop("No row of the tenure files is of the team “%(team)s”. Choose one of: %(teams)s."),
}
WITHOUT_TEAMS = {
    EMPLOYEE_EXIT: gettext_noop("The data name no teams of employees. Choose no team, to ask about everybody."),
    CUSTOMER_CHURN: gettext_noop("The data name no teams for customers. Choose no team, to ask about all of them."),
    PARTNER_EXIT: gettext_noop("The data name no teams for partners. Choose no team, to ask about all of them."),
    TENURE_EXIT: gettext_noop("The tenure files name no teams. Choose no team, to ask about everybody."),
}


def teams_of(organisation: Organisation) -> dict[str, list[str]]:
    """The teams of each outcome that has any, by name. One query."""
    sources: list[tuple[str, QuerySet[Any]]] = [(outcome, subject.rows(organisation)) for outcome, subject in SUBJECTS.items()]
    sources.append((EMPLOYEE_EXIT, PersonPeriod.objects.filter(organisation=organisation)))
    first, *others = (
        rows.exclude(team="").order_by().annotate(of=Value(outcome, output_field=CharField())).values_list("of", "team")
        for outcome, rows in sources
    )
    found: dict[str, set[str]] = {}
    for outcome, team in first.union(*others):
        found.setdefault(outcome, set()).add(team)
    return {outcome: sorted(teams) for outcome, teams in found.items()}


def team_choices(teams: dict[str, list[str]], outcomes: Iterable[str]) -> list[tuple[str, str]]:
    """Each team once; where not each of the `outcomes` has all of them, with the groups that have it: "Care (Employees)"."""
    differ = len({tuple(teams.get(outcome, ())) for outcome in {*outcomes, *teams}}) > 1
    choices = []
    for team in sorted({team for names in teams.values() for team in names}):
        groups = [str(TITLES[outcome].group) for outcome in SUBJECTS if team in teams.get(outcome, ())]
        choices.append((team, f"{team} ({', '.join(groups)})" if differ else team))
    return choices


def problem_with_teams(asked: Iterable[str], outcome: str, teams: dict[str, list[str]]) -> str:
    """What is wrong with asking about these teams, or nothing."""
    known = teams.get(outcome, [])
    unknown = [team for team in asked if team not in known]
    if not unknown:
        return ""
    words = {"team": unknown[0], "teams": ", ".join(known[:NAMED_AT_MOST])}
    return (_(UNKNOWN[outcome]) if known else _(WITHOUT_TEAMS[outcome])) % words
