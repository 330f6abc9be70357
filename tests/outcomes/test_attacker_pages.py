"""The attacker of `test_attacker.py` at everything that can be opened or downloaded: page, pictures, JSON, every table, the
overview, the page on the data; and at customers and partners beside each other.
"""

import csv
import io
import json
import re
from dataclasses import dataclass, field
from html import unescape
from itertools import combinations

import numpy as np
import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from accounts.enums import Role
from outcomes.analysis import computing
from outcomes.analysis.releases import Admitted
from outcomes.models import AnalysisRequest
from outcomes.services import request_analysis, run_analysis
from stakeholders.models import CustomerStint, EmploymentStint, PartnerStint

from .crowd import FIRST, LAST, SECRET, TARGET
from .test_attacker import who
from .test_releases import a_quarter_passes, ask

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

TABLES = ("retention", "everyone", "split", "estimates", "sensitivity", "counts")
LABELS = {"exposed_units": "Followed after a completion", "events_exposed": "Left after a completion"}
COUNTED = "people|person|exits?|customers?|partners?|completions?|colleagues?|leavers|rows?|units?"
FEW = re.compile(rf"(?<![–\d.,-])\b[1-9] (?:more |fewer )?(?:{COUNTED})\b")
"""A number of people below ten, and no range such as 1–9."""
OF_100 = re.compile(r"of 100 such[^.]*\.")
"""“Of 100 such people about 6 fewer left”: a share, and nobody's count."""


@dataclass
class Shelf:
    """All that a reader could open. By answer: `figures`, (table, row, column) → the number there; `sets`, who is in which
    count.
    """

    texts: dict[str, str] = field(default_factory=dict)
    figures: dict[str, dict[tuple[str, str, str], float]] = field(default_factory=dict)
    sets: dict[str, dict[str, set]] = field(default_factory=dict)

    @property
    def found(self) -> list[str]:
        return [*self._said(), *self._counted(), *self._apart()]

    def _said(self):
        for name, text in self.texts.items():
            yield from (f"{name}: {word}" for word in (TARGET, SECRET, "@acme.example") if word in text)
            yield from (f"{name}: {words}" for words in FEW.findall(OF_100.sub("", text)))

    def _counted(self):
        for name, cells in self.figures.items():
            yield from (f"{name}: {cell} {number}" for cell, number in cells.items() if 0 < number < 10)

    def _apart(self):
        """The same cell about completions in two answers, one to nine apart: whoever is in one alone is read.

        Who was followed and who left is in the file.
        """
        for (one, first), (other, second) in combinations(self.figures.items(), 2):
            for cell in filter(tells_of_completions, first.keys() & second.keys()):
                is_close = first[cell] and second[cell] and 0 < abs(first[cell] - second[cell]) < 10
                if is_close and self._are_nearly_the_same(
                    one, other, "events_exposed" if "eft" in cell[1] else "exposed_units"
                ):
                    yield f"{one} and {other}: {cell} {first[cell]} {second[cell]}"

    def _are_nearly_the_same(self, one, other, count):
        return len(self.sets[one][count] ^ self.sets[other][count]) < 10


def tells_of_completions(cell: tuple[str, str, str]) -> bool:
    table, row, _column = cell
    return not row.startswith("Everyone") and (table in {"retention", "split"} or "after a completion" in row)


def visible(html: str) -> str:
    body = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", " ", html)
    return re.sub(r"\s+", " ", unescape(strip_tags(body)))


def cells_of(table: str, text: str) -> dict[tuple[str, str, str], float]:
    """The counts of a table; shares, ratios and errors are none. Months at risk move with every day that is left out."""
    rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    labels = ["Group", "Month"] if table in {"retention", "everyone", "split"} else ["What"]
    counts = {"At risk", "Number"}
    return {
        (table, " ".join(row[label] for label in labels), column): float(row[column].replace(",", ""))
        for row in rows
        for column in counts & row.keys()
        if re.fullmatch(r"[\d,]+", row[column]) and row.get("What") not in {"Months at risk", "Teams or owners"}
    }


@pytest.fixture
def read(member, sign_in):
    """Everything that a reader can open of one answer: `read(organisation, shelf, name, run)`."""

    def opened(organisation, shelf, name, run):
        client = sign_in(member(organisation, Role.OUTCOMES_READER).user)
        place = [organisation.slug, run.uuid]
        page = client.get(reverse("org:evidence_run", args=place))
        assert page.status_code == 200
        html = page.content.decode()
        shelf.texts[f"{name}, page"] = visible(html)
        pictures = re.findall(r"(?s)<svg\b.*?</svg>", html)
        shelf.texts[f"{name}, pictures"] = " ".join(pictures)
        answer = client.get(reverse("org:evidence_run_json", args=place)).json()
        shelf.texts[f"{name}, JSON"] = json.dumps(answer, ensure_ascii=False)
        figures = {
            ("json", LABELS.get(count, count), "Number"): number
            for count, number in answer["counts"].items()
            if number and count not in {"unit_months", "teams"}
        }
        for table in TABLES:
            text = client.get(reverse("org:evidence_run_table", args=[*place, table])).getvalue().decode()
            shelf.texts[f"{name}, {table}"] = text
            figures |= cells_of(table, text)
        shelf.figures[name] = figures
        assert ("counts", "Followed", "Number") in figures or answer["refusals"], (name, sorted(figures))

    return opened


@pytest.fixture
def browse(read, member, sign_in):
    def opened(organisation, questions):
        shelf = Shelf()
        for name, question in questions.items():
            run = ask(organisation, **question)
            run.refresh_from_db()
            read(organisation, shelf, name, run)
            shelf.sets[name] = who(organisation, **question)
        client = sign_in(member(organisation, Role.OUTCOMES_READER, Role.LND_PARTNER).user)
        for address in ("outcomes", "outcomes_data"):
            shelf.texts[address] = visible(client.get(reverse(f"org:{address}", args=[organisation.slug])).content.decode())
        return shelf

    return opened


QUESTIONS = {
    "plain": {},
    "by site": {"covariates": "site:category"},
    "but one": {"covariates": "but_one:category"},
    "by months": {"clock": "month"},
    "voluntary": {"events": ("voluntary",)},
    "a year": {"horizon_months": 12},
    "two teams": {"teams": ("T0", "T1")},
    "and the few": {"teams": ("T0", "T1", "Few")},
    "a month earlier": {"as_of": "2024-11-30"},
}


def test_nothing_that_can_be_opened_tells_of_a_few(acme, browse):
    shelf = browse(acme, QUESTIONS)
    assert shelf.found == []
    assert [name for name, cells in shelf.figures.items() if cells]
    assert ("counts", "Followed", "Number") in shelf.figures["plain"]
    assert any(table == "split" for table, _row, _column in shelf.figures["plain"])


def test_without_the_ledger_what_can_be_opened_tells(acme, browse, monkeypatch):
    """So that the test above is one that can fail."""
    monkeypatch.setattr(computing, "admit", lambda *_arguments, few: Admitted())
    found = browse(acme, QUESTIONS).found
    assert [words for words in found if "counts" in words]


def test_a_refreshed_answer_tells_no_more_than_the_one_it_replaces(acme, read):
    shelf = Shelf()
    first = ask(acme)
    read(acme, shelf, "first", first)
    a_quarter_passes(acme)
    few = EmploymentStint.objects.filter(organisation=acme, exit_date=None)[:3]
    EmploymentStint.objects.filter(pk__in=[stint.pk for stint in few]).update(exit_date=LAST)
    again = run_analysis(run=request_analysis(organisation=acme, request=AnalysisRequest()))
    read(acme, shelf, "again", again)
    assert [text for name, text in shelf.texts.items() if name == "again, counts" and "20" in text]
    assert not list(shelf._said())
    # An exact count and a rounded one may be less than ten apart: that every count is a multiple of five is what hides whom.
    rounded = [number for (table, _row, _column), number in shelf.figures["again"].items() if table == "counts"]
    assert rounded
    assert not [number for number in rounded if number % 5]


# Customers and partners of nearly the same colleagues -------------------------------------------------------------------------


@pytest.fixture
def sales(acme):
    """Two customers and a partner of each colleague, but for the target, who has no partner."""
    rng = np.random.default_rng(11)
    people = EmploymentStint.objects.filter(organisation=acme)
    people.filter(exit_date__lt="2022-09-01").update(exit_date=None, exit_kind="")
    owners = sorted(people.values_list("person_id", flat=True))
    span = (LAST - FIRST).days

    def stint(kind, name, owner, **fields):
        ends = np.datetime64(FIRST, "D") + int(rng.integers(5, span)) if rng.random() < 0.6 else None
        return kind(
            organisation=acme,
            **{name: f"{name[0].upper()}{len(fields)}-{rng.integers(10**9)}"},
            start_date=FIRST,
            end_date=ends.item() if ends is not None else None,
            owner_person_id=owner,
            observed_from=FIRST,
            observed_until=LAST,
            **fields,
        )

    customers = [
        stint(CustomerStint, "customer_id", owner, covariates={"site": "AB"[i % 2]}) for i, owner in enumerate(2 * owners)
    ]
    CustomerStint.objects.bulk_create(customers)
    PartnerStint.objects.bulk_create(stint(PartnerStint, "partner_id", owner) for owner in owners if owner != TARGET)
    return acme


OUTCOMES = {
    "customers": {"outcome": "customer_churn"},
    "partners": {"outcome": "partner_exit"},
    "customers by site": {"outcome": "customer_churn", "covariates": "site:category"},
    "partners again": {"outcome": "partner_exit", "clock": "month"},
}
SIDES = [("json", label, "Number") for label in LABELS.values()]


def tell_sides(shelf):
    return {name for name, cells in shelf.figures.items() if any(side in cells for side in SIDES)}


def test_customers_and_partners_beside_each_other_tell_nothing_of_the_one(sales, browse):
    """Whose sides were told first goes on telling them: an answer that hid its own stands in nobody's way."""
    shelf = browse(sales, OUTCOMES)
    assert list(shelf._said()) == []
    assert tell_sides(shelf) == {"customers", "customers by site"}


def test_without_the_ledger_customers_and_partners_tell_of_the_one(sales, browse, monkeypatch):
    monkeypatch.setattr(computing, "admit", lambda *_arguments, few: Admitted())
    assert tell_sides(browse(sales, OUTCOMES)) == set(OUTCOMES)
