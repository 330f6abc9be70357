"""Exposure follows the owner of the time, and people count in the team in which they were first observed."""

from datetime import date, timedelta

import numpy as np
import pytest

from imports.services import withdraw
from outcomes.analysis.computing import compute_result
from outcomes.analysis.history import OwnedStint, owned_stint
from outcomes.analysis.loading.customers import load_customers
from outcomes.analysis.loading.owners import Owners
from outcomes.analysis.loading.people import load_people
from outcomes.analysis.owned import translator
from outcomes.evidence.question import Covariate
from outcomes.evidence.words.report import HOW_WE_KNOW, WHAT_WOULD_CHANGE_OUR_MIND
from outcomes.models import AnalysisRequest
from stakeholders.history import Period, Periods
from stakeholders.services import record_objection
from tests.factories import OrganisationFactory
from tests.outcomes.test_windows import codes

pytestmark = pytest.mark.django_db
WINDOW = {"leavers_from": "2020-01-01", "leavers_until": "2024-12-31"}


def day(text):
    return date.fromisoformat(text)


OWNERS = Owners(
    people={"done": day("2021-06-15"), "early": day("2019-01-01")},
    teams={"care": day("2021-06-15")},
    known=frozenset({"done", "early", "never"}),
    known_teams=frozenset({"care"}),
    objecting=frozenset({"owner objects"}),
)


def periods(*rows):
    return Periods(
        Period(day(first), day(last) if last else date.max, "Care" if owner == "Care" else "", "" if owner == "Care" else owner)
        for first, last, owner in rows
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # The owner completes while they own.
        ([("2020-01-01", "", "done")], ("2021-06-15", "owner done", True)),
        # One who has completed takes over: exposed on that very day.
        ([("2020-01-01", "2021-12-31", "never"), ("2022-01-01", "", "done")], ("2021-12-31", "owner done", True)),
        # Who owned and completed only afterwards exposes nobody.
        ([("2020-01-01", "2021-03-31", "done"), ("2021-04-01", "", "never")], (None, "owner never", True)),
        # Completed on their last day as owner: the day after, somebody else is.
        ([("2020-01-01", "2021-06-15", "done"), ("2021-06-16", "", "never")], (None, "owner never", True)),
        # Exposed once, exposed for good.
        ([("2020-01-01", "2020-02-28", "early"), ("2020-03-01", "", "never")], ("2019-01-01", "owner never", True)),
        # A team looks after them: its first completion.
        ([("2020-01-01", "", "Care")], ("2021-06-15", "team care", True)),
        # Somebody unknown before it: nobody knows.
        ([("2020-01-01", "2020-12-31", "who"), ("2021-01-01", "", "done")], ("2021-06-15", "owner done", False)),
        # Somebody unknown after it makes no difference.
        ([("2020-01-01", "2020-12-31", "early"), ("2021-01-01", "", "who")], ("2019-01-01", "owner who", True)),
        # The owner of long before the customer came had completed: the day of that, as without a history.
        ([("2015-01-01", "", "early")], ("2019-01-01", "owner early", True)),
        # Whoever looked after it up to the day before it came is no part of the stint.
        ([("2015-01-01", "2019-12-31", "early"), ("2020-01-01", "", "done")], ("2021-06-15", "owner done", True)),
        # Nobody is named.
        ([("2020-01-01", "", "")], (None, "", True)),
    ],
)
def test_a_customer_is_exposed_from_the_first_day_on_which_the_owner_of_the_day_had_completed(rows, expected):
    exposed_on, level, is_known = expected
    found = owned_stint(periods(*rows), day("2020-01-01"), None, OWNERS)
    assert (found.exposed_on, found.level, found.is_known) == (day(exposed_on) if exposed_on else None, level, is_known)


def test_what_was_before_the_stint_or_after_it_counts_for_nothing():
    own = periods(("2018-01-01", "2019-12-31", "early"), ("2020-01-01", "2021-12-31", "never"), ("2022-01-01", "", "done"))
    assert owned_stint(own, day("2020-01-01"), day("2021-12-31"), OWNERS) == OwnedStint(
        None, "owner never", is_known=True, known_from=day("2020-01-01"), able=("owner never",)
    )


def test_whoever_begins_on_the_day_of_the_end_has_taken_over_nobody():
    """A desk that closes accounts would expose all who leave, and nobody else."""
    start, end = day("2020-01-01"), day("2022-03-31")
    for takes_over, exposed_on in (("2022-03-30", day("2022-03-29")), ("2022-03-31", None), ("2022-04-01", None)):
        before = str(day(takes_over) - timedelta(days=1))
        own = periods(("2020-01-01", before, "never"), (takes_over, "", "done"))
        assert owned_stint(own, start, end, OWNERS).exposed_on == exposed_on
    nobody = periods(("2020-01-01", "2022-03-30", "never"), ("2022-03-31", "", "who"))
    assert owned_stint(nobody, start, end, OWNERS).is_known
    alone = owned_stint(periods(("2020-01-01", "", "early")), start, start, OWNERS)
    assert alone.level == "owner early"  # left on the first day: they were with somebody


def test_owners_of_the_past_who_object_are_not_among_those_whom_nobody_knows(organisation, bring, each_alone):
    """Half of the customers were with P1, who objects: they are left out under their own count, and stop nothing."""
    bring(
        "people", "person_id,hire_date,completion_date,team\nP1,2019-01-01,,Gone\nP2,2019-01-01,2021-06-15,\nP3,2019-01-01,,\n"
    )
    owned = "".join(f"C{i},2020-01-01,P2,\n" for i in range(8)) + "C8,2020-01-01,,Gone\nC9,2020-01-01,,\n"
    bring("customers", f"customer_id,start_date,owner_person_id,team\n{owned}", **WINDOW)
    bring(
        "customer_history",
        "customer_id,from,to,owner_person_id\n"
        + "".join(f"C{i},2020-01-01,2020-12-31,P1\nC{i},2021-01-01,,P2\n" for i in range(3))
        # Exposed by P2 before P1 took over, and after another colleague.
        + "C3,2020-01-01,2022-12-31,P2\nC3,2023-01-01,,P1\nC4,2020-01-01,2020-12-31,P3\nC4,2021-01-01,,P2\n",
    )
    record_objection(organisation=organisation, person_id="P1", email="", actor=None)
    loaded = load_customers(organisation, ())
    assert sorted(loaded.units.unit_id) == ["C3", "C4", "C5", "C6", "C7"]
    assert (loaded.rows_objected, loaded.owner_unknown, loaded.unowned) == (4, 0, 1)


def book(seed, kind):
    """Rows of 40 colleagues and of 400 customers or partners, some of whom come back; and their owners as a history."""
    rng = np.random.default_rng(seed)
    first = day("2020-01-01")
    people, owned, history = [], [], []
    for i in range(40):
        completed = first + timedelta(days=int(rng.integers(-300, 1500))) if i % 3 else ""
        people.append(f"P{i:02d},2015-01-01,T{i % 11},{completed}")
    for i in range(400):
        start = first + timedelta(days=int(rng.integers(-900, 900)))
        owner = "" if i % 9 == 0 else f"P{rng.integers(40):02d}"
        team = f"T{rng.integers(11)}" if i % 9 == 0 else ""
        for _stay in range(1 + (i % 7 == 0)):
            end = max(start, first) + timedelta(days=int(rng.exponential(900)) + 1)
            left = end < day("2024-12-01")
            owned.append(f"C{i:03d},{start},{end if left else ''},{owner},{team}")
            history.append(f"C{i:03d},{start},{end if left else ''},{owner},{team}")
            start, owner = end + timedelta(days=40), f"P{rng.integers(40):02d}"
            if not left or start > day("2024-11-01"):
                break
    unit = f"{kind.removesuffix('s')}_id"
    return (
        "\n".join(["person_id,hire_date,team,completion_date", *people]) + "\n",
        "\n".join([f"{unit},start_date,end_date,owner_person_id,team", *owned]) + "\n",
        "\n".join(["customer_id,from,to,owner_person_id,team", *history]) + "\n",
    )


@pytest.mark.parametrize("clock", ["day", "month"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_facts_in_two_files_have_one_answer(bring, seed, clock):
    """Owners in the file of customers, in a history from the first day, and those of partners: lags, curves and words too."""
    answers = []
    for kind, with_history in (("customers", False), ("customers", True), ("partners", False)):
        organisation = OrganisationFactory()
        people, owned, history = book(seed, kind)
        bring("people", people, to=organisation, **WINDOW)
        bring(kind, owned, to=organisation, **WINDOW)
        if with_history:
            bring("customer_history", history, to=organisation)
        outcome = {"customers": "customer_churn", "partners": "partner_exit"}[kind]
        answers.append(
            compute_result(organisation, AnalysisRequest(outcome, clock=clock, as_of="2024-12-31"), with_charts=False)
        )
    of_today, by_history, of_partners = answers
    for name in ("grade", "counts", "estimates", "curves", "diagnostics", "suppressed"):
        assert of_today.result[name] == by_history.result[name] == of_partners.result[name]
    assert len(of_today.result["estimates"]) > 10
    warnings = [
        [notice for notice in answer.result["warnings"] if notice["code"] != "exposure_by_owner"] for answer in answers[:2]
    ]
    assert warnings[0] == warnings[1]
    assert of_today.report["answer"] == by_history.report["answer"]
    assert of_today.report["how_we_know"] == by_history.report["how_we_know"]


@pytest.fixture
def customers(bring):
    bring("people", "person_id,hire_date,completion_date\nP1,2019-01-01,2021-06-15\nP2,2019-01-01,\n")
    bring(
        "customers",
        "customer_id,start_date,end_date,owner_person_id\n"
        "C1,2020-01-01,,P1\nC2,2020-01-01,,P2\nC3,2020-01-01,2022-12-31,P2\nC3,2023-06-01,,P2\nC4,2020-01-01,,P1\n",
        **WINDOW,
    )
    bring(
        "customer_history",
        "customer_id,from,to,owner_person_id\n"
        # Handed to P1 after the completion of P1, who is named today as well.
        "C1,2020-01-01,2022-06-30,P2\nC1,2022-07-01,,P1\n"
        # Once with P1, today with P2.
        "C2,2020-01-01,2021-12-31,P1\nC2,2022-01-01,,P2\n"
        # Exposed in the first stint, back with P2.
        "C3,2020-01-01,2022-12-31,P1\nC3,2023-06-01,,P2\n",
    )


def test_customers_with_a_history_follow_their_owners_and_others_the_one_of_today(organisation, customers):
    loaded = load_customers(organisation, ())
    units = loaded.units
    found = {
        (unit, str(origin)): (str(exposed), level)
        for unit, origin, exposed, level in zip(units.unit_id, units.origin, units.exposed_on, units.team, strict=True)
    }
    assert found == {
        ("C1", "2020-01-01"): ("2022-06-30", "owner P1"),
        ("C2", "2020-01-01"): ("2021-06-15", "owner P2"),
        ("C3", "2020-01-01"): ("2021-06-15", "owner P1"),
        ("C3", "2023-06-01"): ("2021-06-15", "owner P2"),
        ("C4", "2020-01-01"): ("2021-06-15", "owner P1"),
    }
    assert (loaded.by_history, loaded.history_begins_late, loaded.owner_unknown) == (4, 0, 0)


def test_the_warning_of_todays_owner_counts_only_customers_without_a_history(organisation, customers, bring, however_few):
    def asked():
        return compute_result(organisation, AnalysisRequest("customer_churn"), with_charts=False).result

    more = range(10, 20)  # colleagues, so that there are enough
    bring("people", "person_id,hire_date\n" + "".join(f"P{i},2019-01-01\n" for i in more))
    rows = "".join(f"D{i},2020-01-01,P{i}\n" for i in more)
    bring("customers", "customer_id,start_date,owner_person_id\n" + rows, **WINDOW)
    bring("customer_history", "customer_id,from,owner_person_id\n" + rows)
    answer = asked()
    (said,) = [notice["message"] for notice in answer["warnings"] if notice["code"] == "exposure_by_owner"]
    assert said.startswith("Counted with the colleague named in the data today: 1–9 customers")
    assert answer["question"]["estimand"].startswith("hazard ratio of customers who have had an owner who had completed")
    assert len(answer["provenance"]["imports"]) == 4
    bring("customer_history", "customer_id,from,owner_person_id\nC4,2021-01-01,P1\n")
    assert "exposure_by_owner" not in codes(asked(), "warnings")
    assert "history_begins_late" in codes(asked(), "warnings")


def test_owners_of_the_past_whom_nobody_knows_are_left_out_and_counted(organisation, customers, bring):
    bring("customer_history", "customer_id,from,to,owner_person_id\nC4,2019-01-01,2021-01-31,WHO\nC4,2021-02-01,,P1\n")
    loaded = load_customers(organisation, ())
    assert "C4" not in loaded.units.unit_id
    assert loaded.owner_unknown == 1


def test_people_count_in_the_team_in_which_they_were_first_observed(organisation, bring):
    bring(
        "people",
        "person_id,hire_date,team\n1,2018-01-01,Today\n2,2018-01-01,Today\n3,2021-01-01,Today\n4,2018-01-01,Today\n",
        **WINDOW,
    )
    bring(
        "person_history",
        "person_id,from,to,team\n1,2018-01-01,2019-06-30,First\n1,2019-07-01,2020-12-31,Second\n1,2021-01-01,,Today\n"
        "3,2021-01-01,,Third\n4,2022-01-01,,Later\n",
    )
    loaded = load_people(organisation, (Covariate("team", categorical=True),))
    order = np.argsort(loaded.units.unit_id)
    assert list(loaded.units.team[order]) == ["Second", "Today", "Third", "Today"]
    assert list(loaded.units.covariates["team"][order]) == ["Second", "Today", "Third", "Today"]


def test_a_rollout_question_on_exits_needs_the_history_of_teams(organisation, bring):
    def asked(outcome="employee_exit"):
        request = AnalysisRequest(outcome, exposure="rollout")
        return compute_result(organisation, request, with_charts=False)

    def people(of_first):
        return "person_id,hire_date,team\n" + "".join(f"{i},2020-01-01,{'A' if i else of_first}\n" for i in range(12))

    bring("people", people("A"), leavers_from="2020-01-01", leavers_until="2022-01-31")
    bring("teams", "team,offered_on\nA,2022-02-01\n")
    answer = asked()
    assert (codes(answer.result), answer.result["grade"]) == (["history_needed"], "refused")
    assert "person_history" in answer.result["refusals"][0]["message"]
    assert answer.report["what_would_change_our_mind"] == ("In which team each person was, from when to when.",)
    assert codes(asked("customer_churn").result) == ["not_built_yet"]
    later = bring("people", people("B"), leavers_from="2020-01-01", leavers_until="2022-12-31")
    assert codes(asked().result) == ["too_few_teams", "too_few_events"]
    withdraw(staged=later)
    assert codes(asked().result) == ["history_needed"]
    bring("person_history", "person_id,from,team\n0,2020-01-01,A\n")
    assert codes(asked().result) == ["history_needed"]  # of one of twelve
    bring("person_history", "person_id,from,team\n" + "".join(f"{i},2020-01-01,A\n" for i in range(12)))
    assert codes(asked().result)[0] == "asked_too_early"  # in the months that are known


@pytest.mark.parametrize("outcome", ["customer_churn", "partner_exit"])
def test_words_about_those_who_are_looked_after_name_the_colleague_and_never_say_that_they_completed(outcome):
    say = translator(outcome)
    units = "customers" if outcome == "customer_churn" else "partners"
    wished = say(WHAT_WOULD_CHANGE_OUR_MIND["both_sides"])
    assert wished == f"More {units} whose colleague completes while they are observed, or observation from an earlier day."
    assert say(HOW_WE_KNOW["in_people"]).startswith(f"The number of 100 is worked out for {units} whose colleague completed")
