"""Fixtures that every test may use."""

import gc
import re
import socket
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from config import celery_app
from tests import database, factories, slow
from tests.kept import is_one_transaction, kept, side_by_side
from tests.locks import watched

# No test is timed: on a busy machine an example takes as long as it takes.
hypothesis.settings.register_profile("accord", deadline=None)
hypothesis.settings.load_profile("accord")

# `make test` installs no Playwright; `make test-browser` does, and finds nothing to run without it.
collect_ignore = [] if find_spec("playwright") else ["browser"]


def sqlite_file() -> Path | None:
    """The file of this process's test database; None on a database server."""
    own = settings.DATABASES["default"]
    return Path(own["TEST"]["NAME"]) if own["ENGINE"].endswith("sqlite3") else None


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """On SQLite begin with the database that an earlier run has migrated, where nothing has changed since."""
    if (own := sqlite_file()) and database.template().exists():
        database.copy(database.template(), own)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb):
    return django_db_keepdb or sqlite_file() is not None


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    kept.blocker = django_db_blocker
    if (own := sqlite_file()) and not database.template().exists():
        database.copy(own, database.template())
    yield
    kept.end()


def pytest_itemcollected(item: pytest.Item) -> None:
    if slow.name_of(item.nodeid) in slow.names():
        item.add_marker(pytest.mark.slow)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    again = set(filter(is_done_on_sqlite, items)) if connection.vendor == "postgresql" else set()
    config.hook.pytest_deselected(items=list(again))
    items[:] = side_by_side([item for item in items if item not in again])


def is_done_on_sqlite(item: pytest.Item) -> bool:
    """What is about SQLite is never done here, and what is slow is left out there."""
    if item.get_closest_marker("sqlite") is not None:
        return True
    is_once = item.get_closest_marker("once") is not None and item.get_closest_marker("slow") is None
    return is_once and not is_one_transaction(item)


def pytest_collection_finish() -> None:
    """What is there before the first test stays: looking through it for garbage ever again took an eighth of all the time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    kept.prepare(item)


@pytest.fixture(autouse=True)
def _fresh_cache():
    from django.core.cache import cache

    from cms import context_processors
    from common import fragments

    cache.clear()
    fragments.forget()
    # As on a site that somebody has looked at within the minute.
    context_processors.keep("testserver", context_processors.About())
    yield
    cache.clear()
    context_processors.forget()


@pytest.fixture(autouse=True)
def _mail_leaves_after_each_request(settings, monkeypatch):
    """What a request hands to the workers of the outbox is done after it: the transaction of a test is never committed."""
    settings.EMAIL_BACKEND = "mail.outbox_backend.Outbox"  # Django's own test set-up puts another in its place
    respond = Client.request

    def respond_and_deliver(self, **request):
        queued = connection.run_on_commit
        before = len(queued)
        answer = respond(self, **request)
        for hook in [hook for hook in queued[before:] if hook[1].__module__ == "mail.services.delivering"]:
            queued.remove(hook)
            hook[1]()
        return answer

    monkeypatch.setattr(Client, "request", respond_and_deliver)


@pytest.fixture
def each_alone(monkeypatch):
    """Whoever objects is left out without a circle, so that it can be seen in a few rows whom that takes along."""
    monkeypatch.setattr("stakeholders.queries.circles_of", lambda *_: set())
    monkeypatch.setattr("stakeholders.queries.members_out", lambda _organisation, objecting, _kept: set(objecting))


@pytest.fixture
def user(db):
    return factories.UserFactory()


@pytest.fixture
def organisation(db):
    return factories.OrganisationFactory()


@pytest.fixture
def sign_in():
    """A client signed in as `user`: `client = sign_in(user)`."""

    def make(user) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def proves_identity():
    """Has somebody who is signed in enter a password of their own once more: `proves_identity(client, user)`."""

    def make(client: Client, user, **fields) -> HttpResponse:
        session = client.session
        user.set_password("the harbour at seven")
        user.save(update_fields=["password"])
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        return client.post(reverse("account_reauthenticate"), {"password": "the harbour at seven", **fields})

    return make


class Broker:
    """Whether tasks reach anybody: they are sent to a port at which nobody listens, or answers, or done at once."""

    def __init__(self, settings, monkeypatch, port: int = 1) -> None:
        self.settings = settings
        self.settings.CELERY_TASK_ALWAYS_EAGER = False
        connection = celery_app.connection_for_write(f"redis://127.0.0.1:{port}/0")
        monkeypatch.setattr(celery_app, "producer_or_acquire", lambda _producer=None: celery_app.amqp.Producer(connection))

    def is_back(self) -> None:
        self.settings.CELERY_TASK_ALWAYS_EAGER = True


@pytest.fixture
def broker_is_away(settings, monkeypatch):
    return Broker(settings, monkeypatch)


@pytest.fixture
def broker_is_frozen(settings, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield Broker(settings, monkeypatch, listening.getsockname()[1])


@pytest.fixture
def member(db):
    """An active member with roles: `member(organisation, "admin")`."""

    def make(organisation, *roles: str, **fields):
        membership = factories.MembershipFactory(organisation=organisation, **fields)
        for role in roles:
            factories.RoleAssignmentFactory(membership=membership, role=role)
        return membership

    return make


@pytest.fixture(autouse=True)
def _locks_are_taken_in_one_order(request):
    """Whatever any test does through services on PostgreSQL, or through pages that call them, keeps to the order of locks."""
    is_watched = is_one_transaction(request.node) and not request.node.get_closest_marker("own_transaction")
    if connection.vendor != "postgresql" or not is_watched:
        yield
        return
    with watched():
        yield


# Written on the way by whatever a page does, or, of a file, before anything is applied: not a change to the organisation.
NOT_A_CHANGE = {"django_session", "accounts_user", "jobs_job", "imports_stagedimport"}
WRITES = re.compile(r'(?:INSERT INTO|INSERT OR IGNORE INTO|UPDATE|DELETE FROM) "?(\w+)"?')


@pytest.fixture(autouse=True)
def _changes_in_the_console_are_on_record(monkeypatch):
    """Whatever any test changes through a page of the console is in the audit log."""
    post = Client.post

    def watched(self, path, *arguments, **more):
        if not str(path).startswith("/org/"):
            return post(self, path, *arguments, **more)
        tables: set[str] = set()
        before: dict[str, set[str]] = {}  # what was written when a savepoint was made: going back to it undoes the rest

        def listen(execute, sql, params, many, context):
            result = execute(sql, params, many, context)
            if sql.startswith("SAVEPOINT "):
                before[sql.split()[-1]] = set(tables)
            elif sql.startswith("ROLLBACK TO SAVEPOINT "):
                tables.intersection_update(before[sql.split()[-1]])
            # An insert that returns its key does not say how many rows it wrote.
            if (found := WRITES.match(sql)) and (sql.startswith("INSERT") or context["cursor"].rowcount):
                tables.add(found[1])
            return result

        with connection.execute_wrapper(listen):
            answer = post(self, path, *arguments, **more)
        changed = tables - NOT_A_CHANGE
        assert not changed or "accounts_auditevent" in changed, f"{path} changed {changed} without a record"
        return answer

    monkeypatch.setattr(Client, "post", watched)
