from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from outcomes.evidence.question import Question
from outcomes.evidence.result import Estimate
from outcomes.evidence.summary import _SummaryWriter, summarise

from .rows import COLUMNS, ask, from_rows, published, simulate

CLAIMS = ("no effect", "effect of", "reduces", "reduced", "prevent", "thanks to", "because of", "led to", "works", "proves")


def everything(result):
    summary = summarise(result)
    return " ".join([summary.answer, summary.grade_meaning, *summary.how_we_know, *summary.what_would_change_our_mind])


@pytest.fixture(scope="module")
def workforce():
    return ask(published("sim_workforce"), "grade:category", clock="month")


def test_a_clear_figure_is_said_as_a_comparison_and_not_as_a_cause(workforce):
    assert summarise(workforce).answer == (
        "Among people with the same tenure and grade, about 3 fewer of 100 left within a year of completing than of 100 who "
        "had not yet completed; it could be 2 or 4. That is 0.75 times the rate of leaving (95% confidence interval 0.68 to "
        "0.83). People who are about to leave seldom finish courses, so this does not show that the course caused it. "
        "This answer is about everyone employed and counts every exit, as of 1 January 2026."
    )


@pytest.mark.parametrize(
    ("outcome", "months", "words", "in_people"),
    [
        ("employee_exit", 36, "Only the first 36 months of tenure count.", True),
        ("employee_exit", 6, "Only the first 6 months of tenure count.", False),
        ("customer_exit", 36, "Only the first 36 months as a customer count.", True),
        ("employee_exit", None, "", True),
    ],
)
def test_a_horizon_is_named_in_sentence_estimand_and_population(outcome, months, words, in_people):
    rows = [row | {"origin": max(row["origin"], row["observed_from"])} for row in simulate(1500, seed=21, yearly=0.8)]
    result = ask(from_rows(rows), outcome=outcome, horizon_months=months)
    said = f", within the first {months} months" if months else ""
    assert summarise(result).answer.endswith(words)
    assert ("Only the first" in summarise(result).answer) == bool(words)
    assert ("of 100" in summarise(result).answer) == in_people  # twelve months after completing, where those are observed
    assert f"{said}, as of " in result.question.estimand
    assert f"followed from the first day observed{said}; team" in result.question.population
    assert result.to_json()["question"]["horizon_months"] == months


def test_a_horizon_of_one_month_is_said_in_the_singular():
    result = replace(ask(from_rows(simulate(900, seed=21))), question=Question("acme", horizon_months=1))
    assert summarise(result).answer.endswith("Only the first month of tenure counts.")
    assert result.question.estimand.endswith(", for any exit, within the first month")


@pytest.mark.parametrize(
    ("asked", "sentence", "estimand"),
    [
        (
            {},
            "This answer is about everyone employed and counts every exit, as of 1 January 2026.",
            ", among everyone employed, for any exit, as of 1 January 2026",
        ),
        (
            {"teams": ("Three",), "event_kinds": ("voluntary",)},
            "This answer is about people of “Three” alone and counts voluntary exits only, as of 1 January 2026.",
            ", among people of Three, for voluntary exits, as of 1 January 2026",
        ),
        (
            {"teams": ("A", "B"), "event_kinds": ("voluntary", "other")},
            "This answer is about people of “A” and “B” alone and counts voluntary and other exits only, as of 1 January 2026.",
            ", among people of A and B, for voluntary or other exits, as of 1 January 2026",
        ),
        (
            {"outcome": "customer_exit"},
            "This answer is about all customers and counts every departure, as of 1 January 2026.",
            ", among all customers, for any departure, as of 1 January 2026",
        ),
        (
            {"outcome": "partner_exit", "teams": ("North",)},
            "This answer is about partners of “North” alone and counts every departure, as of 1 January 2026.",
            ", among partners of North, for any departure, as of 1 January 2026",
        ),
    ],
)
def test_sentence_and_estimand_name_population_kinds_of_exit_and_day(asked, sentence, estimand):
    rows = [row | {"exit_kind": "voluntary"} for row in simulate(900, seed=21)]
    result = ask(from_rows(rows), **asked)
    assert result.grade != "refused"
    assert summarise(result).answer.endswith(sentence)
    assert result.question.estimand == f"hazard ratio of those who have completed against those who have not yet{estimand}"
    kinds = "Only voluntary" in " ".join(summarise(result).how_we_know)
    assert kinds == ("event_kinds" in asked)


def test_durations_have_a_day_and_no_kinds_of_exit():
    question = Question("acme", outcome="tenure_exit", as_of=date(2024, 6, 30))
    assert question.scope == ", among everyone in the tenure figures, as of 30 June 2024"


def test_an_open_figure_is_said_as_not_told():
    answer = summarise(ask(published("stanford_heart"))).answer
    assert answer.startswith("We could not tell whether those who had completed left less or more often.")
    assert "anything from 15 fewer to 21 more of 100 leaving within a year of completing" in answer
    assert "1.14 times the rate of leaving fits best (95% confidence interval 0.63 to 2.05)" in answer


def test_a_higher_rate_is_said_without_a_cause():
    answer = summarise(ask(from_rows(simulate(900, seed=21, log_hazard_ratio=0.9)))).answer
    assert "about 29 more of 100 left within a year of completing" in answer
    assert "That is 2." in answer
    assert "Who completes is not decided by chance, so this does not show that the course caused it." in answer


def test_a_refusal_says_why_and_what_is_missing():
    result = ask(from_rows(simulate(60, seed=20)))
    summary = summarise(result)
    assert summary.grade == "No result"
    assert summary.answer.startswith("The data cannot answer this yet. At least 50 exits are needed")
    assert summary.what_would_change_our_mind[0] == f"{50 - result.counts.events} more exits, from more months or more people."


@pytest.mark.parametrize("exposure", ["rollout", "assignment"])
def test_a_question_that_is_not_built_says_so(exposure):
    summary = summarise(ask(published("stanford_heart"), exposure=exposure))
    assert f"Questions about {exposure} cannot be answered yet" in summary.answer
    assert summary.what_would_change_our_mind == ("A later version of Accord: this kind of question is not supported yet.",)


def test_nothing_claims_more_than_the_grade(workforce):
    answers = [workforce, ask(published("stanford_heart")), ask(from_rows(simulate(900, seed=21, log_hazard_ratio=0.9)))]
    answers.append(ask(from_rows(simulate(60, seed=20))))
    assert [claim for result in answers for claim in CLAIMS if claim in everything(result).lower()] == []


def test_how_we_know_names_numbers_and_the_clock(workforce):
    how = summarise(workforce).how_we_know
    assert how[0] == "We followed 13,213 people for 322,534 months in all; 3,751 left, 403 of them after completing."
    assert "until the month they complete" in how[2]
    assert how[4] == "If everyone left independently of everyone else, the interval would be 0.68 to 0.83."
    assert "Allowing for 1,996 teams" in how[5]
    assert how[6] == "The answer uses the widest of these intervals."
    assert "the ratio is 0.76 (0.68 to 0.84)" in how[7]
    assert "by a factor of at least 1.74 each" in how[9]
    assert "knows nothing of wrong dates" in how[9]


def test_an_open_figure_says_what_could_have_been_found():
    how = summarise(ask(published("stanford_heart"))).how_we_know
    assert how[-1] == "With this many exits, only a ratio below about 0.43 or above about 2.32 would be found 4 times in 5."


def test_sentences_can_be_translated(workforce):
    quoted = summarise(workforce, translate=lambda sentence: f"<{sentence}>")
    assert quoted.grade == "<Adjusted>"
    assert quoted.answer.startswith("<<Among <<people> with the same <<tenure> and grade>>, about 3 fewer of 100 left")


@pytest.mark.parametrize(
    ("covariates", "compared"),
    [
        ("", "customers who had been customers equally long"),
        ("site:category", "customers with the same site who had been customers equally long"),
        ("segment:category", "customers in the same segment who had been customers equally long"),
        (
            "segment:category,site:category,age",
            "customers in the same segment and with the same site and age who had been customers equally long",
        ),
    ],
)
def test_customers_have_their_own_words(covariates, compared):
    rows = [row | {"segment": f"s{i % 2}"} for i, row in enumerate(simulate(400, seed=22))]
    summary = summarise(ask(from_rows(rows), covariates, outcome="customer_exit"))
    assert f"mong {compared}, " in summary.answer
    assert f"The rates of leaving are compared among {compared} (Cox" in " ".join(summary.how_we_know)


def test_without_a_share_after_a_year_the_last_that_is_known_is_said():
    points = [SimpleNamespace(month=month, retained=0.9, ci_low=0.8, ci_high=0.95) for month in (3, 8, 10)]
    result = SimpleNamespace(question=SimpleNamespace(outcome="employee_exit"), curve=lambda _name: points)
    assert "10 months" in _SummaryWriter(result, str)._retention()


def result_with(*estimates, direction):
    """A result whose figures are given: ratio, its interval by method, and the difference of 100 people."""
    base = ask(from_rows(simulate(400, seed=22)))
    changed = replace(base, estimates=estimates)
    assert changed.direction == direction
    return changed


def figure(method, value, low, high, name="log_hazard_ratio"):
    return Estimate(name, value, 0.1, low, high, 0.5, method=method, primary=method == "cox_time_varying")


def of_100(value, low, high):
    return figure("cox_time_varying_standardised", value, low, high, name="risk_difference_12m")


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        ((-0.06, -0.11, -0.004), "about 6 fewer of 100 left within a year of completing"),
        ((-0.06, -0.11, -0.004), "it could be none or 11."),
        ((-0.006, -0.011, -0.001), "about 0.6 fewer of 100 left"),
        ((-0.0097, -0.02, -0.001), "about 1 fewer of 100 left"),
        ((-0.002, -0.004, -0.001), "it could be none or 0.4."),
    ],
)
def test_the_answer_is_first_said_of_100_people(difference, said):
    estimates = [figure("cox_time_varying", -0.3, -0.5, -0.1), figure("poisson_cells", -0.3, -0.5, -0.1), of_100(*difference)]
    answer = summarise(result_with(*estimates, direction="lower")).answer
    assert said in answer
    assert answer.index("of 100 left") < answer.index("0.74 times the rate of leaving")


def test_the_widest_interval_is_the_one_that_is_said():
    by_team = figure("cox_time_varying_clustered", -0.3, -0.65, 0.05)
    estimates = [figure("cox_time_varying", -0.3, -0.5, -0.1), by_team, figure("poisson_cells", -0.3, -0.5, -0.1)]
    summary = summarise(result_with(*estimates, of_100(-0.06, -0.12, 0.004), direction="open"))
    assert summary.answer.startswith("We could not tell")
    assert "from 12 fewer to none of 100 leaving" in summary.answer
    assert "0.74 times the rate of leaving fits best (95% confidence interval 0.52 to 1.05)" in summary.answer


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-0.004, 0.011, "from none to 1 more of"),
        (-0.15, 0.004, "from 15 fewer to none of"),
        (-0.003, 0.002, "from 0.3 fewer to 0.2 more of"),
    ],
)
def test_none_is_neither_fewer_nor_more(low, high, said):
    estimates = [figure("cox_time_varying", -0.1, -0.3, 0.1), figure("poisson_cells", -0.1, -0.3, 0.1)]
    assert f"anything {said} 100" in summarise(result_with(*estimates, of_100(-0.001, low, high), direction="open")).answer


@pytest.mark.parametrize(
    ("low", "high", "printed"),
    [
        (-0.3, -0.002, "0.74 to 0.998"),
        (-0.3, -0.00004, "0.74 to 0.99996"),
        (0.004, 0.3, "1.004 to 1.35"),
        (-0.3, -0.1, "0.74 to 0.90"),
    ],
)
def test_an_interval_that_excludes_one_does_not_read_as_if_it_held_it(low, high, printed):
    middle = (low + high) / 2
    estimates = [figure("cox_time_varying", middle, low, high), figure("poisson_cells", middle, low, high)]
    answer = summarise(result_with(*estimates, direction="lower" if high < 0 else "higher")).answer
    assert f"interval {printed})" in answer


def test_where_the_calendar_does_not_agree_both_figures_are_said():
    estimates = [figure("cox_time_varying", -0.3, -0.5, -0.1), figure("poisson_cells", 0.06, -0.2, 0.3)]
    answer = summarise(result_with(*estimates, direction="open")).answer
    assert answer.startswith("We could not tell whether those who had completed left less or more often.")
    assert "about 0.74 times that of the others (95% confidence interval 0.61 to 0.90), but 1.06 times (0.82 to 1.35)" in answer


def test_where_the_calendar_could_not_be_looked_at_nothing_is_claimed():
    answer = summarise(result_with(figure("cox_time_varying", -0.3, -0.5, -0.1), direction="open")).answer
    assert "but what changed for everyone over the calendar could not be allowed for. This answer" in answer


def test_without_covariates_it_is_called_unadjusted():
    summary = summarise(ask(from_rows(simulate(400, seed=22))))
    assert summary.grade == "Unadjusted"
    assert "like with like" not in summary.grade_meaning


def test_one_of_each_is_said_in_the_singular():
    base = ask(from_rows(simulate(400, seed=22)))
    one = replace(base, counts=replace(base.counts, units=1, events=1, unit_months=1, events_exposed=0))
    assert summarise(one).how_we_know[0] == "We followed 1 person for 1 month in all; 1 left, 0 of them after completing."
    result = ask(from_rows(simulate(60, seed=20)))
    missing_one = replace(result, counts=replace(result.counts, events=49))
    assert summarise(missing_one).what_would_change_our_mind[0].startswith("1 more exit, from more months")


def test_columns_are_named_as_people_write_them():
    rows = [row | {"pay_band": f"s{i % 2}"} for i, row in enumerate(simulate(400, seed=22))]
    assert "mong people with the same tenure and pay band" in summarise(ask(from_rows(rows), "pay_band:category")).answer


def test_the_data_s_own_dates_come_with_the_words():
    summary = summarise(ask(published("sim_workforce")))
    assert (summary.data_from, summary.data_until) == ("2022-01-01", "2024-12-31")
    nobody = summarise(ask(from_rows([])))
    assert (nobody.data_from, nobody.data_until) == (None, None)


def test_whoever_was_there_before_is_spoken_of_only_where_somebody_was():
    sentence = "Anyone who was there before observation began counts from the first day observed"
    late = from_rows(simulate(300, seed=4))
    hired_since = late.observed_from <= late.origin
    early = replace(late, **{name: getattr(late, name)[hired_since] for name in COLUMNS}, covariates={})
    for clock in ("day", "month"):
        assert sentence in everything(ask(late, clock=clock))
        assert sentence not in everything(ask(early, clock=clock))
