"""A learner's proficiency in a skill, as pictures and words say it. Private to the learner."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from skills.models import Evidence, Skill
from skills.placed import Placed
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
    """One skill among others: a level where one was awarded, else the place of the newest assessment, else its share.

    `before` and `first` are the first of their kind where there is a newer one to compare it with.
    """

    skill: Skill
    level_names: list[str]
    awarded: Evidence | None
    placed: Placed | None
    before: Placed | None
    latest: ShareEstimate | None
    first: ShareEstimate | None
    is_provisional: bool
    words: str

    @property
    def level(self) -> int | None:
        """The one that was awarded, else the one that the newest answers look most like."""
        if self.awarded is not None:
            return self.awarded.level
        return self.placed.likely_level if self.placed is not None else None

    @property
    def is_confirmed(self) -> bool:
        """Whether what is shown of it rests on more than the keys of authors."""
        is_measured = self.placed is not None or self.latest is not None
        return self.awarded is not None or (is_measured and not self.is_provisional)

    @property
    def has_outline(self) -> bool:
        """Whether its picture shows something earlier."""
        return self.awarded is None and (self.before if self.placed is not None else self.first) is not None


def proficiency(record: SkillRecord) -> Proficiency:
    placements = [placed for _evidence, placed in record.placements]
    latest = share_estimate(record.latest) if record.latest else None
    first = share_estimate(record.first) if record.first else None
    return Proficiency(
        skill=record.skill,
        level_names=[level.name for level in record.levels],
        awarded=record.awarded,
        placed=placements[-1] if placements else None,
        before=placements[0] if len(placements) > 1 else None,
        latest=latest,
        first=first,
        is_provisional=_is_provisional(record),
        words=_proficiency_words(record, latest, first),
    )


def _is_provisional(record: SkillRecord) -> bool:
    """Of what is shown of it."""
    if record.awarded is not None:
        return False
    shown = record.placements[-1][0] if record.placements else record.latest
    return shown is not None and shown.is_provisional


def _proficiency_words(record: SkillRecord, latest: ShareEstimate | None, first: ShareEstimate | None) -> str:
    if record.awarded is not None:
        return _("Level %(level)s of 5, awarded.") % {"level": record.awarded.level}
    if record.placements:
        return placed_words(record.placements[-1][1])
    if latest is None:
        return _("Evidence from practice or work, and no assessment yet.")
    words = {"share": latest.share, "low": latest.low, "high": latest.high}
    if first is None:
        return _("%(share)s%% of your answers agree with the recommended ones, likely %(low)s%% to %(high)s%%.") % words
    text = _(
        "%(share)s%% of your answers agree with the recommended ones, likely %(low)s%% to %(high)s%%; at first %(first)s%%."
    )
    return text % (words | {"first": first.share})


def placed_words(placed: Placed) -> str:
    """What the answers look like, and which levels lie in the band."""
    words = {"level": placed.likely_level, "low": placed.likely_low, "high": placed.likely_high}
    if placed.likely_low == placed.likely_high:
        return _("Your answers look most like level %(level)s, and no other level is likely.") % words
    if placed.likely_high == placed.likely_low + 1:
        return _("Your answers look most like level %(level)s; level %(low)s or %(high)s is likely.") % words
    return _("Your answers look most like level %(level)s; level %(low)s to %(high)s is likely.") % words


def short_words(placed: Placed) -> str:
    """The same for lists."""
    words = {"level": placed.likely_level, "low": placed.likely_low, "high": placed.likely_high}
    if placed.likely_low == placed.likely_high:
        return _("most like level %(level)s") % words
    if placed.likely_high == placed.likely_low + 1:
        return _("most like level %(level)s; %(low)s or %(high)s likely") % words
    return _("most like level %(level)s; %(low)s to %(high)s likely") % words


def share_estimate(evidence: Evidence) -> ShareEstimate:
    """Of evidence that has a share."""
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
