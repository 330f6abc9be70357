"""Loads answers, asks `assessments.scoring`, stores what it says."""

from collections import defaultdict
from dataclasses import asdict
from typing import Any

from assessments import scoring
from assessments.answers import agrees
from assessments.enums import KeyProvenance
from assessments.models import Attempt, ItemVersion, ScoringRecord
from assessments.queries import presented_items
from assessments.scoring.agreement import METHOD
from assessments.scoring.placement import METHOD as PLACEMENT_METHOD
from assessments.scoring.placement import Choice, place

Chosen = dict[int, list[str]]
"""Option ids by id of the version."""


def score(*, attempt: Attempt) -> ScoringRecord:
    """A scoring record of the answers as they stand, under the keys that the attempt froze."""
    versions = [entry.item_version for entry in presented_items(attempt)]
    chosen: Chosen = dict(attempt.responses.values_list("item_version_id", "chosen"))
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
        detail={"skills": _by_skill(versions, agreed, chosen)},
    )


def is_provisional(versions: list[ItemVersion]) -> bool:
    """Whether a result awards nothing: as long as one question is keyed by its author alone."""
    return any(version.key_provenance == KeyProvenance.AUTHOR for version in versions)


def _by_skill(versions: list[ItemVersion], agreed: dict[int, bool], chosen: Chosen) -> dict[str, dict[str, Any]]:
    of_skill: dict[str, list[ItemVersion]] = defaultdict(list)
    for version in versions:
        if version.item.skill is not None:
            of_skill[version.item.skill.slug].append(version)
    return {
        slug: _agreement([agreed[version.pk] for version in asked]) | _placement(asked, chosen)
        for slug, asked in sorted(of_skill.items())
    }


def _agreement(answers: list[bool]) -> dict[str, Any]:
    part = scoring.estimate_agreement(sum(answers), len(answers))
    return {
        "agreed": part.agreed,
        "items": part.items,
        "low": part.low,
        "high": part.high,
        "share": part.share,
        "share_low": part.share_low,
        "share_high": part.share_high,
    }


def _placement(versions: list[ItemVersion], chosen: Chosen) -> dict[str, Any]:
    """Under "placement" where the answers lie on the scale of levels; nothing where no answer tells levels apart.

    Questions left open say nothing of a level: whoever ran out of time is placed by what they answered.
    """
    choices = [
        Choice(tuple(levels.values()), levels[answer])
        for version in versions
        if (levels := version.levels)
        for answer in chosen.get(version.pk, [])
    ]
    if not any(len(set(choice.options)) > 1 for choice in choices):
        return {}
    return {"placement": asdict(place(choices)) | {"method": PLACEMENT_METHOD}}
