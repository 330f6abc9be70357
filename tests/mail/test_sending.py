"""Mail that is owed leaves once, is tried again, and holds nobody up."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection

from mail import services
from mail.enums import DeliveryState
from mail.models import MailDelivery

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Observer(BaseEmailBackend):
    """Notes whether a transaction was open, and what the delivery said meanwhile."""

    seen: list = []

    def send_messages(self, messages):
        delivery = MailDelivery.objects.get()
        self.seen.append((connection.in_atomic_block, delivery.state, delivery.attempts))
        services.send(delivery.pk)
        return len(messages)


class Broken(BaseEmailBackend):
    def send_messages(self, messages):
        raise ConnectionRefusedError


@pytest.fixture
def delivery(organisation):
    return MailDelivery.objects.create(template="invitation", recipient="ann@example.com", organisation=organisation)


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_mail_server_is_spoken_to(settings, delivery, monkeypatch):
    """Meanwhile another worker that is handed the same delivery leaves it alone."""
    settings.EMAIL_BACKEND = f"{__name__}.Observer"
    monkeypatch.setattr(Observer, "seen", [])
    services.send(delivery.pk)
    assert Observer.seen == [(False, DeliveryState.QUEUED, 1)]
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.not_before) == (DeliveryState.SENT, 1, None)


@pytest.mark.django_db
def test_a_mail_server_that_refuses_is_asked_five_times(settings, delivery, caplog):
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    states = []
    for _attempt in range(7):
        services.send(delivery.pk)
        delivery.refresh_from_db()
        states.append((delivery.state, delivery.attempts, delivery.error))
    waiting = [(DeliveryState.QUEUED, number, "ConnectionRefusedError") for number in range(1, 5)]
    assert states == [*waiting, *[(DeliveryState.FAILED, 5, "ConnectionRefusedError")] * 3]


@pytest.mark.django_db
def test_what_a_killed_worker_had_taken_is_sent_by_another_later(delivery):
    with time_machine.travel(NOW, tick=False):
        assert services._claim(delivery.pk) == delivery
        services.send(delivery.pk)
        assert mail.outbox == []
    with time_machine.travel(NOW + services.CLAIMED_FOR - timedelta(seconds=1), tick=False):
        services.send(delivery.pk)
        assert mail.outbox == []
    with time_machine.travel(NOW + services.CLAIMED_FOR, tick=False):
        services.send(delivery.pk)
    assert [message.to for message in mail.outbox] == [["ann@example.com"]]
