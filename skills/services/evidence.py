"""Adding to a learner's record of evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from skills.enums import EvidenceKind
from skills.models import Evidence, Skill
from skills.placed import Placed

_PLACEMENT = ("place", "place_low", "place_high", "likely_level", "likely_low", "likely_high")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a source says of one skill. Shares lie between 0 and 1; `placed` says what level the evidence looks like, `level`
    which one it awards.

    Raises `ValueError` for a share outside its interval.
    """

    skill: Skill
    share: float | None = None
    share_low: float | None = None
    share_high: float | None = None
    items: int | None = None
    placed: Placed | None = None
    level: int | None = None

    def __post_init__(self) -> None:
        given = [value for value in (self.share_low, self.share, self.share_high) if value is not None]
        if given != sorted(given) or not all(0 <= value <= 1 for value in given):
            raise ValueError("A share and its interval must be between 0 and 1, in ascending order.")

    @property
    def columns(self) -> dict[str, float | int | None]:
        """Of `Evidence`."""
        shares = {"share": self.share, "share_low": self.share_low, "share_high": self.share_high}
        return {**shares, "items": self.items, **_placement_columns(self.placed), "level": self.level}


def record_findings(
    *,
    user: User,
    kind: str,
    source: str,
    label: str,
    occurred_at: datetime,
    findings: Sequence[Finding],
    is_provisional: bool = True,
    may_be_shared: bool = False,
) -> None:
    """A piece of evidence for each finding, in one statement; one that this source has left before stays as it is.

    `may_be_shared`: its learner may show it to their organisation. Only where nobody else was promised that it stays with them.

    Raises `ValueError` for a kind we do not have and for a level that provisional evidence would award.
    """
    if kind not in EvidenceKind.values:
        raise ValueError(f"Unknown kind of evidence: {kind!r}.")
    _refuse_awards(findings, is_provisional)
    common = {
        "kind": kind,
        "source": source,
        "label": label,
        "occurred_at": occurred_at,
        "is_provisional": is_provisional,
        "may_be_shared": may_be_shared,
    }
    rows = [Evidence(user=user, skill=finding.skill, **common, **finding.columns) for finding in findings]
    Evidence.objects.bulk_create(rows, ignore_conflicts=True)


def correct_evidence(*, user: User, source: str, findings: Sequence[Finding], is_provisional: bool) -> int:
    """A new row beside each piece of this source whose skill it now finds otherwise, naming the one it replaces; how many.

    Day and label stay, and a skill of which the source has said nothing before gets nothing. Whoever calls it has locked the
    source: a piece that two correct at once is an IntegrityError. Raises `ValueError` as `record_findings` does.
    """
    _refuse_awards(findings, is_provisional)
    earlier = {piece.skill_id: piece for piece in Evidence.objects.in_force().filter(user=user, source=source)}
    rows = [
        _correction(piece, finding, is_provisional)
        for finding in findings
        if (piece := earlier.get(finding.skill.pk)) is not None and _differs(piece, finding, is_provisional)
    ]
    return len(Evidence.objects.bulk_create(rows))


def _differs(piece: Evidence, finding: Finding, is_provisional: bool) -> bool:
    found = finding.columns
    return found != {name: getattr(piece, name) for name in found} or piece.is_provisional != is_provisional


def _correction(piece: Evidence, finding: Finding, is_provisional: bool) -> Evidence:
    return Evidence(
        user_id=piece.user_id,
        skill_id=piece.skill_id,
        kind=piece.kind,
        source=piece.source,
        label=piece.label,
        occurred_at=piece.occurred_at,
        is_provisional=is_provisional,
        may_be_shared=piece.may_be_shared,
        replaces=piece,
        **finding.columns,
    )


def record_evidence(
    *,
    user: User,
    skill: Skill,
    kind: str,
    source: str,
    label: str,
    occurred_at: datetime,
    share: float | None = None,
    share_low: float | None = None,
    share_high: float | None = None,
    items: int | None = None,
    placed: Placed | None = None,
    level: int | None = None,
    is_provisional: bool = True,
    may_be_shared: bool = False,
) -> Evidence:
    """One piece of evidence per person, skill and source. Shares lie between 0 and 1; provisional evidence awards no level.

    `placed` says what level the evidence looks like, `level` which one it awards.

    Raises `ValueError` as `Finding` and `record_findings` do.
    """
    finding = Finding(
        skill=skill, share=share, share_low=share_low, share_high=share_high, items=items, placed=placed, level=level
    )
    record_findings(
        user=user,
        kind=kind,
        source=source,
        label=label,
        occurred_at=occurred_at,
        findings=[finding],
        is_provisional=is_provisional,
        may_be_shared=may_be_shared,
    )
    return Evidence.objects.get(user=user, skill=skill, source=source, replaces=None)


def _placement_columns(placed: Placed | None) -> dict[str, float | int | None]:
    if placed is None:
        return dict.fromkeys(_PLACEMENT)
    return {
        "place": placed.place,
        "place_low": placed.low,
        "place_high": placed.high,
        "likely_level": placed.likely_level,
        "likely_low": placed.likely_low,
        "likely_high": placed.likely_high,
    }


def _refuse_awards(findings: Sequence[Finding], is_provisional: bool) -> None:
    if is_provisional and any(finding.level is not None for finding in findings):
        raise ValueError("Provisional evidence cannot award a level.")
