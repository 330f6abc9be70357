"""Standard errors from the observed information, exactly and without differences.

Louis (1982), Finding the observed information matrix when using the EM algorithm, JRSS B 44, 226–233: what is observed is what
would be known if everybody's level were, less what is not known because it is not: the variance, given the answers, of the
derivatives. It equals minus the second derivative of the marginal log-likelihood, which Oakes' identity gives as well.
"""

import numpy as np

from assessments.scoring.irt.blocks import derivatives
from assessments.scoring.irt.curves import curves
from assessments.scoring.irt.estimation import Problem, State
from assessments.scoring.irt.responses import MISSING, Floats, Integers

NEGLIGIBLE = 1e-12
"""Levels that a pattern makes less likely than this say nothing of it."""


class _Logits:
    """The logits of all items side by side: `owner` (logits,): the position of each one's item, block after block."""

    def __init__(self, problem: Problem, state: State) -> None:
        blocks = problem.layout.blocks
        self.widest = max(block.categories for block in blocks)
        self.items = np.concatenate([block.items for block in blocks])
        owner, tables, first = [], [], 0
        for block, given in zip(blocks, state.parameters, strict=True):
            items, categories = block.shape
            score = curves(problem.model, given[:, 0], given[:, 1:], problem.theta).score
            # First what no answer says, which is nothing.
            table = np.zeros((len(problem.theta), items, categories - 1, self.widest + 1))
            table[:, :, :, 1 : categories + 1] = score.transpose(3, 0, 2, 1)
            tables.append(table.reshape(len(problem.theta), -1, self.widest + 1))
            owner.append(np.repeat(np.arange(first, first + items), categories - 1))
            first += items
        self.owner = np.concatenate(owner)
        self.table = np.concatenate(tables, axis=1).reshape(len(problem.theta), -1)

    def positions(self, patterns: np.ndarray[tuple[int, ...], np.dtype[np.int8]]) -> Integers:
        """(patterns, logits): where the derivative of each stands in a row of `table`."""
        given = patterns[:, self.items[self.owner]].astype(np.intp) - MISSING
        return given + np.arange(len(self.owner)) * (self.widest + 1)


def observed_information(problem: Problem, state: State) -> tuple[Floats, Integers]:
    """Information matrix of what is estimated, and the places of its items' parameters.

    The order is that of the blocks: for each item its slope and its intercepts; then mean and sd of the group where these are
    estimated. The second array has (item, k) for each parameter of an item, k = 0 for the slope.
    """
    information = _complete(problem, state) - _missing(problem, state)
    places = [
        (item, k)
        for block, free in zip(problem.layout.blocks, problem.free, strict=True)
        for item in block.items[free].tolist()
        for k in range(block.categories)
    ]
    return information, np.array(places, dtype=np.intp).reshape(-1, 2)


def _group_scores(problem: Problem, state: State) -> Floats:
    """(levels, 2): derivatives of the logarithm of the normal weights by mean and sd, on the grid that sums to 1."""
    z = (problem.theta - state.mean) / state.sd
    raw = np.column_stack([z, z**2]) / state.sd
    return raw - np.exp(problem.log_weights(state)) @ raw


def _complete(problem: Problem, state: State) -> Floats:
    expected = problem.expect(state)
    parts = []
    for given, free, answers in zip(state.parameters, problem.free, expected.answers, strict=True):
        second = -derivatives(problem.model, given[free], problem.theta, answers[free])[1]
        if problem.prior is not None:
            second[:, 0, 0] -= problem.prior.derivatives(given[free, 0])[1]
        parts += list(second)
    if problem.estimates_group:
        # Persons' levels are drawn from the group: its information is that of so many draws.
        scores = _group_scores(problem, state)
        weights = np.exp(problem.log_weights(state))
        z = (problem.theta - state.mean) / state.sd
        bent = np.empty((len(z), 2, 2))
        bent[:, 0, 0], bent[:, 1, 1] = 1, 3 * z**2
        bent[:, 0, 1] = bent[:, 1, 0] = 2 * z
        bent /= state.sd**2
        normaliser = np.einsum("q,qr,qs->rs", weights, scores, scores) - np.einsum("q,qrs->rs", weights, bent)
        parts.append(np.einsum("q,qrs->rs", expected.persons, bent) + expected.persons.sum() * normaliser)
    return _block_diagonal(parts)


def _block_diagonal(parts: list[Floats]) -> Floats:
    size = sum(len(part) for part in parts)
    matrix, first = np.zeros((size, size)), 0
    for part in parts:
        last = first + len(part)
        matrix[first:last, first:last] = part
        first = last
    return matrix


def _missing(problem: Problem, state: State) -> Floats:
    """Variance of the derivatives given the answers, summed over persons.

    The derivative by a slope is θ times those by its item's logits, so that products of the latter, for each level, are enough.
    """
    logits = _Logits(problem, state)
    chooser = _chooser(problem, logits)  # (parameters of items, logits, power of θ)
    group = _group_scores(problem, state) if problem.estimates_group else np.zeros((len(problem.theta), 0))
    log_p = problem.layout.log_probabilities(problem.model, state.parameters, problem.theta)
    size = len(logits.owner)
    products = np.zeros((3, size, size))
    with_group = np.zeros((2, size, group.shape[1]))
    groups = np.zeros((group.shape[1], group.shape[1]))
    means = np.zeros((len(chooser[0]) + group.shape[1],) * 2)
    for chunk in problem.responses.chunks():
        counts = problem.responses.counts[chunk]
        _answers, posterior, _log_likelihoods = problem.posterior(state, log_p, chunk)
        positions = logits.positions(problem.responses.patterns[chunk])
        sums = np.zeros((2, len(counts), size))
        for level, theta in enumerate(problem.theta):
            likely = np.flatnonzero(posterior[:, level] > NEGLIGIBLE)
            if not len(likely):
                continue
            weight = posterior[likely, level]
            score = logits.table[level].take(positions[likely])
            rooted = score * np.sqrt(weight * counts[likely])[:, None]
            product = rooted.T @ rooted
            score *= weight[:, None]
            sums[0, likely] += score
            sums[1, likely] += theta * score
            total = counts[likely] @ score
            for power in range(3):
                products[power] += theta**power * product
            for power in range(2):
                with_group[power] += theta**power * np.outer(total, group[level])
            groups += (counts[likely] @ weight) * np.outer(group[level], group[level])
        mean = np.hstack([sums[0] @ chooser[0].T + sums[1] @ chooser[1].T, posterior @ group])
        means += (mean * counts[:, None]).T @ mean
    return _assemble(chooser, products, with_group, groups) - means


def _chooser(problem: Problem, logits: _Logits) -> tuple[Floats, Floats]:
    """Which logits each parameter that is estimated moves: intercepts their own, slopes all of their item, times θ."""
    intercepts, slopes = [], []
    first = 0
    for block, free in zip(problem.layout.blocks, problem.free, strict=True):
        for place in np.flatnonzero(free):
            own = np.flatnonzero(logits.owner == first + place)
            slope = np.zeros((block.categories, len(logits.owner)))
            slope[0, own] = 1
            intercept = np.zeros_like(slope)
            intercept[1:, own] = np.eye(block.categories - 1)
            slopes.append(slope)
            intercepts.append(intercept)
        first += len(block.items)
    empty = np.zeros((0, len(logits.owner)))
    return np.concatenate([empty, *intercepts]), np.concatenate([empty, *slopes])


def _assemble(chooser: tuple[Floats, Floats], products: Floats, with_group: Floats, groups: Floats) -> Floats:
    """Second moments of all derivatives from those of the logits, times powers of θ."""
    plain, sloped = chooser
    crossed = plain @ products[1] @ sloped.T
    items = plain @ products[0] @ plain.T + crossed + crossed.T + sloped @ products[2] @ sloped.T
    beside = plain @ with_group[0] + sloped @ with_group[1]
    return np.block([[items, beside], [beside.T, groups]])
