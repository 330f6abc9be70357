"""Calibration and scores beside published parameters, beside mirt, and beside the truth that answers were drawn from."""

import mirt
import numpy as np
import pytest

from assessments.scoring import irt
from assessments.scoring.irt import calibration, estimation, information
from tests.assessments.irt_cases import MODEL_NAMES, REFERENCE, answers_to, items_of, published

TOLERANCE = REFERENCE["tolerance"]
# Rasch has no slopes, and none of our models does without.
CASES = [key for key in REFERENCE["models"] if not key.endswith("|Rasch")]
# The reference is wrong here: see tests/data/psychometrics/README.md. These are from differences of the log-likelihood.
FIRST_STEP_ERRORS = [0.651, 0.304, 0.219, 0.491]
OTHERS = [("2pl", "2PL", 2), ("grm", "GRM", 4), ("gpcm", "GPCM", 4)]


def steps(entry):
    return [value for name, value in entry.items() if name != "a"]


def calibrated(key):
    data, model = key.split("|")
    return irt.calibrate(irt.collapse(published(data)), MODEL_NAMES[model]), REFERENCE["models"][key]


def drawn(model, categories, *, people=500, items=12, seed=5, missing=0.2, mean=0.0, sd=1.0):
    rng = np.random.default_rng(seed)
    truth = items_of(model, items, categories, rng)
    levels = rng.normal(mean, sd, people)
    return truth, levels, answers_to(model, truth, levels, rng, missing)


@pytest.fixture(scope="module", params=OTHERS, ids=[model for model, _theirs, _categories in OTHERS])
def beside_mirt(request):
    """Model, codes, what mirt makes of them, and our calibration."""
    model, name, categories = request.param
    _truth, _levels, codes = drawn(model, categories)
    theirs = mirt.fit_mirt(codes.astype(int), model=name, tol=1e-8, n_quadpts=61, max_iter=3000)
    return model, codes, theirs, irt.calibrate(irt.collapse(codes), model)


@pytest.mark.parametrize("key", CASES)
def test_calibration_gives_the_published_parameters(key):
    found, reference = calibrated(key)
    assert found.log_likelihood == pytest.approx(reference["loglik"], abs=TOLERANCE["loglik"])
    for item, expected in zip(found.items, reference["items"].values(), strict=True):
        assert item.a == pytest.approx(expected["a"], abs=TOLERANCE["a"])
        assert item.b == pytest.approx(steps(expected), abs=TOLERANCE["b"])


@pytest.mark.parametrize("key", CASES)
def test_calibration_gives_the_published_standard_errors(key):
    found, reference = calibrated(key)
    for position, (errors, expected) in enumerate(zip(found.errors, reference["se"].values(), strict=True)):
        of_steps = steps(expected)
        if key == "science4|gpcm":
            of_steps[0] = FIRST_STEP_ERRORS[position]
        assert errors.a == pytest.approx(expected["a"], abs=TOLERANCE["se"])
        assert errors.b == pytest.approx(of_steps, abs=TOLERANCE["se"])


def differences(function, at, width=1e-3):
    """Second derivatives by differences."""
    moves = np.eye(len(at)) * width
    return np.array(
        [
            [
                (function(at + i + j) - function(at + i - j) - function(at - i + j) + function(at - i - j)) / (4 * width**2)
                for j in moves
            ]
            for i in moves
        ]
    )


@pytest.mark.parametrize(
    ("model", "with_prior", "anchored"), [("gpcm", False, ()), ("grm", True, (1,)), ("grm", False, (0, 2))]
)
def test_information_is_minus_the_second_derivative_of_the_log_likelihood(model, with_prior, anchored):
    responses = irt.collapse(published("science4"))
    prior = irt.LognormalPrior() if with_prior else None
    anchors = {item: irt.calibrate(responses, model).items[item] for item in anchored}
    problem = calibration._problem(responses, model, prior, anchors, 6.0)
    state = estimation.fit(problem, calibration._start(problem, anchors)).state
    vector = estimation._pack(problem, state)

    def value(at):
        there = estimation._unpack(problem, at, state)
        if anchored:
            there = estimation.State(there.parameters, float(at[-2]), float(at[-1]))
        return problem.expect(there).log_likelihood + problem.log_prior(there)

    if anchored:
        vector[-1] = state.sd
    found, _places = information.observed_information(problem, state)
    assert found == pytest.approx(-differences(value, vector), abs=2e-3, rel=2e-4)


def test_first_steps_have_the_errors_of_the_numerical_information():
    """The inverse of differences of the log-likelihood in slopes and steps: no formula of ours but the likelihood."""
    responses = irt.collapse(published("science4"))
    problem = calibration._problem(responses, "gpcm", None, {}, 6.0)
    state = estimation.fit(problem, calibration._start(problem, {}), tolerance=1e-8).state

    def value(at):
        given = at.reshape(-1, 4).copy()
        given[:, 1:] *= -given[:, :1]
        return problem.expect(estimation.State([given])).log_likelihood

    told = state.parameters[0].copy()
    told[:, 1:] /= -told[:, :1]
    errors = np.sqrt(np.diagonal(np.linalg.inv(-differences(value, told.ravel())))).reshape(-1, 4)
    assert errors[:, 1] == pytest.approx(FIRST_STEP_ERRORS, abs=1e-3)


def test_calibration_agrees_with_mirt(beside_mirt):
    _model, _codes, theirs, ours = beside_mirt
    slopes, rest = theirs.model.parameters.values()
    assert ours.log_likelihood == pytest.approx(theirs.log_likelihood, abs=1e-3)
    assert [item.a for item in ours.items] == pytest.approx(slopes, abs=2e-3)
    assert np.array([item.b for item in ours.items]) == pytest.approx(rest.reshape(len(slopes), -1), abs=2e-3)


def test_standard_errors_agree_with_mirt(beside_mirt):
    _model, _codes, theirs, ours = beside_mirt
    slopes, rest = theirs.standard_errors.values()
    assert [errors.a for errors in ours.errors] == pytest.approx(slopes, abs=1e-3)
    assert np.array([errors.b for errors in ours.errors]) == pytest.approx(rest.reshape(len(slopes), -1), abs=1e-3)


@pytest.mark.parametrize("method", ["EAP", "WLE"])
def test_scores_agree_with_mirt(beside_mirt, method):
    model, codes, theirs, ours = beside_mirt
    expected = mirt.fscores(theirs, codes.astype(int), method=method, n_quadpts=61)
    found = (irt.eap if method == "EAP" else irt.wle)(model, ours.items, codes)
    assert found.level == pytest.approx(np.ravel(expected.theta), abs=5e-4)
    assert found.error == pytest.approx(np.ravel(expected.standard_error), abs=5e-4)


def test_information_of_the_test_agrees_with_mirt(beside_mirt):
    model, _codes, theirs, ours = beside_mirt
    levels = np.linspace(-3, 3, 13)
    expected = np.ravel(mirt.testinfo(theirs.model, levels.reshape(-1, 1)))
    assert irt.total_information(model, ours.items, levels) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize(("model", "categories"), [("2pl", 2), ("grm", 4), ("gpcm", 3)])
def test_calibration_finds_what_the_answers_were_drawn_from(model, categories):
    truth, _levels, codes = drawn(model, categories, people=4000, items=15)
    found = irt.calibrate(irt.collapse(codes), model)
    z = [(item.a - known.a) / error.a for item, known, error in zip(found.items, truth, found.errors, strict=True)]
    z += [
        (b - known_b) / error_b
        for item, known, error in zip(found.items, truth, found.errors, strict=True)
        for b, known_b, error_b in zip(item.b, known.b, error.b, strict=True)
    ]
    # The mean square of standardised errors is 1 where standard errors are right.
    assert 0.6 < np.mean(np.square(z)) < 1.5
    assert max(np.abs(z)) < 4


def test_items_with_different_numbers_of_categories_are_calibrated_together():
    rng = np.random.default_rng(11)
    truth = [*items_of("grm", 6, 2, rng), *items_of("grm", 6, 5, rng), *items_of("grm", 3, 3, rng)]
    order = rng.permutation(len(truth))
    codes = answers_to("grm", [truth[place] for place in order], rng.normal(size=3000), rng, missing=0.3)
    found = irt.calibrate(irt.collapse(codes), "grm")
    assert [len(item.b) for item in found.items] == [len(truth[place].b) for place in order]
    slopes = [(item.a - truth[place].a) / error.a for item, error, place in zip(found.items, found.errors, order, strict=True)]
    assert max(np.abs(slopes)) < 4


def test_collapsed_patterns_stand_for_all_who_gave_them():
    codes = published("lsat7_missing25")
    responses = irt.collapse(codes)
    assert responses.persons == 998
    assert len(responses.counts) == len(np.unique(codes[(codes >= 0).any(axis=1)], axis=0))
    answered = responses.pattern_of >= 0
    assert np.array_equal(responses.patterns[responses.pattern_of[answered]], codes[answered])
    assert (codes[~answered] == irt.MISSING).all()


def test_order_of_persons_and_of_items_changes_nothing():
    codes = published("lsat7")
    first = irt.calibrate(irt.collapse(codes), "2pl")
    turned = irt.calibrate(irt.collapse(codes[::-1, ::-1]), "2pl")
    assert [item.a for item in turned.items[::-1]] == pytest.approx([item.a for item in first.items], abs=1e-4)


def test_many_patterns_are_the_same_in_parts():
    """More patterns than one chunk holds, each person's twice: parameters stay, information doubles."""
    _truth, _levels, codes = drawn("2pl", 2, people=3000, items=20, missing=0.3)
    once, twice = (irt.calibrate(irt.collapse(np.tile(codes, (n, 1))), "2pl") for n in (1, 2))
    assert [item.a for item in twice.items] == pytest.approx([item.a for item in once.items], abs=1e-5)
    assert [error.a * 2**0.5 for error in twice.errors] == pytest.approx([error.a for error in once.errors], rel=1e-4)
    assert twice.log_likelihood == pytest.approx(2 * once.log_likelihood)


def test_prior_draws_slopes_towards_1_and_makes_errors_smaller():
    _truth, _levels, codes = drawn("2pl", 2, people=200, items=8)
    free = irt.calibrate(irt.collapse(codes), "2pl")
    held = irt.calibrate(irt.collapse(codes), "2pl", prior=irt.LognormalPrior())
    tight = irt.calibrate(irt.collapse(codes), "2pl", prior=irt.LognormalPrior(sd=0.01))
    spread = [np.std(np.log([abs(item.a) for item in found.items])) for found in (free, held, tight)]
    assert spread[0] > spread[1] > spread[2]
    assert [item.a for item in tight.items] == pytest.approx([1] * 8, abs=0.01)
    assert sum(error.a for error in held.errors) < sum(error.a for error in free.errors)


def test_anchored_calibration_finds_the_group_on_the_anchors_scale():
    truth, _levels, codes = drawn("grm", 4, people=4000, items=12, mean=0.8, sd=1.3)
    found = irt.calibrate(irt.collapse(codes), "grm", anchors=dict(enumerate(truth[:6])))
    assert abs(found.mean - 0.8) < 3 * found.group_errors[0] < 0.15
    assert abs(found.sd - 1.3) < 3 * found.group_errors[1] < 0.15
    assert found.items[:6] == tuple(truth[:6])
    assert found.errors[0] == irt.ItemParameters(0.0, (0.0, 0.0, 0.0))
    for item, known, error in zip(found.items[6:], truth[6:], found.errors[6:], strict=True):
        assert abs(item.a - known.a) < 4 * error.a
        assert np.abs(np.subtract(item.b, known.b) / error.b).max() < 4


def test_anchored_calibration_with_every_item_fixed_estimates_the_group_alone():
    truth, levels, codes = drawn("2pl", 2, people=3000, items=30, mean=-1.0, sd=0.7)
    found = irt.calibrate(irt.collapse(codes), "2pl", anchors=dict(enumerate(truth)))
    assert (found.mean, found.sd) == (pytest.approx(levels.mean(), abs=0.06), pytest.approx(levels.std(), abs=0.06))


def test_a_group_far_out_gets_a_grid_that_reaches_it():
    truth, levels, codes = drawn("2pl", 2, people=3000, items=40, mean=0.0, sd=1.0, missing=0)
    moved = {place: irt.ItemParameters(item.a, (item.b[0] + 5,)) for place, item in enumerate(truth)}
    found = irt.calibrate(irt.collapse(codes), "2pl", anchors=moved)
    assert found.mean == pytest.approx(levels.mean() + 5, abs=0.05)


def test_eap_of_nobody_is_the_prior_and_wle_says_nothing():
    items = items_of("2pl", 4, 2, np.random.default_rng(1))
    nothing = np.full((1, 4), -1, dtype=np.int8)
    found = irt.eap("2pl", items, nothing, mean=0.5, sd=0.8)
    assert (found.level[0], found.error[0]) == (pytest.approx(0.5), pytest.approx(0.8, abs=1e-3))
    assert np.isnan(irt.wle("2pl", items, nothing).level[0])


@pytest.mark.parametrize(("model", "categories"), [("2pl", 2), ("grm", 5), ("gpcm", 5)])
def test_wle_is_finite_for_the_extremes_and_rises_with_answers(model, categories):
    items = items_of(model, 6, categories, np.random.default_rng(2))
    codes = np.array([[0] * 6, [1] * 6, [categories - 1] * 6], dtype=np.int8)
    low, middle, high = irt.wle(model, items, codes).level
    assert -8 < low < middle <= high < 8
    assert low < high


def test_wle_has_less_bias_than_the_posterior_mean():
    rng = np.random.default_rng(3)
    items = items_of("2pl", 25, 2, rng)
    codes = answers_to("2pl", items, np.full(4000, 1.5), rng)
    by_likelihood, by_posterior = irt.wle("2pl", items, codes).level.mean(), irt.eap("2pl", items, codes).level.mean()
    assert abs(by_likelihood - 1.5) < 0.03 < abs(by_posterior - 1.5)


def test_standard_error_of_wle_is_the_spread_of_its_estimates():
    rng = np.random.default_rng(4)
    items = items_of("gpcm", 20, 4, rng)
    found = irt.wle("gpcm", items, answers_to("gpcm", items, np.full(3000, 0.3), rng))
    assert found.level.std() == pytest.approx(found.error.mean(), rel=0.06)


def test_probabilities_sum_to_1_and_information_is_the_variance_of_the_score():
    levels = np.linspace(-4, 4, 17)
    for model in ("grm", "gpcm"):
        item = irt.ItemParameters(1.7, (-1.0, 0.2, 0.9))
        found = irt.item_curves(model, item, levels)
        assert found.probabilities.sum(axis=0) == pytest.approx(np.ones(17))
        assert (np.diff(found.expected) > 0).all()
        width = 1e-5
        moved = [irt.item_curves(model, item, levels + sign * width).probabilities for sign in (1, -1)]
        slopes = (np.log(moved[0]) - np.log(moved[1])) / (2 * width)
        assert found.information == pytest.approx((found.probabilities * slopes**2).sum(axis=0), rel=1e-6)


def test_graded_probabilities_keep_their_digits_far_out():
    item = irt.ItemParameters(3.0, (-0.01, 0.0, 0.01))
    found = irt.item_curves("grm", item, np.array([-25.0, 25.0]))
    assert (found.probabilities > 0).all()
    assert np.isfinite(found.information).all()


REFUSED = {
    "one person": ([[0, 1, 1]], "2pl", "Fewer than two persons"),
    "one item": ([[0], [1]], "2pl", "Only one item"),
    "two items": ([[0, 1], [1, 0]], "2pl", "Only 2 items"),
    "constant": ([[0, 1, 1], [1, 0, 1], [1, 1, 1]], "2pl", "every answer is 1"),
    "never answered": ([[0, 1, -1], [1, 0, -1], [1, 1, -1]], "2pl", "nobody answered it"),
    "gap": ([[0, 1, 0], [1, 0, 2], [1, 1, 3]], "gpcm", "nobody answered 1,"),
    "too many": ([[0, 1, 0], [1, 0, 2], [1, 1, 1]], "2pl", "the 2PL takes 0 and 1"),
    "unknown": ([[0, 1, 0], [1, 0, 1], [1, 1, 1]], "3pl", "no model '3pl'"),
}


@pytest.mark.parametrize(("codes", "model", "reason"), REFUSED.values(), ids=REFUSED)
def test_calibration_says_what_stands_against_it(codes, model, reason):
    with pytest.raises(irt.CannotCalibrate, match=reason):
        irt.calibrate(irt.collapse(np.array(codes)), model)


def test_calibration_says_everything_at_once():
    codes = np.array([[0, 1, 2, 0], [1, 1, 0, 0]])
    with pytest.raises(irt.CannotCalibrate) as refused:
        irt.calibrate(irt.collapse(codes), "grm")
    assert [item for item, _reason in refused.value.reasons] == [1, 2, 3]


def test_anchors_have_to_fit_their_items():
    responses = irt.collapse(published("science4"))
    anchors = {0: irt.ItemParameters(1.0, (0.0,)), 1: irt.ItemParameters(1.0, (1.0, 0.0, 2.0))}
    with pytest.raises(irt.CannotCalibrate) as refused:
        irt.calibrate(responses, "grm", anchors=anchors)
    assert [reason for _item, reason in refused.value.reasons] == [
        "its fixed parameters are those of 2 categories, and it has 4.",
        "its fixed thresholds do not rise.",
    ]


def test_perfect_separation_is_noticed_and_a_prior_helps():
    guttman = np.tril(np.ones((7, 6), dtype=np.int8), -1)
    responses = irt.collapse(np.repeat(guttman, 20, axis=0))
    assert irt.calibrate(responses, "2pl").boundless
    held = irt.calibrate(responses, "2pl", prior=irt.LognormalPrior())
    assert held.converged
    assert not held.boundless


def test_a_key_that_is_wrong_gives_a_negative_slope():
    _truth, _levels, codes = drawn("2pl", 2, people=2000, items=10, missing=0)
    codes[:, 3] = 1 - codes[:, 3]
    assert [place for place, item in enumerate(irt.calibrate(irt.collapse(codes), "2pl").items) if item.a < 0] == [3]


@pytest.mark.parametrize("codes", [np.zeros(3, dtype=int), np.zeros((3, 0), dtype=int), np.array([[0, 25]])])
def test_collapse_refuses_what_are_no_answers(codes):
    with pytest.raises(ValueError):
        irt.collapse(codes)


def test_scores_refuse_answers_that_an_item_does_not_have():
    items = items_of("2pl", 2, 2, np.random.default_rng(1))
    with pytest.raises(ValueError):
        irt.eap("2pl", items, np.array([[0, 2]]))
    with pytest.raises(ValueError):
        irt.wle("2pl", items, np.array([[0, 1, 1]]))
