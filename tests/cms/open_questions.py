"""What the editor of open questions sends."""

from typing import Any

from django.urls import reverse
from wagtail.test.utils.form_data import nested_form_data

from cms.open_drafts.models import OpenQuestionDraft
from tests.cms.editing import posted

NUMBERS = ("fewest", "most", "megabytes", "minutes")
WRITTEN = ("occasion", "situation", "prompt", "concept", "by", "kinds", *NUMBERS)


def address(name: str, *args: Any) -> str:
    return reverse(f"wagtailsnippets_cms_openquestiondraft:{name}", args=args)


def edit(draft: OpenQuestionDraft) -> str:
    return address("edit", draft.pk)


def newest(draft: OpenQuestionDraft) -> OpenQuestionDraft:
    found: OpenQuestionDraft = OpenQuestionDraft.objects.get(pk=draft.pk).get_latest_revision_as_object()
    return found


def form_of(draft: OpenQuestionDraft, **changes: Any) -> dict[str, Any]:
    """What the editor sends for a draft, as it stands."""
    fields: dict[str, Any] = {name: getattr(draft, name) for name in WRITTEN}
    fields |= {"course": draft.course_id or "", "skill": draft.skill_id or "", "base": draft.based_on}
    for name in ("levels", "anchors"):
        value = getattr(draft, name)
        fields[name] = posted(value.stream_block, value)
    fields |= {"go_live_at": "", "expire_at": ""} | changes
    kinds = fields.pop("kinds")
    return {name: "" if value is None else value for name, value in nested_form_data(fields).items()} | {"kinds": kinds}


def streamed(name: str, block: str, values: list[dict[str, Any]]) -> dict[str, Any]:
    sent: dict[str, Any] = {f"{name}-count": str(len(values))}
    for place, value in enumerate(values):
        head = f"{name}-{place}"
        sent |= {f"{head}-id": "", f"{head}-type": block, f"{head}-order": str(place), f"{head}-deleted": ""}
        sent |= {f"{head}-value-{field}": str(text) for field, text in value.items()}
    return sent


def new_form(course: Any = None, scores: tuple[Any, ...] = (1, 2, 3, 3, 4, 5), **changes: Any) -> dict[str, Any]:
    """An open question that nobody has written before, complete."""
    fields: dict[str, Any] = {"course": course.pk if course else "", "skill": "", "occasion": "after", "concept": ""}
    fields |= {"situation": "The trolleys are late.", "prompt": "What do you write?", "by": "words", "kinds": []}
    fields |= {"fewest": "20", "most": "120", "megabytes": "", "minutes": "", "go_live_at": "", "expire_at": ""}
    levels = [{"name": f"Level {n}", "words": f"Words {n}"} for n in range(1, 6)]
    anchors = [{"text": f"Anchor {n}", "score": score, "reason": f"Because {n}"} for n, score in enumerate(scores, 1)]
    return fields | streamed("levels", "level", levels) | streamed("anchors", "anchor", anchors) | changes
