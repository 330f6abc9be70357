"""What the causes of a gap say, and how expectations have turned out."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Prefetch, QuerySet

from accounts.models import Organisation
from needs.models import Cause, CauseFactor, CauseWeight, Expectation, ExpectationResult, Gap, Specification, StakeholderGroup

TRAINABLE = CauseFactor.KNOWLEDGE
FOUND = (CauseWeight.MAIN, CauseWeight.PART)


@dataclass(frozen=True)
class Verdict:
    """Whether training is the answer: `yes`, `partly`, `no`, or `unknown` while factors have not been looked at."""

    answer: str
    causes: tuple[Cause, ...]
    open_factors: tuple[str, ...]

    @property
    def allows_training(self) -> bool:
        return self.answer in ("yes", "partly")


def verdict(gap: Gap) -> Verdict:
    """Training closes a gap in knowledge or skill. It closes no other, and nobody should buy it for another."""
    by_factor = {cause.factor: cause for cause in gap.causes.all()}
    causes = tuple(cause for cause in by_factor.values() if cause.weight in FOUND)
    unknown = tuple(
        str(factor.label)
        for factor in CauseFactor
        if factor not in by_factor or by_factor[factor].weight == CauseWeight.UNKNOWN
    )
    if TRAINABLE in {cause.factor for cause in causes}:
        answer = "yes" if len(causes) == 1 else "partly"
    elif unknown:
        answer = "unknown"
    else:
        answer = "no"
    return Verdict(answer, tuple(sorted(causes, key=lambda cause: cause.weight != CauseWeight.MAIN)), unknown)


def gaps_of(organisation: Organisation) -> QuerySet[Gap]:
    specifications = Specification.objects.select_related("course", "cohort")
    return (
        organisation.gaps.select_related("team")
        .prefetch_related("causes", Prefetch("specifications", specifications))
        .annotate(expectation_count=Count("specifications__expectations"))
    )


def specifications_of(organisation: Organisation) -> QuerySet[Specification]:
    return organisation.specifications.select_related("gap", "course", "cohort", "approved_by").prefetch_related(
        "skills__skill", "expectations"
    )


@dataclass(frozen=True)
class Tally:
    """Expectations of one stakeholder group, counted by result. `share_met` is None until one has been measured."""

    group: str
    label: str
    met: int
    partly: int
    not_met: int
    open: int
    expectations: tuple[Expectation, ...]

    @property
    def measured(self) -> int:
        return self.met + self.partly + self.not_met

    @property
    def share_met(self) -> float | None:
        """Return on expectations, weighted by importance: met counts whole, partly met half."""
        credit: dict[str, float] = {ExpectationResult.MET: 1.0, ExpectationResult.PARTLY: 0.5, ExpectationResult.NOT_MET: 0.0}
        weighted = [(e.importance, credit[e.result]) for e in self.expectations if e.result in credit]
        total = sum(weight for weight, _credit in weighted)
        return sum(weight * value for weight, value in weighted) / total if total else None


def tallies(expectations: list[Expectation]) -> list[Tally]:
    """One tally for each stakeholder group that expects something."""
    tallies = []
    for group in StakeholderGroup:
        stated = tuple(e for e in expectations if e.stakeholder_group == group)
        counts = Counter(e.result for e in stated)
        if stated:
            result = ExpectationResult
            tallies.append(
                Tally(
                    group,
                    str(group.label),
                    counts[result.MET],
                    counts[result.PARTLY],
                    counts[result.NOT_MET],
                    counts[result.OPEN],
                    stated,
                )
            )
    return tallies


def expectations_of(organisation: Organisation) -> QuerySet[Expectation]:
    """Those that count: of approved specifications."""
    return organisation.expectations.filter(specification__state="approved").select_related("specification")
