"""Loads answers, asks `assessments.scoring`, stores what it says."""

from collections import defaultdict
from typing import Any

from assessments import scoring
from assessments.answers import agrees
from assessments.enums import KeyProvenance
from assessments.models import Attempt, ItemVersion, ScoringRecord
from assessments.scoring.agreement import METHOD


def score(*, attempt: Attempt) -> ScoringRecord:
    """A scoring record of the answers as they stand, under the keys that the attempt froze."""
    versions = list(ItemVersion.objects.select_related("item__skill").filter(pk__in=attempt.items))
    chosen = dict(attempt.responses.values_list("item_version_id", "chosen"))
    agreed = {version.pk: agrees(version, chosen.get(version.pk, [])) for version in versions}
    whole = scoring.estimate_agreement(sum(agreed.values()), len(versions))
    return ScoringRecord.objects.create(
        attempt=attempt,
        method=METHOD,
        agreed=whole.agreed,
        items=whole.items,
        agreed_low=whole.low,
        agreed_high=whole.high,
        confidence=whole.confidence,
        is_provisional=is_provisional(versions),
        detail={"skills": _by_skill(versions, agreed)},
    )


def is_provisional(versions: list[ItemVersion]) -> bool:
    """Whether a result awards nothing: as long as one question is keyed by its author alone."""
    return any(version.key_provenance == KeyProvenance.AUTHOR for version in versions)


def _by_skill(versions: list[ItemVersion], agreed: dict[int, bool]) -> dict[str, dict[str, Any]]:
    hits: dict[str, list[bool]] = defaultdict(list)
    for version in versions:
        if version.item.skill is not None:
            hits[version.item.skill.slug].append(agreed[version.pk])
    parts = {slug: scoring.estimate_agreement(sum(answers), len(answers)) for slug, answers in sorted(hits.items())}
    return {
        slug: {
            "agreed": part.agreed,
            "items": part.items,
            "low": part.low,
            "high": part.high,
            "share": part.share,
            "share_low": part.share_low,
            "share_high": part.share_high,
        }
        for slug, part in parts.items()
    }
