"""The rows of a checked file as one private file: written when it has passed its check, loaded when it is applied.

A line of JSON that says what follows, then CSV, packed. It works wherever private files are stored, and needs no database.
"""

import csv
import gzip
import io
import json
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import IO, Any, cast

from django.core.files.base import File
from django.utils.translation import gettext as _

from imports.errors import NotReady
from imports.kinds import ImportKind, import_kinds
from imports.models import StagedImport
from imports.staging import BATCH_SIZE, Row, Staging, staged_rows

# Raised when the same line of the file would mean something else.
ROWS_FORMAT = 1
_NOT_WHOLE = (EOFError, OSError, zlib.error, UnicodeDecodeError, csv.Error, ValueError, KeyError, TypeError)


def keep_rows(staged: StagedImport, staging: Staging) -> None:
    """Store what is staged; the caller saves the rest of `staged`."""
    with tempfile.TemporaryFile() as packed:
        with gzip.open(packed, "wb", compresslevel=1) as raw, io.TextIOWrapper(raw, "utf-8", newline="") as text:
            text.write(json.dumps(_description(staging)) + "\n")
            # The longer end of a line: only characters of it are quoted before Python 3.13, and cells hold both.
            writer = csv.writer(text, lineterminator="\r\n")
            for rows in staging.batches():
                writer.writerows(rows)
        packed.seek(0)
        staged.rows_file.save(f"{staged.uuid.hex}-rows.csv.gz", File(packed), save=False)
    staged.save(update_fields=["rows_file"])


def _description(staging: Staging) -> dict[str, Any]:
    return {
        "format": ROWS_FORMAT,
        "kind": staging.kind.name,
        "names": list(staging.names),
        "covariates": staging.has_covariates,
        "clears": staging.clears,
    }


@contextmanager
def loaded_rows(staged: StagedImport) -> Iterator[Staging]:
    """The kept rows, staged again as long as the context lasts. Raises `NotReady` where they are gone, or not to be read."""
    kind = import_kinds[staged.kind]
    with _opened(staged) as text:
        described = _read_description(text, kind)
        with staged_rows(kind, described["names"], has_covariates=described["covariates"]) as staging:
            staging.clears = described["clears"]
            try:
                _load(text, staging)
            except _NOT_WHOLE:
                raise NotReady(_check_again()) from None
            yield staging


@contextmanager
def _opened(staged: StagedImport) -> Iterator[IO[str]]:
    try:
        if not staged.rows_file:
            raise FileNotFoundError
        packed = staged.rows_file.open("rb")
    except OSError:
        raise NotReady(_check_again()) from None
    with packed, gzip.open(cast(IO[bytes], packed), "rt", encoding="utf-8", newline="") as text:
        yield cast(IO[str], text)


def _read_description(text: IO[str], kind: ImportKind) -> dict[str, Any]:
    """Refuses rows that another version of this program has kept: its columns may mean something else."""
    try:
        described: dict[str, Any] = json.loads(text.readline())
        is_ours = (described["format"], described["kind"]) == (ROWS_FORMAT, kind.name) and set(described["names"]) <= {
            *kind.names
        }
    except _NOT_WHOLE:
        is_ours = False
    if not is_ours:
        raise NotReady(_check_again())
    return described


def _load(text: IO[str], staging: Staging) -> None:
    reader = csv.reader(text)
    while rows := list(islice(reader, BATCH_SIZE)):
        staging.add(list(_numbered(rows, len(staging.stored) + 1)))


def _numbered(rows: list[list[str]], width: int) -> Iterator[Row]:
    for row in rows:
        if len(row) != width:
            raise ValueError("A kept row does not have as many values as there are columns.")
        yield (int(row[0]), *row[1:])


def _check_again() -> str:
    return _("The checked rows of this file are no longer kept, so nothing was changed. Check the file again, then apply it.")
