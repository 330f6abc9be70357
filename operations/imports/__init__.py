"""Files on their way in: received, checked whole in short steps, shown, and then applied whole or not at all.

An upper app registers an `ImportKind` in `AppConfig.ready`. Its `check` goes through the table, complains into
`check.problems` and yields what is to be applied; its `apply` writes that in one brief set-based transaction. A kind whose
files have a million rows reads them aside instead (`read_aside`): into a staging table of its own, outside of transactions.
"""

from operations.imports.applying import Refused, apply_import, bring_file
from operations.imports.background import (
    APPLY_JOB,
    CHECK_JOB,
    SET_ASIDE_JOB,
    import_of,
    is_busy,
    register_jobs,
    start_apply,
    start_check,
    start_setting_aside,
    start_work,
)
from operations.imports.checking import check_import
from operations.imports.kinds import (
    Application,
    Check,
    ImportKind,
    Options,
    Report,
    StagedItem,
    kind_names,
    kind_of,
    register_kind,
)
from operations.imports.match_form import MatchForm
from operations.imports.matching import columns_to_match, keep_mapping, plain_word
from operations.imports.receiving import NotReady, discard_import, measure, receive_upload
from operations.imports.reporting import report_of, summary_of
from operations.imports.setting_aside import set_rows_aside

__all__ = [
    "APPLY_JOB",
    "CHECK_JOB",
    "SET_ASIDE_JOB",
    "Application",
    "Check",
    "ImportKind",
    "MatchForm",
    "NotReady",
    "Options",
    "Refused",
    "Report",
    "StagedItem",
    "apply_import",
    "bring_file",
    "check_import",
    "columns_to_match",
    "discard_import",
    "import_of",
    "is_busy",
    "keep_mapping",
    "kind_names",
    "kind_of",
    "measure",
    "plain_word",
    "receive_upload",
    "register_jobs",
    "register_kind",
    "report_of",
    "set_rows_aside",
    "start_apply",
    "start_check",
    "start_setting_aside",
    "start_work",
    "summary_of",
]
