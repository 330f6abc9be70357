"""As many web processes as cores, at most four, in `make run` and in production."""

import importlib
import os

import pytest

import config.gunicorn
from config.launcher import children


@pytest.mark.parametrize(("cores", "processes", "threads"), [(1, 1, 8), (2, 2, 4), (4, 4, 4), (64, 4, 4)])
def test_there_are_as_many_processes_as_cores_up_to_four(tmp_path, monkeypatch, cores, processes, threads):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(cores)))
    command = children(tmp_path, 8000, with_worker=False)[0].command
    assert command[command.index("--workers") + 1] == str(processes)
    assert command[command.index("--threads") + 1] == str(threads)
    monkeypatch.delenv("WEB_CONCURRENCY", raising=False)
    monkeypatch.delenv("ACCORD_WEB_THREADS", raising=False)
    settings = importlib.reload(config.gunicorn)
    assert (settings.workers, settings.threads) == (processes, threads)


def test_an_operator_chooses_other_numbers(monkeypatch):
    monkeypatch.setenv("WEB_CONCURRENCY", "12")
    monkeypatch.setenv("ACCORD_WEB_THREADS", "2")
    settings = importlib.reload(config.gunicorn)
    assert (settings.workers, settings.threads) == (12, 2)
