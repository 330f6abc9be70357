"""The other side of a negotiation, on the night deliveries and on a case small enough to work out by hand."""

import json
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from practice.cases import case_from_data
from practice.scoring.negotiation import State, accepts, aspiration, counter_offer, replay
from practice.scoring.negotiation_moves import InvalidMove, write_deal
from practice.scoring.negotiation_result import process, result
from tests.practice.simulations import DEAREST, NIGHT, TRADED, deal, night, room, shipped, small_negotiation

ASK, LIMIT, ACCEPT, WALK = {"move": "ask_priorities"}, {"move": "ask_limit"}, {"move": "accept"}, {"move": "walk"}
THREATEN = {"move": "threaten"}


def offer(options, **reasons):
    return {"move": "offer", "deal": options, **({"reasons": reasons} if reasons else {})}


def said_by_them(state):
    return [line.says for line in state.lines if line.who == "them"]


def issue(name):
    return night().issue_ids.index(name)


# The rule ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("round_", "wanted"), [(1, 110.125), (4, 93.101), (5, 88.0), (8, 88.0)])
def test_what_they_want_falls_slowly_at_first_and_never_below_the_floor(round_, wanted):
    # 52 + 60 · (1 − (t/8)^(1/0.6)), and at least 52 + 0.6 · 60.
    assert aspiration(night(), State(trust=1, round=round_)) == pytest.approx(wanted, abs=0.01)


def test_without_a_floor_of_its_own_a_case_has_a_quarter():
    case = case_from_data(small_negotiation())
    assert aspiration(case, State(trust=1, round=4)) == 5 + 0.25 * 30


def test_they_accept_what_reaches_their_aspiration_and_their_alternative():
    case = night()
    traded = case.domain.deal((2, 3, 2, 2, 1))
    assert not accepts(case, State(trust=1, round=4, aspiration=93.1), traded)
    assert accepts(case, State(trust=1, round=5, aspiration=84.6), traded)
    below = next(d for d in range(540) if case.domain.worth_them[d] == 51)
    assert not accepts(case, State(trust=1, round=8, aspiration=0.0), below)


def test_the_trade_is_accepted_from_round_five_on_and_not_before():
    early = replay(night(), "1", [LIMIT] * 3 + [offer(TRADED)])
    assert (early.ended, early.standing is not None) == ("", True)
    late = replay(night(), "1", [LIMIT] * 4 + [offer(TRADED)])
    assert (late.ended, late.deal) == ("deal", night().domain.deal((2, 3, 2, 2, 1)))


def test_a_counter_offer_is_near_on_what_was_called_important_and_gives_them_what_they_want():
    case = night()
    dearest = case.domain.deal((0, 0, 2, 2, 2))
    state = State(trust=1, round=3, aspiration=100.0, told_by_you=(issue("window"),))
    counter = counter_offer(case, state, dearest)
    assert case.domain.options(counter)[issue("window")] == 2
    assert case.domain.worth_them[counter] >= 100
    # Found again by looking at every deal.
    span = [n - 1 for n in case.domain.shape]

    def distance(d):
        steps = [abs(a - b) / s for a, b, s in zip(case.domain.options(d), case.domain.options(dearest), span, strict=True)]
        return (round(steps[issue("window")], 9), round(sum(steps), 9), -case.domain.worth_them[d], d)

    assert counter == min((d for d in range(540) if case.domain.worth_them[d] >= 100), key=distance)


@given(st.integers(0, 539), st.integers(1, 8), st.sets(st.integers(0, 4), max_size=2))
@settings(max_examples=60, deadline=None)
def test_they_never_offer_less_than_they_want(offered, round_, told):
    case = night()
    state = State(trust=0, round=round_, told_by_you=tuple(sorted(told)))
    state = replace(state, aspiration=aspiration(case, state))
    assert case.domain.worth_them[counter_offer(case, state, offered)] >= state.aspiration - 1e-9


# What they tell ---------------------------------------------------------------------------------------------------------


def test_asked_what_matters_they_name_their_two_top_issues():
    state = replay(night(), "1", [ASK])
    assert state.told_by_them == (issue("payment"), issue("price"))


def test_asked_again_they_say_so():
    state = replay(night(), "1", [ASK, ASK])
    assert said_by_them(state)[-1] in night().their_words.told_already


def test_whoever_tells_a_priority_hears_one_more():
    state = replay(night(), "1", [ASK, {"move": "tell", "issue": "window"}])
    assert state.told_by_them[-1] == issue("length")
    assert state.told_by_you == (issue("window"),)


def test_asked_about_one_issue_they_speak_of_it():
    state = replay(night(), "1", [{"move": "ask_issue", "issue": "crates"}])
    assert said_by_them(state)[-1] in night().issues[issue("crates")].they_say
    assert state.told_by_them == (issue("crates"),)


def test_of_several_packages_they_pick_their_best_and_say_why():
    cheap, soon = deal("p900", "d60", "w600", "m24", "chain"), deal("p900", "d15", "w600", "m24", "chain")
    state = replay(night(), "1", [{"move": "packages", "deals": [cheap, soon]}])
    assert state.told_by_them == (issue("payment"),)
    assert state.offers == (night().domain.deal((0, 3, 1, 2, 2)),)
    assert "the payment terms" in said_by_them(state)[-1]
    assert "umber 2" in said_by_them(state)[-1]
    (own,) = [line.says for line in state.lines if line.who == "you"]
    assert "1: €9.00 a drop, payment within 60 days" in own
    assert "2: €9.00 a drop, payment within 15 days" in own


def test_of_packages_they_accept_one_that_gives_them_enough():
    state = replay(night(), "1", [LIMIT] * 4 + [{"move": "packages", "deals": [DEAREST, TRADED]}])
    assert (state.ended, write_deal(night(), state.deal)) == ("deal", TRADED)


def test_their_view_said_back_rightly_earns_trust_once():
    back = {"move": "restate", "issues": ["price", "payment"]}
    assert replay(night(), "1", [back]).trust == 2
    state = replay(night(), "1", [back, back])
    assert (state.trust, state.is_restated) == (2, True)


def test_their_view_said_back_wrongly_is_corrected():
    state = replay(night(), "1", [{"move": "restate", "issues": ["price", "crates"]}])
    assert (state.trust, state.is_restated, state.told_by_them) == (1, False, (issue("payment"),))


# What they dislike ------------------------------------------------------------------------------------------------------


def test_below_zero_they_tell_nothing_more():
    state = replay(night(), "1", [THREATEN, THREATEN, ASK, {"move": "tell", "issue": "window"}])
    assert (state.trust, state.told_by_them) == (-1, ())
    assert said_by_them(state)[-1] in night().their_words.closed


def test_pulling_at_one_issue_twice_costs_trust():
    moves = [offer(deal(price, "d60", "w530", "m24", "chain")) for price in ("p900", "p950", "p1000")]
    assert replay(night(), "1", moves[:2]).trust == 1
    assert replay(night(), "1", moves).trust == 0


def test_taking_something_back_without_a_reason_costs_trust():
    before, after = deal("p1000", "d60", "w600", "m24", "chain"), deal("p950", "d60", "w600", "m24", "chain")
    unexplained = replay(night(), "1", [offer(before), offer(after)])
    assert (unexplained.trust, [cut.explained for cut in unexplained.cuts]) == (0, [False])
    explained = replay(night(), "1", [offer(before), offer(after, price="r-margin")])
    assert (explained.trust, [cut.explained for cut in explained.cuts]) == (1, [True])


def test_in_return_explains_only_what_is_given_for_something():
    before = deal("p1000", "d60", "w600", "m24", "chain")
    traded = replay(night(), "1", [offer(before), offer(deal("p950", "d15", "w600", "m24", "chain"), price="in-return")])
    assert [cut.explained for cut in traded.cuts] == [True]
    taken = replay(night(), "1", [offer(before), offer(deal("p950", "d60", "w600", "m24", "chain"), price="in-return")])
    assert [cut.explained for cut in taken.cuts] == [False]


def test_a_standard_earns_trust_for_what_it_supports_and_once():
    right = offer(TRADED, price="s-index")
    assert replay(night(), "1", [right]).trust == 2
    assert replay(night(), "1", [right, right]).trust == 2
    wrong = replay(night(), "1", [offer(DEAREST, price="s-index")])
    assert (wrong.trust, wrong.standards) == (1, ())
    assert any(says in said_by_them(wrong)[-1] for says in night().their_words.standard_refused)


# The learner's own limit ------------------------------------------------------------------------------------------------


def test_a_lie_is_noticed_with_one_seed_in_three():
    lie = {"move": "claim", "claim": "c-other-offer"}
    noticed = [replay(night(), str(seed), [lie]) for seed in range(900)]
    # Three standard deviations of a binomial with n = 900, p = 1/3.
    assert abs(sum(state.is_lie_noticed for state in noticed) - 300) < 43
    assert {(state.is_lie_noticed, state.trust) for state in noticed} == {(True, -1), (False, 1)}


def test_the_truth_is_never_taken_for_a_lie():
    states = [replay(night(), str(seed), [{"move": "claim", "claim": "c-own-vans"}]) for seed in range(50)]
    assert not any(state.is_lie_noticed for state in states)


def test_a_claim_that_is_believed_moves_them_and_never_below_the_floor():
    believed, noticed = (
        State(trust=1, round=3, claim="c-other-offer"),
        State(trust=1, round=3, claim="c-other-offer", is_lie_noticed=True),
    )
    plain = aspiration(night(), State(trust=1, round=3))
    assert aspiration(night(), believed) == pytest.approx(plain - 10)
    assert aspiration(night(), noticed) == pytest.approx(plain)
    assert aspiration(night(), replace(believed, round=8)) == 88.0


@pytest.mark.parametrize("seed", ["1", "2", "3", "4", "5", "6"])
def test_a_lie_is_shown_afterwards_whether_it_was_noticed_or_not(seed):
    state = replay(night(), seed, [{"move": "claim", "claim": "c-other-offer"}, WALK])
    found = result(night(), state)
    assert (found.lie_told, found.lie_noticed) == (True, state.is_lie_noticed)
    assert [check.passed for check in found.process if check.name == "honest"] == [False]


# The end ----------------------------------------------------------------------------------------------------------------


def test_after_the_last_round_their_offer_is_accepted_or_one_walks_away():
    history = [offer(DEAREST)] * 8
    state = replay(night(), "1", history)
    assert (state.round, state.ended) == (8, "")
    assert any(says.partition("{")[0] in said_by_them(state)[-1] for says in night().their_words.final)
    with pytest.raises(InvalidMove, match="rounds are used up"):
        replay(night(), "1", [*history, ASK])
    assert replay(night(), "1", [*history, ACCEPT]).deal == state.standing
    assert replay(night(), "1", [*history, WALK]).ended == "walked"


def test_a_demand_in_the_last_round_is_refused():
    state = replay(night(), "1", [LIMIT] * 7 + [offer(deal("p900", "d15", "w530", "m24", "chain"))])
    assert state.ended == ""
    assert night().domain.worth_them[state.standing] >= 76


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ([ACCEPT], "no offer yet"),
        ([WALK, ASK], "talk is over"),
        ([{"move": "tell", "issue": "window"}] * 2, "told them that already"),
        ([{"move": "tell", "issue": name} for name in ("window", "price", "crates")], "named 2 issues"),
        ([{"move": "claim", "claim": "c-own-vans"}] * 2, "said once"),
        ([{"move": "shout"}], "no move 'shout'"),
        ([{"move": ["walk"]}], "no move"),
        (["walk"], "no move None"),
        ([None], "no move None"),
        ([{"move": "offer", "deal": TRADED | {"price": ["p900"]}}], "no option"),
        ([{"move": "walk", "why": "so"}], "no field 'why'"),
        ([{"move": "tell", "issue": "weather"}], "no issue 'weather'"),
        ([{"move": "claim", "claim": "c-none"}], "nothing called 'c-none'"),
        ([{"move": "restate", "issues": ["price"]}], "two issues"),
        ([{"move": "restate", "issues": ["price", "price"]}], "different issues"),
        ([{"move": "packages", "deals": [TRADED]}], "two or three"),
        ([{"move": "packages", "deals": [TRADED, TRADED]}], "are the same"),
        ([{"move": "offer", "deal": {"price": "p900"}}], "one option for each issue"),
        ([offer(TRADED | {"price": "p1"})], "no option 'p1' for price"),
        ([offer(TRADED, price="r-till")], "no reason 'r-till' for price"),
        ([{"move": "offer", "deal": TRADED, "reasons": "none"}], "given by issue"),
    ],
)
def test_what_cannot_be_done_says_why(history, message):
    with pytest.raises(InvalidMove, match=message):
        replay(night(), "1", history)


# Replay -----------------------------------------------------------------------------------------------------------------

MOVES = st.lists(
    st.sampled_from(
        [
            ASK,
            LIMIT,
            THREATEN,
            {"move": "ask_issue", "issue": "length"},
            {"move": "restate", "issues": ["payment", "price"]},
            offer(DEAREST),
            offer(TRADED, price="s-index", payment="in-return"),
            {"move": "packages", "deals": [DEAREST, TRADED]},
        ]
    ),
    max_size=8,
)


@given(MOVES, st.text(max_size=8))
@settings(max_examples=60, deadline=None)
def test_the_same_history_gives_the_same_talk_also_from_json(history, seed):
    kept = []
    for move in history:
        if replay(night(), seed, kept).ended:
            break
        kept.append(move)
    assert replay(night(), seed, kept) == replay(night(), seed, json.loads(json.dumps(kept)))


def test_seeds_change_words_and_nothing_else():
    history = [ASK, offer(DEAREST), offer(TRADED)]
    states = [replay(night(), str(seed), history) for seed in range(30)]
    assert len({said_by_them(state)[0] for state in states}) > 1
    assert len({replace(state, lines=()) for state in states}) == 1


@pytest.mark.parametrize("name", [NIGHT, "n4-evening-room"])
def test_nothing_that_is_said_has_a_word_missing(name):
    case = shipped(name)
    some = write_deal(case, 0)
    other = write_deal(case, len(case.domain.worth_you) - 1)
    history = [ASK, {"move": "tell", "issue": case.issue_ids[0]}, offer(some), {"move": "packages", "deals": [some, other]}]
    history += [{"move": "restate", "issues": list(case.issue_ids[2:4])}, offer(other), offer(some)]
    for seed in range(20):
        state = replay(case, str(seed), [])
        for n in range(len(history) + 1):
            state = replay(case, str(seed), history[:n])
            if state.ended:
                break
        assert not [line.says for line in state.lines if "{" in line.says or not line.says]


def test_a_turn_takes_well_under_a_tenth_of_a_second():
    history = [ASK, offer(DEAREST)] + [offer(deal("p950", "d60", "w530", "m24", "chain"))] * 6
    replay(night(), "1", history)
    begun = time.process_time()
    replay(night(), "1", history)
    assert time.process_time() - begun < 0.1


# What it comes to -------------------------------------------------------------------------------------------------------


def test_a_good_talk_scores_as_the_design_says():
    history = [
        ASK,
        {"move": "tell", "issue": "window"},
        {"move": "ask_issue", "issue": "crates"},
        {"move": "restate", "issues": ["payment", "price"]},
        offer(deal("p950", "d30", "w530", "m24", "shared")),
        offer(TRADED, price="s-index", payment="r-till"),
    ]
    found = result(night(), replay(night(), "1", history))
    scores = found.scores
    assert (round(scores.own, 2), scores.joint, round(scores.balance, 2)) == (0.59, 1.0, 0.98)
    assert [(check.name, check.passed) for check in found.process] == [
        ("standard", True),
        ("reasons", True),
        ("restated", True),
        ("honest", None),
    ]
    assert (found.trades, found.walked_rightly, found.lie_told) == ((), None, False)
    assert [reading.name for reading in found.readings] == ["equal_gain", "equal_sacrifice", "need"]


def test_concessions_without_reasons_are_counted():
    state = replay(night(), "1", [offer(DEAREST), offer(deal("p1000", "d45", "w530", "m24", "chain"), price="s-index")])
    reasons = next(check for check in process(night(), state) if check.name == "reasons")
    assert (reasons.passed, reasons.done, reasons.of) == (False, 1, 2)


def test_nothing_is_scored_before_the_end():
    with pytest.raises(ValueError, match="not over"):
        result(night(), replay(night(), "1", [ASK]))


def test_where_there_is_no_zone_walking_away_is_full_marks():
    walked = result(room(), replay(room(), "1", [ASK, WALK]))
    assert (walked.walked_rightly, walked.scores.own, walked.scores.joint, walked.scores.balance) == (1.0, None, None, None)
    some = write_deal(room(), 0)
    signed = result(room(), replay(room(), "1", [offer(some), ACCEPT]))
    assert (signed.walked_rightly, signed.scores.own, signed.readings, signed.trades) == (0.0, None, (), ())
    assert signed.worth.you < room().batna.you


def test_where_there_is_no_zone_they_never_sign_what_is_good_for_you():
    case = room()
    good = [d for d in range(len(case.domain.worth_you)) if case.domain.worth_you[d] >= case.batna.you]
    last = State(trust=1, round=8)
    last = replace(last, aspiration=aspiration(case, last))
    assert good
    assert not any(accepts(case, last, d) for d in good)
    assert not any(case.domain.worth_you[counter_offer(case, last, d)] >= case.batna.you for d in good)
