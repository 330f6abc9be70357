"""What is said of a rollout whose truth is known. Few draws: tables of many stand in decision 0056."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from outcomes.evidence.disclosure import Rounding
from outcomes.evidence.question import Question
from outcomes.evidence.rollouts import estimation
from outcomes.evidence.rollouts.estimation import estimate, side_of
from outcomes.evidence.rollouts.panel import NEVER, Stays, tabulate
from outcomes.evidence.rollouts.same_months import same_months
from outcomes.evidence.rollouts.staggered import Effect
from outcomes.evidence.rollouts.summary import summarise
from outcomes.evidence.rollouts.year_before import year_before

from .made import panel_of, simulated

pytestmark = pytest.mark.once

FIRST, LAST = date(2022, 1, 1), date(2024, 6, 30)
QUESTION = Question("acme", exposure="rollout", as_of=LAST)


def said(rollout):
    return summarise(rollout, QUESTION, LAST, rounding=Rounding(5, lambda _name: 0.5))


def codes(rollout):
    return [notice.code for notice in rollout.warnings]


def standing_out(rollout, value=-0.02, se=0.002):
    """The same with an answer that leaves out none, and a plain regression beside it that does so as well."""
    effect = Effect(value, se, rollout.answer.overall.df)
    return replace(
        rollout, answer=replace(rollout.answer, overall=effect), two_way=replace(rollout.two_way, effect=effect), trends=QUIET
    )


QUIET = estimation.PreTrends((-3, -2), 0.5, 0.01)


def offered_after_bad_month(seed, *, teams=18, people=40, yearly=0.3, ratio=1.0):
    """Stays and offers: in the 15th and the 19th month a third of the teams, those from which most had left the month before.

    Every position that falls vacant is filled the next month. Exits of a month are by chance alone.
    """
    rng = np.random.default_rng(seed)
    exits = rng.binomial(people, yearly / 12, (teams, 30))
    first = np.full(teams, NEVER)
    for month in (14, 18):
        waiting = np.flatnonzero(first == NEVER)
        worst = waiting[np.argsort(-exits[waiting, month - 1], kind="stable")][: teams // 3]
        first[worst] = month
    months = (np.datetime64("2022-01", "M") + np.arange(31)).astype("datetime64[D]")
    rows = []
    for team in range(teams):
        for month in range(30):
            left = exits[team, month]
            rows += [(f"T{team}", months[month], months[month] + 14, True)] * left
            rows += [(f"T{team}", months[month], months[month + 1], False)] * (people - left)
    names, begins, ends, gone = zip(*rows, strict=True)
    stays = Stays(np.array(names, dtype=object), np.array(begins), np.array(ends), np.array(gone))
    offers = {f"T{team}": None if at == NEVER else months[at].item() for team, at in enumerate(first.tolist())}
    return stays, offers


def test_offers_after_a_bad_month_are_no_cure():
    """By single months every one of these draws shows far fewer exits where nothing is going on."""
    by_month, by_three = [], []
    for seed in range(4):
        stays, offers = offered_after_bad_month(seed)
        by_month.append(estimation.fit(tabulate(stays, offers, FIRST, LAST)).overall)
        by_three.append(estimate(tabulate(stays, offers, FIRST, LAST, span=3)))
    assert [side_of(effect) for effect in by_month] == ["lower"] * 4
    assert [rollout.direction for rollout in by_three] == ["open"] * 4
    assert abs(np.mean([one.answer.overall.value for one in by_three])) < abs(np.mean([one.value for one in by_month])) / 3


def test_an_effect_that_is_there_is_said():
    panel = simulated(3, teams=30, months=10, waves=(4, 6), yearly=0.36, people=5.5, effect=-0.01)
    rollout = estimate(replace(panel, span=3))
    assert rollout.direction == "lower"
    assert "fewer of 100 people left" in said(rollout).answer
    assert "few_events_exaggerate" not in codes(rollout)


def test_what_the_plain_regression_does_not_show_is_not_said():
    rollout = standing_out(estimate(replace(simulated(4, months=10, waves=(4, 6)), span=3)))
    assert rollout.direction == "lower"
    alone = replace(rollout, two_way=replace(rollout.two_way, effect=Effect(-0.001, 0.002, 22)))
    assert alone.direction == "open"
    assert "not_seen_both_ways" in codes(alone)
    assert "A plain regression on the same teams does not show it" in said(alone).answer
    other_side = replace(rollout, two_way=replace(rollout.two_way, effect=Effect(0.02, 0.002, 22)))
    assert other_side.direction == "open"


@pytest.mark.parametrize(
    ("offered", "waiting", "is_said"), [(5, 5, True), (4, 8, False), (8, 4, False), (11, 1, False), (2, 5, False)]
)
def test_with_fewer_than_five_teams_on_a_side_neither_is_said(offered, waiting, is_said):
    made = simulated(5, teams=offered + waiting, months=10, waves=(4,))
    panel = made.offered_as(np.array([4] * offered + [NEVER] * waiting))
    rollout = standing_out(estimate(replace(panel, span=3)))
    assert (rollout.direction != "open") is is_said
    assert ("few_teams_on_a_side" in codes(rollout)) is not is_said
    assert ("With fewer than 5 teams on one side" in said(rollout).answer) is not is_said


def test_where_every_team_is_offered_it_in_the_end_the_last_wave_is_the_side_that_waits():
    made = simulated(5, teams=12, months=10)
    many = made.offered_as(np.array([4] * 6 + [7] * 6))
    few = made.offered_as(np.array([4] * 8 + [7] * 4))
    assert [estimate(replace(panel, span=3)).has_few_on_a_side for panel in (many, few)] == [False, True]


def with_bad_year(seed=6, *, after=1.0, year=3.0):
    """Twelve of 24 teams had `year` times the exits in the year before their offer, and `after` times as many since."""
    rng = np.random.default_rng(seed)
    first = np.array([6] * 12 + [NEVER] * 12)
    rate = np.full((24, 12), 0.02)
    rate[:12, 2:6] *= year
    rate[:12, 6:] *= after
    at_risk = np.full((24, 12), 180.0)
    exits = rng.poisson(rate * at_risk)
    return replace(panel_of(exits / at_risk, first, exits=exits, at_risk=at_risk), span=3)


def test_teams_that_were_chosen_after_a_bad_year_have_a_warning_and_no_cure():
    rollout = estimate(with_bad_year())
    assert side_of(rollout.answer.overall) == "lower"
    assert rollout.is_bad_year_over
    assert (rollout.grade, rollout.direction) == ("descriptive", "open")
    (words,) = [notice.message for notice in rollout.warnings if notice.code == "chosen_after_bad_year"]
    assert words.startswith("In the year before the offer about 7")
    assert "bad luck does not last" in words
    assert not standing_out(estimate(with_bad_year(year=1.0))).follows_a_bad_year


def test_fewer_after_a_bad_year_is_said_where_fewer_left_than_before_that_year():
    rollout = standing_out(estimate(with_bad_year(after=0.3)))
    assert rollout.follows_a_bad_year
    assert side_of(rollout.beyond) == "lower"
    assert rollout.direction == "lower"
    assert "had just had a bad year" in said(rollout).answer


def test_the_year_before_is_that_of_both_sides_in_the_same_months():
    panel = with_bad_year()
    found = year_before(panel)
    year = slice(2, 6)
    assert found.offered == pytest.approx(panel.exits[:12, year].sum() / panel.at_risk[:12, year].sum())
    assert found.others == pytest.approx(panel.exits[12:, year].sum() / panel.at_risk[12:, year].sum())
    assert found.p < 0.001


def test_no_more_can_be_fewer_than_leave():
    """About 24 of 100 leave in a year: an interval down to 71 fewer is said down to these."""
    rollout = estimate(replace(simulated(7, months=10, waves=(4, 6)), span=3))
    rate = f"{1200 * rollout.rate_not_offered:.0f}"
    wide = standing_out(rollout, value=-0.02, se=0.02)
    words = said(wide).answer
    assert 1200 * wide.answer.overall.low < -70
    assert f"anything from {rate} fewer to " in words
    assert f"About {rate} of 100 people leave in a year where teams are not yet offered the training" in words
    assert "no more than these can be fewer" not in said(standing_out(rollout, value=-0.005, se=0.001)).answer


def test_the_event_study_is_by_months_since_the_offer():
    rollout = estimate(replace(simulated(8, months=10, waves=(4, 6), people=5), span=3))
    first = [point.relative_month for point in rollout.event_study]
    assert first == sorted(first)
    assert {month % 3 for month in first} == {0}
    assert {-3, 0} <= set(first)
    assert all((step.last - step.first) % 3 == 2 for step in rollout.steps)


def test_the_drift_that_would_be_found_is_by_month():
    panel = simulated(8, months=10, waves=(4, 6), people=5)
    by_one, by_three = estimate(panel).trends, estimate(replace(panel, span=3)).trends
    assert by_three.p == by_one.p
    assert by_three.detectable == pytest.approx(by_one.detectable / 3)


# Part of a year, and people who are new ---------------------------------------------------------------------------------------


def with_season(seed, *, periods_after=2, teams=30, people=60, yearly=0.3):
    """Half of the teams lose most people in autumn and fewest in spring, and are offered it in January; nothing is going on."""
    rng = np.random.default_rng(seed)
    n, wave = 8 + periods_after, 8
    season = np.exp(0.5 * np.cos(2 * np.pi * (np.arange(n) - 3) / 4))  # the last quarter is the highest
    first = np.where(np.arange(teams) < teams // 2, wave, NEVER)
    rate = yearly / 12 * np.where((first == wave)[:, None], season / season.mean(), 1.0)
    at_risk = np.full((teams, n), 3.0 * people)
    exits = rng.poisson(rate * at_risk)
    made = panel_of(exits / at_risk, first, begins="2022-01", exits=exits, at_risk=at_risk)
    quarters = (np.datetime64("2022-01", "M") + 3 * np.arange(n)).astype("datetime64[D]")
    return replace(made, months=quarters, span=3)


def test_a_season_of_the_offered_teams_is_no_effect_of_an_offer_after_its_peak():
    rollouts = [estimate(with_season(seed)) for seed in range(4)]
    assert [side_of(one.answer.overall) for one in rollouts] == ["lower"] * 4
    assert [(one.direction, one.grade) for one in rollouts] == [("open", "descriptive")] * 4
    assert all("part_of_a_year" in codes(one) for one in rollouts)
    assert all(abs(one.same_months.value) < abs(one.answer.overall.value) / 2 for one in rollouts)
    alone = replace(standing_out(rollouts[0]))
    assert "It does not show against the same months of the year before" in said(alone).answer
    assert "teams may differ by season" in said(alone).grade_meaning


def test_part_of_a_year_is_enough_where_the_same_months_say_the_same():
    made = with_season(3)
    rng = np.random.default_rng(7)
    rate = 0.025 * np.where(made.is_offered, 0.4, 1.0)
    exits = rng.poisson(rate * made.at_risk)
    rollout = estimate(replace(made, exits=exits, values=exits / made.at_risk))
    assert rollout.is_part_of_a_year
    assert side_of(rollout.same_months) == "lower"
    assert rollout.direction == "lower"
    assert rollout.same_months.value == pytest.approx(-0.015, abs=0.004)


def test_without_a_year_before_part_of_a_year_says_neither():
    panel = replace(simulated(4, months=6, waves=(3,)), span=3)
    rollout = standing_out(estimate(panel))
    assert rollout.same_months is None
    assert (rollout.direction, rollout.grade) == ("open", "descriptive")
    assert "no_year_before" in codes(rollout)
    assert "Less than a year is known after the offer, and none before it" in said(rollout).answer


def test_of_a_whole_year_the_same_months_are_not_asked_about():
    rollout = estimate(with_season(1, periods_after=4))
    assert not rollout.is_part_of_a_year
    assert rollout.same_months is None
    assert "part_of_a_year" not in codes(rollout)


def test_the_difference_to_the_same_months_by_hand():
    """One wave of two teams, beside two that wait: (change of the first) less (change of the second)."""
    exits = np.array([[4, 4, 4, 4, 4, 2], [6, 4, 4, 4, 4, 4], [2, 4, 4, 4, 4, 4], [4, 4, 4, 4, 4, 4]])
    made = panel_of(exits / 100, [4, 4, NEVER, NEVER], begins="2022-01", exits=exits, at_risk=np.full(exits.shape, 100.0))
    found = same_months(replace(made, span=3))
    before, after = exits[:, 0:2].sum(axis=1) / 200, exits[:, 4:6].sum(axis=1) / 200
    change = after - before
    assert found.value == pytest.approx(change[:2].mean() - change[2:].mean())
    variance = change[:2].var(ddof=1) / 2 + change[2:].var(ddof=1) / 2
    assert found.se == pytest.approx(np.sqrt(variance))
    assert found.df == 2


def hired_after_offer(seed, *, teams=36, people=40, hired=25, early=4.0, ratio=1.0):
    """Teams that are offered it take on many the month after; whoever is new leaves `early` times as often for half a year."""
    rng = np.random.default_rng(seed)
    first = np.where(rng.permutation(teams) < teams // 2, 14, NEVER)
    months = (np.datetime64("2022-01", "M") + np.arange(31)).astype("datetime64[D]")
    rows = []
    for team in range(teams):
        hires = [(int(month), 0) for month in rng.integers(-40, 0, people)]
        hires += [(15, 15)] * (hired if first[team] >= 0 else 0)
        while hires:
            hire, there = hires.pop()
            for month in range(there, 31):
                rate = 0.02 * (early if month - hire < 6 else 1.0) * (ratio if 0 <= first[team] <= month else 1.0)
                if month == 30 or rng.random() < rate:
                    break
            origin = (np.datetime64("2022-01", "M") + hire).astype("datetime64[D]")
            left = month < 30
            end = months[month] + (14 if left else 0)
            if end > months[there]:
                rows.append((f"T{team}", months[there], end, left, origin))
            if left:
                hires.append((month + 1, month + 1))
    names, begins, ends, gone, origin = zip(*rows, strict=True)
    stays = Stays(np.array(names, dtype=object), np.array(begins), np.array(ends), np.array(gone), np.array(origin))
    offers = {f"T{team}": None if at == NEVER else months[at].item() for team, at in enumerate(first.tolist())}
    return tabulate(stays, offers, FIRST, LAST, span=3)


def test_people_who_are_new_are_no_effect_of_the_offer():
    rollouts = [estimate(hired_after_offer(seed)) for seed in range(3)]
    raw = np.mean([one.answer.overall.value for one in rollouts])
    alike = np.mean([one.same_tenure.value for one in rollouts])
    assert raw > 0.005
    assert abs(alike) < raw / 3
    assert [one.direction for one in rollouts] == ["open"] * 3
    apart = [one for one in rollouts if side_of(one.answer.overall) != side_of(one.same_tenure)]
    assert apart
    assert all("new_people_move_it" in codes(one) and one.grade == "descriptive" for one in apart)


def test_at_the_same_tenure_an_effect_that_is_there_is_still_seen():
    rollout = estimate(hired_after_offer(5, hired=0, ratio=0.3))
    assert (side_of(rollout.answer.overall), side_of(rollout.same_tenure), rollout.direction) == ("lower",) * 3
    assert "With everybody's tenure the same throughout" in " ".join(said(rollout).how_we_know)


def test_bands_of_tenure_hold_every_exit_and_every_day_once():
    panel = hired_after_offer(6)
    assert panel.by_tenure.exits.sum(axis=2).tolist() == panel.exits.tolist()
    assert np.allclose(panel.by_tenure.at_risk.sum(axis=2), panel.at_risk)
    rates = panel.by_tenure.exits.sum(axis=(0, 1)) / panel.by_tenure.at_risk.sum(axis=(0, 1))
    assert rates[0] > 2.5 * rates[3:].mean()


def test_what_moves_by_no_more_than_chance_is_not_told():
    """Both were told of in more than half of all draws with nothing going on."""
    found = [codes(estimate(replace(simulated(seed, months=10, waves=(4, 6)), span=3))) for seed in range(8)]
    told = [sum(code in one for one in found) for code in ("anticipation_moves_it", "plain_regression_differs")]
    assert max(told) <= 2
