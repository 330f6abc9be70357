"""One process at a time, however long it takes, and no longer than it lives."""

import time

import pytest
from django.core.cache import cache

from common import leases


def test_a_lease_is_held_by_one_and_given_back():
    with leases.held("door", "ann") as is_ours:
        assert is_ours
        with leases.held("door", "bo") as is_ours_too:
            assert not is_ours_too
        with leases.held("door", "bo") as is_ours_now:
            assert not is_ours_now
    with leases.held("door", "bo") as is_ours:
        assert is_ours


def test_it_is_given_back_after_an_accident():
    with pytest.raises(ZeroDivisionError), leases.held("door", "ann"):
        raise ZeroDivisionError
    assert leases.take("door", "bo", 30)


def test_it_is_renewed_for_as_long_as_the_work_takes():
    with leases.held("door", "ann", seconds=1):
        time.sleep(1.6)
        assert not leases.take("door", "bo", 1)


def test_it_runs_out_when_its_holder_is_killed():
    assert leases.take("door", "ann", 1)
    assert not leases.take("door", "bo", 1)
    time.sleep(1.1)
    assert leases.take("door", "bo", 1)


def test_whoever_lost_it_does_not_give_it_back_for_another():
    with leases.held("door", "ann"):
        cache.set("door", "bo", 30)
    assert cache.get("door") == "bo"


@pytest.mark.parametrize("name", ["add", "get"])
def test_a_cache_that_is_away_keeps_nobody_from_acting(monkeypatch, name):
    def away(*_arguments):
        raise ConnectionError

    monkeypatch.setattr(cache, name, away)
    with leases.held("door", "ann") as is_ours:
        assert is_ours
