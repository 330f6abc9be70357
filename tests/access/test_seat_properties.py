"""Whatever people, administrators and the bank do to seats, and in whatever order: access and seats say the same."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from access.errors import SeatsExhausted
from tests.access.seat_acts import SeatsOfAnOrder

pytestmark = pytest.mark.django_db
people = st.sampled_from(["ann", "bo"])
SLOW = [HealthCheck.too_slow]


class SeatMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.seats = SeatsOfAnOrder()

    def teardown(self):
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
            assert self.seats.order.state == "refunded"

    @rule()
    def refund(self):
        self.seats.refund()

    @rule()
    def restore(self):
        self.seats.restore()

    @invariant()
    def access_and_seats_agree(self):
        self.seats.check()


def test_access_and_seats_agree_after_every_act():
    run_state_machine_as_test(
        SeatMachine, settings=settings(max_examples=60, stateful_step_count=12, deadline=None, suppress_health_check=SLOW)
    )
