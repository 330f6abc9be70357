"""The walks of docs/architecture.md are as short as it says: every module in which they run a function is listed there."""

import importlib
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Membership
from imports.models import StagedImport
from outcomes.models import EvidenceRun
from stakeholders.models import EmploymentStint

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[1]
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PURE = "outcomes/evidence/"
# What every request and every log line passes, and what has no meaning of its own.
NOT_COUNTED = re.compile(
    r"^(common|tests|\.venv)/|(^|/)(middleware|context_processors|errors)\.py$|/templatetags/|"
    r"^accounts/(models|rules|services/(sessions|pending))\.py$|^config/(cache_policies|logs)\.py$"
)


def listed(walk: str) -> list[str]:
    section = ARCHITECTURE.split(f"### ({walk})", 1)[1].split("\n##", 1)[0]
    return re.findall(r"^\d+\. `(.+)`$", section, re.MULTILINE)


@pytest.fixture(autouse=True)
def _addresses_are_loaded(client, db):
    """What is imported with the first request, and by the first worker, runs functions that have nothing to do with a walk."""
    client.get("/")
    importlib.import_module("outcomes.analysis.computing")


@contextmanager
def modules_that_run() -> Iterator[set[str]]:
    """Fills with the modules of this repository in which a function is called; their import does not count."""
    found: set[str] = set()
    files: dict[str, str] = {}

    def look(frame, event, _argument):
        code = frame.f_code
        if event == "call" and code.co_name != "<module>" and code.co_filename not in files:
            path = Path(code.co_filename)
            files[code.co_filename] = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else ""

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield found
    finally:
        sys.setprofile(before)
    names = {name for name in files.values() if name and not NOT_COUNTED.search(name)}
    found |= {PURE if name.startswith(PURE) else name for name in names}


@pytest.fixture
def post(django_capture_on_commit_callbacks):
    """Posts, and does what the request hands to a worker."""

    def run(client, address, data=None):
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(address, data or {})

    return run


def bring(client, post, organisation, page: str, text: str, **fields: str) -> StagedImport:
    """What somebody does who imports a file: open the page, upload, read the report, apply."""
    upload = reverse(f"org:{page}", args=[organisation.slug])
    client.get(upload)
    report = post(client, upload, {"file": SimpleUploadedFile("people.csv", text.encode())} | fields).url
    client.get(report)
    staged = StagedImport.objects.get()
    post(client, reverse("org:import_apply", args=[organisation.slug, staged.uuid]), fields)
    return staged


def test_from_a_csv_to_memberships(organisation, member, sign_in, post):
    client = sign_in(member(organisation, "admin").user)
    text = "email,first_name\n" + "".join(f"p{n}@example.org,P{n}\n" for n in range(4))
    with modules_that_run() as modules:
        bring(client, post, organisation, "people_import", text)
    assert Membership.objects.filter(state="invited").count() == 4
    assert sorted(modules) == sorted(listed("a"))
    assert len(modules) <= 18


def test_from_a_stakeholder_file_to_a_report(organisation, member, sign_in, post):
    client = sign_in(member(organisation, "lnd_partner", "data_steward").user)
    rows = ["person_id,hire_date,exit_date,completion_date,observed_until,grade"]
    for n in range(240):
        left = f"2022-{1 + n % 12:02d}-{1 + n % 28:02d}" if n % 2 else ""
        done = f"2021-{1 + n % 12:02d}-15" if n % 3 == 0 else ""
        rows.append(f"P{n:03d},2020-{1 + n % 12:02d}-01,{left},{done},2022-12-31,{n // 2 % 4}")
    outcomes = reverse("org:outcomes", args=[organisation.slug])
    how = {"kind": "people", "date_format": "YYYY-MM-DD", "leavers_from": "2022-02-01", "extent": "everybody"}
    with modules_that_run() as modules:
        bring(client, post, organisation, "outcomes_import", "\n".join(rows) + "\n", **how)
        client.get(outcomes)
        question = {"outcome": "employee_exit", "covariates": "employee_exit.grade", "clock": "day"}
        page = client.get(post(client, outcomes, question).url).content.decode()
    assert EmploymentStint.objects.count() == 240
    assert EvidenceRun.objects.get().result["grade"] in {"descriptive", "adjusted", "quasi_experimental", "randomised"}
    assert 'role="img"' in page
    assert sorted(modules) == sorted(listed("e"))
    assert len(modules) <= 45


def test_a_lesson_edit_reaches_its_reader_in_fifteen_files():
    files = listed("b")
    assert len(files) <= 15
    assert [name for name in files if not (ROOT / name).exists()] == []
