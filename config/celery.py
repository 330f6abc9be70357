"""The task queue. Tasks take ids, fetch, call one service and log."""

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init

from common.counted_tasks import CountedTask
from config import heartbeats  # noqa: F401 - listens to workers and scheduler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.embedded")
app = Celery("accord", task_cls=CountedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# A worker that gave up a broker which is slow for a moment would be handed its running tasks once more.
WORKER_SOCKET_SECONDS = 30


@celeryd_init.connect
def _wait_longer_in_workers(conf: Any, **_more: Any) -> None:
    conf.broker_transport_options = {**conf.broker_transport_options, "socket_timeout": WORKER_SOCKET_SECONDS}
