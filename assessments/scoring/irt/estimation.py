"""Marginal maximum likelihood by the EM algorithm over a grid, accelerated.

Bock and Aitkin (1981), Marginal maximum likelihood estimation of item parameters: application of an EM algorithm, Psychometrika
46, 443–459. What one step makes of the parameters is extrapolated from the last few steps (Anderson 1965, Iterative procedures
for nonlinear integral equations, JACM 12, 547–560; Henderson and Varadhan 2019, Damped Anderson acceleration with restarts and
monotonicity control for accelerating EM and EM-like algorithms, JCGS 28, 834–846). It is dropped wherever the likelihood would
fall.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np

from assessments.scoring.irt.blocks import Layout, derivatives
from assessments.scoring.irt.curves import Model, are_valid, log_probabilities
from assessments.scoring.irt.priors import LognormalPrior
from assessments.scoring.irt.responses import Floats, Responses

WINDOW = 6
NEWTON_STEPS = 3
HALVINGS = 12
LARGEST_STEP = 2.0


@dataclass(frozen=True)
class State:
    """`parameters`: for each block (items, K) slopes and intercepts; mean and sd of the persons' levels."""

    parameters: list[Floats]
    mean: float = 0.0
    sd: float = 1.0


@dataclass(frozen=True)
class Expected:
    """`answers`: for each block (items, K, levels) how many gave each answer at each level; `persons` (levels,)."""

    log_likelihood: float
    answers: list[Floats]
    persons: Floats


@dataclass(frozen=True)
class Fit:
    state: State
    log_likelihood: float
    iterations: int
    converged: bool


@dataclass(frozen=True)
class Problem:
    """What is to be fitted. `free` says for each block which of its items (G,) are estimated; the others are anchors."""

    model: Model
    responses: Responses
    layout: Layout
    theta: Floats
    free: list[np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]
    prior: LognormalPrior | None
    estimates_group: bool

    def log_weights(self, state: State) -> Floats:
        """(levels,) of the normal density on the grid, which sums to 1."""
        log_density = -(((self.theta - state.mean) / state.sd) ** 2) / 2
        total: float = np.exp(log_density).sum()
        return np.asarray(log_density - np.log(total))

    def log_prior(self, state: State) -> float:
        if self.prior is None:
            return 0.0
        return float(
            sum(self.prior.log_density(given[free, 0]).sum() for given, free in zip(state.parameters, self.free, strict=True))
        )

    def is_valid(self, state: State) -> bool:
        in_order = all(are_valid(self.model, given[:, 1:]) for given in state.parameters)
        return in_order and np.isfinite(self.log_prior(state)) and all(np.isfinite(given).all() for given in state.parameters)

    def posterior(self, state: State, log_p: Floats, chunk: slice) -> tuple[Floats, Floats, Floats]:
        """Answers (patterns, columns), posterior of the levels (patterns, levels), and log-likelihoods (patterns,)."""
        answers = self.layout.answers(self.responses.patterns[chunk])
        joint = answers @ log_p
        joint += self.log_weights(state)
        highest = joint.max(axis=1)
        joint -= highest[:, None]
        np.exp(joint, out=joint)
        total = joint.sum(axis=1)
        joint /= total[:, None]
        return answers, joint, highest + np.log(total)

    def expect(self, state: State) -> Expected:
        """The E-step."""
        log_p = self.layout.log_probabilities(self.model, state.parameters, self.theta)
        columns, persons, log_likelihood = np.zeros_like(log_p), np.zeros(len(self.theta)), 0.0
        for chunk in self.responses.chunks():
            counts = self.responses.counts[chunk]
            answers, posterior, log_likelihoods = self.posterior(state, log_p, chunk)
            posterior *= counts[:, None]
            columns += answers.T @ posterior
            persons += posterior.sum(axis=0)
            log_likelihood += float(counts @ log_likelihoods)
        parts = [columns[block.columns].reshape(*block.shape, -1) for block in self.layout.blocks]
        return Expected(log_likelihood, parts, persons)

    def maximise(self, state: State, expected: Expected) -> State:
        """The M-step: each item by itself, then the group."""
        parameters = []
        for given, free, answers in zip(state.parameters, self.free, expected.answers, strict=True):
            updated = given.copy()
            if free.any():
                updated[free] = _climb(self.model, given[free], self.theta, answers[free], self.prior)
            parameters.append(updated)
        if not self.estimates_group:
            return State(parameters)
        share = expected.persons / expected.persons.sum()
        mean = float(share @ self.theta)
        return State(parameters, mean, float(np.sqrt(share @ (self.theta - mean) ** 2)))


def _objective(model: Model, given: Floats, theta: Floats, expected: Floats, prior: LognormalPrior | None) -> Floats:
    """(items,): expected log-likelihood and prior; minus infinity where the parameters are none."""
    in_order = (np.diff(given[:, 1:], axis=1) < 0).all(axis=1) if model == "grm" else np.ones(len(given), dtype=bool)
    value = np.full(len(given), -np.inf)
    log_p = log_probabilities(model, given[in_order, 0], given[in_order, 1:], theta)
    value[in_order] = np.einsum("icq,icq->i", expected[in_order], log_p)
    return value if prior is None else value + prior.log_density(given[:, 0])


def _climb(model: Model, given: Floats, theta: Floats, expected: Floats, prior: LognormalPrior | None) -> Floats:
    """(items, K) after a few steps of Newton's method, none of which goes down."""
    value = _objective(model, given, theta, expected, prior)
    for _step in range(NEWTON_STEPS):
        step = _newton_step(model, given, theta, expected, prior)
        given, value = _step_up(model, given, step, value, theta, expected, prior)
        if np.abs(step).max() < 1e-9:
            break
    return given


def _newton_step(model: Model, given: Floats, theta: Floats, expected: Floats, prior: LognormalPrior | None) -> Floats:
    gradient, second = derivatives(model, given, theta, expected)
    if prior is not None:
        first_of_prior, second_of_prior = prior.derivatives(given[:, 0])
        gradient[:, 0] += first_of_prior
        second[:, 0, 0] += np.minimum(second_of_prior, 0)  # far out the prior bends upwards, which is no way to climb
    # Both models are concave in slope and intercepts (Pratt 1981); the hair keeps flat directions solvable.
    size = np.abs(np.diagonal(second, axis1=1, axis2=2)).max(axis=1)
    second -= (1e-10 * size + 1e-12)[:, None, None] * np.eye(second.shape[1])
    step = -np.linalg.solve(second, gradient[:, :, None])[:, :, 0]
    length = np.minimum(1, LARGEST_STEP / np.maximum(np.abs(step).max(axis=1), 1e-300))
    return np.asarray(step * length[:, None])


def _step_up(
    model: Model, given: Floats, step: Floats, value: Floats, theta: Floats, expected: Floats, prior: LognormalPrior | None
) -> tuple[Floats, Floats]:
    """The step, halved for each item until it does not go down; given up where that does not help."""
    length = np.ones(len(given))
    for _halving in range(HALVINGS):
        tried = given + length[:, None] * step
        reached = _objective(model, tried, theta, expected, prior)
        goes_down = ~(reached >= value - 1e-12 * np.abs(value))
        if not goes_down.any():
            return tried, reached
        length[goes_down] /= 2
    return np.where(goes_down[:, None], given, tried), np.where(goes_down, value, reached)


def _pack(problem: Problem, state: State) -> Floats:
    """What is estimated, as one vector."""
    parts = [given[free].ravel() for given, free in zip(state.parameters, problem.free, strict=True)]
    group = [np.array([state.mean, np.log(state.sd)])] if problem.estimates_group else []
    return np.concatenate([*parts, *group])


def _unpack(problem: Problem, vector: Floats, like: State) -> State:
    parameters, first = [], 0
    for given, free in zip(like.parameters, problem.free, strict=True):
        updated = given.copy()
        size = int(free.sum()) * given.shape[1]
        updated[free] = vector[first : first + size].reshape(-1, given.shape[1])
        parameters.append(updated)
        first += size
    if not problem.estimates_group:
        return State(parameters)
    return State(parameters, float(vector[first]), float(np.exp(vector[first + 1])))


class _Extrapolation:
    """Anderson's mixing: the combination of the last steps whose residuals would cancel, if steps were linear."""

    def __init__(self) -> None:
        self.residuals: deque[Floats] = deque(maxlen=WINDOW)
        self.mapped: deque[Floats] = deque(maxlen=WINDOW)

    def clear(self) -> None:
        self.residuals.clear()
        self.mapped.clear()

    def propose(self, residual: Floats, mapped: Floats) -> Floats | None:
        """The next vector, or None where there is nothing yet to extrapolate from."""
        self.residuals.append(residual)
        self.mapped.append(mapped)
        if len(self.residuals) < 2:
            return None
        by_residual = np.diff(np.array(self.residuals), axis=0).T  # (parameters, steps)
        by_mapped = np.diff(np.array(self.mapped), axis=0).T
        mixing = np.linalg.lstsq(by_residual, residual, rcond=1e-10)[0]
        return mapped - by_mapped @ mixing


def fit(problem: Problem, state: State, *, tolerance: float = 1e-6, max_iterations: int = 500) -> Fit:
    """Steps from `state` on until no parameter moves by more than `tolerance` in one."""
    extrapolation = _Extrapolation()
    fallback: State | None = None
    best = -np.inf
    expected = problem.expect(state)
    for iteration in range(1, max_iterations + 1):
        value = expected.log_likelihood + problem.log_prior(state)
        if fallback is not None and not value >= best - 1e-10 * abs(best):
            state, fallback = fallback, None
            extrapolation.clear()
        else:
            best = value
            following = problem.maximise(state, expected)
            vector, mapped = _pack(problem, state), _pack(problem, following)
            if np.abs(mapped - vector).max(initial=0) < tolerance:
                return Fit(state, expected.log_likelihood, iteration, converged=True)
            proposal = extrapolation.propose(mapped - vector, mapped)
            state, fallback = following, None
            if proposal is not None and problem.is_valid(proposed := _unpack(problem, proposal, following)):
                state, fallback = proposed, following
        expected = problem.expect(state)
    return Fit(state, expected.log_likelihood, max_iterations, converged=False)
