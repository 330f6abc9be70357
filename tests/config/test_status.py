"""What operators and their monitoring see of the running site, and who else sees it: nobody."""

import time
from datetime import timedelta
from types import SimpleNamespace
from unittest import mock

import pytest
from django.core.cache import cache
from django.db import DatabaseError
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from billing.models import Order, WebhookEvent
from config import heartbeats, status
from config.celery import app as celery
from jobs.enums import JobState
from jobs.models import Job
from mail.enums import DeliveryState
from mail.models import MailDelivery
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
TOKEN = "a-token-of-a-machine"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def token(settings):
    settings.ACCORD_STATUS_TOKEN = TOKEN


@pytest.fixture
def operator():
    return UserFactory(is_staff=True, is_superuser=True)


@pytest.fixture
def with_worker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = False


@pytest.fixture
def busy_site(user):
    for state, n in ((DeliveryState.QUEUED, 2), (DeliveryState.FAILED, 3), (DeliveryState.SENT, 1)):
        for _mail in range(n):
            MailDelivery.objects.create(template="x", recipient="ada@example.org", state=state)
    oldest = MailDelivery.objects.filter(state=DeliveryState.QUEUED).earliest("pk")
    MailDelivery.objects.filter(pk=oldest.pk).update(queued_at=timezone.now() - timedelta(hours=1))
    Job.objects.create(kind="x", title="A", state=JobState.RUNNING)
    Job.objects.create(kind="x", title="B", state=JobState.FAILED)
    for attention in ("", "Paid twice"):
        Order.objects.create(buyer=user, currency="EUR", total=1, gateway="test", attention=attention)
    WebhookEvent.objects.create(gateway="test", event_id="1", kind="x", payload={})


def measured(client) -> dict[str, float]:
    response = client.get("/metrics", headers=BEARER)
    assert response["Content-Type"].startswith("text/plain")
    found = {}
    for family in text_string_to_metric_families(response.content.decode()):
        for sample in family.samples:
            label = "".join(f"[{value}]" for value in sample.labels.values())
            found[sample.name + label] = sample.value
    return found


@pytest.mark.parametrize("path", ["/status", "/metrics"])
def test_visitors_learners_and_wrong_tokens_see_nothing(client, sign_in, user, token, path):
    assert client.get(path).status_code == 401
    assert client.get(path, headers={"Authorization": "Bearer guessed"}).status_code == 401
    assert client.get(path, headers={"Authorization": TOKEN}).status_code == 401
    assert sign_in(user).get(path).status_code == 403
    assert sign_in(UserFactory(is_staff=True)).get(path).status_code == 403


@pytest.mark.parametrize("path", ["/status", "/metrics"])
def test_without_a_token_no_machine_is_let_in(client, settings, path):
    settings.ACCORD_STATUS_TOKEN = ""
    assert client.get(path, headers={"Authorization": "Bearer "}).status_code == 401


@pytest.mark.parametrize("path", ["/status", "/metrics"])
def test_operators_and_machines_are_let_in_and_nothing_is_kept(client, sign_in, operator, token, path):
    for response in (sign_in(operator).get(path), client.get(path, headers=BEARER)):
        assert (response.status_code, response["Cache-Control"]) == (200, "private, no-store")


def test_metrics_count_what_is_there(client, token, busy_site):
    found = measured(client)
    assert found.pop("accord_mail_oldest_queued_seconds") == pytest.approx(3600, abs=60)
    assert found.pop(f"accord_info[{status.version()}]") == 1
    assert found == {
        "accord_ready[database]": 1,
        "accord_ready[migrations]": 1,
        "accord_ready[cache]": 1,
        "accord_broker_up": 1,
        "accord_jobs[queued]": 0,
        "accord_jobs[running]": 1,
        "accord_jobs[done]": 0,
        "accord_jobs[failed]": 1,
        "accord_mail_queued": 2,
        "accord_mail_failed": 3,
        "accord_orders_needing_attention": 1,
        "accord_payment_messages_waiting": 1,
    }


def test_the_page_says_what_needs_attention(sign_in, operator, busy_site):
    page = sign_in(operator).get("/status", headers={"Accept": "text/html"}).content.decode()
    for sentence in (
        "E-mails have been waiting",
        "E-mails failed permanently",
        "Orders need a review",
        "3 things need attention",
    ):
        assert sentence in page
    assert "ada@example.org" not in page


def test_a_quiet_site_is_in_order(sign_in, operator):
    assert "Everything is in order." in sign_in(operator).get("/status").content.decode()


def test_the_number_of_queries_does_not_grow(client, token, busy_site, django_assert_num_queries):
    status.readiness.now()
    with django_assert_num_queries(5):
        client.get("/metrics", headers=BEARER)


def test_heartbeats_are_shown_and_late_ones_named(client, token, with_worker):
    cache.set("heartbeat:scheduler", time.time() - 10)
    cache.set("heartbeat:worker-of-default", time.time() - heartbeats.LATE_AFTER - 1)
    with mock.patch.object(status, "_queue_lengths", return_value={"default": 4}):
        found = client.get("/status", headers=BEARER).json()
        up = measured(client)
    states = {beat["name"]: beat["state"] for beat in found["heartbeats"]}
    assert (states["scheduler"], states["worker of default"]) == ("ok", "late")
    assert (up["accord_heartbeat_up[scheduler]"], up["accord_heartbeat_up[worker of default]"]) == (1, 0)
    assert up["accord_heartbeat_age_seconds[scheduler]"] == pytest.approx(10, abs=5)
    assert (up["accord_queue_tasks[default]"], found["queues"]["default"]) == (4, 4)
    assert client.get("/readyz").status_code == 200


def test_a_worker_that_was_never_seen_is_said_so(with_worker):
    found = status.collect()
    assert {beat.state for beat in found.heartbeats} == {"never seen"}
    assert "The scheduler has not been seen since the cache was emptied." in found.concerns


def test_queues_are_counted(with_worker):
    with celery.connection_for_write() as connection:
        queue = connection.SimpleQueue("default")
        queue.put({"task": 1})
        assert status._queue_lengths(["default", "never-used"]) == {"default": 1, "never-used": 0}
        queue.clear()


def test_a_broker_that_is_away_is_a_number_too(client, token, with_worker):
    with mock.patch.object(celery, "connection_for_read", side_effect=ConnectionError):
        found = measured(client)
    assert found["accord_broker_up"] == 0
    assert not [name for name in found if name.startswith("accord_queue_tasks")]


def test_a_count_that_fails_is_left_out(client, token):
    with mock.patch.object(status, "count_mail", side_effect=DatabaseError, __name__="count_mail"):
        found = client.get("/status", headers=BEARER).json()
        assert "accord_mail_failed" not in measured(client)
    assert (found["mail"], found["jobs"]["running"]) == (None, 0)


def test_while_the_cache_is_away_nobody_is_said_to_be_gone(settings, monkeypatch):
    from config import heartbeats as beats
    from config.status import LATE

    settings.CELERY_TASK_ALWAYS_EAGER = False
    asked = []
    monkeypatch.setattr(beats, "cache", SimpleNamespace(get_many=lambda keys: asked.append(keys) or {}))
    known = beats.heartbeats(["default"], is_cache_away=True)
    assert {beat.state for beat in known} == {"not known"}
    assert asked == [], "it is not asked a second time"
    assert "is not known" in LATE["not known"]

    def silent(keys):
        raise OSError

    monkeypatch.setattr(beats, "cache", SimpleNamespace(get_many=silent))
    assert {beat.state for beat in beats.heartbeats(["default"])} == {"not known"}
