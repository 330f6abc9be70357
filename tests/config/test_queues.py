"""Where tasks wait, who empties which queue, and what a worker gives up after."""

import pytest
from celery.exceptions import Ignore
from django.conf import settings
from django.core.cache import cache

from common import counted_tasks
from common.counted_tasks import MAX_REDELIVERIES, CountedTask
from common.queues import Queue
from config.celery import app
from config.launcher import children
from config.queues import QUEUE_OF


def ours() -> set[str]:
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith(("celery.", "tests."))}


def queue_of(name: str, args: tuple = (), **options: str) -> str:
    return app.amqp.router.route(options, name, args)["queue"].name


def test_every_task_has_a_queue():
    assert ours() == set(QUEUE_OF)
    assert {queue_of(name) for name in ours()} == set(Queue)
    assert [name for name in ours() if queue_of(name) != QUEUE_OF[name]] == []


def test_a_job_goes_where_its_size_says():
    assert queue_of("jobs.run", (1,)) == Queue.DEFAULT
    assert queue_of("jobs.run", (1,), queue=Queue.BULK) == Queue.BULK


def test_the_queues_of_the_broker_do_not_share_messages():
    queues = app.amqp.queues
    assert {name: (queue.exchange.name, queue.routing_key) for name, queue in queues.items()} == {
        name: (name, name) for name in Queue
    }


def test_make_run_has_a_worker_for_short_work_and_one_for_bulk(tmp_path):
    workers = [child for child in children(tmp_path, 8000, with_worker=True) if "--queues" in child.command]
    queues = [child.command[child.command.index("--queues") + 1] for child in workers]
    assert queues == ["urgent,default", "bulk"]
    assert len({child.log for child in workers}) == 2
    assert app.conf.broker_transport_options["queue_order_strategy"] == "priority"


def test_tasks_are_told_to_stop_before_they_are_killed_and_long_before_they_come_back():
    assert settings.CELERY_TASK_SOFT_TIME_LIMIT < settings.CELERY_TASK_TIME_LIMIT
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] > settings.CELERY_TASK_TIME_LIMIT
    assert app.conf.worker_max_memory_per_child == 400_000


@pytest.mark.parametrize("entry", settings.CELERY_BEAT_SCHEDULE.values(), ids=lambda entry: entry["task"])
def test_a_periodic_task_is_dropped_when_its_next_turn_comes(entry):
    assert entry["task"] in ours()
    turn = entry["schedule"]
    assert 0 < entry["options"]["expires"] <= (turn if isinstance(turn, int) else 24 * 3600)


# Messages that kill -------------------------------------------------------------------------------------------------


@pytest.fixture
def task() -> CountedTask:
    return app.tasks["jobs.sweep"]


def start(task: CountedTask, *, redelivered: bool) -> None:
    task.push_request(id="one", delivery_info={"redelivered": redelivered})
    try:
        task.before_start("one", [], {})
    finally:
        task.pop_request()


def test_a_message_that_kills_every_worker_is_dropped(task, caplog):
    start(task, redelivered=False)
    for _return in range(MAX_REDELIVERIES):
        start(task, redelivered=True)
    with pytest.raises(Ignore):
        start(task, redelivered=True)
    assert caplog.messages == ["Task one of jobs.sweep was interrupted too often and is not tried again"]


def test_all_our_tasks_are_counted():
    assert [name for name in ours() if not isinstance(app.tasks[name], CountedTask)] == []


def test_without_a_cache_nothing_is_dropped(task, monkeypatch):
    monkeypatch.setattr(counted_tasks, "cache", None)
    for _return in range(MAX_REDELIVERIES + 2):
        start(task, redelivered=True)
    assert cache.get("redelivered-one") is None
