"""A backup of an earlier version comes back with files and keys, and is upgraded: `deploy/backup.sh`, `deploy/restore.sh`."""

import os
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.upgrade.databases import counts_in, libpq, new_database, run, versions

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
NEWEST = versions()[-1]
# The one L&D partner becomes a data steward too, which the log says.
ADDED = {"accounts.AuditEvent": 1, "accounts.RoleAssignment": 1}

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(not shutil.which("pg_dump"), reason="needs the client programs of PostgreSQL"),
]


def script(name: str, folder: Path, address: str, var: Path, **more: str) -> subprocess.CompletedProcess:
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": libpq(address), "ACCORD_VAR": str(var)} | more
    return subprocess.run([DEPLOY / name, str(folder)], env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def old_site(tmp_path):
    """A database of the newest release, with files beside it and keys."""
    var = tmp_path / "old"
    for name, words in {
        "media/images/a b.webp": "picture",
        "private/imports/people.csv": "people",
        "static/a.css": "x",
    }.items():
        path = var / name
        path.parent.mkdir(parents=True)
        path.write_text(words)
        path.chmod(0o640 if name.startswith("media") else 0o600)
    keys = tmp_path / "accord.env"
    keys.write_text('SECRET_KEY="the-key-of-its-day"\n')
    with new_database() as address:
        NEWEST.restore_to(address)
        yield address, var, keys


def made(done: subprocess.CompletedProcess) -> Path:
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.splitlines()[-1])


def test_a_backup_is_restored_whole_and_upgraded(old_site, tmp_path):
    address, var, keys = old_site
    backup = made(script("backup.sh", tmp_path / "backups", address, var, ACCORD_ENV=str(keys)))
    assert {path.name for path in backup.iterdir()} == {"database.dump", "files.tar.gz", "accord.env", "SHA256SUMS"}
    assert {path.stat().st_mode & 0o077 for path in (backup, *backup.iterdir())} == {0}
    assert (backup / "accord.env").read_text() == keys.read_text()

    new = tmp_path / "new"
    with new_database() as fresh:
        done = script("restore.sh", backup, fresh, new)
        assert done.returncode == 0, done.stderr
        kept = {
            str(path.relative_to(new)): (path.read_text(), path.stat().st_mode & 0o777)
            for path in new.rglob("*")
            if path.is_file()
        }
        assert kept == {"media/images/a b.webp": ("picture", 0o640), "private/imports/people.csv": ("people", 0o600)}

        run(fresh, new, "manage.py", "migrate", "-v0")
        assert "No planned migration" in run(fresh, new, "manage.py", "migrate", "--plan")
        noted, found = NEWEST.noted()["rows"], counts_in(fresh, new)
        assert {label: found[label] for label in noted if label in found} == {
            label: noted[label] + ADDED.get(label, 0) for label in noted if label in found
        }


def test_nothing_is_overwritten(old_site, tmp_path):
    address, var, keys = old_site
    backup = made(script("backup.sh", tmp_path / "backups", address, var, ACCORD_ENV=str(keys)))
    done = script("restore.sh", backup, address, tmp_path / "new")
    assert (done.returncode, "Restore into an empty one; nothing was changed" in done.stderr) == (1, True)
    with new_database() as fresh:
        done = script("restore.sh", backup, fresh, var)
        assert (done.returncode, "media already exists. Move it aside; nothing was changed." in done.stderr) == (1, True)
        with psycopg.connect(libpq(fresh)) as connection:
            assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_a_damaged_backup_is_refused(old_site, tmp_path):
    address, var, keys = old_site
    backup = made(script("backup.sh", tmp_path / "backups", address, var, ACCORD_ENV=str(keys)))
    with (backup / "files.tar.gz").open("ab") as archive:
        archive.write(b"x")
    with new_database() as fresh:
        assert script("restore.sh", backup, fresh, tmp_path / "new").returncode != 0
    assert not (tmp_path / "new").exists()


def test_a_backup_that_fails_leaves_no_folder_that_looks_like_one(old_site, tmp_path):
    address, var, _keys = old_site
    done = script("backup.sh", tmp_path / "backups", address.rpartition("/")[0] + "/not_there", var)
    assert done.returncode != 0
    assert [path.suffix for path in (tmp_path / "backups").iterdir()] == [".partial"]
