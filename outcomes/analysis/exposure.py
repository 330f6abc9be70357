"""Who completed when: training taken elsewhere, completions brought by file, completions in Accord; the earliest counts."""

from dataclasses import dataclass, field
from datetime import date

from accounts.models import Organisation
from learning import queries as courses
from stakeholders.models import Completion, EmploymentStint


@dataclass(frozen=True)
class Completions:
    """First day of completion by the organisation's own key of a person, and by e-mail address."""

    by_person: dict[str, date] = field(default_factory=dict)
    by_email: dict[str, date] = field(default_factory=dict)

    def add(self, person_id: str, email: str, day: date) -> None:
        for known, key in ((self.by_person, person_id), (self.by_email, email)):
            if key and (key not in known or day < known[key]):
                known[key] = day

    def first(self, person_id: str, email: str) -> date | None:
        """The earlier of the two, None where neither is known."""
        found = [day for day in (self.by_person.get(person_id), self.by_email.get(email)) if day is not None]
        return min(found, default=None)


def completions_of(organisation: Organisation) -> Completions:
    """Completions of any course, in Accord and from files; those in the people file stand with the people."""
    found = Completions()
    rows = Completion.objects.filter(organisation=organisation).values_list("person_id", "email", "completed_on")
    for person_id, email, day in rows.iterator():
        found.add(person_id, email, day)
    for completion in courses.completions(organisation):
        found.add(completion.person_id, completion.email, completion.completed_on)
    return found


def owners_of(organisation: Organisation) -> tuple[dict[str, date], dict[str, date]]:
    """First completion by person_id, and by team the first of any member: what customers' exposure is taken from."""
    found = completions_of(organisation)
    people = dict(found.by_person)
    teams: dict[str, date] = {}
    rows = EmploymentStint.objects.filter(organisation=organisation).values_list(
        "person_id", "email", "team", "completion_date"
    )
    for person_id, email, team, elsewhere in rows.iterator():
        days = [day for day in (elsewhere, found.first(person_id, email)) if day is not None]
        if not days:
            continue
        people[person_id] = min([*days, *([people[person_id]] if person_id in people else [])])
        if team:
            teams[team] = min([people[person_id], *([teams[team]] if team in teams else [])])
    return people, teams
