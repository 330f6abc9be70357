"""What is not needed for ever goes in time, and what has to stay stays."""

import logging
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import AuditEvent
from accounts.services.sessions import clear_sessions
from billing.models import Order, RefundRequest, WebhookEvent
from billing.services.refunds import forget_refund_words
from billing.services.webhooks import forget_messages
from common import retention
from config.celery import app
from imports.models import ImportProblem, StagedImport
from imports.services.files import forget_old_problems
from jobs.models import Job
from jobs.services import forget_old_jobs
from mail.enums import DeliveryState
from mail.models import MailDelivery, MailLink
from mail.services.upkeep import forget_old_mail

pytestmark = pytest.mark.django_db
TASKS = [clear_sessions, forget_old_mail, forget_old_jobs, forget_old_problems, forget_messages, forget_refund_words]


def ago(days: int):
    return timezone.now() - timedelta(days=days)


def aged(model, days: int, field: str = "created_at", **fields):
    row = model.objects.create(**fields)
    model.objects.filter(pk=row.pk).update(**{field: ago(days)})
    return row


def mail(days: int, state: str = DeliveryState.SENT) -> MailDelivery:
    return aged(
        MailDelivery, days, template="invitation", recipient="ann@example.org", context={"first_name": "Ann"}, state=state
    )


def said(delivery: MailDelivery) -> tuple[str, dict]:
    delivery.refresh_from_db()
    return delivery.recipient, delivery.context


def test_every_task_of_the_schedule_exists_and_retention_runs_daily():
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled <= set(app.tasks)
    assert {task.name for task in TASKS} <= scheduled


def test_sessions_that_have_run_out_go():
    for key, days in (("old", 1), ("open", -1)):
        Session.objects.create(session_key=key, session_data="", expire_date=ago(days))
    clear_sessions()
    assert list(Session.objects.values_list("pk", flat=True)) == ["open"]


def test_what_a_mail_said_goes_before_that_it_was_sent():
    recent, old, older = mail(89), mail(91), mail(366)
    waiting, failed = mail(400, DeliveryState.QUEUED), mail(91, DeliveryState.FAILED)
    forget_old_mail()
    kept = ("ann@example.org", {"first_name": "Ann"})
    assert [said(row) for row in (recent, waiting, old, failed)] == [kept, kept, ("", {}), ("", {})]
    assert not MailDelivery.objects.filter(pk=older.pk).exists()


def test_an_encrypted_message_that_failed_goes_with_what_other_mails_said():
    fields = {"template": "message", "recipient": "ann@example.org", "message": "encrypted:x"}
    kept = {days: aged(MailDelivery, days, state=DeliveryState.FAILED, **fields) for days in (89, 91)}
    waiting = aged(MailDelivery, 91, state=DeliveryState.SENDING, **fields)
    forget_old_mail()
    found = dict(MailDelivery.objects.values_list("pk", "message"))
    assert found == {kept[89].pk: "encrypted:x", kept[91].pk: "", waiting.pk: "encrypted:x"}


def test_links_go_a_year_after_they_have_run_out():
    fields = {"kind": "t", "target_id": "1", "recipient": "ann@example.org"}
    gone = aged(MailLink, 800, expires_at=ago(366), **fields)
    kept = aged(MailLink, 800, expires_at=ago(364), **fields)
    delivery = MailDelivery.objects.create(template="invitation", recipient="ann@example.org", link=gone)
    forget_old_mail()
    delivery.refresh_from_db()
    assert (list(MailLink.objects.all()), delivery.link) == ([kept], None)


def test_jobs_go_once_they_are_done():
    old, running = (aged(Job, 200, kind="t", title="T") for _job in range(2))
    recent = aged(Job, 1, "finished_at", kind="t", title="T")
    Job.objects.filter(pk=old.pk).update(finished_at=ago(91))
    forget_old_jobs()
    assert set(Job.objects.all()) == {running, recent}


def test_cells_that_were_wrong_go_and_the_record_of_the_file_stays(organisation):
    for days in (89, 91):
        staged = aged(StagedImport, days, "updated_at", organisation=organisation, kind="enrolments", file_name="x.csv")
        staged.problems.create(row_number=days, value="ann@", message="m")
    forget_old_problems()
    assert list(ImportProblem.objects.values_list("row_number", flat=True)) == [89]
    assert StagedImport.objects.count() == 2


def test_words_about_a_refund_go_a_year_after_the_decision_and_it_stays(user):
    asked = {}
    for key, days in (("recent", 364), ("old", 366), ("waiting", None)):
        order = Order.objects.create(buyer=user, currency="EUR", total=1, gateway="test")
        words = {"reason": f"Why {key}", "answer": f"Because {key}", "state": "declined" if days else "waiting"}
        decided_at = ago(days) if days else None
        asked[key] = aged(RefundRequest, 800, order=order, asked_by=user, decided_at=decided_at, **words)
    forget_refund_words()
    found = {key: RefundRequest.objects.get(pk=row.pk) for key, row in asked.items()}
    assert {key: (row.reason, row.answer, row.state) for key, row in found.items()} == {
        "recent": ("Why recent", "Because recent", "declined"),
        "old": ("", "", "declined"),
        "waiting": ("Why waiting", "Because waiting", "waiting"),
    }


def test_a_payment_message_is_emptied_and_still_known():
    fields = {"gateway": "stripe", "kind": "charge.refunded", "payload": {"name": "Ann"}}
    for key, days in (("recent", 179), ("old", 181)):
        aged(WebhookEvent, days, "processed_at", event_id=key, **fields)
    WebhookEvent.objects.create(event_id="waiting", **fields)
    forget_messages()
    emptied = WebhookEvent.objects.filter(payload={}).values_list("event_id", flat=True)
    assert (list(emptied), WebhookEvent.objects.count()) == (["old"], 3)


def test_the_audit_log_stays(organisation):
    record(verb=AuditVerb.TEAM_DELETED, summary="x", organisation=organisation, actor=None)
    AuditEvent.objects.update(occurred_at=ago(5000))
    for task in TASKS:
        task()
    assert AuditEvent.objects.count() == 1


def test_rows_go_in_batches_and_the_next_run_goes_on(monkeypatch, caplog):
    monkeypatch.setattr(retention, "BATCH_SIZE", 2)
    monkeypatch.setattr(retention, "MAX_ROWS_A_RUN", 4)
    for number in range(7):
        Session.objects.create(session_key=str(number), session_data="ann@example.org", expire_date=ago(1))
    left = []
    with caplog.at_level(logging.INFO, "common.retention"):
        for _run in range(3):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                clear_sessions()
            deletions = [query["sql"] for query in queries if query["sql"].startswith("DELETE")]
            left.append((Session.objects.count(), len(deletions)))
    assert left == [(3, 2), (0, 2), (0, 0)]
    assert [text.split()[1] for text in caplog.messages if "sessions that had run out" in text] == ["4", "3", "0"]


def test_an_operator_chooses_another_period(settings):
    settings.ACCORD_KEEP_DAYS = settings.ACCORD_KEEP_DAYS | {"mail_text": 10}
    delivery = mail(11)
    forget_old_mail()
    assert said(delivery) == ("", {})
