"""The lint of interviews, on a case small enough that its best talk can be found by trying everything."""

from functools import cache
from typing import Any

import pytest

from practice.cases import case_from_data
from practice.scoring.interview_lint import lint_interview
from practice.scoring.interview_rules import rules_of
from practice.scoring.interview_search import HABITS, best_talk, habit_value, heard_order, reachable_without
from tests.practice.simulations import lunch, small_interview


def rules_found(data: dict[str, Any]) -> set[str]:
    return {finding.rule for finding in lint_interview(case_from_data(data)).findings}


def card_of(data: dict[str, Any], name: str) -> dict[str, Any]:
    return next(card for card in data["cards"] if card["id"] == name)


@cache
def shipped_report():
    return lint_interview(lunch())


def test_the_small_case_passes():
    assert rules_found(small_interview()) == set()


def test_the_shipped_case_passes_and_habits_stay_far_below_the_best_talk():
    report = shipped_report()
    assert report.findings == ()
    assert report.figures["best"] > 0.8
    assert max(report.figures[name] for name in HABITS) <= 0.6 * report.figures["best"]


def test_the_best_talk_is_the_best_of_all_talks():
    """Against every talk of the small case, one after the other, without remembering any."""
    case = case_from_data(small_interview())
    rules = rules_of(case)

    def best_from(talk, order):
        is_ranked = len(order) > 1 and all(talk.ranked >> position & 1 for position in order)
        weight = sum(case.expectations[position].weight for position in order) / rules.total_weight
        best = weight * (1.0 if is_ranked else heard_order(case, order))
        for position in rules.hand(talk):
            following = rules.step(talk, position)
            best = max(best, best_from(following, (*order, *(f for f in rules.found(following.heard) if f not in order))))
        return best

    assert best_talk(case).value == pytest.approx(best_from(rules.begin(), ()))


def test_the_cards_of_the_best_talk_lead_there():
    case = case_from_data(small_interview())
    rules, best = rules_of(case), best_talk(case)
    talk = rules.begin()
    for name in best.cards:
        position = case.card_positions[name]
        assert position in rules.hand(talk)
        talk = rules.step(talk, position)
    assert rules.found(talk.heard) == [0, 1, 2]
    assert (best.value, best.is_complete) == (1.0, True)


def test_a_search_that_stops_early_says_so():
    best = best_talk(lunch(), most=200)
    assert not best.is_complete
    assert best.value <= shipped_report().figures["best"]


def test_what_takes_longer_than_the_talk_is_unreachable():
    data = small_interview()
    card_of(data, "q-follow")["minutes"] = 6
    findings = lint_interview(case_from_data(data)).findings
    assert [(finding.rule, finding.where) for finding in findings if finding.rule == "unreachable"] == [
        ("unreachable", "expectations.first")
    ]


def test_parts_heard_in_different_talks_are_not_one_expectation():
    """Either part ends the talk, so that nobody can hear both."""
    data = small_interview()
    data["expectations"][0]["parts"] = ["what", "when"]
    card_of(data, "q-open")["replies"][0]["patience"] = -3
    card_of(data, "q-follow")["when"] = {"not_asked": ["q-open"]}
    assert "unreachable" in rules_found(data)


def test_a_habit_that_wins_is_named():
    data = small_interview()
    card_of(data, "q-open")["replies"][0] |= {"reveals": ["first", "second", "third"], "say": "Everything."}
    data["expectations"][1].pop("needs_trust")
    findings = lint_interview(case_from_data(data)).findings
    assert any("always open reaches" in finding.what for finding in findings)
    assert {"only_by_follow_up", "only_by_silence", "only_by_disclosing"} <= {finding.rule for finding in findings}


@pytest.mark.parametrize(
    ("rule", "card", "change"),
    [
        ("only_by_follow_up", "q-follow", {"kind": "open"}),
        ("only_by_silence", "s-wait", {"kind": "summary"}),
        ("only_by_disclosing", "o-own-up", {"discloses": False}),
    ],
)
def test_one_expectation_has_to_take_each_way(rule, card, change):
    data = small_interview()
    card_of(data, card).update(change)
    if rule == "only_by_follow_up":
        card_of(data, "q-home")["kind"] = "open"
    assert rules_found(data) == {rule}


def test_asking_that_never_costs_trust_is_named():
    data = small_interview()
    for n in range(5):
        card_of(data, f"q-lead-{n}")["replies"][0].pop("trust")
    assert rules_found(data) == {"asking_is_free"}
    card_of(data, "q-lead-5")["kind"] = "offer"
    assert rules_found(data) == {"asking_is_free"}


def test_too_few_cards_to_choose_from_are_named():
    data = small_interview()
    for n in range(6):
        card_of(data, f"q-lead-{n}")["when"] = {"heard": ["third"]}
    card_of(data, "o-own-up")["when"] = {"asked": ["q-open"]}
    assert "few_cards" in rules_found(data)


def test_every_finding_says_what_where_and_what_to_do():
    data = small_interview()
    card_of(data, "q-open")["replies"][0] |= {"reveals": ["first", "third"]}
    for finding in lint_interview(case_from_data(data)).findings:
        assert finding.where
        assert finding.what.endswith(".")
        assert finding.remedy.endswith(".")


def test_what_cannot_be_reached_without_a_card_is_not_in_the_answer():
    case = case_from_data(small_interview())
    assert reachable_without(case, lambda _position: False) == {"first", "second", "third"}
    assert reachable_without(case, lambda position: case.cards[position].kind == "silence") == {"first", "second"}
    assert reachable_without(case, lambda position: case.cards[position].id == "q-open") == frozenset()


def test_a_habit_is_the_mean_over_its_seeds():
    case = case_from_data(small_interview())
    assert 0 < habit_value(case, "random") < 0.6
    assert habit_value(case, "longest_card") == habit_value(case, "longest_card")
