"""`manage.py evidence ORG --outcome … --exposure …`: run an analysis from the command line."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Organisation
from needs.enums import EXIT_KINDS
from outcomes.enums import CLOCKS, EXPOSURES, OUTCOMES
from outcomes.errors import QuestionNotUnderstood
from outcomes.evidence.words.writing import p_value
from outcomes.models import AnalysisRequest
from outcomes.services import require_known, with_keys_of_courses


class Command(BaseCommand):
    help = "Answers a question about retention, or says why the data cannot (docs/csv-formats.md). A refusal also exits with 0."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="slug of the organisation")
        parser.add_argument("--outcome", required=True, help=f"{', '.join(OUTCOMES)} or the name of a metric")
        parser.add_argument("--exposure", required=True, choices=EXPOSURES)
        parser.add_argument("--covariates", default="", help="columns to adjust for: age,grade:category")
        parser.add_argument("--clock", choices=list(CLOCKS), default="day")
        parser.add_argument("--course", action="append", default=[], metavar="SLUG", help="whose completion counts; repeatable")
        parser.add_argument(
            "--event",
            action="append",
            default=[],
            choices=list(EXIT_KINDS),
            help="exits that count; repeatable, any if not given",
        )
        parser.add_argument(
            "--team", action="append", default=[], help="whose members it is about; repeatable, all if not given"
        )
        parser.add_argument(
            "--as-of", default="", metavar="DAY", help="nothing after that day has happened; today if not given"
        )
        parser.add_argument(
            "--horizon", type=int, metavar="MONTHS", help="of tenure, beyond which nobody is followed; no end if not given"
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = Organisation.objects.filter(slug=options["organisation"]).first()
        if organisation is None:
            raise CommandError(f"There is no organisation {options['organisation']!r}.", returncode=2)
        try:
            request = AnalysisRequest(
                options["outcome"],
                options["exposure"],
                options["covariates"],
                options["clock"],
                courses=tuple(options["course"]),
                events=tuple(options["event"]),
                as_of=options["as_of"],
                horizon_months=options["horizon"],
                teams=tuple(options["team"]),
            )
            request = with_keys_of_courses(request, organisation)
            require_known(request, organisation)
        except QuestionNotUnderstood as error:
            raise CommandError(str(error), returncode=2) from error

        # Loads pandas and the models: only once the request is understood.
        from outcomes.analysis.computing import compute_result

        result = compute_result(organisation, request, with_charts=False)
        if options["json"]:
            self.stdout.write(json.dumps(result.with_totals, ensure_ascii=False, indent=2))
        else:
            self.print_words(result.result, result.report)

    def print_words(self, result: dict[str, Any], report: dict[str, Any]) -> None:
        self.stdout.write(report["answer"])
        self.stdout.write(f"\n{report['grade']}: {report['grade_meaning']}")
        self.print_list("Why there is no result", [notice["message"] for notice in result["refusals"]])
        self.print_list("Keep in mind", [notice["message"] for notice in result["warnings"]])
        self.print_list("How we know", report["how_we_know"])
        self.print_list("What would change our mind", report["what_would_change_our_mind"])
        self.print_estimates(result["estimates"])
        self.print_curves(result["curves"])

    def print_list(self, title: str, sentences: list[str]) -> None:
        if sentences:
            self.stdout.write(f"\n{title}")
            self.stdout.write("\n".join(f"  {sentence}" for sentence in sentences))

    def print_estimates(self, estimates: list[dict[str, Any]]) -> None:
        if not estimates:
            return
        self.stdout.write(f"\n{'estimate':<18}{'value':>9}{'se':>9}{'low':>9}{'high':>9}{'p':>9}  method")
        for estimate in estimates:
            numbers = "".join(f"{estimate[name]:>9.4f}" for name in ("value", "se", "ci_low", "ci_high"))
            self.stdout.write(f"{estimate['name']:<18}{numbers}{p_value(estimate['p']):>9}  {estimate['method']}")

    def print_curves(self, curves: list[dict[str, Any]]) -> None:
        shown = [point for point in curves if point["month"] % 12 == 0 and point["retained"] is not None]
        if not shown:
            return
        self.stdout.write(f"\n{'retained':<18}{'month':>9}{'share':>9}{'low':>9}{'high':>9}{'at risk':>9}")
        for point in shown:
            shares = "".join(f"{100 * point[name]:>8.1f}%" for name in ("retained", "ci_low", "ci_high"))
            at_risk = "" if point["at_risk"] is None else point["at_risk"]
            self.stdout.write(f"{point['group']:<18}{point['month']:>9}{shares}{at_risk:>9}")
