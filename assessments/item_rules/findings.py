"""What a rule found: what is wrong, where, what to do."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Finding:
    """`file`, `item` and `option` are empty where a finding is about more than one. `group` is a form, or "bank"."""

    rule: int
    severity: Severity
    what: str
    remedy: str
    file: str = ""
    item: str = ""
    option: str = ""
    group: str = ""

    @property
    def where(self) -> str:
        place = ":".join(filter(None, [self.file, self.item, self.option]))
        if self.group and not self.item:
            return f"{place} ({self.group})" if place else self.group
        return place or "bank"

    def __str__(self) -> str:
        return f"{self.where}: rule {self.rule}: {self.what} {self.remedy}"


@dataclass(frozen=True)
class Measure:
    """A figure behind rule 2 or 3. `hits` of `n_items`, `chance` what random keys would give, `p` familywise.

    `level_gap` is the mean level chosen minus the mean level of the options, in levels, `level_se` its standard error when
    the levels are permuted within each item; both None where no item is keyed by level.
    """

    rule: int
    group: str
    name: str
    n_items: int
    hits: float
    chance: float
    p: float
    level_gap: float | None = None
    level_se: float | None = None


@dataclass
class Report:
    findings: list[Finding] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == "error"]

    @property
    def warnings(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == "warning"]

    @property
    def failed_rules(self) -> list[int]:
        return sorted({finding.rule for finding in self.errors})

    def as_json(self) -> dict[str, Any]:
        """The form that docs/item-rules.md describes."""
        return {
            "ok": not self.errors,
            "counts": self.counts,
            "failed_rules": self.failed_rules,
            "findings": [asdict(finding) | {"where": finding.where} for finding in self.findings],
            "measures": [asdict(measure) for measure in self.measures],
        }
