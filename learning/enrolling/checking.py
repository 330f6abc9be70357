"""The check of an enrolment file: every complaint with its row, every change counted, nothing written."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.people import conflicts, standing
from common.cells import CellError, LeadingZeros, read_email, read_identifier
from imports.kinds import Check, StagedItem
from imports.tables.columns import Columns
from learning.enrolling.targets import Line, SeatNeed, Target, Targets
from learning.models import CohortPlace

COLUMNS = Columns(
    required=("email",),
    optional=("first_name", "last_name", "person_id", "team", "manager_email", "cohort", "course"),
)
LONGEST = {"first_name": 150, "last_name": 150, "team": 200, "cohort": 200, "course": 200}
NOTES_BY_ROW = 20


class EnrolmentCheck:
    """One pass through the file. Keeps only what tells rows apart: addresses, personnel numbers, seats needed."""

    def __init__(self, check: Check) -> None:
        self.check, self.table = check, check.table
        self.organisation = check.organisation
        self.positions = [(name, self.table.index(name)) for name in COLUMNS.known if self.table.index(name) is not None]
        self.targets = Targets(self.organisation, check.options)
        self.zeros = LeadingZeros("person_id")
        self.rows_of: dict[str, tuple[int, int]] = {}  # first row of an address, and the hash of its details
        self.email_at = self.table.index("email") or 0
        self.again: dict[str, list[int]] = {}  # rows that only repeat, of an address
        self.contradicted: set[str] = set()
        self.numbers: dict[str, str] = {}
        self.placed: set[tuple[str, str]] = set()
        self.seats = SeatNeed(self.organisation)
        self.repeated: list[int] = []
        self.courses: set[str] = set()
        self.to_place = 0

    def run(self) -> Iterator[StagedItem]:
        if not self._options_hold():
            return
        for first, rows in self.table.chunks():
            if (position := self.table.index("person_id")) is not None:
                self.zeros.see(first, [row[position].strip() for row in rows])
            lines = [line for number, row in enumerate(rows, start=first) if (line := self._read(number, row))]
            yield from self._weigh(lines)
        self.seats.complain(self.check)
        self._remark()

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
        """The row as a person and a place; None when it was refused or says nothing new."""
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
        return self._told_apart(Line(number, person, target, row[self.email_at].strip()))

    def _target(self, number: int, values: dict[str, str]) -> Target | None:
        cohort, course = values.get("cohort", ""), values.get("course", "")
        try:
            return self.targets.of(cohort, course)
        except CellError as error:
            column, value = ("course", course) if course else ("cohort", cohort)
            self.check.problems.add(number, str(error), column=column, value=value)
            return None

    def _told_apart(self, line: Line) -> Line | None:
        """Refuse a person who stands in the file twice with different details; leave out what only repeats."""
        details = hash(tuple(line.person.values()))
        first_row, first_details = self.rows_of.setdefault(line.email, (line.number, details))
        if first_details != details:
            self.contradicted.add(line.email)
            self.check.problems.involve(first_row, *self.again.get(line.email, ()))
            self.check.problems.add(
                line.number,
                _("the address stands in row %(row)s too, with other details. Keep the right one.") % {"row": first_row},
                column="email",
                value=line.written,
            )
            return None
        if first_row != line.number:
            self.again.setdefault(line.email, []).append(line.number)
            if line.email in self.contradicted:
                self.check.problems.involve(line.number)
        number = line.person.get("person_id", "")
        if number and self.numbers.setdefault(number, line.email) != line.email:
            self.check.problems.involve(self.rows_of[self.numbers[number]][0])
            self.check.problems.add(
                line.number,
                _("the number %(number)s stands in row %(row)s too, for %(email)s. Each person has a number of their own.")
                % {"number": number, "row": self.rows_of[self.numbers[number]][0], "email": self.numbers[number]},
                column="person_id",
                value=number,
            )
            return None
        place = (line.email, line.target.cohort_name if line.target else "")
        if place in self.placed:
            self.repeated.append(line.number)
            self.check.unchanged += 1
            return None
        self.placed.add(place)
        return line

    def _weigh(self, lines: list[Line]) -> Iterator[StagedItem]:
        """Count what is new, changed or as it was, and hand on what has to be applied."""
        people = [line.person for line in lines]
        refused = conflicts(self.organisation, people)
        standings = standing(self.organisation, people)
        places = self._known_places(lines)
        self.seats.count(lines)
        for line in lines:
            if line.email in refused:
                self.check.problems.add(
                    line.number, refused[line.email], column="person_id", value=line.person.get("person_id", "")
                )
                continue
            is_placed = line.target is None or (line.email, line.target.cohort_name) in places
            self.to_place += not is_placed
            if self._count(standings[line.email], line, is_placed=is_placed):
                target = [line.target.cohort_name, line.target.course.slug] if line.target else None
                yield StagedItem(line.number, line.email, {"person": line.person, "place": target})

    def _count(self, state: str, line: Line, *, is_placed: bool) -> bool:
        if line.target:
            self.courses.add(line.target.course.title)
        if state == "new":
            self.check.new += 1
        elif state == "changed" or not is_placed:
            self.check.changed += 1
        else:
            self.check.unchanged += 1
            return False
        return True

    def _known_places(self, lines: list[Line]) -> set[tuple[str, str]]:
        cohorts = {line.target.cohort.pk for line in lines if line.target and line.target.cohort}
        if not cohorts:
            return set()
        return set(
            CohortPlace.objects.filter(cohort__in=cohorts, membership__email__in={line.email for line in lines}).values_list(
                "membership__email", "cohort__name"
            )
        )

    def _remark(self) -> None:
        if self.repeated:
            rows = ", ".join(str(number) for number in self.repeated[:NOTES_BY_ROW])
            more = "…" if len(self.repeated) > NOTES_BY_ROW else ""
            self.check.note(
                ngettext(
                    "Row %(rows)s repeats an earlier row and counts once.",
                    "Rows %(rows)s repeat earlier rows and count once.",
                    len(self.repeated),
                )
                % {"rows": rows + more}
            )
        if note := self.zeros.note():
            self.check.note(note)
        ignored = [name for _position, name in self.table.others(COLUMNS.known)]
        if ignored:
            self.check.note(_("Not used: %(columns)s.") % {"columns": ", ".join(f"“{name}”" for name in ignored[:20])})
        self.check.result = {
            "to_place": self.to_place,
            "course_title": next(iter(self.courses)) if len(self.courses) == 1 else "",
        }


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
    if len(value) > LONGEST[name]:
        raise CellError(
            _("this has %(length)s characters; at most %(longest)s are kept. Shorten it.")
            % {"length": len(value), "longest": LONGEST[name]}
        )
    return value


def check_enrolments(check: Check) -> Iterator[StagedItem]:
    return EnrolmentCheck(check).run()
