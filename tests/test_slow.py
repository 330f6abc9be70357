"""The list of slow tests names tests that are there, and says which they are by what was measured."""

import ast

import pytest

from tests import slow

pytestmark = pytest.mark.once


def test_every_test_of_the_list_is_there():
    """One that was renamed would run with `make test` again, and one that is gone would stay in the list for ever."""
    missing = [name for name in sorted(slow.names()) if not is_there(name)]
    assert missing == [], "Make the list anew (see tests/slow.py), or take these lines out."


def is_there(name: str) -> bool:
    path, *classes, function = name.split("::")
    file = slow.LIST.parent.parent / path
    found = ast.parse(file.read_text()).body if file.exists() else []
    for inside in classes:
        found = next((node.body for node in found if isinstance(node, ast.ClassDef) and node.name == inside), [])
    return any(isinstance(node, ast.FunctionDef) and node.name == function for node in found)


def test_the_mean_of_its_parameters_decides_and_what_is_made_once_for_many_does_not_count():
    lines = [
        "0.40s call     tests/a/test_a.py::test_of_two[one]",
        "0.30s call     tests/a/test_a.py::test_of_two[two]",
        "0.40s call     tests/a/test_a.py::test_of_three[one]",
        "0.10s call     tests/a/test_a.py::test_of_three[two]",
        "0.02s setup    tests/a/test_a.py::test_of_three[three]",
        "35.7s setup    tests/a/test_a.py::test_that_came_first",
        "0.02s call     tests/a/test_a.py::test_that_came_first",
        "0.20s setup    tests/a/test_b.py::Walk::test_with_what_it_begins_with",
        "0.20s call     tests/a/test_b.py::Walk::test_with_what_it_begins_with",
        "(24969 durations < 0.02s hidden.)",
    ]
    assert slow.slowest(lines) == ["tests/a/test_a.py::test_of_two", "tests/a/test_b.py::Walk::test_with_what_it_begins_with"]
