"""What is refused, what is warned about, and what is kept for the record."""

from datetime import UTC, date, datetime

import pytest

from outcomes.evidence import poisson
from outcomes.evidence.checks import warn_about_estimate
from outcomes.evidence.engine import estimate
from outcomes.evidence.question import Question
from outcomes.evidence.result import Counts, Estimate

from .rows import ask, from_rows, person, published, simulate


def codes(notices):
    return [notice.code for notice in notices]


def with_exits(*, exposed, unexposed, stayers=60):
    """So many exits on each side, and stayers of whom every other has completed; exits a few days apart."""
    rows = [person("2023-01-01", unit_id=f"s{i}", exposed_on="2023-02-01" if i % 2 else None) for i in range(stayers)]
    left = [f"2023-{3 + i % 9:02}-{1 + i % 28:02}" for i in range(max(exposed, unexposed))]
    rows += [person("2023-01-01", left[i], "2023-02-01", unit_id=f"e{i}") for i in range(exposed)]
    rows += [person("2023-01-01", left[i], unit_id=f"u{i}") for i in range(unexposed)]
    return from_rows(rows)


def test_fifty_exits_with_ten_on_each_side_are_answered():
    result = ask(with_exits(exposed=10, unexposed=40))
    assert (result.grade, result.refusals) == ("descriptive", ())
    assert [e.method for e in result.estimates if e.primary] == ["cox_time_varying"]


def test_forty_nine_exits_are_refused():
    result = ask(with_exits(exposed=20, unexposed=29))
    assert (result.grade, result.estimates) == ("refused", ())
    assert codes(result.refusals) == ["too_few_events"]
    assert result.refusals[0].message == (
        "At least 50 exits are needed for a meaningful estimate; the data contain fewer. Ask about more teams, over a longer "
        "time, or again when more have left."
    )
    assert (result.counts.events, result.counts.events_exposed) == (49, 20)
    assert result.curves


@pytest.mark.parametrize(("exposed", "unexposed"), [(9, 60), (60, 9)])
def test_nine_exits_on_one_side_are_refused(exposed, unexposed):
    result = ask(with_exits(exposed=exposed, unexposed=unexposed))
    assert codes(result.refusals) == ["too_few_events_in_arm"]


def test_fewer_than_ten_exposed_are_refused():
    rows = simulate(200, seed=12)
    keep = {row["unit_id"] for row in [row for row in rows if row["exposed_on"]][:9]}
    for row in rows:
        row["exposed_on"] = row["exposed_on"] if row["unit_id"] in keep else None
    assert "too_few_exposed" in codes(ask(from_rows(rows)).refusals)


def test_no_one_exposed_is_refused():
    rows = [row | {"exposed_on": None} for row in simulate(300, seed=13)]
    assert codes(ask(from_rows(rows)).refusals) == ["no_one_exposed"]


def test_everyone_exposed_from_the_start_is_refused():
    rows = [row | {"exposed_on": row["origin"]} for row in simulate(300, seed=13)]
    assert codes(ask(from_rows(rows)).refusals) == ["everyone_exposed"]


def test_sides_at_risk_at_different_tenures_are_refused():
    # those who complete are long-serving people seen late, the others newcomers who stay a year at most
    old = [person("2010-01-01", f"2023-{1 + i % 12:02}-10", "2015-01-01", unit_id=f"o{i}") for i in range(60)]
    old = [row | {"observed_from": "2022-01-01"} for row in old]
    new = [person("2023-01-01", f"2023-{1 + i % 12:02}-10", unit_id=f"n{i}") for i in range(60)]
    (notice,) = ask(from_rows(old + new)).refusals
    assert notice.code == "no_overlap"
    assert notice.message.endswith(
        "hardly overlapped in tenure, so comparing them would mean comparing long-serving people with newcomers."
    )
    (notice,) = ask(from_rows(old + new), outcome="customer_exit").refusals
    assert notice.message.endswith(
        "in time as a customer, so comparing them would mean comparing long-standing customers with new ones."
    )


@pytest.mark.parametrize("exposure", ["rollout", "assignment"])
def test_exposures_that_are_not_built_are_turned_down(exposure):
    result = ask(published("stanford_heart"), exposure=exposure)
    assert (result.grade, result.estimates, result.warnings) == ("refused", (), ())
    assert codes(result.refusals) == ["not_built_yet"]
    assert exposure in result.refusals[0].message
    assert result.counts.events == 75


def test_covariates_that_cannot_be_used_are_refused_by_name():
    rows = [row | {"grade": "senior", "country": "AT"} for row in simulate(300, seed=14)]
    result = ask(from_rows(rows), "grade,country:category,salary")
    assert codes(result.refusals) == ["covariate_not_numeric", "unknown_covariate", "no_variation"]
    assert "'country' has the same value for everyone" in result.refusals[2].message
    assert result.counts.units > 0


@pytest.mark.parametrize(("apart", "is_refused"), [(1, True), (9, True), (12, False)])
def test_a_number_by_which_a_few_stand_apart_is_a_name(apart, is_refused):
    rows = [row | {"level": 1000.0 + i if i < apart else i % 3} for i, row in enumerate(simulate(400, seed=19))]
    result = ask(from_rows(rows), "level")
    assert ("covariate_singles_out" in codes(result.refusals)) is is_refused
    assert "1000" not in str(result.refusals)


def test_what_the_calendar_changed_is_said_not_to_be_looked_at_where_it_cannot_be(monkeypatch):
    """More combinations of groups than are tabulated; of so many people that there are, a test would take too long."""
    monkeypatch.setattr(poisson, "MAX_PATTERNS", 3)
    rows = from_rows(simulate(300, seed=20))
    crossed = [{**row, "half": "ab"[i % 2]} for i, row in enumerate(simulate(300, seed=20))]
    result = ask(from_rows(crossed), "site:category,half:category")
    assert "calendar_not_looked_at" in codes(result.warnings)
    assert not [estimate for estimate in result.estimates if estimate.method.startswith("poisson")]
    assert "calendar_not_looked_at" not in codes(ask(rows, "site:category").warnings)


def test_rows_with_a_missing_covariate_are_left_out_and_counted():
    rows = simulate(300, seed=15)
    whole = ask(from_rows(rows), "site:category,age")
    gaps = [row | {"unit_id": row["unit_id"] + "x", "age": None} for row in rows[:40]]
    gaps += [row | {"unit_id": row["unit_id"] + "y", "site": ""} for row in rows[:20]]
    result = ask(from_rows(rows + gaps), "site:category,age")
    assert result.counts.excluded_rows == 60
    assert result.primary.value == pytest.approx(whole.primary.value, abs=1e-9)
    messages = {w.code: w.message for w in result.warnings}
    assert messages["rows_excluded"] == "60 rows were left out because they have a missing covariate."
    assert messages["covariate_partly_missing"].startswith("The column 'age' has no value for at least 5% of the people")


def test_dirty_rows_are_left_out_counted_and_explained():
    rows = simulate(300, seed=16)
    dirty = [
        person("2023-06-01", "2023-01-01", unit_id="x1"),
        person("2023-06-01", "2022-01-01", unit_id="x2"),
        person("2023-01-01", "2023-06-01", unit_id="x3"),
        person("2023-02-01", "2023-09-01", unit_id="x3"),
        person("2023-01-01", "2023-06-01", "2023-12-01", unit_id="x4"),
    ]
    result = ask(from_rows(rows + dirty))
    messages = {w.code: w.message for w in result.warnings}
    assert result.counts.excluded_rows == 3
    assert messages["rows_excluded"] == (
        "Rows were left out: 1–9 end before their hire date; 1–9 overlap an earlier row with the same ID."
    )
    assert messages["completion_after_exit"] == "1–9 completions dated after the exit were ignored."


def test_a_level_in_which_nobody_left_takes_no_part_and_its_column_is_named():
    rows = simulate(400, seed=17)
    stayers = [person("2022-01-01", unit_id=f"z{i}", site="C", observed_from="2022-01-01") for i in range(30)]
    with_, without = ask(from_rows(rows + stayers), "site:category"), ask(from_rows(rows), "site:category")
    assert with_.primary.value == pytest.approx(without.primary.value, abs=1e-9)
    assert with_.counts.units == without.counts.units + 30
    (message,) = [w.message for w in with_.warnings if w.code == "levels_without_events"]
    assert message.startswith("Some groups in which no one left (site) say nothing")


def test_self_selection_is_always_said_for_completion():
    for result in (ask(published("stanford_heart")), ask(from_rows([]))):
        assert result.warnings[0].code == "completion_is_self_selected"
        assert "completion looks better for retention than it is" in result.warnings[0].message
        assert "it looks worse" in result.warnings[0].message


def test_warnings_where_they_are_true():
    adjusted = ask(published("sim_workforce"), "grade:category")
    assert codes(adjusted.warnings) == ["completion_is_self_selected", "covariate_stands_out"]
    plain = ask(published("sim_workforce"))
    assert codes(plain.warnings) == ["completion_is_self_selected", "unadjusted"]
    small = codes(ask(with_exits(exposed=12, unexposed=40)).warnings)
    assert small[:5] == [*codes(plain.warnings), "wide_interval", "few_events_exaggerate", "few_exposed_events"]
    assert small[-1] == "curve_starts_late"
    wide = ask(published("stanford_heart"))
    assert codes(wide.warnings) == ["completion_is_self_selected", "unadjusted", "wide_interval", "few_events_exaggerate"]


def test_many_coefficients_for_few_exits_are_warned_about():
    rows = [row | {"level": f"l{i % 12}"} for i, row in enumerate(simulate(150, seed=18))]
    result = ask(from_rows(rows), "level:category")
    assert "many_coefficients" in codes(result.warnings)


@pytest.mark.parametrize(("events", "is_warned"), [(19, True), (20, False)])
def test_ten_exits_for_each_coefficient_are_enough(events, is_warned):
    estimate = Estimate("log_hazard_ratio", 0.0, 0.1, -0.2, 0.2, 1.0)
    notices = warn_about_estimate(Question("acme"), Counts(events=events, events_exposed=events), estimate, coefficients=2)
    assert ("many_coefficients" in codes(notices)) is is_warned


def test_no_rows_at_all_are_refused():
    result = ask(from_rows([]))
    assert codes(result.refusals) == ["too_few_events", "no_one_exposed"]
    assert result.counts.units == 0
    assert result.question.population == "everyone employed (no one was observed)"


def test_rows_that_are_all_left_out_are_refused():
    rows = [row | {"exit": "2000-01-01", "site": None} for row in simulate(20, seed=25)]
    result = ask(from_rows(rows), "site:category,age")
    assert codes(result.refusals) == ["too_few_events", "no_one_exposed"]
    assert (result.counts.excluded_rows, result.curves) == (20, ())


def test_how_few_rows_are_left_out_is_not_said():
    rows = simulate(300, seed=16)
    result = ask(from_rows([*rows, person("2023-06-01", "2023-01-01", unit_id="x1")]))
    (message,) = [w.message for w in result.warnings if w.code == "rows_excluded"]
    assert message == "1–9 rows were left out because they end before their hire date."


def test_population_names_the_period_that_was_observed():
    result = ask(published("sim_workforce"))
    assert result.question.population.startswith("everyone employed at some time between 2022-01-01 and 2024-12-31")


def test_stints_are_rows_but_people_are_counted_once():
    rows = simulate(300, seed=19)
    again = person("2024-06-01", unit_id="p0", site="A", age=40.0)
    rows[0] |= {"origin": "2022-01-01", "observed_from": "2022-01-01", "exit": "2023-01-01", "exposed_on": None}
    assert ask(from_rows([*rows, again])).counts.units == 300


def test_the_record_names_data_code_and_libraries():
    units = published("stanford_heart")
    ran_at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    first = estimate(Question("acme"), units, code="abc123", ran_at=ran_at)
    second = estimate(Question("acme"), units, code="abc123", ran_at=ran_at)
    assert first == second
    assert (first.provenance.code, first.provenance.seed, first.provenance.ran_at) == ("abc123", 0, "2026-03-01T12:00:00+00:00")
    assert len(first.provenance.data_digest) == 64
    others = [
        estimate(question, units, ran_at=ran_at).provenance.data_digest
        for question in (
            Question("acme", as_of=date(2026, 2, 28)),
            Question("acme", courses=("Listening",)),
            Question("acme", event_kinds=("voluntary",)),
        )
    ]
    assert len({first.provenance.data_digest, *others}) == 4
    from_files, turned = (estimate(Question("acme"), units, imports=ids, ran_at=ran_at) for ids in (["a", "b"], ["b", "a"]))
    assert from_files.provenance.imports == ["a", "b"]
    assert from_files.provenance.data_digest == turned.provenance.data_digest != first.provenance.data_digest
    assert {"lifelines", "numpy", "pandas", "statsmodels"} <= set(first.provenance.libraries)


def test_customers_are_asked_about_in_their_own_words():
    result = ask(from_rows(simulate(60, seed=20)), outcome="customer_exit")
    assert result.question.population.startswith("all customers at some time")
    assert "departures" in result.refusals[0].message
