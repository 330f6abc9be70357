"""Production settings over PostgreSQL and Redis: nothing to complain of, and ready to serve."""

import json
import subprocess
import sys
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
