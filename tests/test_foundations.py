"""The project hangs together."""

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.django_db


def test_system_checks_find_nothing():
    call_command("check", fail_level="WARNING", databases=["default"])


def test_models_and_migrations_agree():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_health_answers_without_sign_in(client):
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json() == {"database": "ok", "migrations": "ok", "cache": "ok"}
