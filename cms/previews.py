"""What an author sees before anything is published: a learner's page, with nobody's state in it.

The pages of `cms.models` ask for these, so they are taken by what they have and not by their class.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from cms.blocks.base import published_html
from cms.rendering import preview_blocks
from common.text import lines


def lesson_preview(request: HttpRequest, page: Any) -> HttpResponse:
    content, checks = [], []
    for child in page.body:
        content.append({"type": child.block_type, "id": child.id, "value": child.block.as_content(child.value)})
        checks.append(child.block.preview_check(child.value))
    context = {"page": page, "blocks": preview_blocks(content, checks), "sources": lines(page.sources)}
    return _render(request, "cms/preview_lesson.html", context)


def course_preview(request: HttpRequest, page: Any) -> HttpResponse:
    context = {"page": page, "outcomes": lines(page.outcomes), "description": published_html(page.description)}
    return _render(request, "cms/preview_course.html", context)


def module_preview(request: HttpRequest, page: Any) -> HttpResponse:
    context = {
        "page": page,
        "intro": published_html(page.intro),
        "questions": lines(page.manager_questions),
        "lessons": page.get_children().specific() if page.pk else [],
    }
    return _render(request, "cms/preview_module.html", context)


def _render(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, template, context | {"is_preview": True})
