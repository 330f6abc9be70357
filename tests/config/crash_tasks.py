"""Tasks for a worker that is going to be killed. Loaded by that worker only."""

import redis
from django.conf import settings

from config.celery import app

client = redis.Redis(unix_socket_path=settings.EMBEDDED_BROKER_URL.removeprefix("redis+socket://"), socket_timeout=None)


@app.task(name="tests.hold")
def hold(number: int) -> None:
    """Say that it has begun, wait at the gate, say that it has finished."""
    client.rpush("begun", number)
    client.blpop(["gate"], timeout=0)
    client.rpush("finished", number)
