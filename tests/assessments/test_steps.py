"""Answers that agree in part, calibrated: from stored attempts to steps, to parameters, to the curve an author sees."""

import json

import numpy as np
import pytest

from assessments.analysis.figures import content_of, figures_of_form, read_figures
from assessments.scales import scale_answers
from assessments.scoring.form_curves import Curve, estimate_curves
from assessments.scoring.irt import MISSING, ItemParameters, item_curves
from assessments.scoring.item_analysis import Share
from assessments.scoring.steps import categories_of
from tests.assessments.factories import SKILLS, course_with_forms, item
from tests.assessments.sittings import forms, people, sit_many
from tests.assessments.test_calibrate import calibrate
from tests.assessments.test_typed_formats import POINTS, WORDINGS


def column(*counts):
    """One item on whose steps so many answers are, and one person who was not asked."""
    return np.array([[step] for step, count in enumerate(counts) for _person in range(count)] + [[MISSING]], dtype=np.int8)


@pytest.mark.parametrize(
    ("counts", "groups"),
    [
        ((30, 20, 10, 40), ((0,), (1,), (2,), (3,))),
        ((30, 9, 12, 40), ((0,), (1, 2), (3,))),
        ((12, 9, 30, 40), ((0, 1), (2,), (3,))),
        ((3, 3, 30, 40), ((0, 1, 2), (3,))),
        ((0, 0, 30, 40), ((0, 1, 2), (3,))),
        ((5, 0, 0, 4), ((0, 1, 2), (3,))),
        ((30, 20, 10, 2), ((0,), (1,), (2,), (3,))),
        ((30, 20, 10, 0), ((0,), (1,), (2,))),
        ((0, 0, 0, 5), ((3,),)),
        ((40, 60), ((0,), (1,))),
    ],
)
def test_steps_that_few_reached_stand_with_a_neighbour_and_agreement_stands_alone(counts, groups):
    found = categories_of(column(*counts), [len(counts) - 1])
    assert found.groups == (groups,)
    codes = found.codes[:-1, 0].tolist()
    assert found.codes[-1, 0] == MISSING
    assert codes == sorted(codes)
    assert sorted(set(codes)) == list(range(len(groups)))
    by_group = [sum(counts[step] for step in group) for group in groups]
    assert [codes.count(category) for category in range(len(groups))] == by_group


def simulated(people, items, seed=3):
    """Answers of normal people to questions with these parameters of the generalised partial credit model."""
    draw = np.random.default_rng(seed)
    levels = draw.standard_normal(people)
    answers = []
    for one in items:
        cumulated = item_curves("gpcm", one, levels).probabilities.cumsum(axis=0)
        answers.append((draw.random(people) > cumulated).sum(axis=0))
    return np.column_stack(answers).astype(np.int8)


ITEMS = [
    ItemParameters(1.2, (-1.0, 0.0, 1.0)),
    ItemParameters(0.8, (-0.5, 0.8)),
    ItemParameters(1.5, (0.2,)),
    ItemParameters(1.0, (-0.3,)),
    ItemParameters(0.7, (-1.5, -0.5, 0.5, 1.5)),
]
HIGHEST = [len(one.b) for one in ITEMS]


def test_curves_find_the_steps_that_were_simulated():
    answers = simulated(4000, ITEMS)
    curves = estimate_curves(answers, HIGHEST)
    assert (curves.reason, curves.persons) == ("", 4000)
    for curve, wanted, place in zip(curves.items, ITEMS, range(5), strict=True):
        assert isinstance(curve, Curve)
        assert curve.a == pytest.approx(wanted.a, abs=0.15)
        assert (len(curve.steps) or 1) == len(wanted.b)
        for level in (-1.0, 0.0, 1.5):
            expected = item_curves("gpcm", wanted, np.array([level]))
            assert curve.share(level) == pytest.approx(float(expected.probabilities[-1, 0]), abs=0.05)
            assert curve.information(level) == pytest.approx(float(expected.information[0]), rel=0.2)
        assert curve.share(curve.b) == pytest.approx(0.5, abs=1e-6)
        assert sum(group.agreed.count for group in curve.groups) == (answers[:, place] == HIGHEST[place]).sum()
    assert curves.items[0].b_error is None
    assert curves.items[2].b_error > 0


def test_a_question_in_steps_says_more_than_the_same_question_right_or_wrong():
    answers = simulated(4000, ITEMS)
    whole = estimate_curves((answers == np.array(HIGHEST)).astype(np.int8), [1] * 5)
    parts = estimate_curves(answers, HIGHEST)
    assert parts.items[4].information(-1.0) > 1.5 * whole.items[4].information(-1.0)


# From stored attempts -------------------------------------------------------------------------------------------------


@pytest.fixture
def course(db):
    course = course_with_forms(5)
    item(course, "a1", kind="scale", options=POINTS, correct=["p3"])
    item(course, "a2", kind="lines", correct=["a", "b"])
    return course


POINT_OF = ["p0", "p1", "p2", "p3"]


def sit(course, count):
    """The better somebody is, the nearer to the key their point of the scale and the likelier each agreement."""
    draw = np.random.default_rng(5)
    levels = draw.standard_normal(count)
    noise = draw.standard_normal((count, 5))

    def chosen(person, question):
        drawn = levels[person] + noise[person, question]
        if question == 0:
            return POINT_OF[int(np.searchsorted([-1.0, 0.0, 1.0], drawn))]
        if question == 1:
            return "a" if drawn > 0 else "c"
        return "b" if drawn > 0 else "a"

    sit_many(forms(course)[0], people(count, course), chosen)
    return levels


def test_stored_answers_are_read_in_steps_where_their_format_has_some(course):
    sit(course, 200)
    table, whole = scale_answers(SKILLS[0], in_steps=True), scale_answers(SKILLS[0])
    scale, lines = table.items.index("a1"), table.items.index("a2")
    assert set(table.codes[:, scale].tolist()) == {0, 1, 2, 3}
    assert set(whole.codes[:, scale].tolist()) == {0, 1}
    assert ((table.codes[:, scale] == 3) == (whole.codes[:, scale] == 1)).all()
    assert set(table.codes[:, lines].tolist()) == {0, 1}  # half of the lines, or none: nobody marked both
    assert set(whole.codes[:, lines].tolist()) == {0}
    assert (table.codes[:, table.items.index("a3")] == whole.codes[:, whole.items.index("a3")]).all()
    assert table.notes == ()


def test_a_note_says_which_steps_stand_together(course):
    sit(course, 30)
    table = scale_answers(SKILLS[0], in_steps=True)
    [note] = [note for note in table.notes if note.startswith("Steps of a1")]
    assert note == "Steps of a1, taken together where fewer than ten answers are on one: 0–2, 3."


@pytest.mark.parametrize("model", ["gpcm", "grm"])
def test_the_command_calibrates_parts(course, model):
    sit(course, 400)
    sit_many(forms(course)[1], people(60, course), lambda person, question: "b" if (person >> question) % 2 else "a")
    status, out, _err = calibrate(SKILLS[0], "--model", model, "--json")
    assert status == 0
    steps = {one["item"]: one["b"] for one in json.loads(out)["items"]}
    assert len(steps["a1"]) == 3
    assert steps["a1"] == sorted(steps["a1"])
    assert steps["a1"][0] == pytest.approx(-1.0, abs=0.6)
    assert [len(steps[key]) for key in ("a2", "a3")] == [1, 1]


def test_figures_of_a_form_use_the_parts_and_can_be_kept(course):
    sit(course, 300)
    figures = figures_of_form(forms(course)[0])
    curve = figures.curves.items[0]
    assert len(curve.steps) == 3
    assert curve.share(2.0) > curve.share(-2.0)
    assert read_figures(json.loads(json.dumps(content_of(figures)))) == figures
    assert figures.questions[0].analysis.agreed.total == 300


def test_points_of_a_scale_and_known_wordings_have_their_shares_and_no_advice(course):
    item(course, "a3", kind="text", options=WORDINGS, correct=["w1", "w2"])
    said = ["text:by friday", "text:Friday, noon.", "text:soon", "text:whenever", None]
    points = ["p0", "p3", "p3", "p1", None]
    sit_many(forms(course)[0], people(60, course), lambda person, place: {0: points, 2: said}.get(place, ["b"] * 5)[person % 5])
    scale, _lines, text = figures_of_form(forms(course)[0]).questions[:3]
    assert [(row.option, row.chosen.count, row.chosen.total) for row in scale.analysis.options] == [
        ("p0", 12, 48),
        ("p1", 12, 48),
        ("p2", 0, 48),
        ("p3", 24, 48),
    ]
    assert [(row.option, row.chosen.count) for row in text.analysis.options] == [("w1", 12), ("w2", 12), ("w3", 12)]
    assert (text.analysis.left_open, text.analysis.agreed) == (Share(12, 60), Share(24, 60))
    assert not [advice.code for advice in (*scale.advice, *text.advice) if "chosen" in advice.code or "half" in advice.code]
