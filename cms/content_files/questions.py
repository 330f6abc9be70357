"""The questions of a form."""

from typing import Any

from cms.content_files import kinds
from cms.content_files.located import Fields


def read_item(item: Fields, key: str, skills: frozenset[str]) -> dict[str, Any]:
    item.only({"id", "skill", "relationship", "industry", "situation", "question", "options", "concept"})
    options, correct = _options(item)
    if len(correct) != 1:
        item.problem("options", f"{len(correct)} options are the key.", "Mark one with “key: true”.")
    if len({option["id"] for option in options}) < len(options):
        item.problem("options", "Two options have the same id.", "Give each option its own id: a, b, c.")
    return {
        "key": key,
        "skill_slug": kinds.skill_of(item, skills),
        "relationship": item.choice("relationship", kinds.RELATIONSHIPS),
        "industry": item.text("industry", required=False, longest=80),
        "situation": item.text("situation"),
        "prompt": item.text("question"),
        "options": options,
        "correct": correct,
        "concept": item.text("concept", required=False, longest=300),
    }


def _options(item: Fields) -> tuple[list[dict[str, Any]], list[str]]:
    """All options, and the ids of those that are marked as the key."""
    options, correct = [], []
    for option in item.mappings("options", "an option", least=2, most=8):
        option.only({"id", "text", "key", "rationale", "misconception"})
        option_id = option.key("id", longest=40)
        if option.flag("key"):
            correct.append(option_id)
        options.append(
            {
                "id": option_id,
                "text": option.text("text"),
                "feedback": option.text("rationale"),
                "misconception": option.text("misconception", required=False),
            }
        )
    return options, correct
