"""Other accounts of the machine read nothing of what `make run` keeps; static files stay as they are."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from django.conf import settings

from config.file_modes import mend_modes

ROOT = Path(settings.BASE_DIR)
WRITE = """
import django
django.setup()
from pathlib import Path
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.mail import get_connection, send_mail
from django.core.management import call_command
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE kept (answer text)")
    storages["private"].save("imports/2026/11/people.csv", ContentFile(b"x"))
    storages["default"].save("images/a.webp", ContentFile(b"x"))
    send_mail("Code", "123456", None, ["ada@example.org"], connection=get_connection(settings.ACCORD_MAIL_TRANSPORT))
    print(sorted(path.name for path in settings.VAR_DIR.iterdir()))
call_command("collectstatic", interactive=False, verbosity=0)
"""


@pytest.fixture
def var_dir():
    """Reachable by other accounts, unlike the folder of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="accord-modes-"))
    folder.chmod(0o755)
    yield folder / "var"
    shutil.rmtree(folder)


@pytest.fixture
def written(var_dir):
    """What the settings of `make run` make of an empty folder, in a process whose shell lets everybody read."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {"ACCORD_VAR": str(var_dir), "DJANGO_SETTINGS_MODULE": "config.settings.embedded", "ACCORD_BROKER": "none"}
    command = ["sh", "-c", 'umask 022; exec "$@"', "sh", sys.executable, "-W", "ignore", "-c", WRITE]
    done = subprocess.run(command, cwd=ROOT, env=kept | environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "accord.sqlite3-wal" in done.stdout
    return var_dir


def modes(folder: Path) -> dict[str, int]:
    """Permissions by path, the folder's own as `.`."""
    return {str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode) for path in (folder, *folder.rglob("*"))}


def open_to_others(folder: Path) -> set[str]:
    return {name for name, mode in modes(folder).items() if mode & 0o077 and not name.startswith("static")}


def test_what_is_kept_is_for_its_owner(written):
    found = modes(written)
    assert {"accord.sqlite3", "secret_key", "format", "private/imports/2026/11/people.csv", "media/images/a.webp"} <= set(found)
    assert [name for name in found if name.startswith("mail/")] != []
    assert open_to_others(written) == set()


def test_static_files_are_for_all(written):
    found = modes(written / "static")
    folders = {mode for name, mode in found.items() if (written / "static" / name).is_dir()}
    files = {mode for name, mode in found.items() if (written / "static" / name).is_file()}
    assert (folders, files) == ({0o755}, {0o644})
    assert any(name.endswith(".gz") for name in found)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="becomes another account: needs root and setpriv")
def test_another_account_of_the_machine_reads_nothing(written):
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    look = ["find", str(written), "-mindepth", "1", "-readable"]
    done = subprocess.run(as_nobody + look, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    # Of the same folder without its own guard: the files are closed by themselves.
    written.chmod(0o755)
    done = subprocess.run(as_nobody + look, capture_output=True, text=True, check=False)
    found = {Path(line).relative_to(written).parts[0] for line in done.stdout.splitlines()}
    assert found == {"static"}


def test_an_installation_of_before_is_mended(tmp_path):
    for name in ("accord.sqlite3", "mail/1.eml", "private/imports/people.csv", "static/a.css", "valkey/dump.aof", "odd name"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True, mode=0o755)
        path.write_text("x")
        path.chmod(0o664)
    (tmp_path / "odd name").chmod(0o755)
    tmp_path.chmod(0o755)
    assert mend_modes(tmp_path) == 10  # four folders and five files, and the folder itself
    assert open_to_others(tmp_path) == set()
    found = modes(tmp_path)
    assert (found["static/a.css"], found["accord.sqlite3"], found["odd name"], found["mail"]) == (0o664, 0o600, 0o700, 0o700)
    assert mend_modes(tmp_path) == 0


def test_what_a_link_leads_to_stays_as_it_is(tmp_path):
    outside, var = tmp_path / "outside", tmp_path / "var"
    outside.mkdir()
    (outside / "file").write_text("x")
    (outside / "file").chmod(0o644)
    outside.chmod(0o755)
    var.mkdir()
    (var / "link").symlink_to(outside)
    (var / "file").symlink_to(outside / "file")
    mend_modes(var)
    assert (modes(outside)["."], modes(outside)["file"]) == (0o755, 0o644)


def test_a_folder_of_everybody_is_not_taken_over(tmp_path):
    tmp_path.chmod(0o1777)
    mend_modes(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o1777
    tmp_path.chmod(0o700)


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a file to another account: needs root")
def test_files_of_others_stay_as_they_are(tmp_path):
    theirs = tmp_path / "theirs"
    theirs.write_text("x")
    theirs.chmod(0o644)
    os.chown(theirs, 65534, 65534)
    mend_modes(tmp_path)
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o644
