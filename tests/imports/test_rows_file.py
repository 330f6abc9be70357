"""What was read of a checked file is kept as one private file, and applied from it."""

import gzip
import io
import json
import tracemalloc

import pytest
from django.core.files.storage import InMemoryStorage, storages
from django.test import override_settings

from accounts.models import Membership
from imports import services
from imports.enums import ImportState
from imports.errors import NotReady
from imports.kinds import FileCheck, import_kinds
from imports.models import StagedImport
from imports.services.processing import loaded_rows
from imports.staging import staged_rows
from imports.tables.reading import open_table
from stakeholders.kinds import KINDS
from stakeholders.models import EmploymentStint
from tests.stakeholders.test_imports import FILES

pytestmark = pytest.mark.django_db


@pytest.fixture
def check(organisation):
    def run(kind, text, **options):
        staged = services.receive_upload(
            organisation=organisation,
            kind=kind,
            file=io.BytesIO(text.encode()),
            file_name=f"{kind}.csv",
            options=options,
        )
        return services.check_import(staged)

    return run


def rewrite(staged, change):
    """Replace the kept file by what `change` makes of its text."""
    with staged.rows_file.open("rb") as file:
        text = gzip.decompress(file.read()).decode()
    with staged.rows_file.storage.open(staged.rows_file.name, "wb") as file:
        file.write(change(text))


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_rows_of_every_kind_come_back_as_they_were_read(check, kind):
    model, text = FILES[kind]
    staged = check(kind, text)
    with loaded_rows(staged) as staging:
        kept = [row for rows in staging.batches() for row in rows]
    assert [row[0] for row in kept] == [2, 3]
    services.apply_import(staged)
    assert model.objects.count() == 2
    services.withdraw(staged=staged)
    file = io.BytesIO(text.encode())
    services.import_file(organisation=staged.organisation, kind=kind, file=file, file_name="again.csv")
    assert model.objects.count() == 2


@pytest.mark.parametrize("odd", ['Zoë "Zo"; =1+1,\nSøren', "North\rSouth", "North\nSouth", "North\r\nSouth", '"'])
def test_values_that_csv_could_spoil_come_back(check, odd):
    quoted = odd.replace('"', '""')
    staged = check("people", f'person_id,hire_date,team\n007,2020-01-01,"{quoted}"\n')
    services.apply_import(staged)
    assert EmploymentStint.objects.get().team == odd


def test_a_cell_that_clears_a_value_still_does_when_it_is_applied_later(check):
    services.apply_import(check("people", "person_id,hire_date,team\n1,2020-01-01,North\n"))
    services.apply_import(check("people", "person_id,hire_date,team\n1,2020-01-01,(clear)\n"))
    assert EmploymentStint.objects.get().team == ""


def test_nothing_of_the_file_is_kept_once_it_is_applied_or_refused(check):
    applied = check("people", "person_id,hire_date\n1,2020-01-01\n")
    storage, name = applied.rows_file.storage, applied.rows_file.name
    assert storage.exists(name)
    services.apply_import(applied)
    refused = check("people", "person_id,hire_date\n1,soon\n")
    assert [bool(one.rows_file) for one in (StagedImport.objects.get(pk=applied.pk), refused)] == [False, False]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: b"", id="empty"),
        pytest.param(lambda text: b"not packed", id="not packed"),
        pytest.param(lambda text: gzip.compress(text.encode())[:-12], id="cut off"),
        pytest.param(lambda text: gzip.compress(text.replace('"format": 1', '"format": 2').encode()), id="newer format"),
        pytest.param(lambda text: gzip.compress(text.replace('"people"', '"customers"').encode()), id="another kind"),
        pytest.param(lambda text: gzip.compress(text.replace("hire_date", "hired").encode()), id="a column we do not know"),
        pytest.param(lambda text: gzip.compress((text + "4,x\n").encode()), id="a row too short"),
        pytest.param(lambda text: gzip.compress((text + "4,x,2020-01-01,y\n").encode()), id="a row too long"),
        pytest.param(lambda text: gzip.compress(json.dumps({"kind": "people"}).encode() + b"\n"), id="no description"),
    ],
)
def test_kept_rows_that_cannot_be_trusted_ask_for_another_check(check, change):
    staged = check("people", "person_id,hire_date\n1,2020-01-01\n2,2020-01-01\n")
    rewrite(staged, change)
    with pytest.raises(NotReady, match="Check the file again, then import it"):
        services.apply_import(staged)
    staged.refresh_from_db()
    assert (staged.state, EmploymentStint.objects.count()) == (ImportState.READY, 0)
    services.apply_import(services.check_import(staged))
    assert EmploymentStint.objects.count() == 2


def test_kept_rows_that_are_gone_ask_for_another_check(check):
    staged = check("people", "person_id,hire_date\n1,2020-01-01\n")
    staged.rows_file.storage.delete(staged.rows_file.name)
    with pytest.raises(NotReady, match="no longer stored"):
        services.apply_import(staged)


def test_what_is_done_is_counted_again_when_it_is_done(check, organisation):
    staged = check("people", "person_id,hire_date,team\n1,2020-01-01,A\n2,2020-01-01,A\n3,2020-01-01,A\n")
    assert (staged.rows_new, staged.rows_changed, staged.rows_unchanged) == (3, 0, 0)
    other = b"person_id,hire_date,team\n1,2020-01-01,A\n2,2020-01-01,B\n"
    services.import_file(organisation=organisation, kind="people", file=io.BytesIO(other), file_name="other.csv")
    services.apply_import(staged)
    staged.refresh_from_db()
    assert (staged.rows_new, staged.rows_changed, staged.rows_unchanged) == (1, 1, 1)


def test_people_are_counted_again_when_they_are_enrolled(check, organisation):
    staged = check("enrolments", "email,first_name\na@example.org,A\nb@example.org,B\nc@example.org,C\na@example.org,A\n")
    assert (staged.rows_new, staged.rows_changed, staged.rows_unchanged) == (3, 0, 1)
    services.apply_import(check("enrolments", "email,first_name\na@example.org,A\n"))
    services.apply_import(staged)
    staged.refresh_from_db()
    assert (staged.rows_new, staged.rows_changed, staged.rows_unchanged) == (2, 0, 2)
    assert Membership.objects.filter(organisation=organisation).count() == 3


def test_files_live_where_there_are_no_paths(check, settings):
    """As in an object store."""
    in_memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    with override_settings(STORAGES=settings.STORAGES | {"private": in_memory}):
        assert isinstance(storages["private"], InMemoryStorage)
        staged = check("people", "person_id,hire_date\n1,2020-01-01\n")
        services.apply_import(staged)
    assert EmploymentStint.objects.count() == 1


def peak_while_reading(organisation, rows):
    """Bytes that Python holds at most while it reads an enrolment file of so many people."""
    text = "email,first_name,person_id,team\n" + "".join(f"p{n}@example.org,P{n},N{n},Team {n % 7}\n" for n in range(rows))
    kind, file = import_kinds["enrolments"], io.BytesIO(text.encode())
    staged = StagedImport(organisation=organisation, kind="enrolments")
    table = open_table(file, file_name="x.csv", columns=kind.header)
    with staged_rows(kind, kind.staged_names(table), has_covariates=False) as staging:
        tracemalloc.start()
        kind.read(FileCheck(staged, table, staging))
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return peak


def test_reading_people_takes_the_same_memory_for_any_number(organisation):
    peak_while_reading(organisation, 600)
    few, many = peak_while_reading(organisation, 3_000), peak_while_reading(organisation, 12_000)
    assert many < 1.3 * few
