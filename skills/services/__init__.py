"""Everything that changes skills, their words and the record of evidence. One verb per function."""

from skills.services.evidence import Finding, correct_evidence, record_evidence, record_findings
from skills.services.frameworks import (
    LevelWords,
    SkillWords,
    add_own_skill,
    give_own_framework,
    load_framework,
    refuse_measure,
    write_words,
)
from skills.services.sharing import end_shares, share_evidence, take_back_evidence

__all__ = [
    "Finding",
    "LevelWords",
    "SkillWords",
    "add_own_skill",
    "correct_evidence",
    "end_shares",
    "give_own_framework",
    "load_framework",
    "record_evidence",
    "record_findings",
    "refuse_measure",
    "share_evidence",
    "take_back_evidence",
    "write_words",
]
