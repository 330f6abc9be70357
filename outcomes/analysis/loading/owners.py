"""What exposes customers and partners: the completion of whoever looks after them, or of a team."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from accounts.models import Organisation
from common.spelling import plain
from outcomes.analysis.at_stake import NOBODY, Able, gather_members, known_to_accord
from outcomes.analysis.loading.completions import Completions, completions_of, counts_people_file
from stakeholders.models import EmploymentStint
from stakeholders.queries import Excluded

NOBODY_EXCLUDED = Excluded()


@dataclass(frozen=True)
class Owners:
    """Who owns customers and partners: the first completion by person_id, and by team (`plain`) the first of any member.

    `known` are the person_ids and teams that are in the data at all: whether others completed, nobody knows.
    """

    people: Mapping[str, date]
    teams: Mapping[str, date]
    known: frozenset[str]
    known_teams: frozenset[str]
    objecting: frozenset[str] = frozenset()
    """Levels (`level_of`) that nothing may be taken from: of those who object, and of teams in which everybody does."""
    in_files: "Owners | None" = None
    """The same by what files brought alone."""
    addresses: Mapping[str, Able] = field(default_factory=dict)
    """By level: the addresses of those in Accord whose completion exposes whom it looks after."""
    in_accord_since: date | None = None

    def knows(self, owner: str, team: str) -> bool:
        """Whether anything is known of the owner, failing that of the team."""
        return owner in self.known if owner else plain(team) in self.known_teams

    def first(self, owner: str, team: str) -> date | None:
        """The first completion of the owner, failing that of the team."""
        return self.people.get(owner) if owner else self.teams.get(plain(team))


def level_of(owner: str, team: str) -> str:
    """Blank for a customer without either. A team is the same one however it is spelled."""
    return f"owner {owner}" if owner else f"team {plain(team)}" if team else ""


@dataclass(frozen=True)
class _FirstDays:
    """First completions by person_id and by team, gathered from rows of the people file and `completions`."""

    completions: Completions
    people: dict[str, date]
    teams: dict[str, date] = field(default_factory=dict)

    @classmethod
    def of(cls, completions: Completions, excluded: Excluded) -> "_FirstDays":
        return cls(completions, {one: day for one, day in completions.by_person.items() if not excluded.has(one)})

    def add(self, person_id: str, email: str, team: str, in_people_file: date | None) -> None:
        known = (in_people_file, self.completions.first(person_id, email), self.people.get(person_id))
        days = [day for day in known if day is not None]
        if not days:
            return
        self.people[person_id] = first = min(days)
        if team:
            self.teams[team] = min(first, self.teams.get(team, date.max))


def owners_of(organisation: Organisation, courses: Collection[str] = (), excluded: Excluded = NOBODY_EXCLUDED) -> Owners:
    """What the exposure of customers and partners is taken from.

    Whoever objects completes for nobody, neither alone nor in a team.
    """
    found, accord = completions_of(organisation, courses), known_to_accord(organisation)
    everywhere, in_files = (_FirstDays.of(one, excluded) for one in (found.everywhere, found.in_files))
    with_id = organisation.memberships.exclude(person_id="").values_list("person_id", flat=True)
    known = everywhere.people.keys() | (set(with_id) - excluded.person_ids)
    addresses: dict[str, set[str]] = {}
    gather_members(addresses, accord, ((person_id, "") for person_id in known))
    of_team: dict[str, set[str]] = {}
    teams_of_objectors = set()
    with_people_file = counts_people_file(courses)
    rows = EmploymentStint.objects.filter(organisation=organisation)
    for person_id, email, name, day in rows.values_list("person_id", "email", "team", "completion_date").iterator():
        team = plain(name)
        if excluded.has(person_id):
            teams_of_objectors.add(team)
            continue
        of_team.setdefault(team, set()).add(person_id)
        gather_members(addresses, accord, [(person_id, email)])
        for days in (everywhere, in_files):
            days.add(person_id, email, team, day if with_people_file else None)
    objecting = {level_of(person_id, "") for person_id in excluded.person_ids}
    objecting |= {level_of("", team) for team in teams_of_objectors - of_team.keys()} - {""}
    owners = Owners(
        everywhere.people,
        everywhere.teams,
        frozenset(known.union(*of_team.values())),
        frozenset(of_team),
        frozenset(objecting),
        addresses=_by_level(addresses, of_team),
        in_accord_since=found.in_accord_since,
    )
    return replace(owners, in_files=replace(owners, people=in_files.people, teams=in_files.teams))


def _by_level(addresses: Mapping[str, Collection[str]], of_team: Mapping[str, Collection[str]]) -> dict[str, Able]:
    """`addresses` by person_id, and `of_team`: the person_ids of each. Without levels that nobody in Accord belongs to."""
    able = {level_of(person_id, ""): frozenset(members) for person_id, members in addresses.items()}
    for team, people in of_team.items():
        if team and (members := NOBODY.union(*(addresses.get(person_id, ()) for person_id in people))):
            able[level_of("", team)] = members
    return able
