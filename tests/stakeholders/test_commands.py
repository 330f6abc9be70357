"""The command that imports stakeholder data, which others script against."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from imports.models import StagedImport
from stakeholders.models import EmploymentStint
from tests.stakeholders.conftest import DATA, run_command

pytestmark = pytest.mark.django_db


def test_import_prints_its_report(organisation):
    report = json.loads(
        run_command("outcomes_import", organisation.slug, "people", str(DATA / "stanford_heart/people.csv"), "--json")
    )
    kept = StagedImport.objects.get()
    assert report | {"checksum": ""} == {
        "organisation": organisation.slug,
        "kind": "people",
        "file": "people.csv",
        "checksum": "",
        "encoding": "UTF-8",
        "delimiter": ",",
        "state": "applied",
        "dry_run": False,
        "rows": 103,
        "new": 103,
        "changed": 0,
        "unchanged": 0,
        "refused": 0,
        "notes": [],
        "problems": [],
        "import": str(kept.uuid),
    }


def test_a_dry_run_leaves_no_trace(organisation):
    report = json.loads(
        run_command(
            "outcomes_import", organisation.slug, "people", str(DATA / "stanford_heart/people.csv"), "--dry-run", "--json"
        )
    )
    assert (report["state"], report["new"], report["import"]) == ("ready", 103, None)
    assert (StagedImport.objects.count(), EmploymentStint.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (1, "1 row of earlier files is not in it and counts as observed only until their last day: P00."),
        (2, "2 rows of earlier files are not in it and count as observed only until their last day: P00, P01."),
        (22, "P18, P19 and 2 more."),
    ],
)
def test_who_is_not_in_a_later_file_of_everybody_is_said(organisation, tmp_path, n, said):
    path = tmp_path / "people.csv"
    path.write_text("person_id,hire_date\n" + "".join(f"P{i:02d},2020-01-01\n" for i in range(n)) + "X,2020-01-01\n")
    first = run_command("outcomes_import", organisation.slug, "people", str(path))
    assert "not in it" not in first
    path.write_text("person_id,hire_date\nX,2020-01-01\n")
    assert "not in it" not in run_command("outcomes_import", organisation.slug, "people", str(path), "--changes-only")
    assert said in run_command("outcomes_import", organisation.slug, "people", str(path))
    report = json.loads(run_command("outcomes_import", organisation.slug, "people", str(path), "--json"))
    assert (report["missing"], report["missing_ids"]) == (n, [f"P{i:02d}" for i in range(min(n, 20))])


def test_a_refused_file_ends_with_1(organisation, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("person_id,hire_date\n1,soon\n")
    out = io.StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("outcomes_import", organisation.slug, "people", str(path), stdout=out)
    assert stop.value.code == 1
    assert "Row 2, hire_date: The hire_date “soon” cannot be read. Write it as YYYY-MM-DD. (“soon”)" in out.getvalue()


def test_an_import_is_withdrawn_by_its_id(heart):
    uuid = str(StagedImport.objects.get().uuid)
    assert run_command("outcomes_import", heart.slug, "--withdraw", uuid) == "Removed 103 rows and restored 0.\n"
    assert EmploymentStint.objects.count() == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("outcomes_import", "nowhere", "people", "x.csv"),
        ("outcomes_import", "{org}", "people", "/nowhere.csv"),
        ("outcomes_import", "{org}"),
        ("outcomes_import", "{org}", "--withdraw", "nonsense"),
    ],
)
def test_what_cannot_be_understood_ends_with_2(organisation, arguments):
    with pytest.raises(CommandError) as error:
        run_command(*(argument.format(org=organisation.slug) for argument in arguments))
    assert error.value.returncode == 2
