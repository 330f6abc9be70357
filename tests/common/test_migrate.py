"""Two `migrate` at once: the second waits."""

import io
import threading

import pytest
from django.core.management import call_command, get_commands
from django.db import connection, connections

from common.management.commands.migrate import alone

pytestmark = pytest.mark.django_db(transaction=True)


class Output(io.StringIO):
    """Says when something has been written."""

    def __init__(self) -> None:
        super().__init__()
        self.said = threading.Event()

    def write(self, text: str) -> int:
        written = super().write(text)
        self.said.set()
        return written


def migrate(output: Output, done: threading.Event) -> None:
    try:
        call_command("migrate", "contenttypes", verbosity=0, stdout=output)
        done.set()
    finally:
        connections.close_all()


def test_the_command_is_ours():
    assert get_commands()["migrate"] == "common"


def test_a_second_migrate_waits_for_the_first_and_then_goes_on():
    output, done = Output(), threading.Event()
    second = threading.Thread(target=migrate, args=[output, done])
    with alone(connection, say=lambda: pytest.fail("Nobody else is there.")):
        second.start()
        assert output.said.wait(30)
        assert (output.getvalue().startswith("Another migrate is at work"), done.is_set()) == (True, False)
    second.join(30)
    assert done.is_set()


def test_one_after_the_other_does_not_wait():
    for _turn in range(2):
        output = Output()
        call_command("migrate", "contenttypes", verbosity=0, stdout=output)
        assert output.getvalue() == ""


def test_the_lock_is_given_back_when_a_migration_fails():
    with pytest.raises(ZeroDivisionError), alone(connection, say=lambda: None):
        raise ZeroDivisionError
    with alone(connection, say=lambda: pytest.fail("Nobody else is there.")):
        pass
