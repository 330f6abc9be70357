"""Exposure follows the owner of the time, and people count in the team in which they were first observed."""

from datetime import date

import numpy as np
import pytest

from imports.services import withdraw
from outcomes.analysis.computing import compute_result
from outcomes.analysis.history import OwnedStint, owned_stint
from outcomes.analysis.loading import Owners, load_customers, load_people
from outcomes.analysis.owned import translator
from outcomes.evidence.question import Covariate
from outcomes.evidence.words import HOW_WE_KNOW, WHAT_WOULD_CHANGE_OUR_MIND
from outcomes.models import AnalysisRequest
from stakeholders.history import Period, Periods
from tests.outcomes.test_windows import codes

pytestmark = pytest.mark.django_db
WINDOW = {"leavers_from": "2020-01-01", "leavers_until": "2024-12-31"}


def day(text):
    return date.fromisoformat(text)


OWNERS = Owners(
    people={"done": day("2021-06-15"), "early": day("2019-01-01")},
    teams={"Care": day("2021-06-15")},
    known=frozenset({"done", "early", "never"}),
    known_teams=frozenset({"Care"}),
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
        ([("2020-01-01", "2021-03-31", "done"), ("2021-04-01", "", "never")], (None, "owner done", True)),
        # Completed on their last day as owner: the day after, somebody else is.
        ([("2020-01-01", "2021-06-15", "done"), ("2021-06-16", "", "never")], (None, "owner done", True)),
        # Exposed once, exposed for good.
        ([("2020-01-01", "2020-02-28", "early"), ("2020-03-01", "", "never")], ("2019-12-31", "owner early", True)),
        # A team looks after them: its first completion.
        ([("2020-01-01", "", "Care")], ("2021-06-15", "team Care", True)),
        # Somebody unknown before it: nobody knows.
        ([("2020-01-01", "2020-12-31", "who"), ("2021-01-01", "", "done")], ("2021-06-15", "owner done", False)),
        # Somebody unknown after it makes no difference.
        ([("2020-01-01", "2020-12-31", "early"), ("2021-01-01", "", "who")], ("2019-12-31", "owner early", True)),
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
        None, "owner never", is_known=True, known_from=day("2020-01-01")
    )


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
        ("C2", "2020-01-01"): ("2021-06-15", "owner P1"),
        ("C3", "2020-01-01"): ("2021-06-15", "owner P1"),
        ("C3", "2023-06-01"): ("2021-06-15", "owner P2"),
        ("C4", "2020-01-01"): ("2021-06-15", "owner P1"),
    }
    assert (loaded.by_history, loaded.history_begins_late, loaded.owner_unknown) == (4, 0, 0)


def test_the_warning_of_todays_owner_counts_only_customers_without_a_history(organisation, customers, bring):
    def asked():
        return compute_result(organisation, AnalysisRequest("customer_churn"), with_charts=False).result

    answer = asked()
    (said,) = [notice["message"] for notice in answer["warnings"] if notice["code"] == "exposure_by_owner"]
    assert said.startswith("Counted with the colleague named in the data today: 1–9 customers")
    assert answer["question"]["estimand"].startswith("hazard ratio of customers who have had an owner who had completed")
    assert len(answer["provenance"]["imports"]) == 2
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

    bring("people", "person_id,hire_date,team\n1,2020-01-01,A\n", leavers_from="2020-01-01", leavers_until="2022-01-31")
    bring("teams", "team,offered_on\nA,2022-02-01\n")
    answer = asked()
    assert (codes(answer.result), answer.result["grade"]) == (["history_needed"], "refused")
    assert "person_history" in answer.result["refusals"][0]["message"]
    assert answer.report["what_would_change_our_mind"] == ("In which team each person was, from when to when.",)
    assert codes(asked("customer_churn").result) == ["not_built_yet"]
    later = bring("people", "person_id,hire_date,team\n1,2020-01-01,B\n", leavers_from="2020-01-01", leavers_until="2022-12-31")
    assert codes(asked().result) == ["not_built_yet"]
    withdraw(staged=later)
    assert codes(asked().result) == ["history_needed"]
    bring("person_history", "person_id,from,team\n1,2020-01-01,A\n")
    assert codes(asked().result) == ["not_built_yet"]


@pytest.mark.parametrize("outcome", ["customer_churn", "partner_exit"])
def test_words_about_those_who_are_looked_after_name_the_colleague_and_never_say_that_they_completed(outcome):
    say = translator(outcome)
    units = "customers" if outcome == "customer_churn" else "partners"
    wished = say(WHAT_WOULD_CHANGE_OUR_MIND["both_sides"])
    assert wished == f"More {units} whose colleague completes while they are observed, or observation from an earlier day."
    assert say(HOW_WE_KNOW["in_people"]).startswith(f"The number of 100 is worked out for {units} whose colleague completed")
