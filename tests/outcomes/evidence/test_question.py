from datetime import date

import pytest

from outcomes.evidence.question import Covariate, Question, QuestionError, parse_covariates


def test_covariates_are_numbers_unless_marked_as_categories():
    assert parse_covariates("age, grade:category") == (Covariate("age"), Covariate("grade", categorical=True))


def test_columns_are_asked_for_as_they_are_written_in_the_file():
    assert parse_covariates("Age,Pay Grade:Category") == (Covariate("age"), Covariate("pay grade", categorical=True))


@pytest.mark.parametrize("text", ["", "  "])
def test_no_text_is_no_covariates(text):
    assert parse_covariates(text) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("age,,grade", "has no name"),
        (":category", "has no name"),
        ("grade:factor", "'grade' is followed by ':factor'. Only ':category' is supported"),
    ],
)
def test_a_covariate_that_cannot_be_read_is_named(text, message):
    with pytest.raises(QuestionError, match=message):
        parse_covariates(text)


def test_a_covariate_prints_as_it_was_written():
    assert [str(covariate) for covariate in parse_covariates("age,grade:category")] == ["age", "grade:category"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"outcome": "happiness"}, "The outcome 'happiness' is not recognised. Choose one of: employee_exit"),
        ({"exposure": "horoscope"}, "The exposure 'horoscope' is not recognised"),
        ({"clock": "week"}, "The clock 'week' is not recognised. Choose one of: day, month"),
        ({"event_kinds": ("any",)}, "The kind of exit 'any' is not recognised"),
        ({"horizon_months": 0}, "at least 1"),
        ({"covariates": parse_covariates("age,age:category")}, "'age' is named twice"),
    ],
)
def test_a_question_that_makes_no_sense_is_turned_down(wrong, message):
    with pytest.raises(QuestionError, match=message):
        Question("acme", **wrong)


def test_estimand_is_that_of_the_formats_page():
    question = Question("acme", courses=("…",), teams=("Ward 3",), event_kinds=("voluntary",), as_of=date(2026, 6, 30))
    assert question.estimand == (
        "hazard ratio of those who have completed against those who have not yet (…), among people of Ward 3, for voluntary "
        "exits, as of 30 June 2026"
    )
