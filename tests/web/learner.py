"""A course with one of everything, and a learner on it."""

from typing import Any

from django.urls import reverse

from assessments.services import upsert_item
from courses import services as course_services
from courses.models import Course
from learning import services
from learning.models import Enrolment
from skills.services import load_framework
from tests.courses.factories import block, content, lesson, uid
from tests.factories import CourseFactory

SKILLS = {
    "id": "accord",
    "title": "Skills",
    "skills": [
        {
            "id": "discover-expectations",
            "name": "Discover expectations",
            "summary": "You find out.",
            "levels": [{"level": n, "name": f"Level name {n}", "behaviour": f"Behaviour {n}."} for n in range(1, 6)],
        },
        {"id": "negotiate", "name": "Negotiate", "summary": "You agree.", "levels": []},
    ],
}
OPTIONS = [
    {"id": "a", "text": "They are satisfied.", "feedback": "Silence is weak evidence.", "misconception": ""},
    {"id": "b", "text": "Only that nobody complained.", "feedback": "Yes. Ask them.", "misconception": ""},
    {"id": "c", "text": "Both of **these**.", "feedback": "Not both.", "misconception": ""},
]


def rich_course(*, is_free: bool = True, kind: str = "single", has_assessment: bool = False, is_sample: bool = True) -> Course:
    """Two modules; the first lesson is a sample and has a check, the second has everything one can write."""
    load_framework(SKILLS)
    course = CourseFactory(key="rich", is_free=is_free)
    upsert_item(
        course=course,
        key="c1",
        uuid=uid("item-c1"),
        use="check",
        kind=kind,
        skill_slug="discover-expectations",
        situation="",
        prompt="What does she know?",
        options=OPTIONS,
        correct=["b"] if kind == "single" else ["a", "b"],
    )
    written = [
        block("reflection", "r1", {"prompt": "Whom do you choose?", "help": "Name one."}),
        block("plan", "p1", {"prompt": "When?", "if_hint": "I hear silence", "then_hint": "I ask"}),
        block(
            "worksheet",
            "w1",
            {
                "title": "Inventory",
                "intro": "One row each.",
                "columns": [{"id": "who", "label": "Who", "hint": ""}, {"id": "what", "label": "What", "hint": "In words"}],
                "rows": 2,
            },
        ),
        block("agreement", "a1", {"title": "Agree with one person", "intro": ""}),
    ]
    text = content(
        [[lesson("l1", checks=["c1"], sample=is_sample), lesson("l2", blocks=written)], [lesson("l3", title="The <last> one")]],
        has_assessment=has_assessment,
    )
    course_services.publish_version(course=course, content=text)
    course_services.list_course(course=course)
    course.refresh_from_db()
    return course


def enrolled(user: Any, course: Course) -> Enrolment:
    return services.start_free(user=user, course=course)


def address(lesson: str = "l1", *more: str) -> str:
    module = "module-2" if lesson == "l3" else "module-1"
    return reverse("courses:lesson", args=["rich", module, lesson]) + "".join(f"{part}/" for part in more)
