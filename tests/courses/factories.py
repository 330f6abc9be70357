"""Courses with a published version, built from short descriptions.

`content([["l1", "l2"], ["l3"]], checks={"l1": ["c1"]})` is a course of two modules; short names become stable UUIDs.
"""

import uuid
from typing import Any

from courses.models import Course, CourseVersion
from courses.services import list_course, publish_version
from tests.factories import CourseFactory

NAMESPACE = uuid.UUID("5f0c7f3e-5a7c-4c55-9d0a-0c7d3d6f8d11")


def uid(name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, name))


def block(kind: str, name: str, value: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": kind, "id": uid(name), "value": value or {}}


def lesson(
    name: str, *, checks: list[str] = (), blocks: list[dict] = (), sample: bool = False, title: str = ""
) -> dict[str, Any]:
    return {
        "id": uid(name),
        "key": name,
        "slug": name,
        "title": title or f"Lesson {name}",
        "minutes": 5,
        "sample": sample,
        "sources": [],
        "blocks": [
            block("text", f"{name}-text", {"html": f"<p>Text of {name}.</p>"}),
            *blocks,
            *(block("check", check, {"item": uid(f"item-{check}")}) for check in checks),
        ],
    }


def content(
    modules: list[list[Any]], *, checks: dict[str, list[str]] | None = None, has_assessment: bool = False, **fields: Any
) -> dict[str, Any]:
    """`modules`: lists of lesson names, or of lessons made by `lesson`."""
    checks = checks or {}
    return {
        "schema": 1,
        "title": "Course of tests",
        "summary": "What one will be able to do.",
        "audience": "Anybody.",
        "outcomes": ["Ask what people expect"],
        "description": "<p>About the course.</p>",
        "colour": "#0B5D57",
        "minutes": 0,
        "skills": [{"slug": "discover-expectations", "level": 3}],
        "has_assessment": has_assessment,
        "modules": [
            {
                "id": uid(f"module-{number}"),
                "key": f"module-{number}",
                "slug": f"module-{number}",
                "title": f"Module {number}",
                "outcome": "Do something well",
                "intro": "",
                "manager_questions": [],
                "lessons": [
                    entry if isinstance(entry, dict) else lesson(entry, checks=checks.get(entry, ())) for entry in lessons
                ],
            }
            for number, lessons in enumerate(modules, start=1)
        ],
    } | fields


def published_course(modules: list[list[Any]] | None = None, *, is_free: bool = True, **fields: Any) -> Course:
    """A course with one published version, open to newcomers; `fields` go to `content`."""
    key = fields.pop("key", None)
    course = CourseFactory(is_free=is_free, **({"key": key} if key else {}))
    publish_version(course=course, content=content(modules or [["l1", "l2"], ["l3"]], **fields))
    list_course(course=course)
    course.refresh_from_db()
    return course


def republish(course: Course, modules: list[list[Any]], **fields: Any) -> CourseVersion:
    return publish_version(course=course, content=content(modules, **fields))
