"""Enrolling people from a table: memberships, cohorts, seats and invitations, whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Membership, Organisation
from accounts.rules import can_manage_people
from accounts.services.invitations import KIND as INVITATION
from accounts.services.people import known_people
from common.cells import CellError
from courses.models import Course
from imports.enums import ImportState
from imports.kinds import Column, ImportKind, KindPages, UploadForm
from imports.models import StagedImport
from learning.enrolling.applying import EnrolmentParts
from learning.enrolling.rows import KEPT, Targets, read_enrolments
from learning.enrolling.undoing import foreseen, is_withdrawable, later_imports, too_late, withdrawable_until
from mail.queries import bulk_progress

KIND = "enrolments"


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
        "withdrawable_until": withdrawable_until(staged) if is_withdrawable(staged) else None,
    }
    if staged.state == ImportState.WITHDRAWN:
        context |= _stayed(staged, staged.results.get("withdrawn", {}))
    return context


def withdrawal_context(staged: StagedImport) -> dict[str, Any]:
    outcome = foreseen(staged)
    return _stayed(staged, asdict(outcome)) | {
        "first": later_imports(staged),
        "is_withdrawable": is_withdrawable(staged),
        "too_late": too_late(),
        "outcome": outcome,
    }


def _stayed(staged: StagedImport, outcome: Mapping[str, Any]) -> dict[str, Any]:
    people = Membership.objects.filter(organisation=staged.organisation_id, pk__in=outcome.get("stayed", ()))
    return {"stayed": list(people), "more_stayed": max(outcome.get("n_stayed", 0) - len(outcome.get("stayed", ())), 0)}


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
