"""Reads an enrolment file: every complaint with its row, every change counted, nothing written but staged rows.

What tells rows apart (addresses, personnel numbers, cohorts) is looked up among the rows that are staged already, a few
hundred at a time, so that a file of any length takes the same memory.
"""

import hashlib
import json
from array import array
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Organisation
from accounts.services.people import PersonChange, classify_changes, conflicts
from common.cells import CellError, LeadingZeros, read_email, read_identifier
from common.names import validate_name
from courses.models import Course
from imports.kinds import FileCheck
from imports.staging import Row
from imports.tables.errors import MAX_SKIPPED
from imports.tables.layout import enumerate_names
from learning.enrolling.seats import SeatNeeds
from learning.models import Cohort, CohortMembership
from learning.queries import cohort_named, name_key

NAMES = ("email", "first_name", "last_name", "person_id", "team", "manager_email", "cohort", "course")
DETAILS = NAMES[:6]
MAX_LENGTHS = {"first_name": 150, "last_name": 150, "team": 200, "cohort": 200, "course": 200}
NOTES_BY_ROW = 20
# What the check adds to a row: what it is said to change, and the keys of its course and of its cohort, if there is one yet.
KEPT = ("agreed", "cohort_key", "course_key")


# Where rows put people -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    """Where a row places its person. The cohort may not exist yet."""

    cohort_name: str
    course: Course
    cohort: Cohort | None = None


@dataclass(frozen=True)
class Line:
    """A row that could be read."""

    number: int
    person: dict[str, str]
    target: Target | None
    written: str = ""  # the address as it stands in the file

    @property
    def email(self) -> str:
        return self.person["email"]

    @property
    def cohort_name(self) -> str:
        return self.target.cohort_name if self.target else ""

    def is_placed(self, members: Container[tuple[str, int]]) -> bool:
        """Whether the person is where the row puts them, if it does; `members` are those of `cohort_members`."""
        if self.target is None:
            return True
        return self.target.cohort is not None and (self.email, self.target.cohort.pk) in members


def cohort_members(cohorts: Collection[int], emails: Collection[str]) -> set[tuple[str, int]]:
    """(address, key of the cohort) of those who are in one of the cohorts. One query, none without cohorts."""
    if not cohorts:
        return set()
    members = CohortMembership.objects.filter(cohort__in=cohorts, membership__email__in=emails)
    return set(members.values_list("membership__email", "cohort"))


def cohorts_in(changes: Mapping[int, Mapping[str, Any]]) -> set[int]:
    """Keys of the cohorts in which somebody has got a place: of what `EnrolmentParts` did with people."""
    return {pk for change in changes.values() for pk in change.get("cohorts", ())}


def digest_of(change: PersonChange, *, is_placed: bool) -> str:
    """What a row changes, short enough to be kept beside it: whom it meets, as what, and what it replaces. Blank for nothing.

    What the row itself says does not change any more; so where this is the same later, the row still does the same.
    """
    if change.effect == "unchanged" and is_placed:
        return ""
    return _digest(change.effect, change.membership, change.before, is_placed)


@lru_cache(maxsize=8)  # that of everybody who is new is the same
def _digest(*said: Any) -> str:
    return hashlib.blake2s(json.dumps(said).encode(), digest_size=12).hexdigest()


class Targets:
    """Turns what rows and options say about cohort and course into a `Target`; each pair is looked up once."""

    def __init__(self, organisation: Organisation, options: dict[str, Any]) -> None:
        self.organisation = organisation
        self.default_cohort, self.default_course = options.get("cohort", ""), options.get("course", "")
        self._known: dict[tuple[str, str], Target | None] = {}
        self._course_of: dict[str, Course] = {}
        self._written: dict[str, str] = {}  # how a cohort that is to be created is written where the file names it first

    def of(self, cohort_name: str, course_name: str) -> Target | None:
        key = (cohort_name or self.default_cohort, course_name or self.default_course)
        if key not in self._known:
            self._known[key] = self._find(*key)
        return self._known[key]

    def _find(self, cohort_name: str, course_name: str) -> Target | None:
        if not cohort_name and not course_name:
            return None
        course = self._course(course_name) if course_name else None
        cohort_name = cohort_name or (course.title if course else "")
        cohort = cohort_named(self.organisation, cohort_name)
        cohort_name = cohort.name if cohort else self._written.setdefault(name_key(cohort_name), cohort_name)
        if cohort and cohort.is_archived:
            raise CellError(
                _("the cohort “%(cohort)s” is archived. Restore it under Cohorts, or name another one.")
                % {"cohort": cohort_name}
            )
        taken = cohort.course if cohort else self._course_of.get(cohort_name)
        if taken and course and taken != course:
            raise CellError(
                _("the cohort “%(cohort)s” takes “%(course)s”. Choose another name for the cohort, or that course.")
                % {"cohort": cohort_name, "course": taken}
            )
        course = course or taken
        if course is None:
            raise CellError(
                _("there is no cohort “%(cohort)s” yet. Name the course it takes, and it will be created.")
                % {"cohort": cohort_name}
            )
        self._course_of[cohort_name] = course
        return Target(cohort_name, course, cohort)

    def _course(self, name: str) -> Course:
        course = Course.objects.filter(Q(slug__iexact=name) | Q(key__iexact=name) | Q(title__iexact=name)).first()
        if course is None:
            offered = ", ".join(Course.objects.filter(is_listed=True).values_list("slug", flat=True)[:10])
            raise CellError(
                _("there is no course “%(course)s”. Choose one of: %(offered)s.") % {"course": name, "offered": offered}
            )
        if course.current_version_id is None:
            raise CellError(_("the course “%(course)s” has not been published yet. Choose another.") % {"course": course})
        return course


# The rows -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Entry:
    """A row that is staged, or is going to be."""

    number: int
    details: tuple[str, ...]
    cohort: str
    agreed: str = ""
    course: str = ""  # its key

    @property
    def email(self) -> str:
        return self.details[0]

    def says_the_same_as(self, other: "_Entry") -> bool:
        """Whether both rows describe one person alike; teams go by their name in whatever case, as everywhere."""
        return _with_team_in_lower_case(self.details) == _with_team_in_lower_case(other.details)


@dataclass
class _Seen:
    """The rows so far that have to do with a block of rows."""

    first: dict[str, _Entry] = field(default_factory=dict)  # by address
    numbers: dict[str, str] = field(default_factory=dict)  # the address that had an employee number first
    cohorts: set[tuple[str, str]] = field(default_factory=set)  # address and cohort
    courses: dict[str, set[int]] = field(default_factory=dict)  # keys by address, of rows that change something

    def add(self, entries: Iterable[_Entry]) -> None:
        for entry in entries:
            self.first.setdefault(entry.email, entry)
            if entry.agreed:
                self.courses.setdefault(entry.email, set()).update([int(entry.course)] if entry.course else [])
            if number := entry.details[3]:
                self.numbers.setdefault(number, entry.email)
            self.cohorts.add((entry.email, entry.cohort))


class EnrolmentReader:
    """One pass through the file."""

    def __init__(self, check: FileCheck) -> None:
        self.check, self.table, self.staging = check, check.table, check.staging
        self.organisation = check.organisation
        self.positions = [(name, self.table.index(name)) for name in NAMES if self.table.index(name) is not None]
        self.targets = Targets(self.organisation, check.options)
        self.zeros = LeadingZeros("person_id")
        self.email_at = self.table.index("email") or 0
        # Rows that repeat an address, and addresses with different details: no more than could ever be skipped.
        self.again: dict[str, list[int]] = {}
        self.contradicted: set[str] = set()
        # First rows of people that were refused, so are not staged; likewise no more than could be skipped.
        self.refused: dict[str, _Entry] = {}
        self.seats: SeatNeeds | None = None  # until a row takes a paid course
        self.repeated: list[int] = []
        self.n_repeated = 0
        self.courses: set[str] = set()
        self.to_place = 0
        self.to_invite = 0
        self.people = 0
        self.unchanged = array("L")

    def run(self) -> None:
        if not self._options_hold():
            return
        self.staging.index_for("email", "person_id")
        for first, rows in self.table.chunks():
            if (position := self.table.index("person_id")) is not None:
                self.zeros.see(first, [row[position].strip() for row in rows])
            lines = [line for number, row in enumerate(rows, start=first) if (line := self._read(number, row))]
            seen = self._seen_before(lines)
            distinct = [line for line in lines if self._is_distinct(line, seen)]
            agreed = self._classify(distinct, seen)
            self.staging.add(_staged(line, agreed.get(line.number, "")) for line in distinct)
            self.check.report_position(lambda: _("Checking the file"))
        # Nobody has agreed to what such a row might do by the time the file is applied.
        self.staging.remove(self.unchanged)
        if self.seats:
            self.seats.report_shortage(self.check)
        self._add_notes()

    def _options_hold(self) -> bool:
        """A course or cohort chosen for the whole file is wrong once, not in every row."""
        if self.targets.default_course:
            try:
                self.targets.of("", "")
            except CellError as error:
                self.check.problems.add(0, str(error), column="course", value=self.targets.default_course)
                return False
        return True

    def _read(self, number: int, row: Sequence[str]) -> Line | None:
        """The row as a person and a target; None when it was refused."""
        values: dict[str, str] = {}
        complaints = self.check.problems.total
        for name, position in self.positions:
            text = row[position]  # type: ignore[index]  # those without a position were left out
            try:
                values[name] = _read_cell(name, text)
            except CellError as error:
                self.check.problems.add(number, str(error), column=name, value=text)
        target = self._target(number, values)
        if self.check.problems.total > complaints:
            return None
        person = {name: values[name] for name in values if name not in ("cohort", "course")}
        return Line(number, person, target, row[self.email_at].strip())

    def _target(self, number: int, values: dict[str, str]) -> Target | None:
        cohort, course = values.get("cohort", ""), values.get("course", "")
        try:
            return self.targets.of(cohort, course)
        except CellError as error:
            column, value = ("course", course) if course else ("cohort", cohort)
            self.check.problems.add(number, str(error), column=column, value=value)
            return None

    def _seen_before(self, lines: Sequence[Line]) -> _Seen:
        """The staged rows that have the addresses and numbers of these lines."""
        seen = _Seen({line.email: self.refused[line.email] for line in lines if line.email in self.refused})
        emails = {line.email for line in lines}
        numbers = {number for line in lines if (number := line.person.get("person_id", ""))}
        found = [*self.staging.find("email", emails), *self.staging.find("person_id", numbers)]
        seen.add(_entry(row) for row in sorted(set(found)))
        return seen

    def _is_distinct(self, line: Line, seen: _Seen) -> bool:
        """Refuse a person whose rows differ; leave out what only repeats."""
        entry = _Entry(line.number, _details(line), line.cohort_name)
        first = seen.first.setdefault(line.email, entry)
        if not entry.says_the_same_as(first):
            self._refuse_contradiction(line, first.number)
            return False
        if first.number != line.number:
            self._remember_repetition(line)
        number = line.person.get("person_id", "")
        owner = seen.numbers.setdefault(number, line.email) if number else line.email
        if owner != line.email:
            self._refuse_number(line, number, owner, seen.first[owner].number)
            if len(self.refused) <= MAX_SKIPPED:
                self.refused.setdefault(line.email, first)
            return False
        if (line.email, line.cohort_name) in seen.cohorts:
            self.n_repeated += 1
            if len(self.repeated) <= NOTES_BY_ROW:
                self.repeated.append(line.number)
            self.check.unchanged += 1
            return False
        seen.cohorts.add((line.email, line.cohort_name))
        return True

    def _refuse_contradiction(self, line: Line, first_row: int) -> None:
        if len(self.contradicted) <= MAX_SKIPPED:
            self.contradicted.add(line.email)
        self.check.problems.involve(first_row, *self.again.get(line.email, ()))
        self.check.problems.add(
            line.number,
            _("the address is also in row %(row)s, with different details. Keep the correct one.") % {"row": first_row},
            column="email",
            value=line.written,
        )

    def _remember_repetition(self, line: Line) -> None:
        if self.n_repeated <= MAX_SKIPPED:
            self.again.setdefault(line.email, []).append(line.number)
        if line.email in self.contradicted:
            self.check.problems.involve(line.number)

    def _refuse_number(self, line: Line, number: str, owner: str, first_row: int) -> None:
        self.check.problems.involve(first_row)
        self.check.problems.add(
            line.number,
            _("the employee number %(number)s is also in row %(row)s, for %(email)s. Each person needs their own number.")
            % {"number": number, "row": first_row, "email": owner},
            column="person_id",
            value=number,
        )

    def _classify(self, lines: list[Line], seen: _Seen) -> dict[int, str]:
        """Refuse what does not go with what is known, and count what is new, changed or as it was.

        Returns what each row that changes something is going to change, by row number.
        """
        people = [line.person for line in lines]
        refused = conflicts(self.organisation, people)
        changes = classify_changes(self.organisation, people)
        cohorts = {line.target.cohort.pk for line in lines if line.target and line.target.cohort}
        members = cohort_members(cohorts, changes)
        agreed = {}
        known = set(seen.courses)
        for line in lines:
            if line.email in refused:
                self.check.problems.add(
                    line.number, refused[line.email], column="person_id", value=line.person.get("person_id", "")
                )
                continue
            change, is_placed = changes[line.email], line.is_placed(members)
            if not is_placed and line.target and not line.target.course.is_listed:
                self._refuse_closed(line, line.target.course)
                continue
            agreed[line.number] = digest_of(change, is_placed=is_placed)
            self._count(change, line, is_placed=is_placed)
            if agreed[line.number] and line.email not in known:
                known.add(line.email)
                self.people += 1
                self.to_invite += change.invites
        self._count_seats([line for line in lines if agreed.get(line.number)], seen)
        return agreed

    def _refuse_closed(self, line: Line, course: Course) -> None:
        words = _("the course “%(course)s” is not open for enrolment. Choose another, or leave the column empty.")
        self.check.problems.add(line.number, words % {"course": course}, column="course", value=course.slug)

    def _count_seats(self, lines: list[Line], seen: _Seen) -> None:
        wanted: dict[str, list[Course]] = {}
        for line in lines:
            if line.target and not line.target.course.is_free:
                wanted.setdefault(line.email, []).append(line.target.course)
        if wanted:
            self.seats = self.seats or SeatNeeds(self.organisation)
            self.seats.add(wanted, seen.courses)

    def _count(self, change: PersonChange, line: Line, *, is_placed: bool) -> None:
        # With none among them, the invitation names no course: it is one and the same to everybody.
        self.courses.add(line.target.course.title if line.target else "")
        self.to_place += not is_placed
        if change.effect == "new":
            self.check.new += 1
        elif change.effect != "unchanged" or not is_placed:
            self.check.changed += 1
        else:
            self.check.unchanged += 1
            self.unchanged.append(line.number)

    def _add_notes(self) -> None:
        if self.n_repeated:
            rows = ", ".join(str(number) for number in self.repeated[:NOTES_BY_ROW])
            more = "…" if self.n_repeated > NOTES_BY_ROW else ""
            self.check.note(
                ngettext(
                    "Row %(rows)s repeats an earlier row and counts once.",
                    "Rows %(rows)s repeat earlier rows and count once.",
                    self.n_repeated,
                )
                % {"rows": rows + more}
            )
        if note := self.zeros.note():
            self.check.note(note)
        ignored = [name for _position, name in self.table.others(NAMES)]
        if ignored:
            self.check.note(_("Not used: %(columns)s.") % {"columns": enumerate_names(ignored)})
        self.check.result = {
            "to_place": self.to_place,
            "to_invite": self.to_invite,
            "people": self.people,
            "course_title": next(iter(self.courses)) if len(self.courses) == 1 else "",
        }


def _with_team_in_lower_case(details: tuple[str, ...]) -> tuple[str, ...]:
    team = DETAILS.index("team")
    return (*details[:team], details[team].lower(), *details[team + 1 :])


def _details(line: Line) -> tuple[str, ...]:
    return tuple(line.person.get(name, "") for name in DETAILS)


def _staged(line: Line, agreed: str) -> Row:
    """Cohort and course as the row means them, with what was chosen for the whole file."""
    return (line.number, *_details(line), *_target_cells(line.target, agreed))


def _target_cells(target: Target | None, agreed: str) -> tuple[str, ...]:
    if target is None:
        return ("", "", agreed, "", "")
    cohort_key = str(target.cohort.pk) if target.cohort else ""
    return (target.cohort_name, target.course.slug, agreed, cohort_key, str(target.course.pk))


def _entry(row: Row) -> _Entry:
    return _Entry(row[0], tuple(row[1:7]), row[7], row[9], row[11])


def _read_cell(name: str, text: str) -> str:
    if name == "email":
        email = read_email(text)
        if not email:
            raise CellError(_("the e-mail address is missing. Add it, or delete the row."))
        return email
    if name == "manager_email":
        return read_email(text)
    if name == "person_id":
        return read_identifier(text)
    value = " ".join(text.split())
    if len(value) > MAX_LENGTHS[name]:
        raise CellError(
            _("this has %(length)s characters; the maximum is %(longest)s. Shorten it.")
            % {"length": len(value), "longest": MAX_LENGTHS[name]}
        )
    if name in ("first_name", "last_name"):
        _refuse_address(value)
    return value


def _refuse_address(value: str) -> None:
    """Names appear in invitations."""
    try:
        validate_name(value)
    except ValidationError as error:
        if error.code == "unseen":
            raise CellError(_("this has a character that cannot be seen. Type it again.")) from None
        raise CellError(_("this has a web or e-mail address in it. Enter the name alone.")) from None


def read_enrolments(check: FileCheck) -> None:
    EnrolmentReader(check).run()
