"""What a learner will see of a question, before it is published: as it is asked, and what is said of an answer."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse

from assessments.answers import accepted_options, is_complete, what_comes_first
from assessments.enums import ItemKind
from assessments.errors import AnswerNotAccepted
from assessments.forms import posted_answer
from assessments.models import ItemVersion
from assessments.sheets import Option, Question
from cms.questions.conversion import as_version
from cms.questions.findings import Finding

SENT = "answered"


def show_question(request: HttpRequest, draft: Any, findings: Sequence[Finding]) -> HttpResponse:
    """The question of a draft, answered where the form of the preview was sent. Nothing is written."""
    sent: QueryDict = getattr(request, "answered", None) or QueryDict()
    version = as_version(draft)
    question = question_of(version, posted_answer(sent, f"answer-{version.pk}"))
    problem = _problem_of(question) if SENT in sent else ""
    context = {
        "draft": draft,
        "question": question,
        "findings": findings,
        "can_be_answered": not findings,
        "has_order": version.format in (ItemKind.ORDER, ItemKind.RANK),
        "problem": problem,
        "is_answered": SENT in sent and not problem and not findings,
        "address": getattr(request, "asked_at", request.path),
        "kept": [(name, sent[name]) for name in ("mode", "in_preview_panel") if name in sent],
        "is_preview": True,
    }
    return TemplateResponse(request, "cms/question_preview.html", context)


def question_of(version: ItemVersion, chosen: list[str]) -> Question:
    """As the page of a sitting has it."""
    options = [
        Option(
            id=option["id"],
            text=option["text"],
            feedback=option["feedback"],
            is_chosen=option["id"] in chosen,
            is_key=option["id"] in version.correct,
        )
        for option in version.options
    ]
    seed = hashlib.sha256(repr([option["text"] for option in version.options]).encode()).hexdigest()
    return Question(1, version, version, options, chosen, None, seed)


def _problem_of(question: Question) -> str:
    """Why what was sent is no answer yet."""
    try:
        chosen = accepted_options(question.version, question.chosen)
    except AnswerNotAccepted as error:
        return str(error)
    if not chosen:
        return what_comes_first(question.version)
    return "" if is_complete(question.version, chosen) else question.missing
