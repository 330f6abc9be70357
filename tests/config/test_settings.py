"""What the settings promise: nothing unsafe starts, and what starts passes Django's own deployment checks."""

import os
import secrets
import subprocess
import sys

import pytest
from django.conf import settings as django_settings

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "SECRET_KEY": secrets.token_urlsafe(60),
    "ALLOWED_HOSTS": "accord.example.org",
    "DATABASE_URL": "sqlite://:memory:",
    "CACHE_URL": "locmemcache://",
    "CELERY_BROKER_URL": "memory://",
    "EMAIL_URL": "smtp://localhost:25",
    "STRIPE_SECRET_KEY": "sk_live_x",
    "STRIPE_WEBHOOK_SECRET": "whsec_x",
    "ACCORD_BASE_URL": "https://accord.example.org",
}


def run(tmp_path, *arguments, **environment):
    """Exit code and output of Python in a process of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        cwd=django_settings.BASE_DIR,
        env=kept | {"ACCORD_VAR": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def load(tmp_path, **environment):
    """Exit code and output of reading the settings that the environment names."""
    return run(tmp_path, "-c", f"import {environment['DJANGO_SETTINGS_MODULE']}", **environment)


def test_production_passes_the_deployment_checks(tmp_path):
    code, output = run(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (code, "no issues" in output) == (0, True), output


@pytest.mark.parametrize(
    "missing", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "CACHE_URL", "CELERY_BROKER_URL", "EMAIL_URL"]
)
def test_production_does_not_start_without_its_environment(tmp_path, missing):
    code, output = load(tmp_path, **{name: value for name, value in PRODUCTION.items() if name != missing})
    assert (code, missing in output) == (1, True), output


@pytest.mark.parametrize(
    ("environment", "expected"),
    [({}, "False False"), ({"SECURE_HSTS_INCLUDE_SUBDOMAINS": "1", "SECURE_HSTS_PRELOAD": "1"}, "True True")],
    ids=["off", "asked for"],
)
def test_the_domain_above_ours_is_bound_only_where_its_owner_asks_for_it(tmp_path, environment, expected):
    say = (
        "import config.settings.production as chosen; print(chosen.SECURE_HSTS_INCLUDE_SUBDOMAINS, chosen.SECURE_HSTS_PRELOAD)"
    )
    code, output = run(tmp_path, "-c", say, **PRODUCTION, **environment)
    assert (code, output.strip()) == (0, expected), output


def test_earlier_secret_keys_are_read(tmp_path):
    say = "import config.settings.production as chosen; print(chosen.SECRET_KEY_FALLBACKS)"
    code, output = run(tmp_path, "-c", say, **PRODUCTION, SECRET_KEY_FALLBACKS="last-years,older")
    assert (code, output.strip()) == (0, "['last-years', 'older']")


def test_production_refuses_demo_mode(tmp_path):
    code, output = load(tmp_path, **PRODUCTION, ACCORD_DEMO="1")
    assert (code, "cannot be used with production settings" in output) == (1, True), output


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"ALLOWED_HOSTS": "accord.example.org"}, "leave ALLOWED_HOSTS unset"),
        ({"ALLOWED_HOSTS": "127.0.0.1,*"}, "leave ALLOWED_HOSTS unset"),
        ({"STRIPE_SECRET_KEY": "sk_live_x"}, "cannot be used with a live Stripe key"),
        ({"STRIPE_SECRET_KEY": "rk_live_x"}, "cannot be used with a live Stripe key"),
    ],
)
def test_demo_mode_stays_on_this_machine_and_moves_no_money(tmp_path, environment, message):
    embedded = {"DJANGO_SETTINGS_MODULE": "config.settings.embedded", "ACCORD_DEMO": "1"}
    code, output = load(tmp_path, **embedded, **environment)
    assert (code, message in output) == (1, True), output


def test_demo_mode_starts_on_loopback(tmp_path):
    code, output = load(tmp_path, DJANGO_SETTINGS_MODULE="config.settings.embedded", ACCORD_DEMO="1")
    assert code == 0, output
