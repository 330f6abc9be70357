"""The registry of rules, and one run of all of them over a bank."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from assessments.item_rules.findings import Finding, Measure, Report
from assessments.item_rules.model import Bank
from assessments.item_rules.rules import chance, content, evidence, prose, rated, shape

Check = Callable[[Bank], Iterator[Finding | Measure]]


@dataclass(frozen=True)
class Rule:
    number: int
    name: str
    check: Check | Callable[[Bank], Iterator[Finding]]


RULES: tuple[Rule, ...] = (
    Rule(1, "length", shape.length),
    Rule(2, "no rule wins", chance.no_rule_wins),
    Rule(3, "no word model wins", chance.no_word_model_wins),
    Rule(4, "cue parity", shape.cue_parity),
    Rule(5, "acts mixed", content.acts_mixed),
    Rule(6, "kindness", shape.kindness),
    Rule(7, "misconceptions", content.misconceptions),
    Rule(8, "siblings", content.siblings),
    Rule(9, "stem", prose.stem),
    Rule(10, "position", shape.position),
    Rule(11, "rationale", prose.rationale),
    Rule(12, "provenance", evidence.provenance),
    Rule(13, "sums", evidence.sums),
    Rule(14, "sources", evidence.sources),
    Rule(15, "language", prose.language),
    Rule(16, "mix", content.mix),
)

OF_OPEN_QUESTIONS = {8: rated.siblings, 9: rated.stem, 11: rated.reasons, 15: rated.language}
"""What a rule asks of questions that have no options. The other rules are about options."""


def check(bank: Bank, format_findings: Iterable[Finding] = (), *, only: Iterable[int] = ()) -> Report:
    """All rules, or those whose numbers are given, over the bank. `format_findings` are those of reading it: rule 0."""
    wanted = set(only)
    report = Report(findings=list(format_findings), counts=_counts(bank))
    for rule in RULES:
        if wanted and rule.number not in wanted:
            continue
        for found in rule.check(bank) if bank.items or rule.number in (7, 14) else ():
            if isinstance(found, Measure):
                report.measures.append(found)
            else:
                report.findings.append(found)
        if rule.number in OF_OPEN_QUESTIONS:
            report.findings.extend(OF_OPEN_QUESTIONS[rule.number](bank))
    return report


def _counts(bank: Bank) -> dict[str, int]:
    return {
        "items": len(bank.items),
        "open questions": len(bank.open),
        "forms": len(bank.forms),
        "misconceptions": len(bank.misconceptions),
        "works": len(bank.works),
        "lessons": len(bank.lessons),
    }
