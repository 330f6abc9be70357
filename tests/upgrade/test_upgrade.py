"""This version takes over the databases of earlier ones: nothing is lost, and its pages show what was there before."""

from pathlib import Path

import pytest

from tests.upgrade.databases import MIGRATED, counts_in, digests, models_of_today, new_database, run, versions

LOOK = """
import django
django.setup()
from accounts.models import Membership, Organisation
from django.test import Client
from learning.models import Enrolment
organisation = Organisation.objects.get(slug="northwind-care")
pages = {
    "owner": [f"/org/northwind-care/{part}" for part in ("", "people/", "cohorts/", "needs/", "outcomes/", "seats/", "audit/")],
    "learner": ["/learn/", "/skills/", "/courses/"],
}
people = {
    "owner": Membership.objects.get(organisation=organisation, roles__role="owner").user,
    "learner": Enrolment.objects.filter(percentage__gt=0, percentage__lt=100).latest("pk").user,
}
for name, addresses in pages.items():
    client = Client(headers={"host": "localhost"})
    client.force_login(people[name])
    for address in addresses:
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, (address, answer.status_code)
        print(name, address, len(answer.content))
"""
VERSIONS = pytest.mark.parametrize("version", versions(), ids=lambda version: version.number)


def upgrade(address: str, var: Path, version) -> None:
    run(address, var, "manage.py", "migrate", "-v0")
    run(address, var, "manage.py", "migrate", "--check")
    before = {label: rows for label, rows in version.noted()["rows"].items() if label in models_of_today()}
    # The one L&D partner becomes a data steward too, which the log says.
    before |= {label: before[label] + 1 for label in ("accounts.RoleAssignment", "accounts.AuditEvent")}
    after = counts_in(address, var)
    assert {label: after[label] for label in before} == before
    assert run(address, var, "-c", LOOK, settings="test").count("\n") == 10
    # What the start of every version does once more: it finds the courses and the demonstration as they were.
    run(address, var, "manage.py", "load_content", "-v0")


def test_there_is_something_to_upgrade_from():
    assert "0.2.0" in [version.number for version in versions()]


@pytest.mark.slow
@VERSIONS
def test_an_sqlite_file_is_upgraded(version, tmp_path):
    upgrade(f"sqlite:///{version.unpack_to(tmp_path)}", tmp_path, version)


@pytest.mark.services
@VERSIONS
def test_a_postgresql_dump_is_upgraded(version, tmp_path):
    with new_database() as address:
        version.restore_to(address)
        upgrade(address, tmp_path, version)


@VERSIONS
def test_released_migrations_never_change(version):
    """A database that has run one would differ from one that is made today: write a new migration instead."""
    released, today = version.noted()["migrations"], digests(MIGRATED)
    assert {name: today.get(name) for name in released} == released
