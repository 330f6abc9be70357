"""Emptying the database between tests that commit, and the environment of a production over it."""

import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from wagtail.models import Collection, Locale, Page


@pytest.fixture(scope="package", autouse=True)
def _delete_instead_of_truncate(django_db_setup) -> Iterator[None]:
    """Truncating makes new files for each of more than a hundred tables and their indexes; deleting a few rows is instant."""

    def sql_flush(style, tables, *, reset_sequences=False, allow_cascade=False):
        deletions = [f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables]  # noqa: S608 - our own tables
        return ["SET LOCAL session_replication_role = replica", *deletions] if tables else []

    with pytest.MonkeyPatch.context() as patch:
        if connection.vendor == "postgresql":
            patch.setattr(connection.ops, "sql_flush", sql_flush)
        yield


@pytest.fixture
def tops_of_trees(transactional_db) -> None:
    """The first language, page and collection come with Wagtail's migrations, and go when a test before this empties all."""
    Locale.objects.get_or_create(language_code="en")
    if not Page.objects.exists():
        Page.add_root(instance=Page(title="Root", slug="root"))
    if not Collection.objects.exists():
        Collection.add_root(name="Root")


@pytest.fixture
def production(tmp_path) -> dict[str, str]:
    """The environment of production settings over the databases of this test."""
    database = connection.settings_dict
    secret = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
    address = f"{database['USER']}{secret}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return inherited | {
        "ACCORD_VAR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": settings.SECRET_KEY,
        "ALLOWED_HOSTS": "accord.example.org",
        "DATABASE_URL": f"postgres://{address}",
        "CACHE_URL": settings.CACHES["default"]["LOCATION"],
        "CELERY_BROKER_URL": settings.CACHES["default"]["LOCATION"],
        "EMAIL_URL": "dummymail://",
        "STRIPE_SECRET_KEY": "sk_live_x",
        "STRIPE_WEBHOOK_SECRET": "whsec_x",
        "ACCORD_BASE_URL": "https://accord.example.org",
        "ACCORD_FROM_EMAIL": "Accord <accord@example.org>",
    }
