import pytest

from practice.scoring.domain import Domain, Worth
from practice.scoring.measures import DealScores, Trade, missed_trades, readings, score_deal
from tests.practice.simulations import night, room

SPLIT, OTHER_SPLIT, TRADED = (2, 1, 1, 1, 1), (2, 2, 1, 1, 1), (2, 3, 2, 2, 1)


@pytest.mark.parametrize(
    ("options", "worth", "own", "joint", "balance"),
    [
        # The three deals that the design worked out by hand.
        (SPLIT, (69, 56), 0.31, 0.31, 0.20),
        (OTHER_SPLIT, (64, 71), 0.23, 0.45, 0.76),
        (TRADED, (86, 90), 0.59, 1.00, 0.98),
    ],
)
def test_own_joint_and_balance_of_the_design(options, worth, own, joint, balance):
    domain = night().domain
    deal = domain.deal(options)
    assert tuple(domain.worth(deal)) == worth
    found = score_deal(domain, domain.worth(deal))
    assert (round(found.own, 2), round(found.joint, 2), round(found.balance, 2)) == (own, joint, balance)


def test_parting_gains_nothing_and_has_no_balance():
    assert score_deal(night().domain, None) == DealScores(0.0, 0.0, None)


def test_a_deal_below_ones_alternative_counts_against_one():
    found = score_deal(night().domain, Worth(20, 100))
    assert found.own == pytest.approx(-30 / 61)
    assert found.balance == 0.0


def test_without_a_zone_nothing_is_measured():
    domain = room().domain
    assert score_deal(domain, domain.worth(0)) == DealScores(None, None, None)
    assert score_deal(domain, None) == DealScores(None, None, None)
    assert readings(domain, domain.worth(0)) == ()


def test_where_only_the_alternatives_can_be_had_there_is_nothing_to_divide_by():
    domain = Domain(((5, 0),), ((0, 5),), Worth(5, 0))
    assert score_deal(domain, Worth(5, 0)) == DealScores(None, None, None)


def test_three_readings_stand_side_by_side_and_disagree():
    domain = night().domain
    gain, sacrifice, need = readings(domain, Worth(86, 90))
    assert (gain.name, gain.you, gain.them) == ("equal_gain", 36, 38)
    assert gain.evenness == pytest.approx(36 / 38)
    assert (sacrifice.name, sacrifice.you, sacrifice.them) == ("equal_sacrifice", 25, 25)
    assert sacrifice.evenness == 1.0
    # You would go without 61 of 111, they without 63 of 115.
    assert (need.name, need.you) == ("need", pytest.approx(36 / (61 / 111)))
    assert need.them == pytest.approx(38 / (63 / 115))
    assert {reading.choice for reading in (gain, sacrifice, need)} == {domain.deal(TRADED)}


def test_each_reading_chooses_for_itself():
    """10 to share; you have 0 without a deal, they have 4, and nobody can have more than 10."""
    points = tuple(range(11))
    domain = Domain((points,), (points[::-1],), Worth(0, 4))
    chosen = {reading.name: tuple(domain.worth(reading.choice)) for reading in readings(domain, Worth(3, 7))}
    # Best in the zone: 6 and 10. Gains equal at 3 : 7, sacrifices at 3 : 7; need is 1 against 0.6, so 4 : 6 comes closest.
    assert chosen == {"equal_gain": (3, 7), "equal_sacrifice": (3, 7), "need": (4, 6)}


def test_nobody_sacrifices_where_both_have_their_best():
    domain = Domain(((4, 0),), ((4, 0),), Worth(0, 0))
    sacrifice = readings(domain, Worth(4, 4))[1]
    assert (sacrifice.you, sacrifice.them, sacrifice.evenness) == (0, 0, 1.0)


def test_trades_that_were_missed_are_named_and_the_largest_first():
    domain = night().domain
    trades = missed_trades(domain, domain.deal(SPLIT))
    assert trades[0] == Trade(domain.deal((2, 3, 2, 1, 1)), (1, 2), Worth(10, 24))
    assert [sum(trade.gain) for trade in trades] == sorted((sum(trade.gain) for trade in trades), reverse=True)
    for trade in trades:
        assert min(trade.gain) >= 0
        assert domain.worth(trade.deal).you == 69 + trade.gain.you
        assert domain.worth(trade.deal).them == 56 + trade.gain.them


def test_nothing_was_missed_on_the_frontier():
    domain = night().domain
    assert [missed_trades(domain, deal) for deal in domain.frontier.tolist()] == [()] * 16
