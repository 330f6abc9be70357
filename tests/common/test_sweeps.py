"""One row that cannot be worked on stops none of the others."""

import logging

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from common.errors import TryLater
from common.sweeps import each


def test_the_others_go_on_and_the_log_says_which_failed(caplog):
    done = []

    def act(number: int) -> int:
        done.append(100 // number)
        return number

    with caplog.at_level(logging.ERROR):
        assert each([5, 0, 20], act, name="Numbers") == 25
    assert (done, caplog.messages) == ([20, 5], ["Numbers: 0 failed, the others go on"])


def test_a_task_that_is_told_to_stop_stops():
    def act(number: int) -> None:
        raise SoftTimeLimitExceeded

    with pytest.raises(SoftTimeLimitExceeded):
        each([1, 2], act, name="Numbers")


def test_what_has_to_wait_is_no_failure(caplog):
    def act(number: int) -> int:
        if not number:
            raise TryLater("Somebody is at it.")
        return number

    with caplog.at_level(logging.INFO):
        assert each([5, 0, 20], act, name="Numbers") == 25
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("INFO", "Numbers: 0 waits for the next time (TryLater)")
    ]
