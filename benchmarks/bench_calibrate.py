"""Calibrating 2PL items of 20,000 people beside mirt on the same answers, and of 200,000 people for its memory.

Each runs in a process of its own with one thread for linear algebra, so that time is what was computed and peak memory its own.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
ITEMS, MISSING = 40, 0.3
PEOPLE, MANY = 20_000, 200_000
ROUNDS = 3
CLOSE = 2e-3


def run(*, quick: bool = False) -> list[dict]:
    """Rows of name, value, unit, beside (mirt's value), ratio (mirt's time over ours) and aim."""
    people, many = (1000, 4000) if quick else (PEOPLE, MANY)
    return rows(people, _apart("beside", people, 1 if quick else ROUNDS), many, _apart("alone", many, 1))


def rows(people: int, beside: dict, many: int, alone: dict) -> list[dict]:
    name = f"2PL of {ITEMS} items, 30 % missing, {people:,} people"
    ratios = [theirs / ours for ours, theirs in zip(beside["seconds"], beside["mirt"], strict=True)]
    return [
        {
            "name": f"{name}, processor time",
            "value": round(statistics.median(beside["seconds"]), 2),
            "unit": "s",
            "beside": round(statistics.median(beside["mirt"]), 2),
            "ratio": round(statistics.median(ratios), 1),
            "aim": "≥ 1",
        },
        *(
            {"name": f"{name}, {what}, furthest apart", "value": float(f"{beside[what]:.1e}"), "unit": "", "aim": f"< {CLOSE}"}
            for what in ("slopes", "difficulties", "standard errors")
        ),
        {"name": f"the same, {many:,} people, processor time", "value": round(alone["seconds"][0], 2), "unit": "s"},
        {
            "name": f"the same, {many:,} people, peak memory",
            "value": alone["peak"],
            "unit": "MiB",
            "beside": alone["before"],
            "aim": "< 500",
        },
    ]


def draw(people: int) -> np.ndarray:
    """Answers (people, items) with a kept seed, −1 where missing; made an item at a time, to stay small."""
    rng = np.random.default_rng(people)
    levels = rng.normal(size=people)
    codes = np.empty((people, ITEMS), dtype=np.int8)
    for item, (slope, difficulty) in enumerate(zip(rng.lognormal(0, 0.3, ITEMS), rng.normal(size=ITEMS), strict=True)):
        codes[:, item] = rng.random(people) < 1 / (1 + np.exp(-slope * (levels - difficulty)))
        codes[rng.random(people) < MISSING, item] = -1
    return codes


def measure(what: str, people: int, rounds: int) -> dict:
    # Here, so that what they take is in the memory before.
    from assessments.scoring.irt import calibrate, collapse

    codes = draw(people)
    before = _peak()
    found: dict = {"seconds": [], "mirt": [], "before": before}
    for _round in range(rounds):
        began = time.process_time()
        ours = calibrate(collapse(codes), "2pl")
        found["seconds"].append(time.process_time() - began)
        found["peak"] = _peak()
        if what == "beside":
            _beside(codes, ours, found)
    return found


def _beside(codes: np.ndarray, ours, found: dict) -> None:
    import mirt

    whole = codes.astype(int)
    began = time.process_time()
    theirs = mirt.fit_mirt(whole, model="2PL", tol=1e-8, n_quadpts=61, max_iter=2000)
    found["mirt"].append(time.process_time() - began)
    slopes, difficulties = theirs.model.parameters.values()
    errors = np.array([[error.a, error.b[0]] for error in ours.errors])
    found["slopes"] = float(np.abs(slopes - [item.a for item in ours.items]).max())
    found["difficulties"] = float(np.abs(difficulties - [item.b[0] for item in ours.items]).max())
    found["standard errors"] = float(np.abs(np.column_stack(list(theirs.standard_errors.values())) - errors).max())


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _apart(what: str, people: int, rounds: int) -> dict:
    environment = os.environ | {
        "OPENBLAS_NUM_THREADS": "1",  # threads that wait for each other count as work
        "RAYON_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, __file__, what, str(people), str(rounds)]
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
