"""What a file did, or would do, for scripts."""

from typing import Any

from imports.models import StagedImport


def report_of(staged: StagedImport, *, dry_run: bool = False) -> dict[str, Any]:
    """What a command prints with `--json`; docs/csv-formats.md describes it."""
    set_aside = {"set_aside": staged.skipped_rows} if staged.skipped_rows else {}
    return {
        "organisation": staged.organisation.slug,
        "kind": staged.kind,
        "file": staged.file_name,
        "checksum": staged.checksum,
        "encoding": staged.encoding,
        "delimiter": staged.delimiter,
        "state": str(staged.state),
        "dry_run": dry_run,
        "rows": staged.rows_total,
        "new": staged.rows_new,
        "changed": staged.rows_changed,
        "unchanged": staged.rows_unchanged,
        "refused": staged.rows_refused,
        **set_aside,
        "notes": staged.notes,
        "problems": [
            {"row": problem.row_number, "column": problem.column, "value": problem.value, "message": problem.message}
            for problem in staged.problems.all()
        ],
    }
