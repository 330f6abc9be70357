"""Published courses."""

from typing import Any

from django.http import HttpRequest
from ninja import Schema

from api.service import api
from courses.queries import catalogue


class SkillOut(Schema):
    slug: str
    level: int | None = None


class CourseOut(Schema):
    key: str
    slug: str
    title: str
    summary: str
    minutes: int
    is_free: bool
    skills: list[SkillOut]


@api.get("/courses", response=list[CourseOut], auth=None, summary="Published courses")
def courses(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {
            "key": course.key,
            "slug": course.slug,
            "title": course.title,
            "summary": course.summary,
            "minutes": course.minutes,
            "is_free": course.is_free,
            "skills": course.skills or [],
        }
        for course in catalogue()
    ]
