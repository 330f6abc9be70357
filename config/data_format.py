"""Whether the SQLite data in `var/` are of this version, of an older or of a newer one; asked before anything is touched.

Only the database file of the embedded mode is looked at: what lives on a database server is upgraded by its migrations.
"""

import shlex
from datetime import date
from pathlib import Path

# Raised whenever first migrations are made anew. From version 0.2.0 on they never are again: migrations bring data along.
DATA_FORMAT = 2
# Written by nobody: data that carry no number were made before there was one.
UNNUMBERED = 1


class OtherFormat(Exception):
    """The data cannot be used by this version; the message says what they are and what to do."""


def require_current_format(var_dir: Path, database: Path, today: date) -> None:
    """Number a new folder; raise `OtherFormat` for data that an older or a newer version has made. Deletes nothing."""
    mark = var_dir / "format"
    if not database.exists():
        mark.write_text(f"{DATA_FORMAT}\n")
        return
    found = _format_of(mark)
    if found < DATA_FORMAT:
        raise OtherFormat(
            f"The data in {var_dir} were made by an earlier version of Accord (format {found}); this version needs format "
            f"{DATA_FORMAT} and cannot read them. Nothing was changed. Move them aside, and start again with new data:\n\n"
            f"    {move_aside(var_dir, found, today)}\n"
        )
    if found > DATA_FORMAT:
        raise OtherFormat(
            f"The data in {var_dir} belong to a newer version of Accord (format {found}; this version knows {DATA_FORMAT}). "
            "Nothing was changed. Start that version, or set ACCORD_VAR to another folder."
        )


def _format_of(mark: Path) -> int:
    try:
        return int(mark.read_text())
    except (FileNotFoundError, ValueError):
        return UNNUMBERED


def move_aside(var_dir: Path, found: int, today: date) -> str:
    """A shell command that renames the folder to a name that is free."""
    name, number = f"{var_dir.name}-format-{found}-{today.isoformat()}", 1
    while (var_dir.parent / name).exists():
        number += 1
        name = f"{var_dir.name}-format-{found}-{today.isoformat()}-{number}"
    return f"mv {shlex.quote(str(var_dir))} {shlex.quote(str(var_dir.parent / name))}"
