"""Whatever people, administrators and the bank do to seats, and in whatever order: access and seats say the same."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from access.errors import SeatsExhausted
from access.queries import free_seats
from tests.access.seat_acts import SeatsOfAnOrder

pytestmark = [pytest.mark.django_db, pytest.mark.own_transaction]
people = st.sampled_from(["ann", "bo"])
BEGIN = datetime(2027, 3, 1, 9, tzinfo=UTC)
SLOW = [HealthCheck.too_slow]


class SeatMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.clock = time_machine.travel(BEGIN)
        self.traveller = self.clock.start()
        self.has_ended = False
        self.seats = SeatsOfAnOrder(ends_in=timedelta(days=10))

    def teardown(self):
        self.clock.stop()
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @rule(name=people)
    def accept(self, name):
        self.seats.accept(name)

    @rule(name=people)
    def leave(self, name):
        self.seats.leave(name)

    @rule(name=people)
    def come_back(self, name):
        self.seats.come_back(name)

    @rule(name=people)
    def free(self, name):
        self.seats.free(name)

    @rule(name=people)
    def add(self, name):
        try:
            self.seats.add(name)
        except SeatsExhausted:
            assert not free_seats(self.seats.organisation, self.seats.course)

    @rule()
    def refund(self):
        self.seats.refund()

    @rule()
    def restore(self):
        self.seats.restore()

    @precondition(lambda self: not self.has_ended)
    @rule()
    def let_the_order_end(self):
        """Only its date has come: nothing has marked its seats yet."""
        self.has_ended = True
        self.traveller.shift(timedelta(days=11))

    @rule()
    def sweep(self):
        self.seats.sweep()
        self.seats.check_swept()

    @rule()
    def buy_more(self):
        self.seats.buy_more()

    @invariant()
    def access_and_seats_agree(self):
        self.seats.check()


@pytest.mark.slow
def test_access_and_seats_agree_after_every_act():
    run_state_machine_as_test(
        SeatMachine, settings=settings(max_examples=60, stateful_step_count=12, deadline=None, suppress_health_check=SLOW)
    )
