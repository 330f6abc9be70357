"""Files on their way in: received, checked whole in short steps, shown, and then applied whole or not at all.

An upper app registers an `ImportKind` in `AppConfig.ready`. Its `check` goes through the table, complains into
`check.problems` and yields what is to be applied; its `apply` writes that in one brief set-based transaction. A kind whose
files have a million rows reads them aside instead (`read_aside`): into a staging table of its own, outside of transactions.
"""

from imports.errors import NotReady, Refused
from imports.services.applying import apply_import, bring_file
from imports.services.background import import_of, is_busy, start_apply, start_check, start_setting_aside, start_work
from imports.services.checking import check_import
from imports.services.receiving import discard_import, measure, receive_upload
from imports.services.setting_aside import set_rows_aside

__all__ = [
    "NotReady",
    "Refused",
    "apply_import",
    "bring_file",
    "check_import",
    "discard_import",
    "import_of",
    "is_busy",
    "measure",
    "receive_upload",
    "set_rows_aside",
    "start_apply",
    "start_check",
    "start_setting_aside",
    "start_work",
]
