"""`manage.py check_simulations [PATH]`: read the cases of practice and play them, before a learner does."""

import json
from pathlib import Path
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.text import counted
from practice.cases import CaseError, case_files, read_case_file
from practice.scoring.lint import lint


class Command(BaseCommand):
    help = (
        "Checks interviews and negotiations (docs/simulations.md): that they can be read, and that simple habits do not win. "
        "Ends with 1 where anything is wrong, with 2 where there is nothing to check."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        default = settings.CONTENT_DIR / "simulations"
        parser.add_argument("path", nargs="?", default=str(default), help="A case, or a folder of them.")
        parser.add_argument("--json", action="store_true", help="Print faults and figures as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["path"])
        files = case_files(path)
        if not files:
            raise CommandError(f"There are no cases in {path}. Give a YAML file, or a folder that holds some.", returncode=2)
        checked = [_check(file, file.name if file == path else file.relative_to(path).as_posix()) for file in files]
        if options["json"]:
            self.stdout.write(json.dumps({"cases": checked}, ensure_ascii=False, indent=2))
        else:
            self._say(checked)
        faults = sum(len(case["faults"]) for case in checked)
        if faults:
            wrong = sum(bool(case["faults"]) for case in checked)
            raise CommandError(f"{counted(faults, 'fault')} in {counted(wrong, 'case')} of {len(checked)}.")

    def _say(self, checked: list[dict[str, Any]]) -> None:
        for case in checked:
            self.stdout.write(f"{case['file']}: {counted(len(case['faults']), 'fault')}, {case['seconds']:.1f} s")
            for fault in case["faults"]:
                place = ", ".join(part for part in (f"line {fault['line']}" if fault["line"] else "", fault["where"]) if part)
                self.stdout.write(f"  {place}: {fault['what']} {fault['remedy']}")
            for name, value in case["figures"].items():
                self.stdout.write(f"    {name.replace('_', ' ')}: {'–' if value is None else value}")


def _check(file: Path, name: str) -> dict[str, Any]:
    begun = perf_counter()
    kind, figures = None, {}
    try:
        case = read_case_file(file, name)
    except CaseError as error:
        faults = [_fault("format", fault.line, fault.path, fault.what, fault.remedy) for fault in error.problems]
    else:
        kind, report = case.kind, lint(case)
        figures = dict(report.figures)
        faults = [_fault(found.rule, 0, found.where, found.what, found.remedy) for found in report.findings]
    seconds = round(perf_counter() - begun, 2)
    return {"file": name, "kind": kind, "faults": faults, "figures": figures, "seconds": seconds}


def _fault(rule: str, line: int, where: str, what: str, remedy: str) -> dict[str, Any]:
    return {"rule": rule, "line": line, "where": where, "what": what, "remedy": remedy}
