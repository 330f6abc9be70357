"""How often the band of a placement holds the truth, and how often an award is right, by simulation with a kept seed.

`python -m benchmarks.placement` prints both tables as Markdown, in about a minute. It is no part of `make bench`.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from assessments.scoring.awards import POPULATIONS, LevelRule, answers, expected_accuracy, find_rules, form_information
from assessments.scoring.placement import posterior, summarise, whole_level

SEED = 20261130
TRUTHS = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0)
LENGTHS = (4, 8, 20)
# What options an item has, by the boundary that it should separate.
BOUNDARIES = {"1|2": (1, 2, 3), "2|3": (1, 2, 3, 4), "3|4": (1, 2, 3, 4), "4|5": (2, 3, 4, 5)}
AS_SAID, HALVED = 1.0, 0.5
FORMS = 20
"""Forms that each row is spread over."""


@dataclass(frozen=True)
class Coverage:
    """Shares of bands that hold the truth, not rounded and in whole levels, and their mean width in levels."""

    band: float
    whole: float
    width: float


def form(length: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Items of all boundaries in equal numbers, as far as these go."""
    cells = list(BOUNDARIES.values())
    return [cells[place] for place in rng.permutation(np.arange(length) % len(cells))]


def drawn_form(length: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Items of any boundaries, as a pool that is still small would give them."""
    cells = list(BOUNDARIES.values())
    return [cells[place] for place in rng.integers(0, len(cells), length)]


def coverage(truth: float, length: int, slope_factor: float, persons: int) -> Coverage:
    """`persons` at the level `truth`, spread over forms; the draws are kept."""
    rng = np.random.default_rng([SEED, round(10 * truth), length, round(10 * slope_factor)])
    found = []
    for _form in range(FORMS):
        layouts = drawn_form(length, rng)
        chosen = answers(layouts, np.full(persons // FORMS, truth), rng, slope_factor=slope_factor)
        found += [summarise(likely, items=length) for likely in posterior(layouts, chosen)]
    level = whole_level(truth)
    return Coverage(
        band=float(np.mean([told.band_low <= truth <= told.band_high for told in found])),
        whole=float(np.mean([told.low <= level <= told.high for told in found])),
        width=float(np.mean([told.band_high - told.band_low for told in found])),
    )


def coverage_table(persons: int) -> Iterator[str]:
    yield "| | items | " + " | ".join(f"{truth:g}" for truth in TRUTHS) + " |"
    yield "| --- | --- |" + " --- |" * len(TRUTHS)
    for name, factor in (("as said", AS_SAID), ("slopes halved", HALVED)):
        for length in LENGTHS:
            cells = [coverage(truth, length, factor, persons) for truth in TRUTHS]
            shown = (f"{100 * cell.band:.0f} / {100 * cell.whole:.0f} / {cell.width:.1f}" for cell in cells)
            yield f"| {name} | {length} | " + " | ".join(shown) + " |"


def awards_table(persons: int) -> Iterator[str]:
    names = [population.name for population in POPULATIONS]
    yield (
        "| items | at least level | cut | half a level below, in 100 | "
        + " | ".join(f"{n}: awarded, of these right, in 100" for n in names)
        + " |"
    )
    yield "| --- | --- | --- | --- |" + " --- |" * len(names)
    for length in (16, 20, 32):
        for rule in find_rules(form(length, np.random.default_rng([SEED, length])), persons=persons):
            yield f"| {length} | {rule.level} | {_cut(rule)} | {100 * rule.below:.1f} | " + " | ".join(_outcomes(rule)) + " |"


def _cut(rule: LevelRule) -> str:
    return "withheld" if rule.cut is None else f"{rule.cut:g}"


def _outcomes(rule: LevelRule) -> Iterator[str]:
    for outcome in rule.outcomes.values():
        right = f"{100 * outcome.share_right:.0f}" if outcome.awarded else "–"
        yield f"{100 * outcome.awarded / outcome.simulated:.0f}, {right}"


def accuracy_table() -> Iterator[str]:
    yield "| items | " + " | ".join(population.name for population in POPULATIONS) + " |"
    yield "| --- |" + " --- |" * len(POPULATIONS)
    levels = np.linspace(0.5, 5.5, 201)
    for length in (16, 20, 32):
        information = form_information(form(length, np.random.default_rng([SEED, length])), levels)
        cells = []
        for population in POPULATIONS:
            shares = np.exp(-(((levels - population.mean) / population.sd) ** 2) / 2)
            cells.append(f"{100 * expected_accuracy(levels, shares / shares.sum(), information, (1.5, 2.5, 3.5, 4.5)):.0f}")
        yield f"| {length} | " + " | ".join(cells) + " |"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=4000, help="simulated in each cell")
    options = parser.parse_args(arguments)
    for table in (coverage_table(options.persons), awards_table(options.persons), accuracy_table()):
        for line in table:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        sys.stdout.write("\n")


if __name__ == "__main__":
    main()
