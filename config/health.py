"""For whoever keeps the site running."""

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse


def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """Database, migrations, broker: 200 when all of them answer."""
    checks = {"database": _database(), "migrations": _migrations(), "broker": _broker()}
    return JsonResponse(checks, status=200 if all(value == "ok" for value in checks.values()) else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return "not reachable"
    return "ok"


def _migrations() -> str:
    try:
        executor = MigrationExecutor(connection)
        return "waiting" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else "ok"
    except Exception:
        return "not known"


def _broker() -> str:
    if settings.CELERY_TASK_ALWAYS_EAGER:
        return "ok"
    try:
        cache.set("readyz", 1, 5)
        # Not loaded where tasks run in the request, and a failure to load it is an answer too.
        from config.celery import app

        with app.connection_for_read() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except Exception:
        return "not reachable"
    return "ok"
