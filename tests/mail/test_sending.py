"""Mail that is queued leaves once, is tried again for two days, and holds nobody up."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.utils import timezone

from common import leases
from config.celery import app
from mail.enums import DeliveryState, Priority
from mail.links import make_link
from mail.models import BulkTurn, MailDelivery
from mail.services import delivering
from mail.services.delivering import TRIED_FOR, send, send_bulk, send_deliveries, send_urgent, send_waiting_mail
from tests.factories import OrganisationFactory

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MESSAGE_ID = re.compile(r"^Message-ID: <(.+)>\r$", re.MULTILINE)


class Observer(BaseEmailBackend):
    """Notes whether a transaction was open, and what the delivery said meanwhile."""

    seen: list = []

    def send_messages(self, messages):
        delivery = MailDelivery.objects.get()
        self.seen.append((connection.in_atomic_block, delivery.state, delivery.attempts))
        send([delivery.pk])
        return len(messages)


class Busy(BaseEmailBackend):
    """While it sends the first mail, a code and a receipt are queued, each with a task of its own."""

    connections: list = []
    seen: list = []

    def open(self):
        if self.seen:
            return
        self.connections.append(self)

    def send_messages(self, messages):
        self.seen.append(messages[0].to[0].partition("@")[0])
        if len(self.seen) == 1:
            for name, priority, task in (("receipt", "default", send_deliveries), ("code", "urgent", send_urgent)):
                about = {"template": "invitation", "organisation": MailDelivery.objects.first().organisation}
                later = MailDelivery.objects.create(recipient=f"{name}@example.org", priority=priority, **about)
                task.delay([later.pk])
                assert states(later) == ["queued"]
        return len(messages)


class Broken(BaseEmailBackend):
    """Counts how often somebody tried."""

    opened: list = []

    def open(self):
        self.opened.append(timezone.now())
        raise ConnectionRefusedError


class Meanwhile(BaseEmailBackend):
    """While one mail is being sent, another worker comes for the same organisation."""

    seen: list = []

    def send_messages(self, messages):
        waiting = MailDelivery.objects.filter(state=DeliveryState.QUEUED).count()
        send_bulk(MailDelivery.objects.first().organisation_id)
        self.seen.append(MailDelivery.objects.filter(state=DeliveryState.QUEUED).count() == waiting)
        return len(messages)


@pytest.fixture
def transport(settings, monkeypatch):
    """One of the transports above, with nothing seen yet."""

    def use(kind, name):
        settings.ACCORD_MAIL_TRANSPORT = f"{__name__}.{kind.__name__}"
        monkeypatch.setattr(kind, name, [])
        return getattr(kind, name)

    return use


def states(*deliveries):
    found = {row.pk: row for row in MailDelivery.objects.all()}
    return [str(found[delivery.pk].state) for delivery in deliveries]


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_mail_server_is_spoken_to(queue, transport):
    """Meanwhile another worker that is handed the same delivery leaves it alone."""
    seen = transport(Observer, "seen")
    (delivery,) = queue("ann")
    send([delivery.pk])
    assert seen == [(False, DeliveryState.SENDING, 1)]
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.not_before) == (DeliveryState.SENT, 1, None)


@pytest.mark.django_db
def test_a_mail_server_that_is_away_is_asked_for_two_days(queue, transport):
    """The sweep comes every minute; what it does in them is little."""
    opened = transport(Broken, "opened")
    with time_machine.travel(NOW, tick=False) as clock:
        (delivery,) = queue("ann")
        while MailDelivery.objects.filter(state=DeliveryState.QUEUED).exists():
            send_waiting_mail()
            due = MailDelivery.objects.get().not_before
            clock.move_to(due or NOW + timedelta(minutes=1) if opened else NOW + delivering.TASK_LOST_AFTER * 2)
    minutes = [(moment - NOW) / timedelta(minutes=1) for moment in opened]
    pauses = [after - before for before, after in pairwise(minutes)]
    assert pauses == [1, 5, 15, 60, 180, *[360] * 7, 98]
    assert minutes[-1] == TRIED_FOR / timedelta(minutes=1)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error) == (DeliveryState.FAILED, "ConnectionRefusedError")


@pytest.mark.django_db
def test_a_mail_server_that_comes_back_gets_what_has_waited(queue, transport, settings):
    transport(Broken, "opened")
    with time_machine.travel(NOW, tick=False) as clock:
        deliveries = queue("ann", "bo")
        clock.shift(timedelta(minutes=1))
        send_waiting_mail()
        assert states(*deliveries) == ["queued", "queued"]
        settings.ACCORD_MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
        send_waiting_mail()
        assert mail.outbox == []
        clock.shift(timedelta(minutes=1))
        send_waiting_mail()
    assert states(*deliveries) == ["sent", "sent"]


@pytest.mark.django_db
def test_what_a_killed_worker_had_taken_is_sent_by_another_later(queue):
    with time_machine.travel(NOW, tick=False) as clock:
        (delivery,) = queue("ann")
        assert delivering._claim(delivery.pk) == delivery
        clock.move_to(NOW + delivering.CLAIMED_FOR - timedelta(seconds=1))
        send_waiting_mail()
        assert mail.outbox == []
        clock.move_to(NOW + delivering.CLAIMED_FOR)
        send_waiting_mail()
    assert [message.to for message in mail.outbox] == [["ann@example.org"]]


@pytest.mark.django_db
def test_a_batch_goes_over_one_connection(queue, server):
    smtp = server()
    deliveries = queue("ann", "bo", "cy")
    send([delivery.pk for delivery in deliveries])
    assert (smtp.connections, len(smtp.mails), states(*deliveries)) == (1, 3, ["sent"] * 3)


@pytest.mark.django_db
def test_a_mail_keeps_its_message_id_however_often_it_is_sent(queue, server):
    smtp = server()
    (delivery,) = queue("ann")
    for _time in range(2):
        send([delivery.pk])
        MailDelivery.objects.update(state=DeliveryState.QUEUED)
    sent = [MESSAGE_ID.search(text)[1] for text in smtp.mails]
    assert sent == [f"{delivery.uuid.hex}@localhost"] * 2


@pytest.mark.parametrize(
    ("answer", "state", "error"),
    [
        ("550 no such user bo@example.org", "failed", "SMTPRecipientsRefused 550"),
        ("451 try later, bo@example.org", "queued", "SMTPRecipientsRefused 451"),
    ],
)
@pytest.mark.django_db
def test_a_refused_recipient_costs_nobody_else_a_mail(queue, server, answer, state, error, caplog):
    """What the server says for good is not asked again; its words, which hold an address, are kept nowhere."""
    smtp = server(refuses={"bo@example.org": answer})
    deliveries = queue("ann", "bo", "cy")
    send([delivery.pk for delivery in deliveries])
    assert states(*deliveries) == ["sent", state, "sent"]
    assert (smtp.connections, MailDelivery.objects.get(recipient="bo@example.org").error) == (1, error)
    assert "bo@example.org" not in caplog.text


@pytest.mark.django_db
def test_a_server_that_hangs_is_waited_for_once_a_batch(queue, server, settings):
    settings.EMAIL_TIMEOUT = 0.2
    smtp = server(hangs=True)
    deliveries = queue(*(f"p{n}" for n in range(20)))
    send([delivery.pk for delivery in deliveries])
    assert (smtp.connections, states(*deliveries)) == (1, ["queued"] * 20)
    assert set(MailDelivery.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.django_db
@pytest.mark.parametrize("how", [{"hangs": True}, {"hangs_after_data": True}])
def test_while_a_server_hangs_one_task_waits_for_it_and_the_others_do_not(queue, server, settings, how):
    settings.EMAIL_TIMEOUT = 0.2
    smtp = server(**how)
    ann, bo, cy = queue("ann", "bo", "cy")
    for one in (ann, bo, cy):
        send([one.pk])
    assert (smtp.connections, states(ann, bo, cy)) == (1, ["queued"] * 3)
    assert list(MailDelivery.objects.order_by("pk").values_list("attempts", flat=True)) == [1, 0, 0]


@pytest.mark.django_db
def test_after_a_pause_one_task_asks_a_silent_server_again_and_all_send_once_it_answers(queue, server, settings):
    settings.EMAIL_TIMEOUT = 0.2
    server(hangs=True)
    ann, bo, cy = queue("ann", "bo", "cy")
    send([ann.pk])
    smtp = server()
    send([bo.pk])
    assert smtp.connections == 0
    cache.delete(delivering.ASKED)  # the pause is over
    send([bo.pk])
    send([cy.pk])
    assert states(ann, bo, cy) == ["queued", "sent", "sent"]


@pytest.mark.django_db
def test_a_server_that_takes_few_mails_a_connection_gets_them_over_several(queue, server):
    smtp = server(dropped_after=2)
    deliveries = queue(*(f"p{n}" for n in range(6)))
    send([delivery.pk for delivery in deliveries])
    assert (smtp.connections, states(*deliveries)) == (2, ["sent", "sent", "queued", "sent", "sent", "queued"])


@pytest.mark.django_db
def test_a_mail_whose_link_was_closed_while_it_waited_is_not_sent(queue, organisation):
    link = make_link(kind="invitation", target_id="x", recipient="ann@example.org", organisation=organisation)
    (delivery,) = queue("ann", link=link)
    type(link).objects.update(revoked_at=timezone.now())
    send([delivery.pk])
    assert (states(delivery), mail.outbox) == (["cancelled"], [])


# One sender of codes and receipts -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_one_task_sends_at_a_time_and_takes_along_what_the_others_leave_codes_first(queue, transport):
    """Those return at once: while a mail server is slow or silent, the other processes of their worker are free."""
    connections, seen = transport(Busy, "connections"), transport(Busy, "seen")
    first, _second = queue("ann", "bo")
    send_deliveries.delay([first.pk])
    assert (seen, len(connections)) == (["ann", "code", "bo", "receipt"], 1)


@pytest.mark.django_db
def test_a_task_whose_mail_has_been_sent_meanwhile_leaves_the_rest_alone(queue):
    ann, bo = queue("ann", "bo")
    send([ann.pk])
    send_deliveries.delay([ann.pk])
    assert states(ann, bo) == ["sent", "queued"]


@pytest.mark.django_db
@pytest.mark.parametrize(("later", "task"), [("default", send_deliveries), ("urgent", send_urgent)])
def test_a_slow_server_gets_few_mails_of_a_task_and_the_next_task_goes_on(
    queue, monkeypatch, later, task, django_capture_on_commit_callbacks
):
    handed_over = []
    monkeypatch.setattr(task, "delay", handed_over.append)
    monkeypatch.setattr(delivering, "SHORT_SECONDS", -1)
    (ann,) = queue("ann", priority=Priority.URGENT)
    rest = queue("bo", "cy", priority=later)
    with django_capture_on_commit_callbacks(execute=True):
        send_urgent.apply([[ann.pk]])
    assert states(ann, *rest) == ["sent", "queued", "queued"]
    assert handed_over == [[delivery.pk for delivery in rest]]


@pytest.mark.django_db
def test_a_task_that_comes_back_goes_on_as_the_sender_that_it_was(queue):
    ann, bo = queue("ann", "bo")
    leases.take(delivering.SENDER, "the task", 30)  # and its worker was killed
    send_deliveries.apply([[ann.pk]], task_id="another")
    assert states(ann, bo) == ["queued", "queued"]
    send_deliveries.apply([[ann.pk]], task_id="the task")
    assert states(ann, bo) == ["sent", "sent"]
    assert leases.take(delivering.SENDER, "another", 30)


# Three lines ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_of_an_organisation_one_bulk_batch_is_in_flight(queue, transport, organisation):
    seen = transport(Meanwhile, "seen")
    deliveries = queue("ann", "bo", priority=Priority.BULK)
    send_bulk(organisation.pk)
    assert (seen, states(*deliveries)) == ([True, True], ["sent", "sent"])
    assert list(BulkTurn.objects.values_list("holder", "held_until")) == [(None, None)]


@pytest.mark.django_db
def test_the_turn_of_a_killed_worker_is_over_after_a_while(queue, organisation):
    queue("ann", priority=Priority.BULK)
    with time_machine.travel(NOW, tick=False) as clock:
        assert delivering._take_turn(organisation.pk, MailDelivery.objects.get().uuid)
        send_bulk(organisation.pk)
        assert mail.outbox == []
        clock.shift(delivering.CLAIMED_FOR)
        send_bulk(organisation.pk)
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_the_task_of_a_killed_worker_goes_on_with_its_turn_when_it_comes_back(queue, organisation):
    (delivery,) = queue("ann", priority=Priority.BULK)
    assert delivering._take_turn(organisation.pk, delivery.uuid)
    send_bulk.apply([organisation.pk], task_id=str(delivery.uuid))
    assert states(delivery) == ["sent"]
    assert list(BulkTurn.objects.values_list("holder", "held_until")) == [(None, None)]


@pytest.mark.django_db
def test_bulk_mail_goes_in_batches_and_gives_way_to_other_organisations(queue, monkeypatch, server, organisation):
    monkeypatch.setattr(delivering, "SENT_TOGETHER", 2)
    handed_over = []
    monkeypatch.setattr(send_bulk, "delay", handed_over.append)
    smtp = server()
    queue(*(f"p{n}" for n in range(5)), priority=Priority.BULK)
    monkeypatch.setattr(delivering, "BULK_SECONDS", -1)
    send_bulk(organisation.pk)
    assert (smtp.connections, len(smtp.mails), handed_over) == (1, 1, [organisation.pk])
    monkeypatch.setattr(delivering, "BULK_SECONDS", 60)
    send_bulk(organisation.pk)
    assert (smtp.connections, len(smtp.mails)) == (3, 5)


@pytest.mark.django_db
def test_the_sweep_hands_each_line_to_its_own_task(queue, monkeypatch, organisation):
    handed_over = []
    for task in (delivering.send_urgent, delivering.send_deliveries, delivering.send_bulk):
        take = lambda arguments, expires, name=task.name: handed_over.append((name, *arguments, expires))  # noqa: E731
        monkeypatch.setattr(task, "apply_async", take)
    with time_machine.travel(NOW, tick=False):
        (bulk, _more), (receipt,), (code,) = (
            queue("ann", "bo", priority="bulk"),
            queue("cy"),
            queue("di", priority="urgent"),
        )
        queue("ed", state=DeliveryState.SENT)
    send_waiting_mail()
    assert handed_over == [
        ("mail.send_urgent", [code.pk], 60),
        ("mail.send_deliveries", [receipt.pk], 60),
        ("mail.send_bulk", bulk.organisation_id, 60),
    ]
    assert {name for name, *_rest in handed_over} <= set(app.tasks)


@pytest.mark.django_db
def test_a_receipt_does_not_wait_for_bulk_mail(queue, organisation):
    """A worker that is busy with an organisation's bulk mail takes no line but that."""
    queue("ann", priority=Priority.BULK)
    (receipt,) = queue("bo")
    other = OrganisationFactory()
    queue("cy", priority=Priority.BULK, organisation=other)
    delivering._take_turn(organisation.pk, receipt.uuid)
    MailDelivery.objects.update(queued_at=NOW)
    send_waiting_mail()
    assert {message.to[0] for message in mail.outbox} == {"bo@example.org", "cy@example.org"}
