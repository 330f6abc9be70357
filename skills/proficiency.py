"""A learner's proficiency in a skill, as pictures and words say it. Private to the learner."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from skills.models import Evidence, Skill
from skills.queries import SkillRecord


@dataclass(frozen=True)
class ShareEstimate:
    """One piece of evidence with its share, in whole per cent, and the same in words."""

    evidence: Evidence
    share: int
    low: int
    high: int
    words: str


@dataclass(frozen=True)
class Proficiency:
    """One skill among others: a level where one was awarded, else the newest share, beside the first one."""

    skill: Skill
    awarded: Evidence | None
    latest: ShareEstimate | None
    first: ShareEstimate | None
    words: str


def share_estimates(record: SkillRecord) -> list[ShareEstimate]:
    return [_share_estimate(evidence) for evidence in record.measured]


def proficiency(record: SkillRecord) -> Proficiency:
    latest = _share_estimate(record.latest) if record.latest else None
    first = _share_estimate(record.first) if record.first else None
    return Proficiency(record.skill, record.awarded, latest, first, _proficiency_words(record, latest, first))


def _proficiency_words(record: SkillRecord, latest: ShareEstimate | None, first: ShareEstimate | None) -> str:
    if record.awarded is not None:
        return _("Level %(level)s of 5.") % {"level": record.awarded.level}
    if latest is None:
        return _("Evidence from work, and no assessment yet.")
    words = {"share": latest.share, "low": latest.low, "high": latest.high}
    if first is None:
        return _("%(share)s%%, likely %(low)s%% to %(high)s%%.") % words
    return _("%(share)s%%, likely %(low)s%% to %(high)s%%; at first %(first)s%%.") % (words | {"first": first.share})


def _share_estimate(evidence: Evidence) -> ShareEstimate:
    share, low, high = (
        round(100 * (evidence.share if value is None else value))  # type: ignore[operator]  # only those with a share come here
        for value in (evidence.share, evidence.share_low, evidence.share_high)
    )
    words = _("%(share)s%% of %(items)s answers agree with the recommended ones; likely range %(low)s%% to %(high)s%%.") % {
        "share": share,
        "items": evidence.items or "",
        "low": low,
        "high": high,
    }
    return ShareEstimate(evidence, share, low, high, words)
