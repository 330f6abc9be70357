"""How these files are uploaded, and what the page of their report says of leavers."""

from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.dates import DATE_FORMATS
from common.errors import UserError
from imports.enums import ImportState
from imports.kinds import KindPages, UploadForm, import_kinds
from imports.models import StagedImport
from imports.services import effect_of_withdrawal
from stakeholders.errors import WindowNotUnderstood
from stakeholders.windows import ASKED, ASKED_OF_CONTRACTS, FileWindow, missing_from

OF_ONE_DAY = "tenure"
"""The kind of file whose figures are all of one day, which may be given beside it."""
MISSING_SHOWN = 100
"""Of the rows that are not in a file, on the page of its report."""


def _what_withdrawing_does(staged: StagedImport) -> dict[str, Any]:
    return {"effect": effect_of_withdrawal(staged) if staged.state == ImportState.APPLIED else None}


def _what_it_knows(staged: StagedImport) -> dict[str, Any]:
    """What was said of its leavers, and where its own dates speak against it."""
    found = staged.findings.get("window", {})
    window = {
        "said": FileWindow.of(staged),
        "has_columns": found.get("has_columns", False),
        "has_from": found.get("has_from", False),
        "has_until": found.get("has_until", False),
        "none_before": parse_date(found["from"]) if found.get("none_before") else None,
        "none_after": parse_date(found["until"]) if found.get("none_after") else None,
    }
    return _what_withdrawing_does(staged) | {"window": window, "missing": _missing(staged)}


def _missing(staged: StagedImport) -> dict[str, Any] | None:
    """How many rows of earlier files are not in it, and which: the first of them."""
    missing = missing_from(staged) if staged.state == ImportState.APPLIED else None
    if missing is None or not (n := len(missing)):
        return None
    return {"n": n, "names": missing.names, "rows": missing.first(MISSING_SHOWN), "are_all": n <= MISSING_SHOWN}


def _kinds() -> list[tuple[str, str | Promise]]:
    return [(kind.name, kind.title) for kind in import_kinds if kind.upload_form is StakeholderUpload]


class StakeholderUpload(UploadForm):
    """A file of one of our kinds, and how its dates are written."""

    kind = forms.ChoiceField(label=_("File contents"), choices=_kinds)
    file = forms.FileField(label=_("File"), help_text=_("CSV or XLSX, with column names in the first row."))
    date_format = forms.ChoiceField(
        label=_("Date format"),
        choices=[("", _("Detect automatically")), *((name, name) for name in DATE_FORMATS)],
        required=False,
        help_text=_("Usually detected. If dates can be read two ways, you are asked before anything is imported."),
    )
    as_of = forms.DateField(
        label=_("Day of the figures"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("For tenure files only: the day on which the lengths were counted, usually that of the export."),
    )
    field_order = ["kind", "file", "date_format", "as_of"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("as_of"):
            try:
                require_as_of(data["as_of"], data.get("kind", ""), today=self.organisation.today)
            except UserError as error:
                self.add_error("as_of", str(error))
        return data

    def chosen(self) -> dict[str, Any]:
        chosen = super().chosen()
        return chosen | ({"as_of": chosen["as_of"].isoformat()} if "as_of" in chosen else {})


def require_as_of(day: date, kind: str, *, today: date) -> None:
    """Raises `WindowNotUnderstood` where a file of this kind cannot be of that day; `today` is the organisation's."""
    if kind != OF_ONE_DAY:
        raise WindowNotUnderstood(_("Only tenure files are of one day. Leave the day out."))
    if day > today:
        raise WindowNotUnderstood(_("This day has not come yet. Give the day on which the lengths were counted."))


PAGES = KindPages(
    active="outcomes",
    upload_address="org:outcomes_import",
    report_template="console/outcomes_file.html",
    report_context=_what_withdrawing_does,
)
PAGES_OF_LEAVERS = replace(PAGES, report_context=_what_it_knows, asked=ASKED)
PAGES_OF_CONTRACTS = replace(PAGES_OF_LEAVERS, asked=ASKED_OF_CONTRACTS)
