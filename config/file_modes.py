"""What `make run` keeps in `var/` is for its owner alone: database, mail, uploads, keys, logs. Static files are for all."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO
FOR_ALL = ("static",)


def close_to_others() -> None:
    """From now on this process, and every one that it starts, makes files 0600 and folders 0700."""
    os.umask(OTHERS)


def mend_modes(var_dir: Path) -> int:
    """Take from others what earlier versions let them read; returns how many files and folders that were.

    What belongs to somebody else stays as it is, and so does whatever a symbolic link leads to.
    """
    return sum(_close(path) for path in _kept_in(var_dir))


def _kept_in(var_dir: Path) -> Iterator[Path]:
    yield var_dir
    for folder, subfolders, files in os.walk(var_dir):
        if Path(folder) == var_dir:
            subfolders[:] = [name for name in subfolders if name not in FOR_ALL]
        yield from (Path(folder, name) for name in (*subfolders, *files))


def _close(path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):  # gone in the meantime
        found = path.lstat()
        # A folder that everybody may write into, such as /tmp, is nobody's own.
        is_ours = found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode) and not found.st_mode & stat.S_ISVTX
        if is_ours and found.st_mode & OTHERS:
            path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
            return True
    return False
