"""Enrolling people from a table: memberships, cohorts, seats and invitations, whole or not at all."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from access.queries import pools_in_force
from access.services.locks import lock_pools
from accounts.models import Membership, Organisation
from accounts.rules import can_manage_people
from accounts.services.people import DETAILS, RosterImport, classify_changes, known_people
from accounts.types import Actor
from common.cells import CellError
from courses.models import Course
from imports.kinds import Column, ImportApplication, ImportKind, KindPages, UploadForm
from imports.models import StagedImport
from learning.enrolling.rows import Targets, read_enrolments
from learning.models import CohortMembership
from learning.services.cohorts import add_batch_to_cohort, create_cohort, lock_cohorts, record_added

KIND = "enrolments"
ADDED_AT_ONCE = 5000
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
    rows = staged.rows_new + staged.rows_changed
    if (staged.options.get("result") or {}).get("to_place"):
        return ngettext("Enrol %(n)s person", "Enrol %(n)s people", rows) % {"n": f"{rows:,}"}
    if not staged.rows_new:
        return ngettext("Change %(n)s person", "Change %(n)s people", rows) % {"n": f"{rows:,}"}
    return ngettext("Add %(n)s person", "Add %(n)s people", rows) % {"n": f"{rows:,}"}


class CohortAdditions:
    """Adds members cohort by cohort, a few thousand at a time, so that a file of any length fits into memory."""

    def __init__(self, organisation: Organisation, actor: Actor, targets: Collection[tuple[str, str]]) -> None:
        """`targets`: name and course of every cohort that people are added to. The new ones are created, all are locked."""
        self.organisation, self.actor = organisation, actor
        courses = Course.objects.select_related("current_version").in_bulk({slug for _name, slug in targets}, field_name="slug")
        self.cohorts = {
            (name, slug): create_cohort(organisation=organisation, name=name, course=courses[slug], actor=actor)
            for name, slug in sorted(targets)
        }
        if self.cohorts:
            lock_cohorts(self.cohorts.values())
        self.waiting: dict[tuple[str, str], list[Membership]] = {}
        self.added: Counter[tuple[str, str]] = Counter()

    def add(self, target: tuple[str, str], membership: Membership) -> None:
        waiting = self.waiting.setdefault(target, [])
        waiting.append(membership)
        if len(waiting) >= ADDED_AT_ONCE:
            self._add_waiting(target)

    def lock_pools(self) -> None:
        """The pools of all cohorts, before a seat of any of them."""
        courses = {cohort.course for cohort in self.cohorts.values() if not cohort.course.is_free}
        if courses:
            lock_pools(pools_in_force(self.organisation, *courses))

    def finish(self) -> None:
        for target in list(self.waiting):
            self._add_waiting(target)
        for target, added in self.added.items():
            record_added(self.cohorts[target], added, actor=self.actor)

    def _add_waiting(self, target: tuple[str, str]) -> None:
        members = self.waiting.pop(target)
        self.added[target] += add_batch_to_cohort(cohort=self.cohorts[target], memberships=members)


def apply_enrolments(application: ImportApplication) -> dict[str, Any]:
    """People and their cohorts; mails are queued and leave after the commit. Rows that change nothing are passed over."""
    organisation, actor = application.organisation, application.actor
    result = application.options.get("result", {})
    targets, members_to_change = _find_what_changes(application)
    additions = CohortAdditions(organisation, actor, targets)
    Membership.objects.lock_numbered(members_to_change)
    additions.lock_pools()
    roster = RosterImport(organisation=organisation, actor=actor, course_title=result.get("course_title", ""))
    repeated = application.staged.rows_total - application.staged.rows_refused
    # Said of the whole file before anything is written: what one row does must not make another of the same person nothing.
    changes = [change for batch in application.batches() for change in _changes_of(organisation, batch)]
    waiting = iter(changes)
    for batch in application.batches():
        rows = [row for row, change in zip(batch, waiting, strict=False) if change != "unchanged"]
        members = roster.add_batch([_person(row) for row in rows])
        for row, membership in zip(rows, members, strict=True):
            if row["cohort"]:
                additions.add((row["cohort"], row["course"]), membership)
    additions.finish()
    roster.finish()
    counts = Counter(changes)
    repeated -= len(changes)
    application.count(new=counts["new"], changed=counts["changed"], unchanged=counts["unchanged"] + repeated)
    return {
        "message": _result_message(roster, additions.added.total()),
        "invited": roster.new + roster.returned,
        "placed": additions.added.total(),
        "cohorts": sorted(name for name, _slug in additions.cohorts),
    }


def _find_what_changes(application: ImportApplication) -> tuple[set[tuple[str, str]], set[int]]:
    """Name and course of every cohort that the file adds people to, and the memberships known today of all whom it changes.

    They are locked before the first row is written: taken as the rows come, they would be held in the order of the file.
    """
    organisation = application.organisation
    targets: set[tuple[str, str]] = set()
    members: set[int] = set()
    for batch in application.batches():
        changed = [row for row, change in zip(batch, _changes_of(organisation, batch), strict=True) if change != "unchanged"]
        targets |= {(row["cohort"], row["course"]) for row in changed if row["cohort"]}
        emails = {row["email"] for row in changed}
        members.update(Membership.objects.filter(organisation=organisation, email__in=emails).values_list("pk", flat=True))
    return targets, members


def _person(row: RowValues) -> dict[str, str]:
    return {name: row[name] for name in ("email", "team", *DETAILS)}


def _changes_of(organisation: Organisation, rows: Sequence[RowValues]) -> list[str]:
    """What each row does now: "new", "changed" or "unchanged". Two queries."""
    changes = classify_changes(organisation, [_person(row) for row in rows])
    members = set(
        CohortMembership.objects.filter(
            cohort__organisation=organisation,
            cohort__name__in={row["cohort"] for row in rows},
            membership__email__in={row["email"] for row in rows},
        ).values_list("membership__email", "cohort__name")
    )
    return [
        "changed"
        if changes[row["email"]] == "unchanged" and row["cohort"] and (row["email"], row["cohort"]) not in members
        else changes[row["email"]]
        for row in rows
    ]


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
    pages=KindPages(
        active="people",
        upload_address="org:people_import",
        report_template="console/people_file.html",
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
