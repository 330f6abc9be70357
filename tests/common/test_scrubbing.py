"""Logs and reports carry no addresses and nothing that opens something."""

import pytest

from common.scrubbing import scrub


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("no account for ada.okafor+x@mail.example.org here", "no account for [address] here"),
        ("<ada@example.org>, 'bob@example.co.uk'", "<[address]>, '[address]'"),
        ("postgres://accord:secret@db.example.org/accord", "postgres://[left out]@db.example.org/accord"),
        ("redis://:secret@127.0.0.1:6379/0", "redis://[left out]@127.0.0.1:6379/0"),
        ("Internal Server Error: /l/abc:def-ghi/", "Internal Server Error: /l/[link]/"),
        ("/accounts/password/reset/key/3-abcdef/", "/accounts/password/reset/key/[link]/"),
        ("duplicate key value\nDETAIL:  Key (email)=(Ada Okafor) already exists.", "duplicate key value\nDETAIL: [left out]"),
        ("x\nDETAIL:  Failing row contains (1, Ada\n\nOkafor, 7).", "x\nDETAIL: [left out]"),
        (
            "DETAIL:  Key (a)=(Ada\nOkafor)\nCONTEXT:  x\n\nThe above exception was",
            "DETAIL: [left out]\nCONTEXT:  x\n\nThe above exception was",
        ),
        (
            "Failing row contains (Ada\nOkafor).\n\nThe above exception",
            "Failing row contains [left out]\n\nThe above exception",
        ),
        ("syntax error\nLINE 1: SELECT 'Ada Okafor'\n  ^", "syntax error\nLINE 1: [left out]\n  ^"),
        ("UNIQUE constraint failed: accounts_user.email", "UNIQUE constraint failed: accounts_user.email"),
        ("celery@vm ready.", "celery@vm ready."),
        ("/learn/ 200 in 12 ms", "/learn/ 200 in 12 ms"),
    ],
)
def test_what_is_left_of_a_line(said, kept):
    assert scrub(said) == kept
