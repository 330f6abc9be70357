"""The samples of `deploy/` name what there is: commands that start, settings that are read, paths that exist."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from gunicorn.config import KNOWN_SETTINGS

from config import gunicorn as gunicorn_settings

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
INSTALLED = "/srv/accord/app"
EXAMPLE = dict(re.findall(r'^([A-Z_]+)="(.*)"$', (DEPLOY / "accord.env.example").read_text(), re.MULTILINE))
# Read by others than our settings.
OF_OTHERS = {"DJANGO_SETTINGS_MODULE", "POSTGRES_PASSWORD"}
GUIDE = (ROOT / "docs" / "operations.md").read_text()


def compose() -> dict:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def commands() -> dict[str, list[str]]:
    """Every command of the samples by where it stands."""
    found = {}
    for unit in UNITS:
        [line] = re.findall(r"^ExecStart=(.+)$", unit.read_text(), re.MULTILINE)
        found[unit.name] = shlex.split(line.replace(f"{INSTALLED}/.venv/bin/", ""))
    for name, service in compose()["services"].items():
        if service.get("image") == "accord" and name not in ("release", "web"):
            found[f"compose: {name}"] = service["command"]
    [command] = re.findall(r"^CMD (\[.+\])$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    return found | {"Dockerfile": yaml.safe_load(command)}


def test_every_process_is_in_every_sample():
    """As `make run` starts them: one web server, a worker for short work and one for bulk, one scheduler."""
    kinds = {
        where: (command[0], *(word for word in command if word in ("worker", "beat"))) for where, command in commands().items()
    }
    assert kinds == {
        "accord-web.service": ("gunicorn",),
        "accord-worker.service": ("celery", "worker"),
        "accord-bulk-worker.service": ("celery", "worker"),
        "accord-scheduler.service": ("celery", "beat"),
        "compose: worker": ("celery", "worker"),
        "compose: bulk-worker": ("celery", "worker"),
        "compose: scheduler": ("celery", "beat"),
        "Dockerfile": ("gunicorn",),
    }


@pytest.mark.slow
@pytest.mark.parametrize("where", commands())
def test_each_command_is_understood(where):
    name, *arguments = commands()[where]
    if name == "gunicorn":
        check = [sys.executable, "-m", "gunicorn", "--check-config", *arguments]
    else:
        check = [sys.executable, "-m", "celery", *arguments, "--help"]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test"}
    done = subprocess.run(check, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_gunicorn_takes_every_setting():
    known = {setting.name for setting in KNOWN_SETTINGS}
    imported = {"os", "logging_config", "threads_each", "web_processes"}
    ours = {name for name in vars(gunicorn_settings) if not name.startswith("_")} - imported
    assert ours - known == set()


def read_in_settings(name: str) -> bool:
    files = [*(ROOT / "config").rglob("*.py")]
    return any(f'"{name}"' in file.read_text() for file in files)


def test_every_variable_of_the_example_is_read():
    assert [name for name in EXAMPLE if name not in OF_OTHERS and not read_in_settings(name)] == []


def test_every_variable_of_the_guide_is_read():
    named = set(
        re.findall(r"`((?:ACCORD|SECURE|SENTRY|AWS|TRUSTED|BEHIND|MEDIA|DATABASE|CACHE|CELERY|EMAIL|STRIPE)_[A-Z_]+)`", GUIDE)
    )
    assert named
    assert [name for name in sorted(named - {"ACCORD_ENV", "ACCORD_KEEP_DAYS"}) if not read_in_settings(name)] == []


def test_the_example_starts_with_its_blanks_filled(tmp_path):
    filled = EXAMPLE | {"SECRET_KEY": "x" * 60, "STRIPE_SECRET_KEY": "sk_live_x", "STRIPE_WEBHOOK_SECRET": "whsec_x"}
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = kept | filled | {"ACCORD_VAR": str(tmp_path), "CACHE_URL": "locmemcache://"}
    done = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_what_is_copied_and_named_exists():
    sources = [
        path
        for line in re.findall(r"^COPY (?!--from)(.+)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
        for path in line.split()[:-1]
    ]
    assert sources
    assert [path for path in sources if not (ROOT / path).exists()] == []
    build = compose()["x-accord"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).exists()
    assert set(re.findall(r"`(deploy/[\w./-]+)", GUIDE)) >= {"deploy/nginx.conf", "deploy/backup.sh", "deploy/restore.sh"}
    assert [path for path in re.findall(r"`(deploy/[\w./-]+)", GUIDE) if not (ROOT / path).exists()] == []


def test_services_of_compose_wait_for_what_is_there():
    services = compose()["services"]
    needed = {name for service in services.values() for name in service.get("depends_on", {})}
    assert needed <= set(services)
    volumes = {entry.split(":")[0] for service in services.values() for entry in service.get("volumes", [])}
    assert volumes == set(compose()["volumes"])


def test_the_proxy_sends_media_from_where_the_settings_say():
    text = (DEPLOY / "nginx.conf").read_text()
    assert f"location {EXAMPLE['MEDIA_ACCEL_PREFIX']} {{" in text
    assert f"alias {EXAMPLE['ACCORD_VAR']}/media/;" in text
    assert EXAMPLE["ACCORD_BIND"] in text
    assert EXAMPLE["ACCORD_BIND"] in (DEPLOY / "Caddyfile").read_text()


@pytest.mark.skipif(not shutil.which("nginx", path="/usr/sbin:/usr/bin"), reason="needs nginx")
def test_nginx_takes_its_sample(tmp_path):
    """With a certificate left out, which only the machine of the site has."""
    text = (DEPLOY / "nginx.conf").read_text().replace("443 ssl", "443")
    text = "\n".join(line for line in text.splitlines() if "ssl_certificate" not in line)
    (tmp_path / "site.conf").write_text(text)
    (tmp_path / "nginx.conf").write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{ include {tmp_path}/site.conf; }}\n")
    command = [
        shutil.which("nginx", path="/usr/sbin:/usr/bin"),
        "-t",
        "-q",
        "-p",
        str(tmp_path),
        "-e",
        "stderr",
        "-c",
        str(tmp_path / "nginx.conf"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_takes_its_samples(tmp_path):
    for unit in (DEPLOY / "systemd").iterdir():
        (tmp_path / unit.name).write_text(unit.read_text().replace(INSTALLED, str(ROOT)))
    names = [str(tmp_path / unit.name) for unit in (DEPLOY / "systemd").iterdir()]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *names], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "accord" in line and "/lib/systemd" not in line]
    assert said == []


@pytest.mark.parametrize("script", ["backup.sh", "restore.sh"])
def test_scripts_are_shell(script):
    assert os.access(DEPLOY / script, os.X_OK)
    assert subprocess.run(["sh", "-n", str(DEPLOY / script)], capture_output=True, check=False).stderr == b""
