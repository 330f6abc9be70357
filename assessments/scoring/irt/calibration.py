"""Item parameters from answers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from assessments.scoring.irt.blocks import Layout
from assessments.scoring.irt.curves import MODELS, Model, are_valid
from assessments.scoring.irt.estimation import Fit, Problem, State, fit
from assessments.scoring.irt.information import observed_information
from assessments.scoring.irt.priors import LognormalPrior
from assessments.scoring.irt.responses import Floats, Integers, Responses

NODES, LIMIT = 61, 6.0
WIDEST_LIMIT = 15.0
MIN_ITEMS = 3
"""Two items have three free proportions and four parameters: nothing could tell the parameters apart."""

STEEPEST = 15.0
"""A slope beyond this is one that the likelihood would make steeper for ever; those of real items stay under 5."""


class CannotCalibrate(ValueError):
    """The answers do not determine what is asked. `reasons`: one sentence for each; `items` those concerned, −1 for all."""

    def __init__(self, reasons: list[tuple[int, str]]) -> None:
        super().__init__(" ".join(reason for _item, reason in reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class ItemParameters:
    """Slope `a` and `b`: thresholds (graded) or steps (partial credit), in the order of the categories."""

    a: float
    b: tuple[float, ...]

    @property
    def intercepts(self) -> tuple[float, ...]:
        return tuple(-self.a * b for b in self.b)


@dataclass(frozen=True)
class Calibration:
    """Parameters in the order of the items, with standard errors; NaN where the answers do not give one.

    `errors` has those of anchors too, as zeros. `mean` and `sd` are of the persons' levels, 0 and 1 where nothing was anchored;
    `group_errors` are theirs. `covariance` is that of `places` (parameters, 2): item and k of a_i (k = 0) and the intercepts
    −a b_k, followed by mean and sd where these were estimated. `converged` is false where no maximum was reached;
    `boundless` names the items whose slopes the answers push towards infinity.
    """

    model: Model
    persons: int
    log_likelihood: float
    items: tuple[ItemParameters, ...]
    errors: tuple[ItemParameters, ...]
    mean: float
    sd: float
    group_errors: tuple[float, float]
    covariance: Floats
    places: Integers
    iterations: int
    converged: bool
    boundless: tuple[int, ...]


def calibrate(
    responses: Responses,
    model: Model,
    *,
    prior: LognormalPrior | None = None,
    anchors: Mapping[int, ItemParameters] | None = None,
    tolerance: float = 1e-6,
    max_iterations: int = 500,
) -> Calibration:
    """Marginal maximum likelihood, or the mode of the posterior where slopes have a prior; persons' levels are normal.

    Without `anchors` (items by position, whose parameters stay as given) the levels have mean 0 and sd 1; with them both are
    estimated, on the anchors' scale. Missing answers are left out of the likelihood, which is right where it does not depend on
    what the answer would have been whether there is one (Mislevy and Wu 1996, Missing responses and IRT ability estimation, ETS
    RR-96-30). Standard errors: observed information (Louis 1982), those of b by the delta method. 61 nodes from −6 to 6, and
    further out where a group lies there.

    Raises CannotCalibrate, which lists everything that stands against it at once.
    """
    anchors = anchors or {}
    require_calibratable(responses, model, anchors)
    limit = LIMIT
    while True:
        problem = _problem(responses, model, prior, anchors, limit)
        fitted = fit(problem, _start(problem, anchors), tolerance=tolerance, max_iterations=max_iterations)
        needed = abs(fitted.state.mean) + 4.5 * fitted.state.sd
        if needed <= limit or limit >= WIDEST_LIMIT:
            return _calibration(problem, fitted, anchors)
        limit = min(WIDEST_LIMIT, np.ceil(needed))


def require_calibratable(responses: Responses, model: Model, anchors: Mapping[int, ItemParameters]) -> None:
    """Raise CannotCalibrate unless there are persons, items and at least one answer in every category."""
    reasons: list[tuple[int, str]] = []
    if model not in MODELS:
        reasons.append((-1, f"There is no model {model!r}; there are {', '.join(MODELS)}."))
    if responses.persons < 2:
        reasons.append((-1, "Fewer than two persons have answers; one person says nothing of how items differ."))
    if not anchors and responses.items < MIN_ITEMS:
        few = "Only one item is" if responses.items == 1 else f"Only {responses.items} items are"
        reasons.append((-1, f"{few} there; parameters can only be told apart from {MIN_ITEMS} items on."))
    for item in range(responses.items):
        anchor = anchors.get(item)
        reason = _against_anchor(responses, model, item, anchor) if anchor else _against_item(responses, model, item)
        if reason:
            reasons.append((item, reason))
    if reasons:
        raise CannotCalibrate(reasons)


def _against_item(responses: Responses, model: Model, item: int) -> str:
    counts = responses.category_counts(item)
    given = np.flatnonzero(counts)
    if not len(given):
        return "nobody answered it."
    if len(given) == 1:
        return f"every answer is {given[0]}; an item that all answer alike says nothing of them."
    if model == "2pl" and len(counts) > 2:
        return f"it has answers up to {given[-1]}; the 2PL takes 0 and 1. Use grm or gpcm."
    if (counts == 0).any():
        gaps = ", ".join(map(str, np.flatnonzero(counts == 0).tolist()))
        return f"nobody answered {gaps}, though the highest answer is {given[-1]}. Number the categories from 0 without gaps."
    return ""


def _against_anchor(responses: Responses, model: Model, item: int, anchor: ItemParameters) -> str:
    if len(anchor.b) + 1 != responses.categories[item]:
        return f"its fixed parameters are those of {len(anchor.b) + 1} categories, and it has {responses.categories[item]}."
    if not are_valid(model, np.array([anchor.intercepts])):
        return "its fixed thresholds do not rise."
    return ""


def _problem(
    responses: Responses, model: Model, prior: LognormalPrior | None, anchors: Mapping[int, ItemParameters], limit: float
) -> Problem:
    nodes = round((NODES - 1) * limit / LIMIT) + 1
    layout = Layout(responses, nodes)
    free = [np.array([item not in anchors for item in block.items.tolist()]) for block in layout.blocks]
    theta = np.linspace(-limit, limit, nodes)
    return Problem(model, responses, layout, theta, free, prior, estimates_group=bool(anchors))


def _start(problem: Problem, anchors: Mapping[int, ItemParameters]) -> State:
    """Slopes of 1, and intercepts that would give the shares of each category if everybody's level were 0."""
    parameters = []
    for block in problem.layout.blocks:
        given = np.ones(block.shape)
        for row, item in enumerate(block.items.tolist()):
            if item in anchors:
                given[row] = anchors[item].a, *anchors[item].intercepts
                continue
            counts = problem.responses.category_counts(item)
            if problem.model == "grm":
                above = np.cumsum(counts[::-1])[::-1][1:] / counts.sum()
                given[row, 1:] = np.log(above / (1 - above))
            else:
                given[row, 1:] = np.log(counts[1:] / counts[:-1])
        parameters.append(given)
    return State(parameters)


def _calibration(problem: Problem, fitted: Fit, anchors: Mapping[int, ItemParameters]) -> Calibration:
    state = fitted.state
    estimates: dict[int, Floats] = {}
    for block, given in zip(problem.layout.blocks, state.parameters, strict=True):
        estimates.update(zip(block.items.tolist(), given, strict=True))
    information, places = observed_information(problem, state)
    covariance = _inverse(information)
    items = range(problem.responses.items)
    errors = [_errors(estimates[item], covariance, np.flatnonzero(places[:, 0] == item)) for item in items]
    variances = np.diagonal(covariance)[len(places) :]
    mean_error, sd_error = np.sqrt(variances).tolist() if problem.estimates_group else (0.0, 0.0)
    return Calibration(
        model=problem.model,
        persons=problem.responses.persons,
        log_likelihood=fitted.log_likelihood,
        items=tuple(anchors.get(item) or _told(estimates[item]) for item in items),
        errors=tuple(errors),
        mean=state.mean,
        sd=state.sd,
        group_errors=(mean_error, sd_error),
        covariance=covariance,
        places=places,
        iterations=fitted.iterations,
        converged=fitted.converged,
        boundless=tuple(item for item in items if item not in anchors and abs(estimates[item][0]) > STEEPEST),
    )


def _inverse(information: Floats) -> Floats:
    """NaN all over where the information has no inverse that could be a covariance: then there is no maximum to speak of."""
    nothing = np.full_like(information, np.nan)
    if not len(information):
        return nothing
    try:
        np.linalg.cholesky(information)
    except np.linalg.LinAlgError:
        return nothing
    return np.asarray(np.linalg.inv(information), dtype=float)


def _told(given: Floats) -> ItemParameters:
    slope = float(given[0])
    return ItemParameters(slope, tuple((-given[1:] / slope).tolist()))


def _errors(given: Floats, covariance: Floats, own: Integers) -> ItemParameters:
    """Standard errors of a and, by the delta method, of b = −d / a. Zeros for an anchor, which has no place in `covariance`."""
    if not len(own):
        return ItemParameters(0.0, (0.0,) * (len(given) - 1))
    slope, intercepts = given[0], given[1:]
    gradient = np.zeros((len(given), len(given)))
    gradient[0, 0] = 1
    gradient[1:, 0] = intercepts / slope**2
    gradient[1:, 1:] = -np.eye(len(intercepts)) / slope
    variances = np.einsum("rp,pq,rq->r", gradient, covariance[np.ix_(own, own)], gradient)
    first, *rest = np.sqrt(variances).tolist()
    return ItemParameters(first, tuple(rest))
