"""Questions, forms and a course that has them."""

import uuid

from assessments.services import save_responses, upsert_instrument, upsert_item
from learning.services import enrol, finish_activity, start_free
from skills.models import Framework, Skill
from tests.courses.factories import published_course, uid
from tests.factories import UserFactory

SKILLS = ("discover-expectations", "make-expectations-explicit")


def skills():
    framework, _new = Framework.objects.get_or_create(slug="accord", defaults={"title": "Accord"})
    return [
        Skill.objects.get_or_create(framework=framework, slug=slug, defaults={"name": slug, "position": position})[0]
        for position, slug in enumerate(SKILLS)
    ]


def options(*ids: str):
    return [{"id": name, "text": f"Text {name}", "feedback": f"Because {name}", "misconception": ""} for name in ids or "abcd"]


def item(course, key="q1", **fields):
    """An item whose key is option b."""
    given = {
        "uuid": uuid.uuid5(course.uuid, key),
        "use": "form",
        "kind": "single",
        "skill_slug": SKILLS[0],
        "situation": "A situation.",
        "prompt": f"What about {key}?",
        "options": options(),
        "correct": ["b"],
    }
    return upsert_item(course=course, key=key, **given | fields)


def check(course, name="c1", **fields):
    """The item that the check block `name` of tests.courses.factories asks."""
    return item(course, name, **{"uuid": uid(f"item-{name}"), "use": "check"} | fields)


def course_with_forms(length=4, **fields):
    """A free course with one lesson that has one check, and two forms. The last question of a form is of the second skill."""
    skills()
    course = published_course([["l1"]], checks={"l1": ["c1"]}, has_assessment=True, **fields)
    check(course)
    for form in "ab":
        keys = [f"{form}{number}" for number in range(1, length + 1)]
        for key in keys:
            item(course, key, skill_slug=SKILLS[1] if key == keys[-1] else SKILLS[0])
        upsert_instrument(course=course, key=f"form-{form}", title=f"Form {form.upper()}", item_keys=keys)
    return course


def learner(course, organisation=None, user=None):
    """An enrolment of somebody who may open the course."""
    user = user or UserFactory()
    enrolment = start_free(user=user, course=course)
    return enrol(user=user, course=course, organisation=organisation) if organisation else enrolment


def version_ids(attempt):
    """What an attempt asks, in order."""
    return list(attempt.items.values_list("item_version_id", flat=True))


def give(attempt, answers):
    """Answer what an attempt asks, in order."""
    save_responses(attempt=attempt, answers=dict(zip(version_ids(attempt), answers, strict=False)))


def kept(attempt):
    """What was answered, in the order of what an attempt asks."""
    found = dict(attempt.responses.values_list("item_version_id", "chosen"))
    return [found.get(version_id, []) for version_id in version_ids(attempt)]


def finish_lessons(enrolment):
    for name in ("l1", "c1"):
        finish_activity(enrolment=enrolment, block_id=uid(name))
