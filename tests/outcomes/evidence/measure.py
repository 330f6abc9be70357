"""How long an estimate takes and how much memory: `python -m tests.outcomes.evidence.measure 100000 month grade:category`.

With `reference` as a last word, lifelines' CoxTimeVaryingFitter on the same start-stop rows as well.
Seconds are those of this process on the processor, so that other programs do not count.
"""

import resource
import sys
import time

import numpy as np

from outcomes.evidence.engine import estimate
from outcomes.evidence.question import Question, parse_covariates
from outcomes.evidence.units import Units

from .rows import AS_OF
from .test_cox import reference, start_stop

FIRST, DAYS = np.datetime64("2022-01-01"), 1095


def organisation(n: int, seed: int = 0) -> Units:
    """n people over 36 months, hazard ratio of completion 0.78, seven to a team."""
    rng = np.random.default_rng(seed)
    hired = rng.integers(-2920, 1000, n)
    begins, grade = np.maximum(hired, 0), rng.integers(0, 3, n)
    completes = begins + rng.integers(30, 2200, n)
    leaves = begins + rng.exponential(365.25 / 0.15 * np.exp(0.3 * grade))
    leaves = np.ceil(np.where(leaves > completes, completes + (leaves - completes) / 0.78, leaves)).astype(int)
    never = np.datetime64("NaT", "D")
    columns = {
        "unit_id": np.array([f"p{i}" for i in range(n)], dtype=object),
        "team": np.array([f"t{i}" for i in rng.integers(0, max(n // 7, 1), n)], dtype=object),
        "origin": FIRST + hired,
        "exit": np.where(leaves <= DAYS, FIRST + leaves, never),
        "exposed_on": np.where(completes <= np.minimum(leaves, DAYS), FIRST + completes, never),
        "observed_from": FIRST + begins,
        "observed_until": np.full(n, FIRST + DAYS),
    }
    covariates = {"grade": grade.astype(str), "site": rng.integers(0, 4, n), "age": rng.normal(40, 10, n)}
    return Units.from_columns(columns, covariates)


def measure(n: int, clock: str, covariates: str, *, with_reference: bool) -> str:
    units = organisation(n)
    began = time.process_time()
    result = estimate(Question("large", covariates=parse_covariates(covariates), clock=clock), units, as_of=AS_OF)
    ours = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = f"{n:,} people, {clock}, {covariates}: {ours:.2f} s, peak {peak:,.0f} MB"
    told += "".join(f"\n  {e.method} {e.value:.5f} ({e.se:.5f}) {e.library}" for e in result.estimates)
    if with_reference:
        rows, matrix = start_stop(units, covariates, clock)
        began = time.process_time()
        value, error = reference(rows, matrix)
        theirs = time.process_time() - began
        told += f"\n  CoxTimeVaryingFitter {value[0]:.5f} ({error[0]:.5f}) on {len(rows):,} rows: {theirs:.2f} s"
        told += f", {theirs / ours:.1f} times as long"
    return told


if __name__ == "__main__":
    people, clock_, *rest = sys.argv[1:]
    named = rest[0] if rest and rest[0] != "reference" else ""
    sys.stdout.write(measure(int(people), clock_, named, with_reference=rest[-1:] == ["reference"]) + "\n")
