"""What apps declare, and in which order they act upon what happens."""

from dataclasses import dataclass

import pytest

from common.events import Event, all_events
from common.registry import AlreadyRegistered, NotRegistered, Registry, all_registries


@dataclass(frozen=True)
class Kind:
    name: str


@pytest.fixture
def kinds():
    registry: Registry[Kind] = Registry("Kinds of a test", owner="tests")
    yield registry
    all_registries.__globals__["_registries"].remove(registry)


@pytest.fixture
def event():
    event: Event[list[str]] = Event("Something in a test", stages=("first", "second", "third"))
    yield event
    all_events.__globals__["_events"].remove(event)


def test_entries_are_found_by_name_and_listed_as_they_came(kinds):
    second, first = kinds.register(Kind("b")), kinds.register(Kind("a"))
    assert (kinds["a"], kinds["b"], list(kinds), kinds.names) == (first, second, [second, first], ["a", "b"])
    assert ("a" in kinds, "c" in kinds, len(kinds)) == (True, False, 2)


def test_a_name_is_taken_once(kinds):
    kinds.register(Kind("a"))
    with pytest.raises(AlreadyRegistered, match=r"Kinds of a test: 'a' is already registered\."):
        kinds.register(Kind("a"))


def test_a_name_that_nobody_declared_says_which_there_are(kinds):
    kinds.register(Kind("a"))
    with pytest.raises(NotRegistered, match=r"'x' is not registered\. Choose one of: a\."):
        kinds["x"]


def test_every_registry_is_listed_by_title(kinds):
    titles = [registry.title for registry in all_registries()]
    assert titles == sorted(titles)
    assert set(titles) >= {
        "Activity types",
        "Kinds of a test",
        "Kinds of background work",
        "Kinds of imported files",
        "Links in e-mails",
        "E-mail templates",
        "Member details for administrators",
    }


def test_handlers_run_in_the_order_of_the_stages_whatever_the_order_of_the_apps(event):
    done: list[str] = []
    event.connect("third", lambda what: what.append("third"))
    event.connect("first", lambda what: what.append("first"))
    event.send(done)
    assert (done, event.connected) == (["first", "third"], ["first", "third"])


def test_a_stage_takes_one_handler_and_has_to_be_known(event):
    event.connect("first", print)
    with pytest.raises(AlreadyRegistered):
        event.connect("first", print)
    with pytest.raises(NotRegistered, match=r"The stages are: first, second, third\."):
        event.connect("fourth", print)


def test_seats_open_before_cohorts_enrol():
    stages = {event.title: event.connected for event in all_events()}
    assert stages["A person joins an organisation"] == ["seats", "cohorts"]
    assert stages["A course is published"] == ["enrolments", "media", "search"]
