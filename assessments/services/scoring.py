"""Asks `assessments.scoring` about answers, and stores what it says."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from assessments import scoring
from assessments.answers import agrees, credit, has_parts
from assessments.enums import KeyProvenance
from assessments.models import Attempt, ScoringRecord
from assessments.queries import Answer, placed_of
from assessments.scoring.agreement import METHOD
from assessments.scoring.credit import estimate_credit
from assessments.scoring.placement import METHOD as PLACEMENT_METHOD
from assessments.scoring.placement import Choice, place
from assessments.services.adaptive_bank import METHOD as ADAPTIVE_METHOD
from assessments.services.adaptive_bank import adaptive_detail
from assessments.services.awarding import award_for, layouts_of
from skills.services import Finding


def score(*, attempt: Attempt, answers: Sequence[Answer]) -> ScoringRecord:
    """Keep a scoring record of the answers under the keys of their versions."""
    record = scored_adaptively(attempt, answers) if attempt.is_adaptive else scored(attempt, answers)
    record.save()
    return record


def scored(attempt: Attempt | None, answers: Sequence[Answer]) -> ScoringRecord:
    """The same, not saved; of answers that belong to no attempt, where it is None. What people rate counts nowhere here."""
    asked, answers = len(answers), keyed(answers)
    texts = {"texts": asked - len(answers)} if asked > len(answers) else {}
    whole = scoring.estimate_agreement(sum(_agrees(answer) for answer in answers), len(answers))
    may_award = not is_provisional(answers)
    return ScoringRecord(
        attempt=attempt,
        method=METHOD,
        agreed=whole.agreed,
        items=whole.items,
        agreed_low=whole.low,
        agreed_high=whole.high,
        confidence=whole.confidence,
        is_provisional=not may_award,
        detail={"skills": _by_skill(answers, may_award=may_award)}
        | _credit(answers)
        | _experts(answers, may_award=may_award)
        | texts,
    )


def keyed(answers: Sequence[Answer]) -> list[Answer]:
    """Those that a key scores."""
    return [answer for answer in answers if not answer.version.is_open]


def scored_adaptively(attempt: Attempt, answers: Sequence[Answer]) -> ScoringRecord:
    """Of questions chosen by the answers before them: where they place somebody. How many agreed depends on what was asked, so
    it is kept and told nowhere. Of no answer at all there is a record that says so.
    """
    if not answers:
        record = ScoringRecord(attempt=attempt, agreed=0, items=0, agreed_low=0, agreed_high=0, detail={"skills": {}})
    else:
        record = scored(attempt, answers)
    record.method = ADAPTIVE_METHOD
    record.detail["adaptive"] = adaptive_detail(attempt)
    return record


def is_provisional(answers: Sequence[Answer]) -> bool:
    """Whether a result awards nothing: as long as one question is keyed by its author alone."""
    return any(answer.version.key_provenance == KeyProvenance.AUTHOR for answer in answers)


def source_of(attempt: Attempt) -> str:
    """The name of an attempt among the sources of evidence."""
    return f"attempt:{attempt.uuid}"


def findings_of(record: ScoringRecord, answers: Sequence[Answer]) -> list[Finding]:
    """What a scoring of these answers says of each skill of which one was answered at least: questions that are all left open
    are evidence of nothing. Of a level it awards see `assessments.services.awarding`; a provisional scoring awards none. Of an
    adaptive sitting only where it places somebody: a share of questions that were chosen to be neither easy nor hard says
    nothing.
    """
    skills = {answer.version.item.skill for answer in keyed(answers) if answer.chosen}
    by_slug = {skill.slug: skill for skill in skills if skill is not None}
    if "adaptive" in record.detail:
        placed = {slug: part for slug, part in record.detail["skills"].items() if "placement" in part and slug in by_slug}
        return [
            Finding(skill=by_slug[slug], items=part["items"], placed=place)
            for slug, part in placed.items()
            if (place := placed_of(part["placement"])) is not None
        ]
    return [
        Finding(
            skill=by_slug[slug],
            share=part["share"],
            share_low=part["share_low"],
            share_high=part["share_high"],
            items=part["items"],
            placed=placed_of(part["placement"]) if "placement" in part else None,
            level=part["award"]["level"] if "award" in part else None,
        )
        for slug, part in record.detail["skills"].items()
        if slug in by_slug
    ]


def _agrees(answer: Answer) -> bool:
    return agrees(answer.version, answer.chosen)


def _credit(answers: Sequence[Answer]) -> dict[str, Any]:
    """Under "credit" what answers are worth that agree in part; nothing where none can. It counts as agreement nowhere."""
    if not any(has_parts(answer.version) for answer in answers):
        return {}
    estimated = estimate_credit([credit(answer.version, answer.chosen) for answer in answers])
    return {"credit": {name: round(value, 4) for name, value in asdict(estimated).items()}}


def _experts(answers: Sequence[Answer], *, may_award: bool) -> dict[str, Any]:
    """Under "experts" how many have judged each question at least, where all are keyed by more than their authors; None where
    some key was calibrated, or nobody has noted it.
    """
    if not may_award or not answers:
        return {}
    counts = [answer.version.panel_experts for answer in answers]
    return {"experts": None if None in counts else min(count for count in counts if count is not None)}


def _by_skill(answers: Sequence[Answer], *, may_award: bool) -> dict[str, dict[str, Any]]:
    of_skill: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        if answer.version.item.skill is not None:
            of_skill[answer.version.item.skill.slug].append(answer)
    return {
        slug: _agreement(asked) | _credit(asked) | _placement(asked, may_award=may_award)
        for slug, asked in sorted(of_skill.items())
    }


def _agreement(answers: Sequence[Answer]) -> dict[str, Any]:
    part = scoring.estimate_agreement(sum(_agrees(answer) for answer in answers), len(answers))
    return {
        "agreed": part.agreed,
        "items": part.items,
        "low": part.low,
        "high": part.high,
        "share": part.share,
        "share_low": part.share_low,
        "share_high": part.share_high,
    }


def _placement(answers: Sequence[Answer], *, may_award: bool) -> dict[str, Any]:
    """Under "placement" where the answers lie on the scale of levels, and under "award" what level that awards where it may;
    nothing where no answer tells levels apart.

    Questions left open say nothing of a level: whoever ran out of time is placed by what they answered. Nor do ratings, orders
    and the like: the model of `assessments.scoring.placement` is one of choosing an option among options that have levels.
    """
    choices = [
        Choice(tuple(levels.values()), levels[option])
        for answer in answers
        if (levels := answer.version.levels)
        for option in answer.chosen
    ]
    if not any(len(set(choice.options)) > 1 for choice in choices):
        return {}
    placement = place(choices)
    told: dict[str, Any] = {"placement": asdict(placement) | {"method": PLACEMENT_METHOD}}
    if may_award:
        told["award"] = award_for(placement, layouts_of([choice.options for choice in choices])).as_json
    return told
