"""Enrolling people from a table: memberships, cohorts, seats and invitations, whole or not at all."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Membership, Organisation
from accounts.rules import can_manage_people
from accounts.services.invitations import KIND as INVITATION
from accounts.services.people import DETAILS, RosterImport, classify_changes, conflicts, known_people
from accounts.types import Actor
from common.cells import CellError
from courses.models import Course
from imports.enums import ImportState
from imports.errors import ChangedSinceCheck
from imports.kinds import Column, ImportApplication, ImportKind, KindPages, UploadForm
from imports.models import StagedImport
from learning.enrolling.rows import KEPT, Targets, cohort_members, digest_of, read_enrolments
from learning.enrolling.seats import SeatHandout
from learning.models import Cohort
from learning.services.cohorts import add_batch_to_cohort, create_cohort, lock_cohorts, record_added
from mail.queries import bulk_progress

KIND = "enrolments"
ADDED_AT_ONCE = 5000
RowValues = dict[str, str]


class TargetKey(NamedTuple):
    """Where a row puts its person: the keys of cohort and course as text. A cohort without a key is created under its name."""

    cohort: str
    name: str
    course: str


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
    return {
        "to_invite": (staged.options.get("result") or {}).get("to_invite", staged.rows_new),
        "mail_progress": bulk_progress(staged.organisation, INVITATION) if is_applied else None,
    }


class CohortAdditions:
    """Adds members cohort by cohort, once all have their seats: a few thousand at a time, as many as fit into memory."""

    def __init__(self, organisation: Organisation, actor: Actor, targets: Collection[TargetKey]) -> None:
        """`targets`: all that rows of the file name. The cohorts that are new are created, all are locked.

        Raises `ChangedSinceCheck` where a course or a cohort is not what it was.
        """
        self.organisation, self.actor = organisation, actor
        courses = Course.objects.select_related("current_version").in_bulk({int(target.course) for target in targets})
        if len(courses) < len({target.course for target in targets}):
            raise ChangedSinceCheck
        cohorts = {target: self._find(target, courses[int(target.course)]) for target in sorted(targets)}
        locked = {cohort.pk: cohort for cohort in lock_cohorts(cohorts.values())} if cohorts else {}
        self.cohorts = {target: locked[cohort.pk] for target, cohort in cohorts.items()}
        self.waiting: dict[TargetKey, list[int]] = {}
        self.names: set[str] = set()
        self.added: Counter[TargetKey] = Counter()

    def _find(self, target: TargetKey, course: Course) -> Cohort:
        """The cohort that was there, whatever it is called today, or the one of that name: made now, or since the check."""
        wanted = {"pk": int(target.cohort)} if target.cohort else {"name": target.name}
        cohort = self.organisation.cohorts.filter(**wanted).first()
        if cohort is None and not target.cohort:
            return create_cohort(organisation=self.organisation, name=target.name, course=course, actor=self.actor)
        if cohort is None or cohort.course_id != course.pk:
            raise ChangedSinceCheck
        return cohort

    def seats_locked(self) -> SeatHandout | None:
        """What hands out seats of the paid courses, all their pools locked; None without one."""
        paid = [cohort for cohort in self.cohorts.values() if not cohort.course.is_free]
        return SeatHandout(self.organisation, paid) if paid else None

    def courses_wanted(self, rows: Sequence[RowValues]) -> Iterator[tuple[str, Course]]:
        """Address and course of each row that puts somebody into a cohort."""
        for row in rows:
            if target := _target(row):
                yield row["email"], self.cohorts[target].course

    def add(self, row: RowValues, membership: Membership) -> None:
        if target := _target(row):
            self.names.add(self.cohorts[target].name)
            self.waiting.setdefault(target, []).append(membership.pk)

    def finish(self) -> None:
        for target, members in self.waiting.items():
            for start in range(0, len(members), ADDED_AT_ONCE):
                some = Membership.objects.filter(pk__in=members[start : start + ADDED_AT_ONCE])
                self.added[target] += add_batch_to_cohort(cohort=self.cohorts[target], memberships=some)
        for target, added in self.added.items():
            record_added(self.cohorts[target], added, actor=self.actor)


def apply_enrolments(application: ImportApplication) -> dict[str, Any]:
    """People and their cohorts; mails are queued and leave after the commit. Rows that change nothing are passed over.

    Raises `ChangedSinceCheck` where a row would do something else than the check said of it.
    """
    organisation, actor = application.organisation, application.actor
    result = application.options.get("result", {})
    targets, members = _find_what_is_meant(application)
    additions = CohortAdditions(organisation, actor, targets)
    Membership.objects.lock_numbered(members)
    seats = additions.seats_locked()
    roster = RosterImport(organisation=organisation, actor=actor, course_title=result.get("course_title", ""))
    # Said of the whole file before anything is written: what one row does must not make another of the same person nothing.
    effects = [effect for batch in application.batches() for effect in _effects_of(batch, additions)]
    if seats:
        seats.begin(additions.courses_wanted(rows) for rows in _changing(application, effects))
    for rows in _changing(application, effects):
        members_of_rows = roster.add_batch([_person(row) for row in rows])
        if seats:
            seats.assign(members_of_rows)
        for row, membership in zip(rows, members_of_rows, strict=True):
            additions.add(row, membership)
    additions.finish()
    roster.finish()
    counts, staged = Counter(effects), application.staged
    # All other rows that were not refused repeat one of these, or changed nothing when they were checked.
    unchanged = staged.rows_total - staged.rows_refused - counts["new"] - counts["changed"]
    application.count(new=counts["new"], changed=counts["changed"], unchanged=unchanged)
    return {
        "message": _result_message(roster, additions.added.total()),
        "invited": roster.new + roster.returned,
        "placed": additions.added.total(),
        "cohorts": sorted(additions.names),
    }


def _find_what_is_meant(application: ImportApplication) -> tuple[set[TargetKey], set[int]]:
    """Every cohort that rows name, and the memberships known today of all people in the file.

    They are locked before the first row is written: taken as the rows come, they would be held in the order of the file.
    """
    targets: set[TargetKey] = set()
    members: set[int] = set()
    known = Membership.objects.filter(organisation=application.organisation)
    for batch in application.batches():
        targets |= {target for row in batch if (target := _target(row))}
        members.update(known.filter(email__in={row["email"] for row in batch}).values_list("pk", flat=True))
    return targets, members


def _changing(application: ImportApplication, effects: Iterable[str]) -> Iterator[list[RowValues]]:
    """The rows that change something, batch by batch. `effects` has one for each row of the file."""
    waiting = iter(effects)
    for batch in application.batches():
        yield [row for row, effect in zip(batch, waiting, strict=False) if effect != "unchanged"]


def _person(row: RowValues) -> dict[str, str]:
    return {name: row[name] for name in ("email", "team", *DETAILS)}


def _target(row: RowValues) -> TargetKey | None:
    return TargetKey(row["cohort_key"], row["cohort"], row["course_key"]) if row["course_key"] else None


def _effects_of(rows: Sequence[RowValues], additions: CohortAdditions) -> list[str]:
    """What each row does now: "new", "changed" or, where somebody has done it meanwhile, "unchanged". A few queries.

    Anything else that differs from what was agreed raises `ChangedSinceCheck`.
    """
    people = [_person(row) for row in rows]
    changes = classify_changes(additions.organisation, people)
    refused = conflicts(additions.organisation, people)
    members = cohort_members({cohort.pk for cohort in additions.cohorts.values()}, changes)
    effects = []
    for row in rows:
        change, target = changes[row["email"]], _target(row)
        is_placed = target is None or (row["email"], additions.cohorts[target].pk) in members
        now = digest_of(change, is_placed=is_placed)
        if now and (now != row["agreed"] or row["email"] in refused):
            raise ChangedSinceCheck
        effects.append(("new" if change.effect == "new" else "changed") if now else "unchanged")
    return effects


def _result_message(roster: RosterImport, added: int) -> str:
    invited = roster.new + roster.returned
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
    ),
    read=read_enrolments,
    apply=apply_enrolments,
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
