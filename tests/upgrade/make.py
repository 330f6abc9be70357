"""Makes the databases that later versions are upgraded from: `python -m tests.upgrade.make`, once a release.

An SQLite file and a PostgreSQL dump of this version, filled with the courses and the demonstration, and a note of what they
hold and of the migrations that made them. Needs a PostgreSQL server (SERVICES_DATABASE_URL) and `pg_dump`.
"""

import gzip
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from config.data_format import DATA_FORMAT
from tests.upgrade.databases import FOLDER, MIGRATED, ROOT, Version, counts_in, digests, new_database, run


def main() -> None:
    number = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    version = Version(number)
    with tempfile.TemporaryDirectory() as folder, new_database() as address:
        made = Path(folder) / "made.sqlite3"
        fill(f"sqlite:///{made}", Path(folder) / "sqlite")
        counts = counts_in(f"sqlite:///{made}", Path(folder) / "sqlite")
        smaller = Path(folder) / "smaller.sqlite3"
        with sqlite3.connect(made) as database:
            database.execute("PRAGMA journal_mode = DELETE")
            database.execute("VACUUM INTO ?", [str(smaller)])
        store(version.sqlite, smaller.read_bytes())
        fill(address, Path(folder) / "postgresql")
        dump = ["pg_dump", "--no-owner", "--no-privileges", "--inserts", "--rows-per-insert=200", address]
        store(version.postgresql, subprocess.run(dump, check=True, capture_output=True).stdout)
    noted = {"version": number, "format": DATA_FORMAT, "rows": counts, "migrations": digests(MIGRATED)}
    version.notes.write_text(json.dumps(noted, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def fill(address: str, var: Path) -> None:
    var.mkdir()
    for command in ("migrate", "load_content", "demo"):
        run(address, var, "manage.py", command, "-v0")


def store(path: Path, content: bytes) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, mtime=0))
    print(f"{path.relative_to(ROOT)}: {os.path.getsize(path) // 1024} KiB", file=sys.stderr)


if __name__ == "__main__":
    main()
