"""`manage.py calibrate SCALE|--csv FILE --model 2pl|grm|gpcm [--prior none] [--json]`"""

import json
import math
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assessments.errors import AnswersNotUsable
from assessments.scoring.readiness import ADAPTIVE, CLASSICAL, Readiness
from common.errors import UserError

MODELS = {"2pl": "right or wrong", "grm": "graded: ordered categories", "gpcm": "generalised partial credit: steps"}
PRIORS = {"lognormal": "ln a is normal with mean 0 and sd 0.5", "none": "the likelihood alone"}


class Command(BaseCommand):
    help = "Estimates how hard and how telling questions are, from a file or from submitted answers (docs/csv-formats.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("scale", nargs="?", metavar="SCALE", help="slug of the skill whose submitted answers are taken")
        parser.add_argument("--csv", type=Path, metavar="FILE", help="a row a person, a column an item, blank for no answer")
        parser.add_argument("--model", required=True, choices=list(MODELS), help=_listed(MODELS))
        parser.add_argument("--prior", default="lognormal", choices=list(PRIORS), help=f"of the slopes; {_listed(PRIORS)}")
        parser.add_argument("--keep", action="store_true", help="keep it (2pl, of a skill), so that questions are chosen by it")
        parser.add_argument("--json", action="store_true", help="print the parameters as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["scale"]) == bool(options["csv"]):
            raise CommandError("Name either a skill or a file: calibrate SCALE, or calibrate --csv FILE.", returncode=2)
        if options["keep"] and (not options["scale"] or options["model"] != "2pl"):
            raise CommandError("Only a calibration of a skill with --model 2pl is kept.", returncode=2)
        # Has to be said before numpy is loaded: threads would wait for each other longer than they work.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        try:
            table = self._read(options)
            if options["keep"]:
                self._keep(options["scale"])
                return
            result, notes = _calibrated(table, options["model"], with_prior=options["prior"] != "none")
        except AnswersNotUsable as error:
            self._refuse(error)
        for note in [*table.notes, *notes]:
            self.stderr.write(f"Note: {note}")
        self._print(result, as_json=options["json"])

    def _keep(self, scale: str) -> None:
        # Loads numpy, which listing the commands must not.
        from assessments.services import calibration_state, keep_calibration

        kept = keep_calibration(scale)
        state = calibration_state(scale)
        self.stdout.write(
            f"Kept: {kept.items.count():,} questions of {scale} on {kept.persons:,} people. {state.questions:,} of them can be "
            f"chosen by answers, in sittings of {state.longest:,} at the most."
        )

    def _read(self, options: dict[str, Any]) -> Any:
        # Loads numpy, which listing the commands must not.
        from assessments.answer_files import read_answers
        from assessments.scales import scale_answers

        if options["scale"]:
            return scale_answers(options["scale"], in_steps=options["model"] != "2pl")
        try:
            with options["csv"].open("rb") as file:
                return read_answers(file, file_name=options["csv"].name)
        except AnswersNotUsable:
            raise
        except (OSError, UserError) as error:
            raise CommandError(str(error), returncode=2) from None

    def _refuse(self, error: AnswersNotUsable) -> None:
        for reason in error.reasons:
            self.stderr.write(reason)
        if more := error.total - len(error.reasons):
            self.stderr.write(f"and {more:,} more.")
        self.stderr.write("Nothing was estimated.")
        sys.exit(2)

    def _print(self, result: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(result, ensure_ascii=False, indent=2))
            return
        self.stdout.write(f"{result['model']}, {result['persons']:,} persons, log-likelihood {result['log_likelihood']:.4f}\n")
        width = max(len(item["item"]) for item in result["items"])
        self.stdout.write(f"{'item':<{width}}  {'a (se)':>16}  b (se)")
        for item in result["items"]:
            errors = item["se"]
            steps = "  ".join(_pair(b, se) for b, se in zip(item["b"], errors["b"], strict=True))
            self.stdout.write(f"{item['item']:<{width}}  {_pair(item['a'], errors['a'])}  {steps}")


def _listed(choices: dict[str, str]) -> str:
    return "; ".join(f"{name}: {meaning}" for name, meaning in choices.items())


def _pair(value: float, error: float | None) -> str:
    return f"{value:>8.3f} ({'–' if error is None else f'{error:.3f}'})"


def _calibrated(table: Any, model: Any, *, with_prior: bool) -> tuple[dict[str, Any], list[str]]:
    """What is printed, and what to keep in mind. Raises AnswersNotUsable, with the item in each of its reasons."""
    # Loads numpy, which listing the commands must not.
    from assessments.scoring.irt import CannotCalibrate, LognormalPrior, calibrate, collapse

    try:
        found = calibrate(collapse(table.codes), model, prior=LognormalPrior() if with_prior else None)
    except CannotCalibrate as error:
        reasons = [f"{table.items[item]}: {reason}" if item >= 0 else reason for item, reason in error.reasons]
        raise AnswersNotUsable(reasons) from error
    _require_maximum(found, table.items, with_prior=with_prior)
    items = [
        {
            "item": name,
            "a": parameters.a,
            "b": list(parameters.b),
            "se": {"a": _known(errors.a), "b": [_known(error) for error in errors.b]},
        }
        for name, parameters, errors in zip(table.items, found.items, found.errors, strict=True)
    ]
    notes = _how_sure(int((table.codes >= 0).sum(axis=0).min()), with_prior=with_prior)
    backwards = [name for name, parameters in zip(table.items, found.items, strict=True) if parameters.a < 0]
    if backwards:
        notes.append(f"The better people are, the worse they answer {', '.join(backwards)}. Look at the key.")
    result = {"model": model, "persons": found.persons, "log_likelihood": found.log_likelihood, "items": items}
    return result, notes


def _how_sure(answers: int, *, with_prior: bool) -> list[str]:
    readiness = Readiness(answers)
    least = f"The least answered item has {answers:,} answers"
    if readiness.is_provisional:
        return [f"{least}. Under {CLASSICAL} these figures say more of the few who answered than of the items."]
    if readiness.needs_prior and not with_prior:
        return [f"{least}. Under {ADAPTIVE} use a prior: leave out --prior none."]
    if readiness.needs_prior:
        return [f"{least}. Under {ADAPTIVE} these figures are no basis for choosing questions adaptively."]
    return []


def _known(error: float) -> float | None:
    return error if math.isfinite(error) else None


def _require_maximum(found: Any, items: tuple[str, ...], *, with_prior: bool) -> None:
    remedy = "" if with_prior else " Estimate with a prior (leave out --prior none)."
    if found.boundless:
        names = ", ".join(items[item] for item in found.boundless)
        reason = f"These items separate people perfectly, so that their slopes have no limit: {names}.{remedy}"
        raise AnswersNotUsable([reason])
    if not found.converged:
        raise AnswersNotUsable(
            [f"No maximum was reached in {found.iterations} steps: these answers determine too little.{remedy}"]
        )
