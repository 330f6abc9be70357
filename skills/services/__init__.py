"""Everything that changes skills, their words and the record of evidence. One verb per function."""

from skills.services.evidence import Finding, correct_evidence, record_evidence, record_findings
from skills.services.frameworks import (
    LevelWords,
    SkillWords,
    add_own_skill,
    give_own_framework,
    load_framework,
    measure_as,
    refuse_measure,
    write_words,
)
from skills.services.own_frameworks import (
    add_skill,
    begin_framework,
    hide_skill,
    move_skill,
    put_framework_away,
    reword_skill,
    take_framework_up,
    use_words_again,
)
from skills.services.sharing import end_shares, share_evidence, take_back_evidence

__all__ = [
    "Finding",
    "LevelWords",
    "SkillWords",
    "add_own_skill",
    "add_skill",
    "begin_framework",
    "correct_evidence",
    "end_shares",
    "give_own_framework",
    "hide_skill",
    "load_framework",
    "measure_as",
    "move_skill",
    "put_framework_away",
    "record_evidence",
    "record_findings",
    "refuse_measure",
    "reword_skill",
    "share_evidence",
    "take_back_evidence",
    "take_framework_up",
    "use_words_again",
    "write_words",
]
