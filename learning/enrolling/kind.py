"""Enrolling people from a table: memberships, cohorts, seats and invitations, whole or not at all."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from access.models import Seat
from access.services.locks import lock_seats
from access.services.seats import Holding, assign_lasting_seats, open_held_seats
from accounts.audit import record
from accounts.enums import AuditVerb, MembershipState
from accounts.models import Membership, Organisation
from accounts.rules import can_manage_people
from accounts.services.invitations import KIND as INVITATION
from accounts.services.people import (
    DETAILS,
    Change,
    RosterImport,
    classify_changes,
    conflicts,
    invites,
    join_changes,
    known_people,
)
from common.cells import CellError
from courses.models import Course
from imports.enums import ImportState
from imports.errors import ChangedSinceCheck
from imports.kinds import Column, ImportApplication, ImportKind, KindPages, Parts, UploadForm
from imports.models import RowChange, StagedImport
from imports.services import later_mentions
from learning.enrolling.rows import KEPT, Targets, cohort_members, cohorts_in, digest_of, read_enrolments
from learning.enrolling.seats import SeatHandout
from learning.enrolling.undoing import (
    Outcome,
    delete_unused,
    foreseen,
    is_withdrawable,
    later_imports,
    refuse_to_withdraw,
    take_back,
    too_late,
    withdrawable_until,
)
from learning.models import Cohort, CohortMembership
from learning.queries import cohort_named
from learning.services.cohorts import (
    create_cohort,
    enrol_members,
    lock_cohorts,
    place_in_cohort,
    record_added,
    seats_needed_until,
)
from mail.queries import bulk_progress

KIND = "enrolments"
RowValues = dict[str, str]


class EnrolmentUpload(UploadForm):
    course = forms.ModelChoiceField(
        label=_("Course"),
        queryset=Course.objects.none(),
        required=False,
        to_field_name="slug",
        empty_label=_("None yet: just add the people"),
        help_text=_("Everyone in the file is added to a cohort for this course, unless their row says otherwise."),
    )
    cohort = forms.CharField(
        label=_("Cohort"),
        max_length=200,
        required=False,
        help_text=_("A new name creates a new cohort. If left empty, the cohort is named after the course."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        courses: Any = self.fields["course"]
        courses.queryset = Course.objects.filter(is_listed=True)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        course = cleaned.get("course")
        try:
            Targets(self.organisation, {}).of(" ".join(cleaned.get("cohort", "").split()), course.slug if course else "")
        except CellError as error:
            self.add_error("cohort", str(error)[:1].upper() + str(error)[1:])
        return cleaned

    def chosen(self) -> dict[str, Any]:
        course = self.cleaned_data.get("course")
        cohort = " ".join(self.cleaned_data.get("cohort", "").split())
        return ({"course": course.slug} if course else {}) | ({"cohort": cohort} if cohort else {})


def known_rows(organisation: Organisation, rows: Sequence[Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """What is known of the people in some rows, in the columns of a file; a team of the same name is the same team."""
    known = known_people(organisation, rows)
    teams = {row["email"]: row["team"] for row in rows}
    for email, person in known.items():
        name = person.pop("team__name") or ""
        person["team"] = teams[email] if name.lower() == teams[email].lower() else name
    return known


def button_text(staged: StagedImport) -> str:
    result = staged.options.get("result") or {}
    people = result.get("people", staged.rows_new + staged.rows_changed)
    if result.get("to_place"):
        return ngettext("Enrol %(n)s person", "Enrol %(n)s people", people) % {"n": f"{people:,}"}
    if not staged.rows_new:
        return ngettext("Change %(n)s person", "Change %(n)s people", people) % {"n": f"{people:,}"}
    return ngettext("Add %(n)s person", "Add %(n)s people", people) % {"n": f"{people:,}"}


def report_context(staged: StagedImport) -> dict[str, Any]:
    """Rows are not people: somebody may be in several, and some are invited again. Once applied, how far its mails are."""
    is_applied = staged.state == ImportState.APPLIED
    context = {
        "to_invite": (staged.options.get("result") or {}).get("to_invite", staged.rows_new),
        "mail_progress": bulk_progress(staged.organisation, INVITATION) if is_applied else None,
        "withdrawable_until": withdrawable_until(staged) if is_applied and is_withdrawable(staged) else None,
    }
    if staged.state == ImportState.WITHDRAWN:
        context |= _stayed(staged, staged.results.get("withdrawn", {}))
    return context


def withdrawal_context(staged: StagedImport) -> dict[str, Any]:
    outcome = foreseen(staged)
    return _stayed(staged, asdict(outcome)) | {
        "first": later_imports(staged),
        "again": later_mentions(staged),
        "is_withdrawable": is_withdrawable(staged),
        "too_late": too_late(),
        "outcome": outcome,
    }


def _stayed(staged: StagedImport, outcome: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "stayed": _named(staged, outcome, "stayed"),
        "more_stayed": max(outcome.get("n_stayed", 0) - len(outcome.get("stayed", ())), 0),
        "roleless": _named(staged, outcome, "roleless"),
        "more_roleless": max(outcome.get("n_roleless", 0) - len(outcome.get("roleless", ())), 0),
    }


def _named(staged: StagedImport, outcome: Mapping[str, Any], which: str) -> list[Membership]:
    numbers = outcome.get(which)
    return list(Membership.objects.filter(organisation=staged.organisation_id, pk__in=numbers)) if numbers else []


# Applied and taken back -------------------------------------------------------------------------------------------------------


class TargetKey(NamedTuple):
    """Where a row puts its person: the keys of cohort and course as text. A cohort without a key is created under its name."""

    cohort: str
    name: str
    course: str


class EnrolmentParts(Parts):
    """What is done with each person is kept as a `RowChange` by their membership: `accounts.services.people.Change`, and in it
    the `cohorts` that they are new in and the `seats` that they got, by primary key.
    """

    def __init__(self, application: ImportApplication) -> None:
        super().__init__(application)
        self.organisation, self.actor = application.organisation, application.actor
        self.kept = {"mails": uuid4().hex, "effects": {}, "roster": {}, "placed": {}, "made": {}}
        self.cohorts: dict[TargetKey, Cohort] = {}
        self.missing: list[TargetKey] = []
        self.seats: SeatHandout | None = None
        self.roster: RosterImport | None = None

    # What rows mean ---------------------------------------------------------------------------------------------------

    def look(self, *, is_new: bool) -> None:
        """Raises `ChangedSinceCheck` where a row would do something else than the check said, `SeatsExhausted`."""
        targets, members = self._find_what_is_meant()
        self._find_cohorts(targets)
        Membership.objects.lock_numbered(members)
        paid = [cohort for cohort in self.cohorts.values() if not cohort.course.is_free]
        self.seats = SeatHandout(self.organisation, paid) if paid else None
        if is_new:
            # Said of the whole file before anything is written: what one row does must not make another of the same person
            # nothing.
            effects = Counter(effect for batch in self.application.batches() for effect in self._effects_of(batch))
            self.kept["effects"] = dict(effects)
        if self.seats:
            self.seats.begin(self._courses_wanted(_changing(batch)) for batch in self.application.batches())

    def _find_what_is_meant(self) -> tuple[set[TargetKey], set[int]]:
        """Every cohort that rows name, and the memberships known today of all people in the file.

        They are locked before the first row is written: taken as the rows come, they would be held in the order of the file.
        """
        targets: set[TargetKey] = set()
        members: set[int] = set()
        known = Membership.objects.filter(organisation=self.organisation)
        for batch in self.application.batches():
            targets |= {target for row in batch if (target := _target(row))}
            members.update(known.filter(email__in={row["email"] for row in batch}).values_list("pk", flat=True))
        return targets, members

    def _find_cohorts(self, targets: Collection[TargetKey]) -> None:
        """Locks those that are there. Raises `ChangedSinceCheck` where a course or a cohort is not what it was."""
        courses = Course.objects.select_related("current_version").in_bulk({int(target.course) for target in targets})
        if len(courses) < len({target.course for target in targets}):
            raise ChangedSinceCheck
        found = {target: self._find(target) for target in sorted(targets)}
        known = [cohort for cohort in found.values() if cohort]
        locked = {cohort.pk: cohort for cohort in lock_cohorts(known)} if known else {}
        for target, cohort in found.items():
            course = courses[int(target.course)]
            if cohort is None:
                self.missing.append(target)
                self.cohorts[target] = Cohort(organisation=self.organisation, name=target.name, course=course)
            elif cohort.course_id == course.pk and not locked[cohort.pk].is_archived:
                self.cohorts[target] = locked[cohort.pk]
            else:
                raise ChangedSinceCheck

    def _find(self, target: TargetKey) -> Cohort | None:
        """The cohort that was there, whatever it is called today, or the one of that name: made since the check, or not yet."""
        if not target.cohort:
            return cohort_named(self.organisation, target.name)
        cohort = self.organisation.cohorts.filter(pk=int(target.cohort)).first()
        if cohort is None:
            raise ChangedSinceCheck
        return cohort

    def _effects_of(self, rows: Sequence[RowValues]) -> list[str]:
        """What each row does now: "new", "changed" or, where somebody has done it meanwhile, "unchanged". A few queries.

        Anything else that differs from what was agreed raises `ChangedSinceCheck`.
        """
        people = [_person(row) for row in rows]
        changes = classify_changes(self.organisation, people)
        refused = conflicts(self.organisation, people)
        members = cohort_members({cohort.pk for cohort in self.cohorts.values() if cohort.pk}, changes)
        effects = []
        for row in rows:
            change, target = changes[row["email"]], _target(row)
            is_placed = target is None or (row["email"], self.cohorts[target].pk) in members
            now = digest_of(change, is_placed=is_placed)
            is_closed = target is not None and not is_placed and not self.cohorts[target].course.is_listed
            if now and (now != row["agreed"] or row["email"] in refused or is_closed):
                raise ChangedSinceCheck
            effects.append(("new" if change.effect == "new" else "changed") if now else "unchanged")
        return effects

    def _courses_wanted(self, rows: Iterable[RowValues]) -> Iterator[tuple[str, Course]]:
        """Address and course of each row that puts somebody into a cohort."""
        for row in rows:
            if target := _target(row):
                yield row["email"], self.cohorts[target].course

    # Written, and of no use to anybody yet ----------------------------------------------------------------------------

    def begin(self) -> None:
        for target in self.missing:
            cohort = create_cohort(
                organisation=self.organisation, name=target.name, course=self.cohorts[target].course, actor=self.actor
            )
            cohort.course = self.cohorts[target].course
            self.cohorts[target] = cohort
            self.kept["made"].setdefault("cohorts", []).append(cohort.pk)

    def write(self, staged: StagedImport, rows: list[RowValues]) -> None:
        rows = _changing(rows)
        roster = self._roster()
        members = roster.add_batch([_person(row) for row in rows])
        changes = roster.changes
        _note_kept_places(changes)
        for target, people in _by_target(rows, members).items():
            cohort = self.cohorts[target]
            new = place_in_cohort(cohort, people)
            for member in new:
                changes.setdefault(member.pk, {}).setdefault("cohorts", []).append(cohort.pk)
            self._count_placed(cohort, len(new))
        if self.seats:
            holdings = self.seats.assign(members)
            _note_seats({member.pk: changes.setdefault(member.pk, {}) for _seat, member in holdings}, holdings)
        _keep(staged, changes)
        self.kept["roster"] = _counts_of(roster)
        self.kept["made"]["teams"] = roster.made_teams

    def _roster(self) -> RosterImport:
        """With the counts of earlier parts."""
        if self.roster:
            return self.roster
        title = self.application.options.get("result", {}).get("course_title", "")
        roster = RosterImport(
            organisation=self.organisation, actor=self.actor, course_title=title, mails=UUID(self.kept["mails"])
        )
        roster.made_teams = list(self.kept["made"].get("teams", ()))
        for name, count in self.kept["roster"].items():
            setattr(roster, name, count)
        self.roster = roster
        return roster

    def _count_placed(self, cohort: Cohort, placed: int) -> None:
        counts = self.kept["placed"]
        if placed:
            counts[str(cohort.pk)] = counts.get(str(cohort.pk), 0) + placed

    # Opened, which does not turn back ---------------------------------------------------------------------------------

    def open(self, staged: StagedImport, changes: Mapping[int, Change]) -> None:
        ids = cohorts_in(changes)
        cohorts = lock_cohorts(Cohort.objects.filter(pk__in=ids)) if ids else []
        # Locked like the people of a batch, so that somebody who joins meanwhile is let in.
        people = Membership.objects.select_for_update(no_key=True).filter(organisation=self.organisation, pk__in=changes)
        members = list(people.order_by("pk"))
        self._give_seats_that_last(staged, changes, members, cohorts)
        _open_seats(changes, members)
        active = [member for member in members if member.state == MembershipState.ACTIVE]
        for cohort in cohorts:
            enrol_members(cohort, _placed(cohort, active, changes))
        self._roster().invite([member for member in members if invites(changes[member.pk])])

    def _give_seats_that_last(
        self, staged: StagedImport, changes: Mapping[int, Change], members: list[Membership], cohorts: list[Cohort]
    ) -> None:
        """A second seat for those who are new in a cohort and hold one that ends too soon, as far as there are any."""
        given: set[int] = set()
        for cohort in cohorts:
            if not cohort.course.is_free:
                new, until = _placed(cohort, members, changes), seats_needed_until(cohort)
                holdings = assign_lasting_seats(new, self.organisation, cohort.course, until=until, opens=False)
                _note_seats(changes, holdings)
                given |= {member.pk for _seat, member in holdings}
        for pk in given:
            RowChange.objects.filter(staged_import=staged, row_id=pk).update(previous=changes[pk])

    def finish(self) -> dict[str, Any]:
        staged, effects, placed = self.application.staged, self.kept["effects"], self.kept["placed"]
        cohorts = list(Cohort.objects.filter(pk__in=placed).select_related("organisation").order_by("pk"))
        for cohort in cohorts:
            record_added(cohort, placed[str(cohort.pk)], actor=self.actor)
        roster = self._roster()
        roster.finish()
        new, changed = effects.get("new", 0), effects.get("changed", 0)
        # All other rows that were not refused repeat one of these, or changed nothing when they were checked.
        self.application.count(new=new, changed=changed, unchanged=staged.rows_total - staged.rows_refused - new - changed)
        invited, added = roster.new + roster.returned, sum(placed.values())
        return {
            "message": _result_message(invited, added),
            "invited": invited,
            "placed": added,
            "cohorts": sorted(cohort.name for cohort in cohorts),
        }

    # Taken back -------------------------------------------------------------------------------------------------------

    def refuse_withdrawal(self, staged: StagedImport) -> None:
        refuse_to_withdraw(staged)

    def take_back(self, staged: StagedImport, changes: Mapping[int, Change]) -> None:
        # What failed was held all the while; what is withdrawn has been in use.
        whoever = staged.state != ImportState.APPLIED
        outcome = take_back(self.organisation, changes, actor=self.actor, whoever=whoever)
        self.kept["outcome"] = outcome.added_to(self.kept.get("outcome", {}))

    def taken_back(self) -> None:
        delete_unused(self.organisation, self.kept.get("made", {}))

    def withdrawn(self) -> dict[str, Any]:
        outcome = Outcome(**self.kept.get("outcome", {}))
        record(
            verb=AuditVerb.IMPORT_WITHDRAWN,
            summary=_("Withdrew an import of people: %(removed)s removed, %(restored)s restored, %(stayed)s kept")
            % {
                "removed": f"{outcome.removed:,}",
                "restored": f"{outcome.restored:,}",
                "stayed": f"{outcome.n_stayed:,}",
            },
            organisation=self.organisation,
            actor=self.actor,
            target=self.application.staged,
        )
        return asdict(outcome) | {"message": outcome.message}


# Rows and changes -----------------------------------------------------------------------------------------------------------


def _changing(rows: Iterable[RowValues]) -> list[RowValues]:
    """Those that changed something when they were checked."""
    return [row for row in rows if row["agreed"]]


def _person(row: RowValues) -> dict[str, str]:
    return {name: row[name] for name in ("email", "team", *DETAILS)}


def _target(row: RowValues) -> TargetKey | None:
    return TargetKey(row["cohort_key"], row["cohort"], row["course_key"]) if row["course_key"] else None


def _by_target(rows: Sequence[RowValues], members: Sequence[Membership]) -> dict[TargetKey, list[Membership]]:
    people: dict[TargetKey, list[Membership]] = {}
    for row, member in zip(rows, members, strict=True):
        if target := _target(row):
            people.setdefault(target, []).append(member)
    return people


def _placed(cohort: Cohort, members: Iterable[Membership], changes: Mapping[int, Change]) -> list[Membership]:
    """Those who are new in a cohort."""
    return [member for member in members if cohort.pk in changes[member.pk].get("cohorts", ())]


def _note_kept_places(changes: dict[int, Change]) -> None:
    """Former members come back to the cohorts they were in: the import has not put them there."""
    returned = [pk for pk, change in changes.items() if "left_at" in change]
    places = CohortMembership.objects.filter(membership__in=returned).order_by("pk") if returned else ()
    for place in places:
        changes[place.membership_id].setdefault("kept_places", []).append(place.cohort_id)


def _note_seats(changes: Mapping[int, Change], holdings: Iterable[Holding]) -> None:
    for seat, member in holdings:
        changes[member.pk].setdefault("seats", []).append(seat.pk)


def _keep(staged: StagedImport, changes: dict[int, Change]) -> None:
    """With what earlier parts did with the same people."""
    earlier = {row.row_id: row for row in RowChange.objects.filter(staged_import=staged, row_id__in=changes)}
    for pk, row in earlier.items():
        row.previous = join_changes(row.previous, changes[pk]) | {
            name: row.previous.get(name, []) + changes[pk].get(name, [])
            for name in ("cohorts", "seats")
            if name in row.previous or name in changes[pk]
        }
    RowChange.objects.bulk_update(earlier.values(), ["previous"])
    RowChange.objects.bulk_create(
        [
            RowChange(organisation_id=staged.organisation_id, staged_import=staged, row_id=pk, previous=change)
            for pk, change in changes.items()
            if pk not in earlier
        ]
    )


def _counts_of(roster: RosterImport) -> dict[str, int]:
    return {name: getattr(roster, name) for name in ("new", "changed", "unchanged", "returned")}


def _open_seats(done: Mapping[int, Change], members: Iterable[Membership]) -> None:
    """Access for those who have joined, through the seats that they got."""
    joined = {member.pk: member for member in members if member.state == MembershipState.ACTIVE}
    got = [seat for pk in joined for seat in done[pk].get("seats", ())]
    if got:
        seats = lock_seats(Seat.objects.filter(pk__in=got).select_related("pool"))
        open_held_seats([(seat, joined[seat.membership_id]) for seat in seats if seat.membership_id in joined])


def _result_message(invited: int, added: int) -> str:
    parts = [
        ngettext("%(n)s person was invited by e-mail", "%(n)s people were invited by e-mail", invited) % {"n": f"{invited:,}"}
    ]
    if added:
        parts.append(ngettext("%(n)s added to a cohort", "%(n)s added to a cohort", added) % {"n": f"{added:,}"})
    return ", ".join(parts) + "."


ENROLMENTS = ImportKind(
    name=KIND,
    title=_("People to enrol"),
    columns=(
        Column("email", "email", _("Where the invitation is sent."), required=True, longest=254),
        Column("first_name", "text", _("First name."), longest=150),
        Column("last_name", "text", _("Last name."), longest=150),
        Column(
            "person_id",
            "identifier",
            _("Your own ID for the person. Upper and lower case and leading zeros count."),
            longest=100,
        ),
        Column("team", "text", _("Name of the team; a new name creates a new team.")),
        Column("manager_email", "email", _("E-mail address of the manager."), longest=254),
        Column("cohort", "text", _("Name of the cohort; a new name creates a new cohort.")),
        Column("course", "text", _("Title or slug of the course that the cohort takes.")),
    ),
    key=("email",),
    kept=KEPT,
    pages=KindPages(
        active="people",
        upload_address="org:people_import",
        report_template="console/people_file.html",
        report_context=report_context,
        button=button_text,
        known=known_rows,
        skip_note=_("New people are invited by e-mail."),
        withdrawal=withdrawal_context,
    ),
    read=read_enrolments,
    parts=EnrolmentParts,
    may=can_manage_people,
    upload_form=EnrolmentUpload,
    sample=(
        {
            "email": "ann.lee@example.org",
            "first_name": "Ann",
            "last_name": "Lee",
            "person_id": "00171",
            "team": "Support North",
            "manager_email": "maria.koch@example.org",
        },
        {
            "email": "bo.berg@example.org",
            "first_name": "Bo",
            "last_name": "Berg",
            "person_id": "00172",
            "team": "Support North",
            "manager_email": "maria.koch@example.org",
        },
    ),
)
