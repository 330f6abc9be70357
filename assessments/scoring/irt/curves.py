"""How likely each answer is at each level, and how this changes with an item's parameters.

Everything is written by the logits z_k = aθ + d_k of an item of K categories, k from 1 to K − 1:

- graded (Samejima 1969, Estimation of latent ability using a response pattern of graded scores, Psychometrika Monograph 17):
  P(X ≥ k) is the logistic function of z_k, and d₁ > d₂ > …;
- generalised partial credit (Muraki 1992, A generalized partial credit model: application of an EM algorithm, Applied
  Psychological Measurement 16, 159–176): P(X = c) is proportional to exp(z₁ + … + z_c).

With two categories both are the two-parameter logistic model. What is printed is b_k = −d_k / a: the threshold of the graded
model, the step of the other. The metric is logistic, without the factor 1.7.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from assessments.scoring.irt.responses import Floats

Model = Literal["2pl", "grm", "gpcm"]
MODELS: tuple[Model, ...] = ("2pl", "grm", "gpcm")


@dataclass(frozen=True)
class Curves:
    """Items that have K categories each, at levels θ.

    `log_p` (items, K, levels): logarithm of the probability of an answer; `score` (items, K, K − 1, levels): its derivative by
    each d_k; `curvature` (items, K or 1, K − 1, K − 1, levels): its second derivative, one for all answers where it does not
    depend on the answer.
    """

    log_p: Floats
    score: Floats
    curvature: Floats

    @property
    def p(self) -> Floats:
        return np.exp(self.log_p)


def log_probabilities(model: Model, slope: Floats, intercepts: Floats, theta: Floats) -> Floats:
    """(items, K, levels) of `slope` (items,), `intercepts` (items, K − 1) and `theta` (levels,)."""
    z = _logits(slope, intercepts, theta)
    return _graded_log_p(z, _gaps(intercepts)) if model == "grm" else _partial_credit_log_p(z)


def curves(model: Model, slope: Floats, intercepts: Floats, theta: Floats) -> Curves:
    """Probabilities and their derivatives; shapes as in `log_probabilities`."""
    z = _logits(slope, intercepts, theta)
    return _graded(z, _gaps(intercepts)) if model == "grm" else _partial_credit(z)


def are_valid(model: Model, intercepts: Floats) -> bool:
    """Whether the boundaries of a graded item are in order; the steps of the other models may be in any."""
    return model != "grm" or bool((np.diff(intercepts, axis=1) < 0).all())


def _logits(slope: Floats, intercepts: Floats, theta: Floats) -> Floats:
    return slope[:, None, None] * theta + intercepts[:, :, None]


def _gaps(intercepts: Floats) -> Floats:
    """(items, K − 2): between neighbouring boundaries."""
    return intercepts[:, :-1] - intercepts[:, 1:]


# Graded. With u and v the logits of the boundaries below and above an answer, σ(u) − σ(v) = σ(u) σ(−v) (1 − e^{v−u}), which
# loses no digits far out; u − v does not depend on θ.


def _graded_log_p(z: Floats, gaps: Floats) -> Floats:
    items, boundaries, levels = z.shape
    log_p = np.zeros((items, boundaries + 1, levels))
    log_p[:, 1:] -= np.logaddexp(0, -z)
    log_p[:, :-1] -= np.logaddexp(0, z)
    log_p[:, 1:-1] += np.log(-np.expm1(-gaps))[:, :, None]
    return log_p


def _graded(z: Floats, gaps: Floats) -> Curves:
    items, boundaries, levels = z.shape
    above = 1 / (1 + np.exp(-np.clip(z, -700, 700)))  # (items, K − 1, levels): P(X ≥ k)
    variance = above * (1 - above)
    pull = np.zeros((items, boundaries + 1))
    pull[:, 1:-1] = 1 / np.expm1(gaps)
    bend = (pull * (1 + pull))[:, :, None]
    score = np.zeros((items, boundaries + 1, boundaries, levels))
    curvature = np.zeros((items, boundaries + 1, boundaries, boundaries, levels))
    for k in range(boundaries):
        score[:, k + 1, k] = 1 - above[:, k] + pull[:, k + 1, None]
        score[:, k, k] = -above[:, k] - pull[:, k, None]
        curvature[:, k + 1, k, k] = -variance[:, k] - bend[:, k + 1]
        curvature[:, k, k, k] = -variance[:, k] - bend[:, k]
        if k:
            curvature[:, k, k - 1, k] = curvature[:, k, k, k - 1] = bend[:, k]
    return Curves(_graded_log_p(z, gaps), score, curvature)


def _partial_credit_log_p(z: Floats) -> Floats:
    items, steps, levels = z.shape
    log_p = np.zeros((items, steps + 1, levels))
    np.cumsum(z, axis=1, out=log_p[:, 1:])
    highest = log_p.max(axis=1, keepdims=True)
    log_p -= highest + np.log(np.exp(log_p - highest).sum(axis=1, keepdims=True))
    return log_p


def _partial_credit(z: Floats) -> Curves:
    log_p = _partial_credit_log_p(z)
    p = np.exp(log_p)
    steps = z.shape[1]
    above = np.cumsum(p[:, ::-1], axis=1)[:, ::-1][:, 1:]  # (items, K − 1, levels): P(X ≥ k)
    passed = np.arange(steps + 1)[:, None] > np.arange(steps)  # (K, K − 1): whether an answer has passed a step
    score = passed[None, :, :, None] - above[:, None]
    higher = np.maximum.outer(np.arange(steps), np.arange(steps))
    curvature = above[:, :, None] * above[:, None] - above[:, higher]
    return Curves(log_p, score, curvature[:, None])
