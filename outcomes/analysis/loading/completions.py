"""Who completed when: of all completions known the earliest counts."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from accounts.models import Organisation
from learning.queries import completions as completions_in_accord
from stakeholders.models import Completion
from stakeholders.queries import ELSEWHERE, CourseNames


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


@dataclass(frozen=True)
class KnownCompletions:
    """All of them, and those that files brought, with or without others in Accord.

    `in_accord_since`: day of the first that is kept in Accord, which whoever brings the files does not know; None without any.
    """

    everywhere: Completions
    in_files: Completions
    in_accord_since: date | None


def completions_of(organisation: Organisation, courses: Collection[str] = ()) -> KnownCompletions:
    """Completions of some courses (`known_courses`; none for all), in Accord and from files.

    Those in the people file stand with the people.
    """
    everywhere, in_files = Completions(), Completions()
    in_accord = [one for one in completions_in_accord(organisation) if not courses or one.course in courses]
    for one in in_accord:
        everywhere.add(one.person_id, one.email, one.completed_on)
    names = CourseNames(organisation)
    rows = Completion.objects.filter(organisation=organisation).values_list("person_id", "email", "course", "completed_on")
    for person_id, email, course, day in rows.iterator():
        if not courses or names.key(course) in courses:
            everywhere.add(person_id, email, day)
            in_files.add(person_id, email, day)
    return KnownCompletions(everywhere, in_files, min((one.completed_on for one in in_accord), default=None))


def counts_people_file(courses: Collection[str]) -> bool:
    """Whether completions in the people file, which names no course, are among those asked about."""
    return not courses or ELSEWHERE in courses
