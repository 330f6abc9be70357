"""Whether the SQLite data in `var/` are of this version, of an older or of a newer one; asked before anything is touched.

Only a database file in `var/` is looked at: what lives on a database server is upgraded by its migrations, and a file that
DATABASE_URL names elsewhere would not move with the folder.
"""

import os
import shlex
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

# Raised whenever first migrations are made anew. From version 0.2.0 on they never are again: migrations bring data along.
DATA_FORMAT = 3
# Written by nobody: data that carry no number were made before there was one.
UNNUMBERED = 1


class OtherFormat(Exception):
    """The data cannot be used by this version; the message says what they are and what to do."""


def database_file(var_dir: Path, database: Mapping[str, Any]) -> Path | None:
    """The SQLite file in `var_dir` that an entry of DATABASES means; None where the database is elsewhere."""
    if database["ENGINE"] != "django.db.backends.sqlite3":
        return None
    file = Path(database["NAME"]).absolute()
    return file if file.is_relative_to(var_dir.absolute()) else None


def number_new_data(var_dir: Path, database: Path) -> None:
    """Number a folder whose database is still to be made, by the launcher or by a command."""
    if database.exists():
        return
    # Written aside and moved into place whole: another process may start at the same time.
    descriptor, made = tempfile.mkstemp(prefix=".format-", dir=var_dir)
    with os.fdopen(descriptor, "w") as mark:
        mark.write(f"{DATA_FORMAT}\n")
    os.replace(made, var_dir / "format")


def require_current_format(var_dir: Path, database: Path, today: date) -> None:
    """Number a new folder; raise `OtherFormat` for data that an older or a newer version has made. Deletes nothing."""
    if not database.exists():
        number_new_data(var_dir, database)
        return
    # Not resolved: where the folder is a symbolic link, the link is what has to make room.
    var_dir = var_dir.absolute()
    number = _format_of(var_dir / "format")
    if number < DATA_FORMAT:
        raise OtherFormat(
            f"The data in {var_dir} were created by an earlier version of Accord (format {number}); this version needs format "
            f"{DATA_FORMAT} and cannot read them. Nothing was changed. Move them out of the way and start again with new "
            f"data:\n\n    {move_aside(var_dir, number, today)}\n"
        )
    if number > DATA_FORMAT:
        raise OtherFormat(
            f"The data in {var_dir} were created by a newer version of Accord (format {number}; this version reads "
            f"{DATA_FORMAT}). Nothing was changed. Start the newer version, or set ACCORD_VAR to another folder."
        )


def _format_of(mark: Path) -> int:
    try:
        return int(mark.read_text())
    except (FileNotFoundError, ValueError):
        return UNNUMBERED


def move_aside(var_dir: Path, data_format: int, today: date) -> str:
    """A shell command that renames the folder to a name that is free."""
    name, number = f"{var_dir.name}-format-{data_format}-{today.isoformat()}", 1
    while os.path.lexists(var_dir.parent / name):
        number += 1
        name = f"{var_dir.name}-format-{data_format}-{today.isoformat()}-{number}"
    return f"mv {shlex.quote(str(var_dir))} {shlex.quote(str(var_dir.parent / name))}"
