"""An attacker who holds the HR file asks, in every way there is, whether one colleague completed. Nothing may tell.

The attacker uploads, asks and reads, knows who was hired and who left when, and wants what is kept in Accord.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations

import numpy as np
import pytest

from learning import queries as learning
from outcomes.analysis import computing
from outcomes.analysis.computing import compute_result
from outcomes.analysis.loading import completions
from outcomes.analysis.releases import Admitted
from outcomes.models import AnalysisRequest, Release
from stakeholders.models import Completion, CustomerStint, EmploymentStint
from stakeholders.queries import known_courses

from .crowd import FIRST, LAST, SECRET, TARGET, row

pytestmark = pytest.mark.django_db

COUNTS = ("units", "events", "exposed_units", "events_exposed", "excluded_rows")


@dataclass
class Attack:
    """What was asked and what came back; `found` is what the attacker could read."""

    answers: dict[str, dict] = field(default_factory=dict)
    sets: dict[str, dict[str, set]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def ask(self, organisation, name, **question):
        result = compute_result(organisation, AnalysisRequest(**question), with_charts=False)
        kept = "too_close_to_earlier_answer" in [notice["code"] for notice in result.result["refusals"]]
        if kept:
            self.refused.append(name)
        self.answers[name] = {"result": result.result, "report": result.report}
        self.sets[name] = who(organisation, **question)

    @property
    def found(self):
        return [*self._in_one(), *self._in_two()]

    def _in_one(self):
        for name, answer in self.answers.items():
            text = json.dumps(answer, ensure_ascii=False)
            yield from (f"{name}: {word}" for word in (TARGET, SECRET) if word in text)
            few = re.findall(r"(?<!–)\b[1-9] (?:more )?(?:people|person|exits?|rows?|completions?|customers?)\b", text)
            yield from (f"{name}: {words}" for words in few)
            counts = answer["result"]["counts"]
            held_back = {path.partition(".")[2] for path in answer["result"]["suppressed"] if path.startswith("counts.")}
            if {n for n, value in counts.items() if value is None} != held_back:
                yield f"{name}: {held_back}"
            yield from (f"{name}: {n} {counts[n]}" for n in COUNTS if 0 < (counts[n] or 0) < 10)
            for whole, part in (("units", "events"), ("units", "exposed_units"), ("exposed_units", "events_exposed")):
                if None not in (counts[whole], counts[part]) and 0 < counts[whole] - counts[part] < 10:
                    yield f"{name}: all but {counts[whole] - counts[part]} of {whole}"
            if (
                None not in (counts["events"], counts["events_exposed"])
                and 0 < counts["events"] - counts["events_exposed"] < 10
            ):
                yield f"{name}: few left before completing"
            yield from (f"{name}: {p}" for p in answer["result"]["curves"] if 0 < (p["at_risk"] or 0) < 10)

    def _in_two(self):
        for (one, first), (other, second) in combinations(self.answers.items(), 2):
            for name in COUNTS[:4]:
                values = [answer["result"]["counts"][name] for answer in (first, second)]
                apart = self.sets[one][name] ^ self.sets[other][name]
                if None not in values and 0 not in values and values[0] != values[1] and len(apart) < 10:
                    yield f"{one} and {other}: {name} {values}"
            sides = [
                {(p["group"], p["month"]): p["at_risk"] for p in answer["result"]["curves"] if p["group"] != "everyone"}
                for answer in (first, second)
            ]
            for key in sides[0].keys() & sides[1].keys():
                if None not in (sides[0][key], sides[1][key]) and 0 < abs(sides[0][key] - sides[1][key]) < 10:
                    yield f"{one} and {other}: {key}"


def who(organisation, *, events=(), horizon_months=None, as_of="2024-12-31", teams=(), **_asked):
    """Who is in which count, worked out from the dates by hand: the attacker's own knowledge, and the truth."""
    completed_on = dict(Completion.objects.filter(organisation=organisation).values_list("person_id", "completed_on"))
    found = {name: set() for name in COUNTS[:4]}
    for stint in EmploymentStint.objects.filter(organisation=organisation, **({"team__in": teams} if teams else {})):
        begins, person = max(stint.hire_date, FIRST), stint.person_id
        ends = min(day for day in (stint.exit_date, LAST, date.fromisoformat(as_of)) if day)
        if horizon_months:
            ends = min(ends, stint.hire_date + timedelta(days=int(horizon_months * 30.4375)))
        if begins >= ends:
            continue
        found["units"].add((person, stint.hire_date, stint.exit_date == ends))
        has_completed = person in completed_on and completed_on[person] < ends
        has_left = stint.exit_date == ends and (not events or stint.exit_kind in events)
        found["events"] |= {person} if has_left else set()
        found["exposed_units"] |= {person} if has_completed else set()
        found["events_exposed"] |= {person} if has_left and has_completed else set()
    return found


def ask_everything(organisation):
    attack = Attack()
    attack.ask(organisation, "plain")
    for columns in (
        "site:category",
        "pay",
        "only:category",
        "only",
        "but_one:category",
        "flag",
        "flag:category",
        "name:category",
    ):
        attack.ask(organisation, f"by {columns}", covariates=columns)
    attack.ask(organisation, "two columns", covariates="site:category,but_one:category")
    attack.ask(organisation, "by months", clock="month")
    attack.ask(organisation, "by months and site", clock="month", covariates="site:category")
    for kinds in (("voluntary",), ("voluntary", "involuntary"), ("other",)):
        attack.ask(organisation, f"only {kinds}", events=kinds)
    for horizon in (6, 12, 13, 24, 36, 59):
        attack.ask(organisation, f"for {horizon} months", horizon_months=horizon)
    for teams in (["T0", "T1"], ["T0", "T1", "Few"], ["Few"], ["T0"], ["T1"], ["T1", "Few"], ["T0", "T1", "T2", "T3"]):
        attack.ask(organisation, f"in {teams}", teams=tuple(teams))
    for day in ("2024-12-30", "2024-12-24", "2024-12-01", "2024-11-30", "2024-09-30", "2024-06-30", "2023-12-31", "2023-06-30"):
        attack.ask(organisation, f"as of {day}", as_of=day)
    _upload(organisation, attack)
    return attack


def _upload(organisation, attack):
    """The file again, each time with one thing changed."""
    people = EmploymentStint.objects.filter(organisation=organisation)
    target = people.get(person_id=TARGET)
    people.filter(pk=target.pk).delete()
    attack.ask(organisation, "without the target")
    rng = np.random.default_rng(9)
    fakes = [row(organisation, 1000 + i, rng) for i in range(14)]
    for fake in fakes:
        fake.email = ""
    EmploymentStint.objects.bulk_create(fakes)
    attack.ask(organisation, "without the target, with people made up")
    people.filter(person_id__in=[fake.person_id for fake in fakes]).update(email="p001@acme.example")
    attack.ask(organisation, "with people made up who are one member")
    people.filter(person_id__startswith="P1", person_id__gt="P999").delete()
    target.pk, target.hire_date = None, date(2001, 1, 1)
    target.save(force_insert=True)
    attack.ask(organisation, "with another hire date")
    people.filter(person_id=TARGET).update(exit_date=date(2022, 1, 5), exit_kind="voluntary", hire_date=date(2021, 1, 1))
    attack.ask(organisation, "with another exit")


@pytest.mark.slow
def test_the_attacker_finds_nothing(acme):
    attack = ask_everything(acme)
    assert attack.found == []
    told = [name for name, answer in attack.answers.items() if answer["result"]["counts"]["units"]]
    assert {"plain", "by site:category", "by months", "by but_one:category"} <= set(told)
    assert [name for name in told if attack.answers[name]["result"]["estimates"]]
    assert {"in ['T0', 'T1', 'Few']", "in ['T1', 'Few']", "in ['T0', 'T1', 'T2', 'T3']"} <= set(attack.refused)
    assert "in ['T0', 'T1']" in told
    assert "in ['T1']" in attack.refused, "nobody of T0 completed, and that is not told from one of them"
    assert {"without the target", "without the target, with people made up", "with another hire date"} <= set(attack.refused)


@pytest.mark.slow
def test_without_the_ledger_the_same_attacks_tell(acme, monkeypatch):
    """So that the test above is one that can fail."""
    monkeypatch.setattr(computing, "admit", lambda *_arguments, few: Admitted())
    found = ask_everything(acme).found
    assert [words for words in found if words.startswith("plain and without the target: units")]
    assert [words for words in found if "as of" in words]


def test_nothing_is_in_the_ledger_that_names_anybody(acme):
    compute_result(acme, AnalysisRequest(), with_charts=False)
    (release,) = Release.objects.filter(organisation=acme)
    assert TARGET.encode() not in release.sketch
    assert b"acme.example" not in release.sketch


# What Accord alone knows of one colleague must not move anything ------------------------------------------------------------


def completes_in_accord(organisation, monkeypatch, *people):
    """(email, person_id, day) of those whose completions Accord keeps."""
    (course,) = known_courses(organisation)
    kept = [learning.Completion(email, person_id, course, day) for email, person_id, day in people]
    monkeypatch.setattr(completions, "completions_in_accord", lambda _organisation: iter(kept))


def told(organisation, **question):
    """Counts and refusals of an answer, which stays in the ledger."""
    result = compute_result(organisation, AnalysisRequest(**question), with_charts=False).result
    return result["counts"], [notice["code"] for notice in result["refusals"]]


def made_up(organisation, n):
    """Into the files, half of them completed; Accord does not know them."""
    rng = np.random.default_rng(9)
    fakes = [row(organisation, 1000 + i, rng) for i in range(n)]
    EmploymentStint.objects.bulk_create(fakes)
    Completion.objects.bulk_create(
        Completion(
            organisation=organisation,
            person_id=fake.person_id,
            course="Listening",
            completed_on=max(fake.hire_date, FIRST) + timedelta(days=60),
        )
        for i, fake in enumerate(fakes)
        if i % 2
    )


def test_one_colleague_among_people_made_up_is_not_told(acme, monkeypatch):
    people = EmploymentStint.objects.filter(organisation=acme)
    people.exclude(person_id=TARGET).delete()
    people.update(hire_date=date(2021, 1, 1), exit_date=None, exit_kind="")
    Completion.objects.filter(organisation=acme).delete()
    made_up(acme, 120)
    someone_else = ("p001@acme.example", "P001", date(2022, 3, 1))
    completes_in_accord(acme, monkeypatch, someone_else)
    without = told(acme)
    completes_in_accord(acme, monkeypatch, someone_else, ("p007@acme.example", TARGET, date(2022, 6, 1)))
    assert told(acme) == without
    assert without[1] == ["too_few_in_accord"]
    assert without[0]["units"] == 0


def test_with_nobody_in_accord_files_are_answered(acme):
    EmploymentStint.objects.filter(organisation=acme).exclude(person_id=TARGET).delete()
    Completion.objects.filter(organisation=acme).exclude(person_id=TARGET).delete()
    made_up(acme, 120)
    counts, refusals = told(acme)
    assert refusals == []
    assert counts["units"] == 121


def test_a_refusal_does_not_tell_who_completed(acme):
    """Left out: one colleague, and thirteen who had left before anybody completed, so that they hide nobody."""
    begins = date(2022, 9, 1)
    Completion.objects.filter(organisation=acme, completed_on__lt=begins).update(completed_on=begins)
    Completion.objects.filter(organisation=acme, person_id=TARGET).delete()
    people = EmploymentStint.objects.filter(organisation=acme)
    people.filter(person_id=TARGET).update(hire_date=date(2021, 1, 1), exit_date=None, exit_kind="")
    early = people.filter(exit_date__gt=FIRST, exit_date__lt=begins).order_by("pk").values_list("person_id", flat=True)[:13]
    left_out = {TARGET, *early}
    assert len(left_out) == 14
    for stint in people:
        if stint.person_id not in left_out:
            stint.covariates["age"] = 20.5 + stint.pk % 7
            stint.save()
    told(acme)
    assert told(acme, covariates="age")[1] == ["too_close_to_earlier_answer"]
    Release.objects.all().delete()
    Completion.objects.create(organisation=acme, person_id=TARGET, course="Listening", completed_on=date(2023, 5, 5))
    told(acme)
    assert told(acme, covariates="age")[1] == ["too_close_to_earlier_answer"]


@pytest.mark.parametrize("completed", [True, False])
def test_the_customers_of_one_colleague_tell_nothing_whether_the_colleague_completed(organisation, completed):
    """Every refusal and warning is the same: which of them come would tell as well as a count."""
    hired = date(2021, 1, 1)
    EmploymentStint.objects.create(
        organisation=organisation,
        person_id="O1",
        hire_date=hired,
        team="Care",
        completion_date=date(2022, 6, 1) if completed else None,
        observed_from=FIRST,
        observed_until=LAST,
    )
    EmploymentStint.objects.create(
        organisation=organisation,
        person_id="O2",
        hire_date=hired,
        completion_date=hired,
        observed_from=FIRST,
        observed_until=LAST,
    )
    CustomerStint.objects.bulk_create(
        CustomerStint(
            organisation=organisation,
            customer_id=f"C{i}",
            start_date=hired,
            end_date=FIRST + timedelta(days=10 * i + 5) if i < 70 else None,
            owner_person_id="O1",
            team="Care",
            observed_from=FIRST,
            observed_until=LAST,
        )
        for i in range(100)
    )
    result = compute_result(organisation, AnalysisRequest("customer_churn", teams=("Care",)), with_charts=False).result
    assert [notice["code"] for notice in result["refusals"]] == ["too_few_owners"]
    assert {notice["code"] for notice in result["warnings"]} <= {"exposure_by_owner"}
    assert (result["counts"]["units"], result["curves"]) == (0, [])
