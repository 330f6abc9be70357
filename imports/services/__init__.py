"""Files on their way in: received, checked whole without holding the database, shown, and then applied whole or not at all.

There is one engine. Checking reads a file once into a temporary table of the session, finds every problem, counts, and keeps
the rows as one private file. Applying stages those rows again and counts and writes them under the organisation's lock: in
one brief transaction, or part after part (`imports.services.parts`). What kinds of file there are, upper apps declare
(`imports.kinds.ImportKind`).
"""

from imports.errors import ChangedSinceCheck, NotReady
from imports.services.files import (
    WITHDRAW_JOB,
    choose_date_format,
    choose_reading,
    discard,
    discard_import,
    is_busy,
    is_open,
    map_columns,
    measure,
    receive_upload,
    restart,
    start_apply,
    start_check,
    start_skipping,
    start_withdrawal,
    stop,
    upload,
)
from imports.services.parts import interrupted_words
from imports.services.processing import apply_import, check_import, first_rows_kept, import_file
from imports.services.skipping import skip_rows
from imports.services.withdrawing import effect_of_withdrawal, later_mentions, withdraw

__all__ = [
    "WITHDRAW_JOB",
    "ChangedSinceCheck",
    "NotReady",
    "apply_import",
    "check_import",
    "choose_date_format",
    "choose_reading",
    "discard",
    "discard_import",
    "effect_of_withdrawal",
    "first_rows_kept",
    "import_file",
    "interrupted_words",
    "is_busy",
    "is_open",
    "later_mentions",
    "map_columns",
    "measure",
    "receive_upload",
    "restart",
    "skip_rows",
    "start_apply",
    "start_check",
    "start_skipping",
    "start_withdrawal",
    "stop",
    "upload",
    "withdraw",
]
