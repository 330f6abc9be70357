"""Whatever workers, servers and clocks do, a mail ends once, and a code is not sent when it is of no use."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mail.enums import WAITING, DeliveryState
from mail.models import MailDelivery
from mail.services import cancel, delivering, queue_message
from mail.services.delivering import TRIED_FOR, send, send_waiting_mail

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["takes", "away", "killed before", "killed after", "cancelled"]),
        st.integers(min_value=1, max_value=400),  # minutes until the next
    ),
    min_size=1,
    max_size=25,
)


class Killed(BaseException):
    """As if the process had ended: nothing of ours is done about it."""


class Scripted(BaseEmailBackend):
    """Does what the step says, and notes when it took a mail."""

    step = "takes"
    taken: list = []
    killed = 0

    def send_messages(self, messages):
        if self.step == "killed before":
            raise Killed
        if self.step == "away":
            raise ConnectionRefusedError
        self.taken.extend((timezone.now(), message.extra_headers["Message-ID"]) for message in messages)
        if self.step == "killed after":
            Scripted.killed += 1
            raise Killed
        return len(messages)


def act(step: str, ids: list[int]) -> None:
    if step == "cancelled":
        cancel(MailDelivery.objects.filter(pk__in=ids))
        return
    Scripted.step = step
    try:
        # The task of the mail and the sweep, in whichever order they come.
        send(ids)
        send_waiting_mail()
    except Killed:
        pass


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, lifetime=st.one_of(st.none(), st.integers(min_value=1, max_value=90)))
def test_a_mail_is_taken_once_for_each_worker_that_did_not_say_so(settings, steps, lifetime):
    settings.ACCORD_MAIL_TRANSPORT = f"{__name__}.Scripted"
    Scripted.taken, Scripted.killed = [], 0
    MailDelivery.objects.all().delete()
    with time_machine.travel(NOW, tick=False) as clock:
        expires_at = NOW + timedelta(minutes=lifetime) if lifetime else None
        (delivery,) = queue_message(EmailMessage("S", "B", None, ["ann@example.org"]), source="x", expires_at=expires_at)
        for step, minutes in steps:
            act(step, [delivery.pk])
            clock.shift(timedelta(minutes=minutes))
        # Then all goes well for as long as a claim, a pause and the two days last.
        for _hours in range(10):
            act("takes", [delivery.pk])
            clock.shift(delivering.PAUSES[-1])
    delivery.refresh_from_db()
    assert delivery.state not in WAITING
    was_sent = delivery.state == DeliveryState.SENT
    assert len(Scripted.taken) == Scripted.killed + was_sent
    assert len({message_id for _moment, message_id in Scripted.taken}) <= 1
    assert all(expires_at is None or moment < expires_at for moment, _message_id in Scripted.taken)
    if delivery.state in (DeliveryState.SENT, DeliveryState.EXPIRED):
        assert delivery.message == ""
    if delivery.state == DeliveryState.FAILED:
        assert delivery.updated_at >= NOW + TRIED_FOR
