"""The bank of the free course and its two forms keep the rules they were written for."""

from collections import Counter
from pathlib import Path

import pytest

from assessments.item_rules import check, read_bank
from assessments.item_rules.model import Bank

CONTENT = Path(__file__).parents[3] / "content"
DISCOVER, UNDERSTAND = "discover-expectations", "understand-interests-and-value"


@pytest.fixture(scope="module")
def bank() -> Bank:
    bank, problems = read_bank(CONTENT / "items", CONTENT / "courses")
    assert problems == []
    return bank


def test_the_bank_and_both_forms_keep_all_rules(bank):
    assert [str(finding) for finding in check(bank).errors] == []


def test_the_bank_has_72_items_with_levels_spread_over_levels_and_relationships(bank):
    placing = [item for item in bank.items if item.format == "single"]
    assert Counter(item.skill for item in placing) == {DISCOVER: 40, UNDERSTAND: 32}
    for skill, each in ((DISCOVER, 10), (UNDERSTAND, 8)):
        at = Counter(item.boundary for item in placing if item.skill == skill)
        assert at == {"1|2": each, "2|3": each, "3|4": each, "4|5": each}
    assert Counter(item.relationship for item in placing) == {"customer": 23, "employee": 25, "partner": 24}
    assert len({item.region for item in placing}) == 10
    assert all(item.is_level_keyed and item.state == "trial" and len(item.options) == 4 for item in placing)


def test_six_items_of_other_formats_are_in_no_form(bank):
    others = [item for item in bank.items if item.format != "single"]
    assert Counter(item.format for item in others) == {"rate": 2, "best-worst": 1, "order": 1, "lines": 2}
    assert Counter(item.skill for item in others) == {DISCOVER: 3, UNDERSTAND: 3}
    assert Counter(item.relationship for item in others) == {"customer": 2, "employee": 2, "partner": 2}
    assert not {item.id for item in others} & {item_id for form in bank.forms for item_id in form.all_ids}


def test_the_forms_are_parallel_and_share_nothing(bank):
    first, second = bank.forms
    assert set(first.all_ids).isdisjoint(second.all_ids)
    for form in (first, second):
        items = {item.id: item for item in bank.items_of(form)}
        assert (len(form.item_ids), len(form.anchor_ids), len(items)) == (16, 4, 20)
        assert Counter(items[item_id].skill for item_id in form.item_ids) == {DISCOVER: 8, UNDERSTAND: 8}
        assert Counter(items[item_id].skill for item_id in form.anchor_ids) == {DISCOVER: 2, UNDERSTAND: 2}
        assert Counter(item.boundary for item in items.values()) == {"1|2": 5, "2|3": 5, "3|4": 5, "4|5": 5}


def test_no_two_siblings_meet_one_person(bank):
    """Not even before and after: a warning of rule 8 elsewhere."""
    assert [warning.what for warning in check(bank, only=[8]).warnings] == []
