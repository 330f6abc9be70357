"""Cases from YAML and from data as JSON has it. Nothing in them is evaluated: conditions are fields, not expressions."""

from __future__ import annotations

from typing import Any

from common.yaml_text import read_yaml
from practice.cases.problems import CaseError, Problem
from practice.cases.references import faults_of
from practice.cases.structure import MAX_CASE_ID, MAX_ID, MISREAD, NO_CASE_IDS, Notes, structured
from practice.scoring.interview_case import InterviewCase
from practice.scoring.negotiation_case import NegotiationCase

Case = InterviewCase | NegotiationCase
KINDS: dict[str, type] = {"interview": InterviewCase, "negotiation": NegotiationCase}
MAX_CHARACTERS = 200_000


def case_from_yaml(text: str, file: str = "") -> Case:
    """The case written in `text`; `file` is its name in messages. Raises CaseError with everything that is wrong."""
    if len(text) > MAX_CHARACTERS:
        raise CaseError([Problem(file, 1, "", f"The case has {len(text):,} characters.", f"Shorten it to {MAX_CHARACTERS:,}.")])
    data, refusals = read_yaml(text, 1)
    if refusals:
        raise CaseError(Problem(file, refusal.line, "", refusal.what, refusal.remedy) for refusal in refusals)
    return case_from_data(data, file)


def _note_id(name: Any, notes: Notes) -> None:
    """It is the case's address as well."""
    if name in NO_CASE_IDS:
        notes.problem("id", f"“{name}” is the address of another page.", "Choose another id.")
    elif isinstance(name, str) and MAX_CASE_ID < len(name) <= MAX_ID:
        notes.problem("id", f"The id of the case has {len(name)} characters.", f"Shorten it to {MAX_CASE_ID}.")


def case_from_data(data: Any, file: str = "") -> Case:
    """The case in `data`: dicts, lists, texts, numbers. Raises CaseError with everything that is wrong."""
    kind = data.get("kind") if isinstance(data, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        line = getattr(data, "lines", {}).get("kind", getattr(data, "line", 0))
        raise CaseError(
            [Problem(file, line, "kind", "It does not say what kind of case it is.", "Write kind: interview or negotiation.")]
        )
    notes = Notes()
    case = structured(KINDS[kind], data, notes)
    _note_id(data.get("id"), notes)
    # Names are followed once everything else is right: a list may be noted as too short and be read all the same.
    if case is not MISREAD and not notes.problems:
        for fault in faults_of(case):
            notes.problem(*fault)
    if notes.problems:
        raise CaseError(Problem(file, notes.line(path), path, what, remedy) for path, what, remedy in notes.problems)
    read: Case = case
    return read
