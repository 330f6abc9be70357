"""Enrolling people from a table: memberships, places in cohorts, seats and invitations, whole or not at all."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, ngettext

from accounts.rules import can_manage_people
from common.cells import CellError
from courses.models import Course
from imports.kinds import ImportKind, Options
from imports.models import StagedImport
from learning.enrolling.applying import apply_enrolments
from learning.enrolling.checking import COLUMNS, check_enrolments
from learning.enrolling.targets import Targets

__all__ = ["ENROLMENTS", "KIND"]
KIND = "enrolments"


class EnrolmentOptions(Options):
    course = forms.ModelChoiceField(
        label=gettext_lazy("Course"),
        queryset=Course.objects.none(),
        required=False,
        to_field_name="slug",
        empty_label=gettext_lazy("None yet: only add the people"),
        help_text=gettext_lazy("Everybody in the file is placed in a cohort for this course, unless their row says otherwise."),
    )
    cohort = forms.CharField(
        label=gettext_lazy("Cohort"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("A new name makes a new cohort. Left empty, the cohort is called like the course."),
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


def button_text(staged: StagedImport) -> str:
    rows = staged.rows_new + staged.rows_changed
    if (staged.options.get("result") or {}).get("to_place"):
        return ngettext("Enrol %(n)s person", "Enrol %(n)s people", rows) % {"n": f"{rows:,}"}
    if not staged.rows_new:
        return ngettext("Change %(n)s person", "Change %(n)s people", rows) % {"n": f"{rows:,}"}
    return ngettext("Add %(n)s person", "Add %(n)s people", rows) % {"n": f"{rows:,}"}


ENROLMENTS = ImportKind(
    name=KIND,
    title=gettext_lazy("People to enrol"),
    columns=COLUMNS,
    check=check_enrolments,
    apply=apply_enrolments,
    may=can_manage_people,
    options_form=EnrolmentOptions,
    sample=(
        ("ann.lee@example.org", "Ann", "Lee", "00171", "Support North", "maria.koch@example.org", "", ""),
        ("bo.berg@example.org", "Bo", "Berg", "00172", "Support North", "maria.koch@example.org", "", ""),
    ),
    button=button_text,
)
