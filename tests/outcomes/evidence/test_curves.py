from datetime import date, timedelta

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from .rows import ask, from_rows, person, published, simulate


def crowd(n, hired="2023-01-01", **row):
    """n people alike."""
    return [person(hired, unit_id=f"{hired}{row}{i}") | row for i in range(n)]


def day(hired, days):
    return (date.fromisoformat(hired) + timedelta(days=days)).isoformat()


def shares(result, group):
    return [point.retained for point in result.curve(group)]


def test_share_retained_by_hand():
    # 20 begin; 5 leave in their third month, 5 in their fifth: 15/20, then 10/15 of it
    rows = crowd(10) + crowd(5, exit="2023-03-10") + crowd(5, exit="2023-05-10")
    result = ask(from_rows(rows), clock="month", horizon_months=6)
    assert shares(result, "everyone") == pytest.approx([1, 1, 1, 0.75, 0.75, 0.5])
    assert [point.at_risk for point in result.curve("everyone")] == [20, 20, 20, 15, 15, 10]


def test_log_log_interval_by_hand():
    # S = 0.75 at 20 at risk with 5 exits: S^exp(±1.96 sqrt(5/(20·15)) / log S)
    rows = crowd(15) + crowd(5, exit="2023-03-10")
    point = ask(from_rows(rows), clock="month").curve("everyone")[4]
    half = 1.959964 * np.sqrt(5 / (20 * 15)) / abs(np.log(0.75))
    assert (point.ci_low, point.ci_high) == pytest.approx((0.75 ** np.exp(half), 0.75 ** np.exp(-half)), abs=1e-6)


def test_late_entry_counts_from_the_tenure_reached():
    # 12 hired in 2023 are seen from the start; 12 hired two years before are at risk from month 24 on only
    early = crowd(12, hired="2021-01-01", observed_from="2023-01-01")
    rows = crowd(12) + early
    at_risk = {p.month: p.at_risk for p in ask(from_rows(rows), clock="month").curve("everyone")}
    assert (at_risk[0], at_risk[23], at_risk[24], at_risk[47]) == (12, 12, 12, 12)
    assert max(at_risk) == 47


def test_people_move_from_one_risk_set_to_the_other_when_they_complete():
    rows = crowd(12) + crowd(12, exposed_on="2023-03-10")
    result = ask(from_rows(rows), clock="month", horizon_months=6)
    assert [p.at_risk for p in result.curve("not yet exposed")] == [24, 24, 24, 12, 12, 12]
    assert [(p.month, p.at_risk) for p in result.curve("exposed")] == [(3, 12), (4, 12), (5, 12)]


def test_a_curve_ends_before_fewer_than_ten_are_at_risk():
    rows = crowd(9) + crowd(6, exit="2023-04-10")
    result = ask(from_rows(rows), clock="month")
    assert [p.month for p in result.curve("everyone")] == [0, 1, 2, 3]
    assert result.suppressed == ()


def test_months_with_one_to_nine_before_it_are_held_back():
    rows = crowd(20) + crowd(4, exposed_on="2023-01-10") + crowd(8, exposed_on="2023-03-10")
    printed = ask(from_rows(rows), clock="month", horizon_months=5).to_json()
    exposed = [(i, p) for i, p in enumerate(printed["curves"]) if p["group"] == "exposed"]
    assert [(p["month"], p["at_risk"]) for _, p in exposed] == [(1, None), (2, None), (3, 12), (4, 12)]
    assert {p["retained"] for _, p in exposed[:2]} == {None}
    first = exposed[0][0]
    wanted = [f"curves.{first + i}.{name}" for i in (0, 1) for name in ("retained", "ci_low", "ci_high", "at_risk")]
    assert printed["suppressed"][:8] == wanted


def test_a_small_group_cannot_be_told_from_the_others():
    # 4 exposed are the difference between everyone and those not yet exposed, so everyone's number is held back
    rows = crowd(20) + crowd(4, exposed_on="2023-01-10")
    result = ask(from_rows(rows), clock="month", horizon_months=4)
    assert [p.at_risk for p in result.curve("everyone")] == [24, None, None, None]
    assert None not in shares(result, "everyone")
    assert [(p.month, p.retained) for p in result.curve("exposed")] == [(1, None)]


def test_a_thin_beginning_does_not_bend_the_curve():
    # one of two exposed early leaves; from the month with ten at risk nobody does
    rows = crowd(12) + crowd(1, exposed_on="2023-01-10", exit="2023-02-10") + crowd(1, exposed_on="2023-01-10")
    rows += crowd(12, exposed_on="2023-04-10")
    result = ask(from_rows(rows), clock="month", horizon_months=8)
    assert [(p.month, p.retained) for p in result.curve("exposed")] == [(m, None if m < 4 else 1) for m in range(1, 8)]


def test_a_gap_within_a_month_ends_the_curve():
    # twelve are there until the tenth day of their third month, twelve others from its twentieth on
    first = crowd(12, observed_until="2023-03-10")
    later = crowd(12, hired="2022-01-01", observed_from=day("2022-01-01", 31 + 28 + 20))
    result = ask(from_rows(first + later))
    assert [p.month for p in result.curve("everyone")] == [0, 1, 2]


def test_by_day_a_month_is_a_twelfth_of_a_year():
    # 365 days are less than twelve months of 30.4375 days, 366 more
    rows = crowd(10) + crowd(10, exit=day("2023-01-01", 365)) + crowd(10, exit=day("2023-01-01", 366))
    result = ask(from_rows(rows))
    assert shares(result, "everyone")[11:14] == pytest.approx([1, 2 / 3, 1 / 3])


def test_nobody_has_no_curve():
    assert ask(from_rows([])).curves == ()


def test_curves_of_the_workforce_by_group():
    result = ask(published("sim_workforce"), clock="month")
    year = {p.group: p for p in result.curves if p.month == 12}
    assert [year[g].at_risk for g in ("not yet exposed", "exposed", "everyone")] == [3626, 674, 4300]


def test_every_point_lies_in_its_interval():
    curves = ask(from_rows(simulate(400, seed=11))).curves
    shown = [p for p in curves if p.retained is not None]
    assert all(0 <= p.ci_low <= p.retained <= p.ci_high <= 1 for p in shown)
    assert all(p.at_risk is None or p.at_risk >= 10 for p in curves)


def test_who_leaves_on_the_first_day_is_in_the_curve():
    """As lifelines' KaplanMeierFitter has it on the same durations, nought days included."""
    rows = simulate(760, seed=11)
    for row in rows:
        row["origin"] = row["observed_from"] = max(row["origin"], row["observed_from"])
    rows = [row for row in rows if row["exit"] is None or row["exit"] > row["origin"]]
    rows += [person("2022-03-01", "2022-03-01", unit_id=f"gone{i}", site="A", age=40.0) for i in range(40)]
    end = [min(row["exit"] or row["observed_until"], row["observed_until"]) for row in map(as_dates, rows)]
    days = [(last - as_dates(row)["origin"]).days for row, last in zip(rows, end, strict=True)]
    theirs = KaplanMeierFitter().fit(days, [row["exit"] is not None for row in rows])
    result = ask(from_rows(rows))
    for month in (1, 12):
        ours = next(p.retained for p in result.curve("everyone") if p.month == month)
        assert ours == pytest.approx(float(theirs.predict(month * 30.4375)), abs=2e-3)
    assert next(p.retained for p in result.curve("everyone") if p.month == 1) < 0.95
    (message,) = [w.message for w in result.warnings if w.code == "rows_excluded"]
    assert message == "40 rows were left out because they left on the first day, which counts in the curve only."


def as_dates(row):
    names = ("origin", "exit", "observed_until")
    return {name: date.fromisoformat(row[name]) if isinstance(row[name], str) else row[name] for name in names}


def test_intervals_allow_for_teams_whose_members_leave_together():
    """Ten teams of twenty, of which four leave as one: at 200 at risk with 80 exits, by hand from Ying and Wei."""
    rows = [row | {"team": f"t{i // 20}"} for i, row in enumerate(crowd(120) + crowd(80, exit="2023-03-10"))]
    alone = ask(from_rows([row | {"team": ""} for row in rows]), clock="month").curve("everyone")[4]
    point = ask(from_rows(rows), clock="month").curve("everyone")[4]
    assert point.retained == alone.retained == pytest.approx(0.6)
    # a team that leaves has a surplus of 20 x (1 - 0.4) / 200, one that stays of -20 x 0.4 / 200; t with 9 degrees of freedom
    error = np.sqrt((4 * 0.06**2 + 6 * 0.04**2) * 10 / 9)
    exponent = np.exp(2.2621572 * error / -np.log(0.6))
    assert (point.ci_low, point.ci_high) == pytest.approx((0.6**exponent, 0.6 ** (1 / exponent)), abs=1e-6)
    assert point.ci_low < alone.ci_low < alone.ci_high < point.ci_high


def test_teams_make_no_interval_narrower():
    rows = simulate(400, seed=11, teams=40)
    together, alone = (ask(from_rows(each)).curves for each in (rows, [row | {"team": ""} for row in rows]))
    shown = [(a, b) for a, b in zip(together, alone, strict=True) if a.retained is not None]
    assert len(shown) > 50
    assert all(a.ci_low <= b.ci_low + 1e-12 and a.ci_high >= b.ci_high - 1e-12 for a, b in shown)
