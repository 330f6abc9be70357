"""The task queue. Tasks take ids, fetch, call one service and log."""

import os

from celery import Celery

from common.counted_tasks import CountedTask
from config import heartbeats  # noqa: F401 - listens to workers and scheduler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.embedded")
app = Celery("accord", task_cls=CountedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
