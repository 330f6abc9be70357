"""Levels of persons whose items are known, and what items can tell of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assessments.scoring.irt.calibration import ItemParameters
from assessments.scoring.irt.curves import Model, curves, log_probabilities
from assessments.scoring.irt.responses import CHUNK, Codes, Floats

GRID = np.linspace(-6, 6, 121)
WIDEST = 12.0
"""Beyond this no level is looked for."""


@dataclass(frozen=True)
class Levels:
    """(persons,) each: levels and their standard errors, NaN for who answered nothing (WLE)."""

    level: Floats
    error: Floats


@dataclass(frozen=True)
class ItemCurves:
    """One item at each level: `probabilities` (K, levels), `expected` answer (levels,), `information` (levels,)."""

    probabilities: Floats
    expected: Floats
    information: Floats


def item_curves(model: Model, item: ItemParameters, theta: Floats) -> ItemCurves:
    """Characteristic functions of an item at levels `theta` (levels,); information is Σ P′²/P (Samejima 1969)."""
    p, slopes, _bends = _one(model, item, theta)
    return ItemCurves(p, np.arange(len(p)) @ p, (p * slopes**2).sum(axis=0))


def total_information(model: Model, items: Sequence[ItemParameters], theta: Floats) -> Floats:
    """(levels,): the sum of the items' information; 1/√ of it is the standard error of a maximum likelihood score."""
    total = np.zeros(len(theta))
    for item in items:
        total += item_curves(model, item, theta).information
    return total


def expected_score(model: Model, items: Sequence[ItemParameters], theta: Floats) -> Floats:
    """(levels,): the test characteristic function, the expected sum of all answers."""
    total = np.zeros(len(theta))
    for item in items:
        total += item_curves(model, item, theta).expected
    return total


def eap(
    model: Model, items: Sequence[ItemParameters], codes: Codes, *, mean: float = 0.0, sd: float = 1.0, grid: Floats = GRID
) -> Levels:
    """Mean and standard deviation of the posterior over `grid`, with a normal prior.

    `codes` (persons, items): categories, below 0 where missing. Who answered nothing keeps the prior. Raises ValueError where
    an answer is none of its item's.

    Bock and Mislevy (1982), Adaptive EAP estimation of ability in a microcomputer environment, Applied Psychological
    Measurement 6, 431–444.
    """
    _require_known(items, codes)
    tables = [log_probabilities(model, *_arrays(item), grid)[0] for item in items]
    prior = -(((grid - mean) / sd) ** 2) / 2
    level, error = np.empty(len(codes)), np.empty(len(codes))
    for first in range(0, len(codes), CHUNK):
        part = slice(first, first + CHUNK)
        posterior = np.tile(prior, (len(codes[part]), 1))
        for item, table in enumerate(tables):
            given = codes[part, item]
            posterior += np.where(given[:, None] >= 0, table[given], 0.0)
        posterior = np.exp(posterior - posterior.max(axis=1, keepdims=True))
        posterior /= posterior.sum(axis=1, keepdims=True)
        level[part] = posterior @ grid
        error[part] = np.sqrt(np.maximum(posterior @ grid**2 - level[part] ** 2, 0))
    return Levels(level, error)


def wle(model: Model, items: Sequence[ItemParameters], codes: Codes) -> Levels:
    """Weighted likelihood estimates: nearly free of bias, and finite for all right and all wrong. Errors are 1/√information.

    `codes` as in `eap`. Raises ValueError where an answer is none of its item's.

    Warm (1989), Weighted likelihood estimation of ability in item response theory, Psychometrika 54, 427–450; for more than two
    categories the correction is Σ P′P″/P over twice the information (Samejima 1993, An approximation for the bias function of
    the maximum likelihood estimate of a latent variable for the general case, Psychometrika 58, 119–138).
    """
    _require_known(items, codes)
    level, error = np.full(len(codes), np.nan), np.full(len(codes), np.nan)
    answered = np.flatnonzero((codes >= 0).any(axis=1))
    for first in range(0, len(answered), CHUNK):
        rows = answered[first : first + CHUNK]
        level[rows], error[rows] = _solve(model, items, codes[rows])
    return Levels(level, error)


def _solve(model: Model, items: Sequence[ItemParameters], codes: Codes) -> tuple[Floats, Floats]:
    """Bisection between −WIDEST and WIDEST, sped up by Newton's steps that stay between the limits."""
    low, high = np.full(len(codes), -WIDEST), np.full(len(codes), WIDEST)
    level = np.zeros(len(codes))
    for _step in range(100):
        slope, information = _slope(model, items, codes, level)
        low, high = np.where(slope > 0, level, low), np.where(slope > 0, high, level)
        following = level + slope / information
        outside = ~((following >= low) & (following <= high))
        following[outside] = (low[outside] + high[outside]) / 2
        moved = np.abs(following - level).max()
        level = following
        if moved < 1e-10:
            break
    return level, 1 / np.sqrt(_slope(model, items, codes, level)[1])


def _slope(model: Model, items: Sequence[ItemParameters], codes: Codes, level: Floats) -> tuple[Floats, Floats]:
    """(persons,): derivative of the weighted log-likelihood at each person's level, and the information there."""
    slope, information, third = np.zeros(len(codes)), np.zeros(len(codes)), np.zeros(len(codes))
    everyone = np.arange(len(codes))
    for item, parameters in enumerate(items):
        p, slopes, bends = _one(model, parameters, level)
        given = codes[:, item]
        answered = given >= 0
        slope += np.where(answered, slopes[given, everyone], 0.0)
        information += np.where(answered, (p * slopes**2).sum(axis=0), 0.0)
        third += np.where(answered, (p * slopes * (slopes**2 + bends)).sum(axis=0), 0.0)
    information = np.maximum(information, 1e-300)
    return slope + third / (2 * information), information


def _one(model: Model, item: ItemParameters, theta: Floats) -> tuple[Floats, Floats, Floats]:
    """(K, levels) each: probabilities, and first and second derivative of their logarithms by θ."""
    found = curves(model, *_arrays(item), theta)
    bends = item.a**2 * found.curvature[0].sum(axis=(1, 2))  # (K or 1, levels)
    return found.p[0], item.a * found.score[0].sum(axis=1), np.broadcast_to(bends, found.log_p[0].shape)


def _arrays(item: ItemParameters) -> tuple[Floats, Floats]:
    return np.array([item.a]), np.array([item.intercepts])


def _require_known(items: Sequence[ItemParameters], codes: Codes) -> None:
    if codes.ndim != 2 or codes.shape[1] != len(items):
        raise ValueError(f"Answers to {len(items)} items come as as many columns.")
    highest = np.array([len(item.b) for item in items])
    if (codes > highest).any():
        raise ValueError("An answer is none of its item's categories.")
