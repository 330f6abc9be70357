"""Files on their way in: received, checked whole in short steps, shown, and then applied whole or not at all.

An upper app registers an `ImportKind` in `AppConfig.ready`. Its `check` goes through the table, complains into
`check.problems` and yields what is to be applied; its `apply` writes that in one brief set-based transaction. A kind with a
staging table of its own yields nothing and reads its own rows in `apply`.
"""

from operations.imports.applying import NotReady, apply_import
from operations.imports.background import APPLY_JOB, CHECK_JOB, is_busy, register_jobs, start_apply, start_check
from operations.imports.checking import check_import, store_problems
from operations.imports.kinds import Application, Check, ImportKind, Options, StagedItem, kind_names, kind_of, register_kind
from operations.imports.receiving import measure, receive_upload
from operations.imports.reporting import report_of, summary_of

__all__ = [
    "APPLY_JOB",
    "CHECK_JOB",
    "Application",
    "Check",
    "ImportKind",
    "NotReady",
    "Options",
    "StagedItem",
    "apply_import",
    "check_import",
    "is_busy",
    "kind_names",
    "kind_of",
    "measure",
    "receive_upload",
    "register_jobs",
    "register_kind",
    "report_of",
    "start_apply",
    "start_check",
    "store_problems",
    "summary_of",
]
