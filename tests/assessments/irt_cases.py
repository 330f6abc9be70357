"""Data with published parameters, and answers drawn from known ones."""

import csv
import json
from pathlib import Path

import numpy as np

from assessments.scoring import irt

DATA = Path(__file__).parents[1] / "data" / "psychometrics"
REFERENCE = json.loads((DATA / "reference.json").read_text())
FILES = {"lsat7": "lsat7.csv", "lsat7_missing25": "lsat7_missing25.csv", "science4": "science_mirt_4items.csv"}
MODEL_NAMES = {"2PL": "2pl", "graded": "grm", "gpcm": "gpcm"}


def published(name):
    """Codes (persons, items), -1 where there is no answer."""
    rows = list(csv.reader((DATA / FILES[name]).read_text().splitlines()))
    return np.array([[int(cell) if cell else -1 for cell in row] for row in rows[1:]], dtype=np.int8)


def items_of(model, n, categories, rng):
    steps = np.sort(rng.normal(0, 1.2, (n, categories - 1)), axis=1)
    return [irt.ItemParameters(float(a), tuple(b)) for a, b in zip(rng.lognormal(0, 0.3, n), steps.tolist(), strict=True)]


def answers_to(model, items, levels, rng, missing=0.0):
    """Codes (persons, items) of people at `levels`, with that share missing at random."""
    codes = np.empty((len(levels), len(items)), dtype=np.int8)
    for position, item in enumerate(items):
        below = np.cumsum(irt.item_curves(model, item, levels).probabilities, axis=0)[:-1]
        codes[:, position] = (rng.random(len(levels)) > below).sum(axis=0)
    codes[rng.random(codes.shape) < missing] = -1
    return codes
