"""Passwords that are known from breaches are refused by a list on this machine."""

import hashlib

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.checks import run_checks
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from common.breached_passwords import BreachedPasswordValidator, is_listed

short = st.text(min_size=1, max_size=8)


def line(password: str, seen: int) -> str:
    # The order and the form of the lines are those of the published list.
    return f"{hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()}:{seen}"


def write(path, passwords, ending="\n"):
    path.write_bytes("".join(f"{each}{ending}" for each in sorted(line(p, n) for n, p in enumerate(passwords, 1))).encode())
    return path


@pytest.fixture
def listed(tmp_path, settings):
    path = write(tmp_path / "list.txt", [f"summer-{year}-in-oslo" for year in range(1990, 2030)])
    settings.ACCORD_BREACHED_PASSWORDS = str(path)
    return path


def test_a_listed_password_is_refused_and_says_why(listed):
    with pytest.raises(ValidationError, match="This password is known from a data breach elsewhere"):
        validate_password("summer-2001-in-oslo")
    validate_password("summer-2031-in-oslo")


def test_without_a_list_nothing_is_looked_up(settings):
    settings.ACCORD_BREACHED_PASSWORDS = ""
    assert BreachedPasswordValidator().validate("anything") is None


@given(passwords=st.sets(short, max_size=40), other=short, crlf=st.booleans())
def test_every_line_is_found_and_nothing_else(tmp_path_factory, passwords, other, crlf):
    path = write(tmp_path_factory.mktemp("lists") / "list.txt", sorted(passwords), "\r\n" if crlf else "\n")
    assert [each for each in passwords if not is_listed(each, path)] == []
    assert is_listed(other, path) is (other in passwords)


def test_the_last_line_may_lack_its_end(tmp_path):
    path = write(tmp_path / "list.txt", ["one", "two", "three"])
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert [is_listed(each, path) for each in ("one", "two", "three", "four")] == [True, True, True, False]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", []),
        (line("one", 3) + "\n", []),
        ("password\nletmein\n", ["accord.E002"]),
        ("\n".join(sorted([line("one", 3), line("two", 1)], reverse=True)), ["accord.E002"]),
        (None, ["accord.E001"]),
    ],
)
def test_a_list_that_is_none_is_named_at_start(tmp_path, settings, content, expected):
    path = tmp_path / "list.txt"
    if content is not None:
        path.write_text(content)
    settings.ACCORD_BREACHED_PASSWORDS = str(path)
    assert [error.id for error in run_checks() if error.id.startswith("accord.")] == expected
