"""Production settings over PostgreSQL and Redis: nothing to complain of, and ready to serve."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import django
django.setup()
from django.conf import settings
from django.test import Client
settings.STATIC_ROOT.mkdir()
answer = Client(headers={"host": "accord.example.org"}).get("/readyz", secure=True)
print(answer.status_code, answer.content.decode())
"""

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def run(environment, *arguments):
    command = [sys.executable, "-W", "ignore", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_the_deployment_checks_pass(production):
    done = run(production, "manage.py", "check", "--deploy", "--fail-level", "WARNING", "--database", "default")
    assert (done.returncode, "no issues" in done.stdout + done.stderr) == (0, True), done.stderr


def test_the_migrations_are_whole(production):
    assert run(production, "manage.py", "migrate", "--check").returncode == 0
    assert run(production, "manage.py", "makemigrations", "--check", "--dry-run").returncode == 0


def test_it_says_that_it_is_ready(production):
    done = run(production, "-c", ASK)
    assert done.returncode == 0, done.stderr
    status, _space, answer = done.stdout.partition(" ")
    assert (status, json.loads(answer)) == ("200", {"database": "ok", "migrations": "ok", "cache": "ok"})


def test_gunicorn_serves_with_its_settings_and_logs_objects(production, tmp_path):
    """On a port that it chooses; behind a proxy that says HTTPS."""
    more = {"ACCORD_BIND": "127.0.0.1:0", "ACCORD_LOG_FORMAT": "json", "ACCORD_LOG_REQUESTS": "1", "WEB_CONCURRENCY": "1"}
    more |= {"BEHIND_TLS_PROXY": "1", "TRUSTED_PROXY_COUNT": "1"}
    (tmp_path / "static").mkdir()
    command = [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", "config.wsgi"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=production | more, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    heard = []

    def hear(pattern: str) -> re.Match[str]:
        """What it says next that fits; the pipe ends when it does."""
        for line in process.stderr:
            heard.append(json.loads(line))
            if found := re.search(pattern, line):
                return found
        raise AssertionError(heard)

    try:
        port = hear(r"http://127.0.0.1:(\d+)")[1]
        headers = {"Host": "accord.example.org", "X-Forwarded-Proto": "https", "X-Request-ID": "of-the-proxy"}
        request = urllib.request.Request(f"http://127.0.0.1:{port}/readyz", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - likewise
            assert (answer.status, answer.headers["X-Request-ID"]) == (200, "of-the-proxy")
        hear("accord.requests")
        line = heard[-1]
        assert (line["route"], line["status"], line["request_id"]) == ("readyz", 200, "of-the-proxy")
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
