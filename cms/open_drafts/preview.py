"""What learners and raters will see of an open question, before it is published."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from assessments.sheets import Question
from cms.open_drafts.conversion import TERMS_OF, anchors_of, as_version, levels_of
from cms.questions.findings import Finding

OF_TERMS = {name for names in TERMS_OF.values() for name in names}


def show_open_question(request: HttpRequest, draft: Any, findings: Sequence[Finding]) -> HttpResponse:
    """The question as it is asked, and below it what raters go by. Nothing can be sent."""
    version = as_version(draft)
    context = {
        "draft": draft,
        "question": Question(1, version, version, [], [], None, ""),
        "findings": findings,
        "can_be_answered": not {finding.field for finding in findings} & OF_TERMS,
        "levels": levels_of(draft),
        "anchors": anchors_of(draft),
        "is_preview": True,
    }
    return TemplateResponse(request, "cms/open_question_preview.html", context)
