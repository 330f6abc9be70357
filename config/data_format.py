"""Whether the SQLite data in `var/` are of this version, of an older or of a newer one; asked before anything is touched.

Only a database file in `var/` has a number: what lives elsewhere is upgraded by its migrations, apart from data of 0.1.0, which
are told by their migrations and named.
"""

import os
import shlex
import tempfile
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any

# Raised whenever first migrations are made anew. From version 0.2.0 on they never are again: migrations bring data along.
DATA_FORMAT = 3
# Written by nobody: data that carry no number were made before there was one.
UNNUMBERED = 1
MAX_DIGITS = 9


# An app that 0.1.0 had and no later version has.
APP_OF_0_1_0 = "operations"


class UnusableData(Exception):
    """The data folder cannot be used; the message says why and what to do."""


class OtherFormat(UnusableData):
    """The data were made by another version; the message says which and what to do."""


def database_file(var_dir: Path, database: Mapping[str, Any]) -> Path | None:
    """The SQLite file in `var_dir` that an entry of DATABASES means; None where the database is elsewhere."""
    if database["ENGINE"] != "django.db.backends.sqlite3":
        return None
    file = Path(database["NAME"])
    # Resolved, since one file has many names; what is returned is the name by which it was asked for.
    return file.absolute() if file.resolve().is_relative_to(var_dir.resolve()) else None


def require_folder(var_dir: Path) -> None:
    """Make the folder where there is none. Raises `UnusableData` where something else has its name."""
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise UnusableData(
            f"{var_dir} is not a folder, so no data can be kept in it. Move it out of the way, or set ACCORD_VAR to another "
            "folder."
        ) from None


def _mark_of(var_dir: Path, database: Path) -> Path:
    """Where the number of a database is written; another database in the same folder has a number of its own."""
    return var_dir / ("format" if database.name == "accord.sqlite3" else f"format-{database.name}")


def _has_data(database: Path) -> bool:
    """A file without a byte is what SQLite makes before it writes anything."""
    if database.is_dir():
        raise UnusableData(f"{database} is a folder, and the database has to be a file. Move it out of the way.")
    return database.exists() and database.stat().st_size > 0


def number_new_data(var_dir: Path, database: Path) -> None:
    """Number a folder whose database is still to be made, by the launcher or by a command."""
    if _has_data(database):
        return
    # Written aside and moved into place whole: another process may start at the same time.
    descriptor, made = tempfile.mkstemp(prefix=".format-", dir=var_dir)
    with os.fdopen(descriptor, "w") as mark:
        mark.write(f"{DATA_FORMAT}\n")
    try:
        os.replace(made, _mark_of(var_dir, database))
    except IsADirectoryError:
        os.unlink(made)
        raise UnusableData(_unreadable(_mark_of(var_dir, database))) from None


def require_current_format(var_dir: Path, database: Path, today: date) -> None:
    """Number a new folder; raise `OtherFormat` for data that an older or a newer version has made. Deletes nothing."""
    if not _has_data(database):
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
        number = mark.read_text().strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return UNNUMBERED
    except OSError:
        raise UnusableData(_unreadable(mark)) from None
    return int(number) if number.isascii() and number.isdigit() and len(number) < MAX_DIGITS else UNNUMBERED


def _unreadable(mark: Path) -> str:
    return f"{mark} should hold the number of the data format, and cannot be read. Restore it from a backup of the folder."


def move_aside(var_dir: Path, data_format: int, today: date) -> str:
    """A shell command that renames the folder to a name that is free, and does nothing when it is pasted a second time."""
    name, number = f"{var_dir.name}-format-{data_format}-{today.isoformat()}", 1
    while os.path.lexists(var_dir.parent / name):
        number += 1
        name = f"{var_dir.name}-format-{data_format}-{today.isoformat()}-{number}"
    source, target = shlex.quote(str(var_dir)), shlex.quote(str(var_dir.parent / name))
    # `mv` alone would move the folder into one that is there.
    return f"test -e {target} || mv {source} {target}"


def require_current_tables(applied: Collection[tuple[str, str]], database: str) -> None:
    """`applied`: the migrations on record, as (app, name). Raises `OtherFormat` for tables of 0.1.0, wherever they are."""
    if any(app == APP_OF_0_1_0 for app, _name in applied):
        raise OtherFormat(
            f"The database {database} was created by an earlier version of Accord; this version cannot read it. Nothing was "
            "changed. Set DATABASE_URL to a new database, or leave it unset."
        )
