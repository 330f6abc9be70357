"""What imported performance holds: how much of it, never whose. No question uses it yet."""

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import Organisation
from stakeholders.findings import Coverage, Finding
from stakeholders.models import EmploymentStint, Performance
from stakeholders.telling import Telling


def coverage_of_performance(organisation: Organisation, told: Telling) -> list[Coverage]:
    """One, where there is any."""
    rows = Performance.objects.filter(organisation=organisation)
    of_people, of_teams = ~Q(person_id=""), ~Q(team="")
    stints = EmploymentStint.objects.filter(organisation=organisation, person_id=OuterRef("person_id"))
    totals = rows.aggregate(
        rows=Count("pk"),
        people=Count("person_id", distinct=True, filter=of_people),
        teams=Count("team", distinct=True, filter=of_teams),
        measures=Count("measure", distinct=True),
        periods=Count("period", distinct=True),
        directed=Count("pk", filter=~Q(higher_is_better="")),
    )
    if not totals["rows"]:
        return []
    matched = rows.filter(of_people & Exists(stints)).aggregate(n=Count("person_id", distinct=True))["n"]
    findings = [
        Finding(
            _("Size"),
            _("People: %(people)s. Teams: %(teams)s.")
            % {"people": told.count(totals["people"]), "teams": told.count(totals["teams"])},
            _("No page shows any of them by name. No comparison is made of performance yet."),
        ),
        Finding(
            _("Measures and periods"),
            _("Measures: %(measures)s. Periods: %(periods)s.")
            % {"measures": f"{totals['measures']:,}", "periods": f"{totals['periods']:,}"},
            _("Only values of one measure, over periods of one length, can be compared."),
        ),
        Finding(
            _("Known whether higher is better"),
            told.part(totals["directed"], totals["rows"]),
            _("Of the others nobody knows whether the target was reached or missed."),
            told.tone(totals["directed"], totals["rows"], 1),
        ),
        Finding(
            _("People who are in the file of people"),
            told.part(matched, totals["people"]),
            _("Of the others nobody knows when they were there, or whether they completed."),
            told.tone(matched, totals["people"], 0.8),
        ),
    ]
    return [Coverage(_("Performance"), findings)]
