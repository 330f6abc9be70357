"""Every piece of evidence of one skill as its page lists it: what it says, what it weighs, where it came from."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import User
from skills.enums import EvidenceKind
from skills.kinds import source_kinds
from skills.models import Evidence
from skills.placed import Placed
from skills.proficiency import ShareEstimate, share_estimate, short_words
from skills.queries import SkillRecord
from skills.weighing import weights


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

    @property
    def words(self) -> str:
        """What it says of the level; empty for what says nothing of it."""
        if self.evidence.level is not None:
            return _("level %(level)s, awarded") % {"level": self.evidence.level}
        if self.placed is not None:
            return short_words(self.placed)
        return self.share.words if self.share is not None else self.told

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
    """Newest first. One query for each kind of source that there is, two where it tells something."""
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
