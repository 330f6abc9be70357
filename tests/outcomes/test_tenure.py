"""Questions about lengths of time without dates: a curve, and a ratio that never says less or more."""

import csv
import io
import random
from datetime import date, timedelta
from math import exp

import pytest
from django.core.management import CommandError
from lifelines import KaplanMeierFitter

from outcomes.analysis.computing import compute_result
from outcomes.analysis.loading.people import load_people
from outcomes.evidence import engine
from outcomes.evidence.question import Question
from outcomes.evidence.spells import DAYS_PER_MONTH
from outcomes.forms import QuestionForm
from outcomes.models import AnalysisRequest
from outcomes.services import request_analysis, run_analysis
from tests.outcomes.test_windows import codes, primary
from tests.stakeholders.conftest import address, run_command

pytestmark = pytest.mark.django_db
DAY = date(2024, 6, 30)


def ask(organisation, **asked):
    return compute_result(
        organisation, AnalysisRequest(outcome="tenure_exit", as_of=DAY.isoformat(), **asked), with_charts=False
    )


@pytest.fixture
def durations(bring):
    """400 of them: (id, months, left, months between completing and the end or blank, grade)."""
    draw = random.Random(11)
    rows = []
    for i in range(400):
        months = draw.randint(0, 60)
        done = draw.choice(["", "", draw.randint(0, months)])
        rows.append((f"U{i}", months, draw.random() < 0.5, done, i % 4))

    def run(*, with_completions=True):
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["unit_id", "tenure", "attrition", "completed_months_before", "grade"])
        for unit, months, left, done, grade in rows:
            writer.writerow([unit, months, "Yes" if left else "No", done if with_completions else "", grade])
        bring("tenure", text.getvalue(), as_of=DAY.isoformat())
        return rows

    return run


def test_durations_alone_are_described_by_the_curve_of_kaplan_and_meier(organisation, durations):
    """The reference is lifelines on the months as they are."""
    rows = durations(with_completions=False)
    found = ask(organisation)
    assert found.report["how_we_know"][0].endswith("left.")
    answer = found.result
    assert (answer["grade"], answer["refusals"], answer["estimates"]) == ("descriptive", [], [])
    assert codes(answer, "warnings")[0] == "if_leavers_of_all_years"
    assert "if leavers of all years are in the file" in answer["warnings"][0]["message"]
    about = ", among everyone in the tenure figures, as of "
    assert answer["question"]["estimand"].startswith(f"share still there, by months of tenure{about}")
    exits = sum(row[2] for row in rows)
    total = f"{round(answer['counts']['unit_months']):,} months"
    expected = KaplanMeierFitter().fit([row[1] for row in rows], [row[2] for row in rows])
    curve = {p["month"]: p["retained"] for p in answer["curves"] if p["group"] == "everyone" and p["retained"] is not None}
    assert len(curve) > 10  # in steps of at least ten exits
    assert {point["group"] for point in answer["curves"]} == {"everyone"}
    assert found.report["how_we_know"] == (f"We followed 400 people or customers for {total} in all; {exits} left.",)
    for month in (3, 12, 36):
        assert curve[month] == pytest.approx(float(expected.predict(month)), abs=1e-5)
    assert found.report["answer"].startswith("Of all people or customers, ")
    assert (found.report["data_from"], found.report["grade"]) == (None, "Descriptive")
    assert any("completed_months_before" in text for text in found.report["what_would_change_our_mind"])
    assert not any("before observation began" in text for text in found.report["how_we_know"])


def test_figures_of_two_files_are_said_to_be_counted_together(organisation, durations, bring):
    durations()
    assert "several_files" not in codes(ask(organisation).result, "warnings")
    customers = "".join(f"C{i},{i % 50},{'Yes' if i % 3 else 'No'}\n" for i in range(200))
    bring("tenure", f"customerID,tenure,Churn\n{customers}", as_of=DAY.isoformat())
    said = [notice["message"] for notice in ask(organisation).result["warnings"] if notice["code"] == "several_files"]
    (message,) = said
    assert message.startswith("The tenure figures of 2 files are counted together.")


def test_with_completions_the_ratio_is_that_of_the_same_people_with_dates(organisation, bring):
    """Whole days of tenure, so that both are the same: the figure of the file of people is the reference."""
    draw = random.Random(5)
    people, tenure = ["person_id,hire_date,exit_date,completion_date"], ["unit_id,months,left,completed_months_before"]
    for i in range(300):
        days, left, done = draw.randint(1, 900), i % 2 == 0, i % 3 == 0
        hired, since = DAY - timedelta(days=days), draw.randint(0, days)
        end, completed = DAY.isoformat() if left else "", DAY - timedelta(days=since)
        people.append(f"P{i},{hired},{end},{completed if done else ''}")
        before = repr(since / DAYS_PER_MONTH) if done else ""
        tenure.append(f"P{i},{days / DAYS_PER_MONTH!r},{'yes' if left else 'no'},{before}")
    first = (DAY - timedelta(days=1000)).isoformat()
    bring("people", "\n".join(people) + "\n", leavers_from=first, leavers_until=DAY.isoformat())
    bring("tenure", "\n".join(tenure) + "\n", as_of=DAY.isoformat())
    loaded = load_people(organisation, (), ())
    expected = engine.estimate(Question(organisation.slug, as_of=DAY), loaded.units)
    answer = ask(organisation).result
    assert primary(answer) == round(expected.primary.value, 5)
    assert answer["counts"]["events"] == expected.counts.events


def test_a_ratio_never_says_less_or_more_and_says_why(organisation, bring):
    """Whoever completed stays four times as long: with dates the sentence would say so."""
    draw = random.Random(3)
    rows = ["unit_id,months,left,completed_months_before"]
    for i in range(600):
        done = i % 2
        months = round(draw.expovariate(1 / (40 if done else 10)), 2) + 0.5
        rows.append(f"{i},{min(months, 60)},{'yes' if months < 60 else 'no'},{min(months, 60) - 0.1 if done else ''}")
    bring("tenure", "\n".join(rows) + "\n", as_of=DAY.isoformat())
    found = ask(organisation)
    assert exp(primary(found.result)) < 0.5
    assert found.result["grade"] == "descriptive"
    assert found.report["grade"] == "Unadjusted"
    assert {"if_leavers_of_all_years", "durations_without_dates"} <= set(codes(found.result, "warnings"))
    assert "could not tell" in found.report["answer"]
    assert "over the calendar could not be allowed for" in found.report["answer"]
    methods = {estimate["method"] for estimate in found.result["estimates"]}
    assert not methods & {"poisson_cells", "poisson_cells_clustered", "cox_by_month", "cox_by_day"}
    assert found.result["question"]["population"].endswith("nothing is known of the calendar")


def test_the_grade_is_at_most_unadjusted_whatever_it_allows_for(organisation, durations):
    durations()
    found = ask(organisation, covariates="grade:category")
    assert (found.result["grade"], found.report["grade"]) == ("descriptive", "Unadjusted")
    assert found.report["grade_meaning"].startswith("Describes a difference among lengths of time")


def test_nobody_is_refused_for_want_of_a_window_or_a_course(organisation, durations, bring):
    bring("completions", "person_id,course,completed_on\nX,Listening,2024-01-01\nX,Asking,2024-01-01\n")
    durations()
    assert ask(organisation).result["refusals"] == []


def test_the_latest_figures_up_to_the_day_of_the_question_count(organisation, durations, bring):
    durations()
    bring("tenure", "unit_id,months,left\nZ,3,no\n", as_of="2024-05-31")
    assert ask(organisation).result["counts"]["units"] > 300
    early = compute_result(organisation, AnalysisRequest(outcome="tenure_exit", as_of="2024-06-01"), with_charts=False)
    assert codes(early.result) == ["too_few_people"]  # one unit
    assert (early.result["counts"]["units"], early.result["curves"]) == (0, [])
    before = compute_result(organisation, AnalysisRequest(outcome="tenure_exit", as_of="2024-01-01"), with_charts=False)
    assert codes(before.result) == ["no_tenure_figures"]


def test_the_command_answers_and_refuses_what_durations_cannot_say(organisation, durations):
    durations()
    asked = ("evidence", organisation.slug, "--outcome", "tenure_exit", "--exposure", "completion")
    assert "Unadjusted" in run_command(*asked)
    with pytest.raises(CommandError, match="no calendar"):
        run_command(*asked, "--clock", "month")
    with pytest.raises(CommandError, match="which course"):
        run_command(*asked, "--course", "listening")
    with pytest.raises(CommandError, match="no column 'colour'"):
        run_command(*asked, "--covariates", "colour")


def test_the_question_is_offered_only_where_there_are_durations(organisation, durations, partner):
    assert "tenure_exit" not in dict(
        QuestionForm(organisation=organisation, initial={"specification": None}).fields["outcome"].choices
    )
    durations()
    assert "tenure_exit" in dict(
        QuestionForm(organisation=organisation, initial={"specification": None}).fields["outcome"].choices
    )
    page = partner.get(address("outcomes", organisation)).content.decode()
    assert "400 lengths of tenure without dates." in page


def test_the_form_leaves_out_what_durations_do_not_know(organisation, durations, bring):
    bring("completions", "person_id,course,completed_on\nX,Listening,2024-01-01\nX,Asking,2024-01-01\n")
    durations()
    form = QuestionForm(
        {"outcome": "tenure_exit", "clock": "month", "covariates": ""},
        organisation=organisation,
        initial={"specification": None},
    )
    assert form.is_valid(), form.errors
    assert (form.analysis.clock, form.analysis.courses, form.analysis.events) == ("day", (), ())


def test_the_report_of_durations_names_itself_and_shows_no_dates(organisation, durations, partner, user):
    durations()
    run = request_analysis(organisation=organisation, request=AnalysisRequest("tenure_exit", as_of=DAY.isoformat()), actor=user)
    run_analysis(run=run)
    page = partner.get(run.get_absolute_url()).content.decode()
    assert "How long do they stay?" in page
    assert "Right only if leavers of all years are in the file." in page
    assert "Data from" not in page
    assert "Time scale" not in page, "there is only one"
    overview = partner.get(address("outcomes", organisation)).content.decode()
    assert "View the report on tenure" in overview
