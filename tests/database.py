"""A migrated SQLite database kept between runs, so that only a changed migration costs the time of migrating.

Wagtail alone brings more than a hundred migrations. The copy is named by a digest of all that could change it and is never
used in place: every test process works on its own copy.
"""

import contextlib
import hashlib
import os
import sqlite3
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent


def template() -> Path:
    """Where the migrated database for this state of the migrations is, or will be."""
    digest = hashlib.sha256(sys.version.encode())
    for name in ("django", "wagtail", "django-allauth", "django-taggit"):
        digest.update(f"{name} {version(name)}".encode())
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    digest.update(repr(settings.INSTALLED_APPS).encode())
    return Path(tempfile.gettempdir()) / f"accord-test-db-{os.getuid()}-{digest.hexdigest()[:20]}.sqlite3"


def copy(source: Path, target: Path) -> None:
    """A consistent copy, in place only once it is whole."""
    partial = target.with_suffix(f".{os.getpid()}")
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(partial)) as new:
        old.backup(new)
    partial.rename(target)
