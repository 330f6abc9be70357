"""Drafts of questions, and what the editor sends for one."""

from typing import Any

from django.urls import reverse
from wagtail.test.utils.form_data import nested_form_data

from assessments.answers import targets_of
from assessments.formats import joined
from assessments.formats.matching import target_id
from assessments.models import Item
from assessments.services import upsert_item
from cms.questions.conversion import NOTES
from cms.questions.models import QuestionDraft
from tests.cms.editing import posted

WRITTEN = (
    "key",
    "kind",
    "situation",
    "prompt",
    "others",
    "concept",
    "enemies",
    "tags",
    "language",
    "translation_of",
    "image_alt",
    *NOTES,
)
OPTIONS = [
    {"id": name, "text": f"Text {name}", "feedback": f"Because {name}.", "misconception": ""} for name in ("k3", "k1", "k2")
]
TARGETS = targets_of(["First", "Second", "Neither"])
MATCHED = {"k3": "First", "k1": "Second", "k2": "Second"}
KEYS: dict[str, list[str]] = {
    "single": ["k3"],
    "multiple": ["k3", "k1"],
    "rate": ["k3:5", "k1:2.25", "k2:1"],
    "best-worst": ["k3:5", "k1:3", "k2:1"],
    "rank": ["k3:5", "k1:2.25", "k2:1"],
    "order": ["k3:2", "k1:3", "k2:1"],
    "lines": ["k3", "k2"],
    "match": [joined(option, target_id(text)) for option, text in MATCHED.items()],
    "scale": ["k3"],
    "text": ["k3", "k1"],
}


def form_of(draft: QuestionDraft, **changes: Any) -> dict[str, Any]:
    """What the editor sends for a draft, as it stands."""
    fields: dict[str, Any] = {name: getattr(draft, name) for name in WRITTEN}
    fields |= {
        "course": draft.course_id or "",
        "skill": draft.skill_id or "",
        "image": draft.image_id or "",
        "base": draft.based_on,
    }
    fields |= {"options": posted(draft.options.stream_block, draft.options), "go_live_at": "", "expire_at": ""}
    return {name: "" if value is None else value for name, value in nested_form_data(fields | changes).items()}


def new_form(answers: int = 3, **changes: Any) -> dict[str, Any]:
    """A single choice that nobody has written before, complete; its first answer is the key."""
    fields: dict[str, Any] = dict.fromkeys(WRITTEN, "")
    fields |= {"kind": "single", "prompt": "What should she do?", "relationship": "customer", "course": "", "skill": ""}
    fields |= {"image": "", "go_live_at": "", "expire_at": "", "options-count": str(answers)}
    for place in range(answers):
        name = f"options-{place}"
        fields |= {f"{name}-id": "", f"{name}-type": "answer", f"{name}-order": str(place), f"{name}-deleted": ""}
        fields |= {f"{name}-value-text": f"Answer {place + 1}", f"{name}-value-feedback": "Because."}
        fields |= {f"{name}-value-{part}": "" for part in ("rating", "misconception", "match", "level")}
    if answers:
        fields["options-0-value-correct"] = "on"
    return fields | changes


def address(name: str, *args: Any) -> str:
    return reverse(f"wagtailsnippets_cms_questiondraft:{name}", args=args)


def edit(draft: QuestionDraft) -> str:
    return address("edit", draft.pk)


def newest(draft: QuestionDraft) -> QuestionDraft:
    found: QuestionDraft = QuestionDraft.objects.get(pk=draft.pk).get_latest_revision_as_object()
    return found


def of_format(item: Item, kind: str, correct: list[str] | None = None, **changes: Any) -> Item:
    """The question written again in this format, as a content file would."""
    version = item.current_version
    fields: dict[str, Any] = {
        "situation": version.situation,
        "prompt": version.prompt,
        "options": OPTIONS + (TARGETS if kind == "match" else []),
        "correct": correct or KEYS[kind],
        "skill_slug": item.skill.slug if item.skill else None,
        "relationship": item.relationship or "customer",
        "industry": item.industry,
    }
    return upsert_item(course=item.course, key=item.key, uuid=item.uuid, use=item.use, kind=kind, **fields | changes)


def reworded(item: Item, prompt: str, **changes: Any) -> Item:
    """The question with another wording, as a content file would write it."""
    item = Item.objects.get(pk=item.pk)
    version = item.current_version
    return of_format(item, item.kind, version.correct, options=version.options, prompt=prompt, **changes)
