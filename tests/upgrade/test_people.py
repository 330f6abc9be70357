"""People of 0.2.0 in every shape that its tables allow keep what is theirs: addresses, and second factors."""

import json
import sqlite3
from contextlib import contextmanager

import psycopg
import pytest

from tests.upgrade.databases import Version, libpq, new_database, run

OLD = Version("0.2.0")
FIRST = 700_000

# Who goes by which address, and what else is kept of it: address, proved, primary.
ACCOUNTS = {
    # One alone, in every state.
    "proved": ("proved@x.org", [("proved@x.org", True, True)]),
    "unproved": ("unproved@x.org", [("unproved@x.org", False, True)]),
    "bare": ("bare@x.org", []),
    # Written past allauth: the account returns to what it proved, the primary one if there are several.
    "author": ("ghost@x.org", [("author@x.org", True, True), ("ghost@x.org", False, False)]),
    "several": ("phantom@x.org", [("first@x.org", True, False), ("second@x.org", True, True)]),
    "unproved primary": ("spectre@x.org", [("spectre@x.org", False, True), ("mine@x.org", True, False)]),
    # Two that go by each other's.
    "left": ("right@y.org", [("left@y.org", True, True)]),
    "right": ("left@y.org", [("right@y.org", True, True)]),
    # A chain, at whose end somebody has proved nothing.
    "a": ("z@y.org", [("a@y.org", True, True)]),
    "b": ("a@y.org", [("b@y.org", True, True)]),
    "c": ("b@y.org", [("b@y.org", False, True)]),
    # Capitals: of one account, of two, and of two who both proved it.
    "capitals": ("capitals@z.org", [("Capitals@Z.org", True, True)]),
    "twice": ("twice@z.org", [("twice@z.org", False, True), ("Twice@z.org", True, False)]),
    "other twice": ("other@z.org", [("TWICE@z.org", False, False), ("other@z.org", True, True)]),
    "both, later": ("both@z.org", [("BOTH@z.org", True, True)]),
    "both, before": ("before@z.org", [("Both@z.org", True, True)]),
}
AFTER = {
    "proved": ("proved@x.org", [("proved@x.org", True, True)]),
    "unproved": ("unproved@x.org", [("unproved@x.org", False, True)]),
    "bare": ("bare@x.org", []),
    "author": ("author@x.org", [("author@x.org", True, True)]),
    "several": ("second@x.org", [("first@x.org", True, False), ("second@x.org", True, True)]),
    "unproved primary": ("mine@x.org", [("mine@x.org", True, True)]),
    "left": ("left@y.org", [("left@y.org", True, True)]),
    "right": ("right@y.org", [("right@y.org", True, True)]),
    "a": ("a@y.org", [("a@y.org", True, True)]),
    "b": ("b@y.org", [("b@y.org", True, True)]),
    "c": (None, []),
    "capitals": ("capitals@z.org", [("capitals@z.org", True, True)]),
    "twice": ("twice@z.org", [("twice@z.org", True, True)]),
    "other twice": ("other@z.org", [("other@z.org", True, True)]),
    "both, later": ("both@z.org", [("both@z.org", True, True)]),
    "both, before": ("before@z.org", []),
}
CLEAR = {
    "proved": ("totp", {"secret": "JBSWY3DPEHPK3PXP"}),
    "unproved": ("totp", {"secret": None}),
    "bare": ("totp", {}),
    "author": ("recovery_codes", {"seed": "0123456789abcdef", "used_mask": 3}),
    "several": ("recovery_codes", {"migrated_codes": ["abc123", "def456"]}),
    "left": ("recovery_codes", {"migrated_codes": None, "seed": "fedcba"}),
    "right": ("webauthn", {"name": "Key", "secret": "not ours"}),
}


class Rows:
    """Plain statements, as the tables of 0.2.0 have other columns than the models of today."""

    def __init__(self, connection, mark):
        self.connection, self.mark = connection, mark

    def __call__(self, statement, *values):
        return self.connection.execute(statement.replace("?", self.mark), values)


@contextmanager
def rows_of(address):
    if address.startswith("sqlite"):
        connection = sqlite3.connect(address.removeprefix("sqlite:///"))
        try:
            with connection:
                yield Rows(connection, "?")
        finally:
            connection.close()
    else:
        with psycopg.connect(libpq(address)) as connection:
            yield Rows(connection, "%s")


def fill(address):
    with rows_of(address) as rows:
        for number, (name, (email, known)) in enumerate(ACCOUNTS.items(), FIRST):
            rows(
                "INSERT INTO accounts_user (id, password, is_superuser, is_staff, is_active, date_joined, email, first_name, "
                "last_name, time_zone) VALUES (?, '!', ?, ?, ?, '2026-01-01 00:00:00+00:00', ?, ?, '', '')",
                *(number, False, False, True, email, name),
            )
            for entry in known:
                rows(
                    'INSERT INTO account_emailaddress (user_id, email, verified, "primary") VALUES (?, ?, ?, ?)', number, *entry
                )
            if name in CLEAR:
                kind, data = CLEAR[name]
                rows(
                    "INSERT INTO mfa_authenticator (user_id, type, data, created_at) VALUES (?, ?, ?, ?)",
                    *(number, kind, json.dumps(data), "2026-01-01 00:00:00+00:00"),
                )


def accounts_in(address):
    with rows_of(address) as rows:
        people = rows("SELECT id, first_name, email FROM accounts_user WHERE id >= ? ORDER BY id", FIRST).fetchall()
        return {
            name: (
                None if email.endswith("@no-address.invalid") else email,
                [
                    (known, bool(verified), bool(primary))
                    for known, verified, primary in rows(
                        'SELECT email, verified, "primary" FROM account_emailaddress WHERE user_id = ? ORDER BY email', number
                    )
                ],
            )
            for number, name, email in people
        }


def factors_in(address):
    with rows_of(address) as rows:
        found = rows(
            "SELECT first_name, type, data FROM mfa_authenticator JOIN accounts_user ON user_id = accounts_user.id "
            "WHERE user_id >= ? ORDER BY user_id",
            FIRST,
        )
        return {name: (kind, json.loads(data) if isinstance(data, str) else data) for name, kind, data in found}


def texts_in(factors):
    return {text for kind, data in factors.values() if kind != "webauthn" for text in leaves(data) if isinstance(text, str)}


def leaves(value):
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    return [leaf for one in values for leaf in ([one] if one is value or not isinstance(one, dict | list) else leaves(one))]


def upgraded(address, var):
    fill(address)
    said = run(address, var, "manage.py", "migrate", "-v0", both=True)
    assert "had not proved: 8. Now without any address: 1." in said
    assert "x.org" not in said
    assert accounts_in(address) == AFTER
    encrypted = factors_in(address)
    assert all(text.startswith("encrypted:") for text in texts_in(encrypted))
    assert encrypted["unproved"] == CLEAR["unproved"]
    run(address, var, "manage.py", "migrate", "-v0", "accounts", "0004")
    assert factors_in(address) == CLEAR
    run(address, var, "manage.py", "migrate", "-v0")
    assert texts_in(factors_in(address)) != texts_in(CLEAR)
    assert accounts_in(address) == AFTER


@pytest.mark.slow
def test_people_of_an_sqlite_file(tmp_path):
    upgraded(f"sqlite:///{OLD.unpack_to(tmp_path)}", tmp_path)


@pytest.mark.services
def test_people_of_a_postgresql_dump(tmp_path):
    with new_database() as address:
        OLD.restore_to(address)
        upgraded(address, tmp_path)
