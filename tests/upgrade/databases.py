"""The databases of earlier versions under `tests/data/upgrade/`, and a process of this version over a copy of one."""

import gzip
import hashlib
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "data" / "upgrade"
MIGRATED = sorted(path.parent.parent.name for path in ROOT.glob("*/migrations/0001_initial.py"))
COUNT = """
import json, sys
import django
django.setup()
from django.apps import apps
models = [m for m in apps.get_models() if m._meta.managed and not m._meta.proxy and m._meta.app_label in sys.argv[1:]]
print(json.dumps({m._meta.label: m._base_manager.count() for m in models}))
"""


@dataclass(frozen=True)
class Version:
    """What was kept of one version."""

    number: str

    @property
    def sqlite(self) -> Path:
        return FOLDER / f"{self.number}.sqlite3.gz"

    @property
    def postgresql(self) -> Path:
        return FOLDER / f"{self.number}.sql.gz"

    @property
    def notes(self) -> Path:
        return FOLDER / f"{self.number}.json"

    def noted(self) -> dict[str, Any]:
        noted: dict[str, Any] = json.loads(self.notes.read_text(encoding="utf-8"))
        return noted

    def unpack_to(self, var: Path) -> Path:
        """The SQLite file in a data folder, as that version left it."""
        file = var / "accord.sqlite3"
        file.write_bytes(gzip.decompress(self.sqlite.read_bytes()))
        (var / "format").write_text(f"{self.noted()['format']}\n")
        return file

    def restore_to(self, address: str) -> None:
        """Statement by statement, as a program that has no `psql` restores a plain dump with its data as INSERTs."""
        text = gzip.decompress(self.postgresql.read_bytes()).decode()
        text = "\n".join(line for line in text.split("\n") if not line.startswith(("\\restrict", "\\unrestrict")))
        with psycopg.connect(libpq(address), autocommit=True) as connection:
            connection.execute(text.encode())


def versions() -> list[Version]:
    return [Version(path.stem) for path in sorted(FOLDER.glob("*.json"))]


def digests(labels: Iterable[str]) -> dict[str, str]:
    """SHA-256 of every migration of these apps, as they are in this checkout."""
    files = [file for label in labels for file in sorted((ROOT / label / "migrations").glob("[0-9]*.py"))]
    return {f"{file.parent.parent.name}.{file.stem}": hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def libpq(address: str) -> str:
    return address.replace("postgres://", "postgresql://", 1)


@contextmanager
def new_database() -> Iterator[str]:
    """The address of an empty PostgreSQL database that is dropped afterwards."""
    server = os.environ.get("SERVICES_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    name = f"accord_upgrade_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(libpq(server), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name)))
        try:
            yield server.rsplit("/", 1)[0] + f"/{name}"
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def run(address: str, var: Path, *arguments: str, settings: str = "embedded", both: bool = False) -> str:
    """What a Python process of this version prints over that database, with `both` its log too; all of it, where it fails."""
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    environment = inherited | {
        "ACCORD_DEMO": "1",
        "ACCORD_VAR": str(var),
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": f"config.settings.{settings}",
    }
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise AssertionError(f"{' '.join(arguments)[:80]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout + done.stderr if both else done.stdout


def counts_in(address: str, var: Path) -> dict[str, int]:
    """Rows by model of our own apps."""
    counts: dict[str, int] = json.loads(run(address, var, "-c", COUNT, *MIGRATED))
    return counts


def models_of_today() -> set[str]:
    return {model._meta.label for model in apps.get_models()}
