"""Two people who take turns: the rules, without anybody behind them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.cases import CaseError, case_from_data
from practice.scoring.bargaining import Bargain, Turn, after, replay_turns, sides_for
from practice.scoring.negotiation_moves import InvalidMove
from practice.scoring.seats import seen_by
from tests.practice.simulations import night, room, small_negotiation

SIDES = st.sampled_from(["you", "them"])
TURNS = st.builds(
    lambda side, kind, deal: Turn(side, kind, deal if kind == "offer" else None),
    SIDES,
    st.sampled_from(["say", "offer", "accept", "walk"]),
    st.integers(0, 5),
)


@given(SIDES, st.integers(1, 4), st.lists(TURNS, max_size=30))
def test_whatever_is_tried_turns_alternate_and_nobody_has_more_than_the_rounds(begins, rounds, turns):
    bargain, taken = Bargain(begins, rounds), []
    for turn in turns:
        before = bargain
        try:
            bargain = after(bargain, turn)
        except InvalidMove:
            assert bargain == before
            continue
        taken.append(turn)
    counted = [turn.side for turn in taken if turn.kind in ("say", "offer")]
    assert counted == [begins if n % 2 == 0 else {"you": "them", "them": "you"}[begins] for n in range(len(counted))]
    assert len(counted) <= 2 * rounds
    assert [turn.kind for turn in taken[:-1] if turn.kind in ("accept", "walk")] == []
    if bargain.ended == "deal":
        offers = [turn.deal for turn in taken if turn.kind == "offer" and turn.side != bargain.ended_by]
        assert bargain.deal == offers[-1]
    assert replay_turns(begins, rounds, taken) == bargain


def test_an_offer_stands_until_its_maker_makes_another():
    bargain = replay_turns("you", 4, [Turn("you", "offer", 1), Turn("them", "offer", 2), Turn("you", "say")])
    assert (bargain.offered_to("them"), bargain.offered_to("you"), bargain.rounds_left("you")) == (1, 2, 2)
    assert after(bargain, Turn("them", "accept")).deal == 1


def test_after_the_last_round_one_accepts_or_walks():
    bargain = replay_turns("them", 1, [Turn("them", "offer", 3), Turn("you", "say")])
    assert (bargain.is_closing, bargain.on_move) == (True, "them")
    with pytest.raises(InvalidMove, match="used up"):
        after(bargain, Turn("them", "say"))
    assert after(bargain, Turn("you", "walk")).ended_by == "you"


@pytest.mark.parametrize(
    ("played", "lot", "sides"),
    [
        (((0, 0), (0, 0)), 0, ("you", "them")),
        (((0, 0), (0, 0)), 1, ("them", "you")),
        (((1, 0), (0, 0)), 0, ("them", "you")),
        (((0, 1), (0, 0)), 1, ("you", "them")),
        (((1, 0), (2, 0)), 1, ("you", "them")),
        (((1, 1), (0, 0)), 1, ("them", "you")),
    ],
)
def test_sides_go_by_what_each_has_had_and_then_by_lot(played, lot, sides):
    assert sides_for(played, lot) == sides


@pytest.mark.parametrize("case", [night(), room()], ids=["night", "room"])
def test_the_other_seat_has_the_same_deals_from_the_other_side(case):
    turned = seen_by(case, "them")
    assert turned.domain.worth_you.tolist() == case.domain.worth_them.tolist()
    assert turned.domain.worth_them.tolist() == case.domain.worth_you.tolist()
    assert turned.domain.alternative == (case.batna.them, case.batna.you)
    assert sorted(turned.domain.frontier.tolist()) == sorted(case.domain.frontier.tolist())
    assert [issue.you_know for issue in turned.issues] == [entry.you_know for entry in case.pair.issues]
    assert seen_by(case, "you") is case


def test_a_second_sheet_says_something_of_every_issue_and_of_no_other():
    data = small_negotiation()
    sheet = dict.fromkeys(("you", "them", "briefing", "your_alternative", "their_alternative", "afterwards"), "So.")
    told = {name: {"you_know": "So."} for name in ("one", "two", "four")}
    with pytest.raises(CaseError) as refused:
        case_from_data(data | {"pair": sheet | {"issues": told}})
    assert [(problem.path, problem.what) for problem in refused.value.problems] == [
        ("pair.issues", "The issue “three” is missing."),
        ("pair.issues.four", "There is no issue “four”."),
    ]
    told["three"] = told.pop("four")
    assert case_from_data(data | {"pair": sheet | {"issues": told}}).pair.you == "So."
    with pytest.raises(ValueError, match="no sheet for the other side"):
        seen_by(case_from_data(data), "them")
