"""`/readyz` says whether this process can serve: it reads, and it writes."""

import contextlib
import sqlite3
import threading
from unittest import mock

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection

from config import health
from config.health import Readiness
from config.heartbeats import SCHEDULER, Beating

on_sqlite = pytest.mark.sqlite  # about its one lock
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="about a server that takes no writes")


@pytest.fixture(autouse=True)
def readiness(monkeypatch) -> Readiness:
    monkeypatch.setattr(health, "readiness", Readiness())
    return health.readiness


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

    monkeypatch.setattr(health.time, "monotonic", lambda: Clock.now)
    return Clock


def ready(client) -> tuple[int, dict[str, str]]:
    response = client.get("/readyz")
    return response.status_code, response.json()


@pytest.mark.django_db
def test_a_site_in_order_is_ready_and_the_look_leaves_nothing_behind(client):
    assert ready(client) == (200, {"database": "ok", "migrations": "ok", "cache": "ok"})
    assert Session.objects.count() == 0


@pytest.mark.django_db
def test_it_looks_every_ten_seconds_at_most(client, clock, django_assert_num_queries):
    ready(client)
    with django_assert_num_queries(0):
        clock.now += 9.9
        assert ready(client)[0] == 200
    clock.now += 0.2
    with mock.patch.object(cache, "set", side_effect=ConnectionError):
        assert ready(client) == (503, {"database": "ok", "migrations": "ok", "cache": "not reachable"})
    clock.now += 5
    assert ready(client)[0] == 503
    clock.now += 5.1
    assert ready(client)[0] == 200


@on_sqlite
@pytest.mark.django_db(transaction=True)
def test_a_busy_database_is_ready_and_nobody_waits_for_it(client):
    """Another process holds the write lock, for longer than any test would wait."""
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA busy_timeout").fetchone()
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    with contextlib.closing(other):
        other.execute("BEGIN IMMEDIATE")
        assert ready(client) == (200, {"database": "busy", "migrations": "ok", "cache": "ok"})
        other.execute("ROLLBACK")
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == before == (30_000,)


@on_sqlite
@pytest.mark.django_db(transaction=True)
def test_a_database_that_cannot_be_written_is_not_ready(client):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = 1")
    try:
        assert ready(client) == (503, {"database": "not writable", "migrations": "ok", "cache": "ok"})
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = 0")


@pytest.mark.services
@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_server_that_takes_no_writes_is_not_ready(client):
    """As after a failover, on a connection to the old server."""
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        assert ready(client) == (503, {"database": "not writable", "migrations": "ok", "cache": "ok"})
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")


@pytest.mark.django_db
def test_a_database_that_is_away_is_not_ready(client):
    with mock.patch.object(connection, "ensure_connection", side_effect=ConnectionError):
        assert ready(client)[1]["database"] == "not reachable"


@pytest.mark.django_db
def test_who_asks_while_another_looks_does_not_wait(readiness, clock):
    readiness.now()
    clock.now += health.SECONDS_BETWEEN_CHECKS + 1
    begun, gate, found = threading.Event(), threading.Event(), []

    def hang() -> None:
        begun.set()
        gate.wait(30)

    with mock.patch.object(readiness, "_look", hang):
        looking = threading.Thread(target=readiness.now)
        looking.start()
        begun.wait(30)
        found.append(readiness.now()["database"])
        clock.now += health.PATIENCE
        found.append(readiness.now()["database"])
        gate.set()
        looking.join(30)
    assert found == ["ok", "not answering"]


@pytest.mark.django_db
def test_missing_migrations_are_asked_for_until_they_are_there(readiness, clock, django_assert_num_queries):
    with mock.patch("django.db.migrations.executor.MigrationExecutor.migration_plan", return_value=["one"]):
        assert readiness.now()["migrations"] == "waiting"
        clock.now += 11
        assert readiness.now()["migrations"] == "waiting"
    clock.now += 11
    assert readiness.now()["migrations"] == "ok"
    with mock.patch("config.health.MigrationExecutor", side_effect=AssertionError):
        clock.now += 11
        assert readiness.now()["migrations"] == "ok"


@pytest.mark.django_db
def test_a_worker_that_is_away_does_not_take_the_site_down(client, settings):
    settings.CELERY_TASK_ALWAYS_EAGER = False
    assert ready(client)[0] == 200


def test_heartbeats_come_every_fifteen_seconds_and_an_absent_cache_stops_nobody(monkeypatch, caplog):
    beating = Beating([SCHEDULER])
    with mock.patch.object(cache, "set_many", side_effect=[None, ConnectionError("of the cache")]) as noted:
        beating()
        beating()
        assert noted.call_count == 1
        beating.last = float("-inf")
        beating()
    assert noted.call_count == 2
    assert "ConnectionError" in caplog.text
