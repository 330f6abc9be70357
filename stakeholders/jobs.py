"""What this app declares: kinds of files, and taking an import back in a worker."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.forms import CURRENCIES
from accounts.rules import can_see_outcomes
from imports import services
from imports.enums import ImportState
from imports.kinds import ImportKind, import_kinds
from imports.models import StagedImport
from jobs.kinds import JobKind, Progress, job_kinds
from stakeholders import services as stakeholder_services
from stakeholders.kinds import KINDS


def register_jobs() -> None:
    """Called by `StakeholdersConfig.ready`."""
    job_kinds.register(JobKind(stakeholder_services.WITHDRAW_JOB, _withdraw))


def register_import_kinds() -> None:
    """So that `imports` takes these files."""
    for kind in KINDS.values():
        import_kinds.register(
            ImportKind(
                name=kind.name,
                title=kind.title,
                columns=kind.header,
                read_aside=stakeholder_services.read_aside,
                check=stakeholder_services.count_rows,
                apply=stakeholder_services.write_rows,
                may=can_see_outcomes,
                sample=tuple(tuple(row) for row in kind.sample_rows()),
                words={column.name: column.choices or tuple(CURRENCIES) for column in kind.columns if column.is_worded},
                active="outcomes",
                upload_address="org:outcomes_import",
                report_template="console/outcomes_file.html",
                report_context=_what_withdrawing_does,
            )
        )


def _what_withdrawing_does(staged: StagedImport) -> dict[str, Any]:
    return {"effect": stakeholder_services.effect_of_withdrawal(staged) if staged.state == ImportState.APPLIED else None}


def _withdraw(progress: Progress) -> dict[str, Any]:
    progress.report(0, step=_("Taking everything back at once"))
    done = stakeholder_services.withdraw(staged=services.import_of(progress), actor=progress.job.requested_by)
    removed = ngettext("%(n)s row removed", "%(n)s rows removed", done.removed) % {"n": f"{done.removed:,}"}
    restored = ngettext("%(n)s restored", "%(n)s restored", done.restored) % {"n": f"{done.restored:,}"}
    return {"message": f"{removed}, {restored}."}
