"""A course from files in which one can write, and what a learner does and sees in it."""

from pathlib import Path
from typing import Any

from assessments.services import answer_check
from cms.models import LessonPage
from courses.content import LessonText, lesson
from courses.models import Course
from learning.models import Enrolment
from learning.services import save_entry
from tests.cms import files
from web.reading import Reading
from web.words import Words

WRITTEN = """
::: reflection
id: rfl-{slug}
prompt: What did you hear about {slug}?
:::

::: worksheet
id: wks-{slug}
title: Worksheet of {slug}
columns:
  - {{id: who, label: Who}}
  - {{id: what, label: What}}
rows: 2
:::
"""


def exercises(slug: str) -> str:
    """A check, a reflection and a worksheet of two columns."""
    return files.check(slug) + WRITTEN.format(slug=slug)


def write_course(root: Path) -> None:
    files.write_course(root)
    for number, (folder, slug) in enumerate((("01-hear", "ask"), ("01-hear", "wait"), ("02-answer", "repeat")), start=1):
        number = 1 if slug == "repeat" else number
        files.write(root, f"{folder}/{number:02}-{slug}.md", files.lesson(slug, more=exercises(slug)))


def text_of_page(course: Course, page: LessonPage) -> LessonText | None:
    """The lesson of this page as it is published; None where it is not."""
    course.refresh_from_db()
    page.refresh_from_db()
    return lesson(course.current_version, page.lesson.uuid) if page.lesson else None


def shown(enrolment: Enrolment, page: LessonPage) -> dict[str, dict[str, Any]]:
    """The exercises of a lesson by their kind, as this learner sees them."""
    text = text_of_page(enrolment.course, page)
    assert text is not None
    blocks = Reading(enrolment.course, text, enrolment).blocks()
    return {block["type"]: block for block in blocks if block["html"] is None}


def reflection_of(enrolment: Enrolment, page: LessonPage) -> str:
    """What stands in the field of the lesson's reflection."""
    return shown(enrolment, page)["reflection"]["data"].get("text", "")


def reflect(enrolment: Enrolment, page: LessonPage, text: str) -> None:
    save_entry(enrolment=enrolment, block_id=shown(enrolment, page)["reflection"]["id"], data={"text": text})


def answer(enrolment: Enrolment, page: LessonPage, chosen: str) -> None:
    block = shown(enrolment, page)["check"]
    answer_check(enrolment=enrolment, item_uuid=block["value"]["item"], chosen=chosen, block_id=block["id"])


def answer_of(enrolment: Enrolment, page: LessonPage) -> list[str]:
    given = shown(enrolment, page)["check"]["answer"]
    return given.chosen if given else []


def reachable(enrolment: Enrolment) -> dict[str, list[str]]:
    """Reflections on the page “What you wrote”, by the title of their lesson."""
    words = Words(enrolment.user, Course.objects.get(pk=enrolment.course_id), may_open=True)
    return {
        lesson.title: [
            written.block["data"]["text"] for written in lesson.written if written.block and "text" in written.block["data"]
        ]
        for lesson in words.lessons
    }
