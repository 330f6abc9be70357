"""What the settings promise: nothing unsafe starts, and what starts passes Django's own deployment checks."""

import json
import os
import secrets
import subprocess
import sys

import pytest
from django.conf import settings as django_settings

pytestmark = pytest.mark.once

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
    "ACCORD_FROM_EMAIL": "Accord <accord@example.org>",
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
    ("name", "value", "message"),
    [
        ("ACCORD_BASE_URL", "", "Set ACCORD_BASE_URL to the address of the site"),
        ("ACCORD_BASE_URL", "accord.example.org", "Set ACCORD_BASE_URL to the address of the site"),
        ("ACCORD_BASE_URL", "https://accord.example.org/", "without a slash at the end"),
        ("ACCORD_BASE_URL", "https://127.0.0.1:8000", "which ALLOWED_HOSTS does not allow"),
        ("ACCORD_FROM_EMAIL", "", "Set ACCORD_FROM_EMAIL to the sender of e-mails"),
        ("ACCORD_FROM_EMAIL", "Accord <accord@localhost>", "Set ACCORD_FROM_EMAIL to the sender of e-mails"),
        ("BEHIND_TLS_PROXY", "1", "set TRUSTED_PROXY_COUNT too"),
        ("TRUSTED_PROXY_COUNT", "one", "is a number of proxies"),
    ],
)
def test_production_says_what_it_was_not_told(tmp_path, name, value, message):
    code, output = load(tmp_path, **PRODUCTION | {name: value})
    assert (code, message in output) == (1, True), output


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


@pytest.mark.parametrize(
    ("environment", "starts"),
    [
        ({"CELERY_BROKER_URL": "amqp://u:p@host//"}, True),
        ({"CELERY_BROKER_URL": "amqp://u:p@host//", "ACCORD_TASK_SECONDS": "1680"}, False),
        ({"CELERY_BROKER_URL": "amqps://u:p@host//", "ACCORD_TASK_SECONDS": "1680"}, False),
        ({"CELERY_BROKER_URL": "pyamqp://u:p@host//", "ACCORD_TASK_SECONDS": "3600"}, False),
        ({"CELERY_BROKER_URL": "amqp://u:p@host//", "RABBITMQ_CONSUMER_SECONDS": "900"}, False),
        (
            {
                "CELERY_BROKER_URL": "amqp://u:p@host//",
                "ACCORD_TASK_SECONDS": "3600",
                "RABBITMQ_CONSUMER_SECONDS": "7200",
            },
            True,
        ),
        ({"CELERY_BROKER_URL": "redis://host/0", "ACCORD_TASK_SECONDS": "3600"}, True),
    ],
    ids=["as shipped", "too long", "over TLS", "by another name", "a shorter timeout", "a longer timeout", "redis"],
)
def test_rabbitmq_never_gives_a_running_task_to_a_second_worker(tmp_path, environment, starts):
    """Its consumer timeout is 30 minutes unless somebody has changed it."""
    code, output = load(tmp_path, **PRODUCTION | environment)
    assert (code == 0, "raise RabbitMQ's consumer_timeout" in output) == (starts, not starts), output


STORE = """
import django
django.setup()
import json
from django.conf import settings
from django.core.files.storage import storages
signed = storages["default"].signed_url("images/a b.webp", content_type="image/webp", disposition="inline")
policies = [settings.CONTENT_SECURITY_POLICY["DIRECTIVES"], settings.AUTHORING_CONTENT_SECURITY_POLICY]
print(json.dumps([storages["default"].url("images/a b.webp"), signed, [policy["img-src"] for policy in policies]]))
"""


@pytest.mark.parametrize(
    ("more", "origin"),
    [
        ({}, "https://s3.us-east-1.amazonaws.com"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "https://s3.eu-west-1.amazonaws.com"),
        ({"AWS_S3_REGION_NAME": "eu-central-1"}, "https://s3.eu-central-1.amazonaws.com"),
        ({"AWS_S3_ENDPOINT_URL": "https://store.example.net:9000/"}, "https://store.example.net:9000"),
    ],
)
def test_pages_may_show_pictures_from_the_store_that_signs_them(tmp_path, more, origin):
    keys = {"AWS_STORAGE_BUCKET_NAME": "accord.media", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    code, output = run(tmp_path, "-c", STORE, **PRODUCTION, **keys, **more)
    assert code == 0, output
    address, signed, sources = json.loads(output.splitlines()[-1])
    assert address == "/media/images/a%20b.webp"
    assert signed.startswith(f"{origin}/accord.media/media/images/a%20b.webp?")
    assert [origin in source for source in sources] == [True, True]


def test_files_of_production_are_not_for_everybody(tmp_path):
    """Whatever the umask of the processes: private files for their owner, media for a web server in the group too."""
    code, output = run(tmp_path, "-c", MODES, **PRODUCTION)
    assert (code, output.split()) == (0, ["0o600", "0o700", "0o640", "0o750"]), output


MODES = """
import django, os
os.umask(0)
django.setup()
from django.core.files.base import ContentFile
from django.core.files.storage import storages
for name in ("private", "default"):
    path = storages[name].path(storages[name].save("a/b.txt", ContentFile(b"x")))
    print(oct(os.stat(path).st_mode & 0o777), oct(os.stat(os.path.dirname(path)).st_mode & 0o777))
"""
