"""The next adaptive question of 500 after 15 answers, beside catsim's, and how often the most asked question is asked.

Both are asked to score the answers and to choose. catsim scores by maximum likelihood and takes the most telling question of
the whole bank; ours scores by EAP, keeps to the sitting's part of the bank and its facets, and draws among the best three.
"""

import importlib.util
import statistics
import time
from collections import Counter
from collections.abc import Callable

import numpy as np

from assessments.scoring.adaptive import Answer, Bank, Rules, step
from assessments.scoring.irt import ItemParameters

SEED = 20261130
SIZE, ANSWERED, LENGTH = 500, 15, 20
FACETS = ("ask", "listen", "agree", "follow")
SHARES = dict.fromkeys(FACETS, 0.25)
ROUNDS = 15
EXPOSED = ((4, 40), (8, 25), (12, 25))
"""Banks of so many times the length, and how many in 100 may meet the question that is asked most."""


def run(*, quick: bool = False) -> list[dict]:
    """Rows of name, value, unit, beside (catsim's value), ratio (catsim's time over ours) and aim."""
    if importlib.util.find_spec("catsim") is None:
        raise SystemExit("Install requirements/bench.txt: catsim stands beside ours here.")
    return [*_next_row(20 if quick else 200), *_exposure_rows(60 if quick else 1500)]


def draw(size: int) -> list[ItemParameters]:
    rng = np.random.default_rng([SEED, size])
    pairs = zip(rng.lognormal(0, 0.3, size).tolist(), rng.normal(size=size).tolist(), strict=True)
    return [ItemParameters(a, (b,)) for a, b in pairs]


def _next_row(times: int) -> list[dict]:
    items = draw(SIZE)
    rng = np.random.default_rng(SEED)
    given = [Answer(int(place), int(rng.integers(2))) for place in rng.permutation(SIZE)[:ANSWERED]]
    ours, theirs = our_step(items, given), their_step(items, given)
    rounds = [(_microseconds(ours, times), _microseconds(theirs, max(times // 10, 1))) for _round in range(ROUNDS)]
    return [
        {
            "name": f"next of {SIZE} questions after {ANSWERED} answers, processor time",
            "value": round(statistics.median(mine for mine, _catsim in rounds) / 1000, 4),
            "unit": "ms",
            "beside": round(statistics.median(catsim for _mine, catsim in rounds) / 1000, 4),
            "ratio": round(statistics.median(catsim / mine for mine, catsim in rounds), 1),
            "aim": "< 0.1",
        }
    ]


def our_step(items: list[ItemParameters], given: list[Answer]) -> Callable[[], object]:
    bank = Bank("2pl", items, [FACETS[place % 4] for place in range(len(items))])
    rules = Rules(LENGTH, shares=SHARES)
    return lambda: step(bank, rules, given, "benchmark")


def their_step(items: list[ItemParameters], given: list[Answer]) -> Callable[[], object]:
    from catsim import ItemBank
    from catsim.estimation import NumericalSearchEstimator
    from catsim.selection import MaxInfoSelector

    bank = ItemBank(np.array([[item.a, item.b[0], 0.0, 1.0] for item in items]))
    administered = [answer.item for answer in given]
    right = [bool(answer.category) for answer in given]
    estimator, selector = NumericalSearchEstimator(), MaxInfoSelector()

    def both() -> object:
        level = estimator.estimate(item_bank=bank, administered_items=administered, response_vector=right, est_theta=0.0)
        return selector.select(item_bank=bank, administered_items=administered, est_theta=level)

    return both


def _microseconds(function: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _time in range(times):
        function()
    return (time.process_time() - began) / times * 1e6


def exposure(size: int, length: int, sittings: int) -> tuple[float, float]:
    """The share of sittings that met the question asked most, and the root mean square error of the levels."""
    items = draw(size)
    bank = Bank("2pl", items)
    slopes, difficulties = np.array([item.a for item in items]), np.array([item.b[0] for item in items])
    rng = np.random.default_rng([SEED, size, length])
    asked: Counter[int] = Counter()
    errors = []
    for number, level in enumerate(rng.normal(size=sittings).tolist()):
        right = 1 / (1 + np.exp(-slopes * (level - difficulties)))
        given: list[Answer] = []
        while (now := step(bank, Rules(length), given, str(number))).item is not None:
            given.append(Answer(now.item, int(rng.random() < right[now.item])))
        asked.update(answer.item for answer in given)
        errors.append(now.level - level)
    return max(asked.values()) / sittings, float(np.sqrt(np.mean(np.square(errors))))


def _exposure_rows(sittings: int) -> list[dict]:
    rows = []
    for times, most in EXPOSED:
        share, error = exposure(times * LENGTH, LENGTH, sittings)
        name = f"most asked of {times * LENGTH} questions, {LENGTH} each"
        rows.append({"name": name, "value": round(100 * share, 1), "unit": "in 100", "aim": f"≤ {most}"})
        rows.append({"name": f"{name}, error of the level", "value": round(error, 3), "unit": "sd"})
    return rows
