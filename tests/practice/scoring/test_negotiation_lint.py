from typing import Any

import pytest

from practice.cases import case_from_data, case_to_data
from practice.scoring.negotiation import State
from practice.scoring.negotiation_lint import kind_by_points, lint_negotiation
from practice.scoring.negotiation_play import (
    ask_then_offer,
    best_late_demand,
    concede,
    concede_slowly,
    insist,
    insist_then_accept,
    scores,
    ultimatum,
    weaker,
)
from tests.practice.simulations import night, room


def changed(case, **changes: Any) -> dict[str, Any]:
    return case_to_data(case) | changes


def rules_found(data: dict[str, Any]) -> set[str]:
    return {finding.rule for finding in lint_negotiation(case_from_data(data)).findings}


def options(you: list[int], them: list[int]) -> list[dict[str, Any]]:
    named = zip("abcdef", you, them, strict=False)
    return [{"id": name, "label": name, "said": name, "you": y, "them": t} for name, y, t in named]


def with_options(case, **points: tuple[list[int], list[int]]) -> dict[str, Any]:
    data = case_to_data(case)
    for name, (you, them) in points.items():
        data["issues"][name]["options"] = options(you, them)
    data["standards"] = []
    return data


@pytest.mark.parametrize("case", [night(), room()], ids=["with a zone", "without one"])
def test_the_shipped_cases_pass(case):
    assert lint_negotiation(case).findings == ()


def test_the_figures_are_those_of_the_design():
    figures = lint_negotiation(night()).figures
    assert (figures["deals"], figures["acceptable"], figures["frontier"]) == (540, 221, 16)
    assert figures["split_joint"] == pytest.approx(0.446)
    assert (figures["ask_then_offer_own"], figures["ask_then_offer_joint"], figures["ask_then_offer_balance"]) == (
        0.59,
        1.0,
        0.978,
    )
    assert 0.25 < figures["noticed_c-other-offer"] < 0.42


def test_no_way_of_waiting_wins():
    for deal in (ultimatum(night()).deal, concede_slowly(night()).deal, best_late_demand(night())):
        assert weaker(scores(night(), deal)) <= 0.8


def test_demanding_everything_and_taking_the_last_offer_does_not_win():
    found = scores(night(), insist_then_accept(night()).deal)
    assert (round(found.own, 2), round(found.joint, 2), round(found.balance, 2)) == (0.41, 0.85, 0.68)
    lower = changed(night(), them_rule={"target": 112, "beta": 0.6, "floor": 0.4})
    assert rules_found(lower) == {"insist_then_accept_wins"}


def test_with_a_lower_floor_somebody_who_knows_everything_could_wait_and_demand():
    data = changed(night(), them_rule={"target": 112, "beta": 0.6, "floor": 0.25})
    late = scores(case_from_data(data), best_late_demand(case_from_data(data)))
    assert (round(late.own, 2), late.joint) == (0.92, 1.0)
    assert rules_found(data) == {"waiting_wins"}


def test_conceding_takes_their_first_answer_and_insisting_ends_with_nothing():
    state = concede(night())
    assert (state.round, state.deal) == (1, state.standing)
    assert (insist(night()).ended, insist(night()).round) == ("walked", 8)


def test_asking_reaches_the_best_joint_deal_in_time():
    state = ask_then_offer(night())
    assert night().domain.worth(state.deal) == (86, 90)
    assert len(state.told_by_them) == 5


def test_a_case_too_short_to_ask_is_named():
    assert "asking_does_not_pay" in rules_found(changed(night(), rounds=4))


@pytest.mark.parametrize(
    ("you", "them", "kind"),
    [
        ([10, 5, 0], [0, 5, 10], "opposed"),
        ([15, 5, 0], [0, 5, 10], "differing"),
        ([14, 5, 0], [0, 5, 10], "opposed"),
        ([0, 5, 9], [0, 5, 3], "differing"),
        ([9, 5, 0], [9, 0, 1], "compatible"),
        ([9, 9, 0], [0, 9, 1], "compatible"),
    ],
)
def test_the_kind_of_an_issue_follows_from_its_points(you, them, kind):
    case = case_from_data(with_options(night(), crates=(you, them)))
    assert kind_by_points(case.issues[-1]) == kind


def test_an_issue_that_is_not_what_it_is_called_is_named():
    data = changed(night())
    data["issues"]["price"]["kind"] = "compatible"
    findings = lint_negotiation(case_from_data(data)).findings
    assert [(finding.rule, finding.where) for finding in findings] == [("kind_of_issue", "issues.price.kind")]


def test_a_case_without_differing_issues_is_won_by_splitting():
    data = with_options(night(), payment=([15, 10, 5, 0], [0, 5, 10, 15]), window=([0, 25, 45], [45, 20, 0]))
    data["issues"]["payment"]["kind"] = data["issues"]["window"]["kind"] = "opposed"
    data["batna"] = {"you": 40, "them": 40}
    data["them_rule"]["target"] = 90
    assert {"mix_of_issues", "splitting_wins"} <= rules_found(data)


@pytest.mark.parametrize(
    ("claims", "rules"),
    [
        ([], {"claims"}),
        ([("t", 50, 3)], {"claims"}),
        ([("l", 75, 3)], {"claims"}),
        ([("t", 50, 3), ("l", 75, 3)], {"lie_without_temptation"}),
        ([("t", 50, 3), ("l", 51, 4)], set()),
    ],
)
def test_there_is_something_true_and_something_false_to_say(claims, rules):
    written = [{"id": name, "say": "We could do without you.", "worth": worth, "moves": moves} for name, worth, moves in claims]
    assert rules_found(changed(night(), claims=written)) == rules


def test_a_case_says_rightly_whether_it_has_a_zone():
    assert rules_found(changed(night(), zone=False)) == {"has_zone"}
    assert rules_found(changed(room(), zone=True)) == {"no_zone"}


@pytest.mark.parametrize(("you", "them"), [(62, 68), (90, 92)])
def test_without_a_zone_the_nearest_miss_is_neither_a_slip_nor_hopeless(you, them):
    data = changed(room(), batna={"you": you, "them": them})
    data["them_rule"] |= {"target": 100}
    assert "gap" in rules_found(data)


def test_without_a_zone_something_has_to_be_hoped_for():
    assert "hopeless" in rules_found(changed(room(), batna={"you": 95, "them": 78}))


def test_without_a_zone_a_bad_deal_can_be_signed():
    state = concede(room())
    assert state.ended == "deal"
    assert room().domain.worth_you[state.deal] < room().batna.you


def test_every_finding_says_what_where_and_what_to_do():
    for data in (changed(night(), zone=False, claims=[]), changed(room(), zone=True), changed(night(), rounds=4)):
        for finding in lint_negotiation(case_from_data(data)).findings:
            assert finding.where
            assert finding.what.endswith(".")
            assert finding.remedy.endswith(".")


def test_plays_are_pure():
    assert ask_then_offer(night()) == ask_then_offer(night())
    assert isinstance(ultimatum(room()), State)
