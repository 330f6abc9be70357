"""Every piece of evidence of one skill as its page lists it: what it says, what it weighs, where it came from, who sees it.

And the pieces that learners share, as their organisation reads them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import Membership, Organisation, User
from skills.enums import EvidenceKind
from skills.kinds import source_kinds
from skills.models import Evidence, SharedEvidence, Skill
from skills.placed import Placed
from skills.proficiency import ShareEstimate, share_estimate, short_words
from skills.queries import SkillRecord, calling, framework_in, organisations_of, shares_of
from skills.weighing import weights


def words_of(evidence: Evidence) -> str:
    """What a piece says by itself of the level; empty for what says nothing of it."""
    if evidence.level is not None:
        return _("level %(level)s, awarded") % {"level": evidence.level}
    if (placed := evidence.placed) is not None:
        return short_words(placed)
    return share_estimate(evidence).words if evidence.share is not None else ""


@dataclass(frozen=True)
class EvidenceRow:
    """`weight`: of a placed assessment, its part of what they all tell, in per cent. `address` is empty where nothing can be
    opened.
    """

    evidence: Evidence
    placed: Placed | None
    share: ShareEstimate | None
    weight: int | None
    address: str
    told: str = ""
    sharing: "Sharing | None" = None

    @property
    def words(self) -> str:
        """What it says of the level; empty for what says nothing of it."""
        return words_of(self.evidence) or self.told

    @property
    def shown_share(self) -> ShareEstimate | None:
        """The share, where nothing better is known of this piece."""
        return self.share if self.placed is None and self.evidence.level is None else None

    @property
    def weight_words(self) -> str:
        if self.evidence.level is not None:
            return _("decides the level")
        if self.weight is not None:
            return f"{self.weight}%"
        if self.evidence.kind == EvidenceKind.ASSESSMENT and not self.told:
            return _("none: it tells no level")
        return _("none: beside the level")


def evidence_rows(user: User, record: SkillRecord) -> list[EvidenceRow]:
    """Newest first. Two queries, and one for each kind of source that there is, two where it tells something."""
    sharing = sharing_of(user, record.evidence)
    placements = record.placements
    weight_of = dict(zip((evidence.pk for evidence, _placed in placements), weights([p for _e, p in placements]), strict=True))
    sources = [evidence.source for evidence in record.evidence]
    addresses, told = source_addresses(user, sources), source_words(user, sources)
    return [
        EvidenceRow(
            evidence=evidence,
            placed=evidence.placed,
            share=share_estimate(evidence) if evidence.share is not None else None,
            weight=weight_of.get(evidence.pk),
            address=addresses.get(evidence.source, ""),
            told=told.get(evidence.source, ""),
            sharing=sharing.get(evidence.pk),
        )
        for evidence in reversed(record.evidence)
    ]


def source_addresses(user: User, sources: Iterable[str]) -> dict[str, str]:
    """Pages that the user may open, by source."""
    found: dict[str, str] = {}
    for kind, by_uuid in _by_kind(sources).items():
        pages = source_kinds[kind].find(user, by_uuid.keys())
        found |= {by_uuid[uuid]: address for uuid, address in pages.items()}
    return found


def source_words(user: User, sources: Iterable[str]) -> dict[str, str]:
    """What those say that tell it themselves, by source."""
    found: dict[str, str] = {}
    for kind, by_uuid in _by_kind(sources).items():
        tell = source_kinds[kind].tell
        said = tell(user, by_uuid.keys()) if tell else {}
        found |= {by_uuid[uuid]: words for uuid, words in said.items()}
    return found


def _by_kind(sources: Iterable[str]) -> dict[str, dict[UUID, str]]:
    wanted: dict[str, dict[UUID, str]] = defaultdict(dict)
    for source in sources:
        name, _colon, identity = source.partition(":")
        if name in source_kinds and (uuid := _uuid(identity)):
            wanted[name][uuid] = source
    return wanted


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


# Sharing ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sharing:
    """Who sees a piece of evidence beside its learner. `lapsed`: what showed it until it was scored again; `open_to`: with whom
    it can be shared. `refusal` says why it cannot be shared with anybody, and is empty where it can.
    """

    shares: list[SharedEvidence]
    lapsed: list[SharedEvidence]
    open_to: list[Organisation]
    refusal: str


def sharing_of(user: User, pieces: Sequence[Evidence]) -> dict[int, Sharing]:
    """By piece, in force; nothing for somebody who belongs to no organisation. Two queries, one for those."""
    organisations = organisations_of(user)
    if not organisations or not pieces:
        return {}
    shares = list(shares_of(user).filter(evidence__skill__in={piece.skill_id for piece in pieces}))
    return {piece.pk: _sharing(piece, organisations, shares) for piece in pieces}


def _sharing(piece: Evidence, organisations: Sequence[Organisation], shares: Sequence[SharedEvidence]) -> Sharing:
    own = [share for share in shares if share.evidence_id == piece.pk]
    earlier = [share for share in shares if _is_same_source(share.evidence, piece) and share.evidence_id != piece.pk]
    taken = {share.membership.organisation_id for share in own}
    refusal = why_not_shared(piece)
    return Sharing(own, earlier, [] if refusal else [one for one in organisations if one.pk not in taken], refusal)


def _is_same_source(one: Evidence, other: Evidence) -> bool:
    return (one.skill_id, one.source) == (other.skill_id, other.source)


def why_not_shared(piece: Evidence) -> str:
    """Empty where it can be."""
    if piece.may_be_shared:
        return ""
    if piece.kind == EvidenceKind.FEEDBACK:
        return _("Feedback cannot be shared: those you asked were promised that no employer sees it.")
    if piece.kind == EvidenceKind.WORKPLACE:
        return _(
            "Reviews of agreements, and agreements confirmed before they could be shared, cannot be: the other party was told "
            "that your employer does not see them."
        )
    return _("This piece of evidence cannot be shared.")


@dataclass(frozen=True)
class SharedPiece:
    """What an organisation reads of a piece that is shared with it: this and no more."""

    person: str
    team: str
    skill: str
    label: str
    kind: str
    day: datetime
    words: str
    is_provisional: bool
    shared_at: datetime


def shared_pieces(organisation: Organisation, shares: Iterable[SharedEvidence]) -> list[SharedPiece]:
    """In their order. One query, two where the organisation calls skills by names of its own."""
    call = calling(framework_in(organisation))
    return [shared_piece(share.membership, share.evidence, share.created_at, call) for share in shares]


def shared_piece(membership: Membership, evidence: Evidence, shared_at: datetime, call: Callable[[Skill], str]) -> SharedPiece:
    words = words_of(evidence)
    return SharedPiece(
        person=membership.display_name,
        team=membership.team.name if membership.team else "",
        skill=call(evidence.skill),
        label=evidence.label,
        kind=evidence.get_kind_display(),
        day=evidence.occurred_at,
        words=words,
        is_provisional=bool(words) and evidence.is_provisional,
        shared_at=shared_at,
    )
