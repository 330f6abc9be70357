"""Of several schedulers one acts; when it stops or dies, another one does."""

import pytest
import time_machine
from django.core.cache import cache

from config.celery import app
from config.scheduler import LEASE_SECONDS, RENEW_SECONDS, LeasedScheduler

NOON = "2031-03-03T12:00:00Z"


@pytest.fixture
def sent(monkeypatch) -> list[str]:
    """What the schedulers enqueue, by the name of the scheduler."""
    found: list[str] = []

    def send(self, entry, producer=None, advance=True, **options):
        found.append(self.name)

    monkeypatch.setattr(LeasedScheduler, "apply_async", send)
    return found


@pytest.fixture
def make_scheduler(tmp_path, sent, settings):
    # A cache whose clock is ours, also where the tests run on Redis.
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.CELERY_BEAT_SCHEDULE = {"sweep": {"task": "jobs.sweep", "schedule": 20}}
    made = []

    def make(name: str) -> LeasedScheduler:
        """Over one file, as two on one machine."""
        scheduler = LeasedScheduler(app=app, schedule_filename=str(tmp_path / "schedule"))
        scheduler.name = name
        made.append(scheduler)
        return scheduler

    yield make
    for scheduler in made:
        scheduler.close()


def test_the_file_of_last_runs_is_opened_by_who_acts(make_scheduler):
    first, second = make_scheduler("first"), make_scheduler("second")
    first.tick()
    assert second.tick() == RENEW_SECONDS
    assert (first.holds_lease, second.holds_lease) == (True, False)
    assert (set(first.schedule) >= {"sweep"}, second._store) == (True, None)


def test_one_of_two_enqueues(make_scheduler, sent):
    with time_machine.travel(NOON, tick=False) as now:
        schedulers = [make_scheduler("first"), make_scheduler("second")]
        for _pass in range(12):
            for scheduler in schedulers:
                scheduler.tick()
            now.shift(10)
    assert len(sent) >= 5
    assert set(sent) == {"first"}


def test_another_one_takes_over_when_the_first_dies(make_scheduler, sent):
    with time_machine.travel(NOON, tick=False) as now:
        first, second = make_scheduler("first"), make_scheduler("second")
        first.tick()
        first._store.close()  # as its process ends; nothing is given back
        second.tick()
        assert second.holds_lease is False
        now.shift(LEASE_SECONDS + 1)
        for _pass in range(3):
            second.tick()
        assert (second.holds_lease, set(sent)) == (True, {"second"})
        first.holds_lease = False
        assert first.tick() == RENEW_SECONDS


def test_who_stops_gives_the_lease_back_at_once(make_scheduler):
    first, second = make_scheduler("first"), make_scheduler("second")
    first.tick()
    first.close()
    second.tick()
    assert second.holds_lease is True


def test_who_was_away_too_long_finds_that_another_acts(make_scheduler, sent):
    with time_machine.travel(NOON, tick=False) as now:
        first, second = make_scheduler("first"), make_scheduler("second")
        first.tick()
        now.shift(LEASE_SECONDS + 1)
        second.tick()
        sent.clear()
        assert first.tick() == RENEW_SECONDS
        assert (first.holds_lease, first._store, sent) == (False, None, [])
        first.close()
        second.tick()
        assert second.holds_lease is True  # what `first` closed was its own


def test_nobody_acts_while_the_cache_is_away(make_scheduler, monkeypatch, sent, caplog):
    scheduler = make_scheduler("first")
    scheduler.tick()

    def away(*_arguments: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        for name in ("add", "get", "touch"):
            patch.setattr(cache, name, away)
        assert scheduler.tick() == RENEW_SECONDS
        assert scheduler.holds_lease is False
    assert "no periodic task is started until it does" in caplog.text
