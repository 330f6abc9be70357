"""A bank whose questions have parameters, made up: no answers of learners stand behind them."""

import uuid

import numpy as np

from assessments.models import CalibratedItem, Calibration, Item
from assessments.services import AdaptivePlan, AloneSettings, Asks, SkillPlan, upsert_alone, upsert_item
from skills.models import Skill
from tests.assessments.factories import SKILLS, skills

RELATIONSHIPS = ("customer", "colleague", "supplier")
OPTIONS = [
    {"id": name, "text": f"Text {name}", "feedback": f"Because {name}", "misconception": "", "level": level}
    for name, level in zip("abcd", (2, 4, 3, 1), strict=True)
]


def bank_item(key, **fields):
    """A question of the bank, of no course, whose key is option b."""
    given = {
        "uuid": uuid.uuid5(uuid.NAMESPACE_URL, key),
        "use": "form",
        "kind": "single",
        "skill_slug": SKILLS[0],
        "situation": f"Situation {key}.",
        "prompt": f"What about {key}?",
        "options": OPTIONS,
        "correct": ["b"],
        "boundary": "3|4",
    }
    return upsert_item(course=None, key=key, **given | fields)


def calibrated_bank(size=24, answers=240, seed=5, skill=SKILLS[0], name="k"):
    """So many questions, and a calibration of them, as if it rested on so many answers."""
    skills()
    keys = [f"{name}{number:02}" for number in range(size)]
    items = [bank_item(key, relationship=RELATIONSHIPS[number % 3], skill_slug=skill) for number, key in enumerate(keys)]
    return items, calibrate_as(items, answers=answers, seed=seed, skill=skill)


def calibrate_as(items, answers=240, seed=5, skill=SKILLS[0]):
    rng = np.random.default_rng(seed)
    kept = Calibration.objects.create(skill=Skill.objects.get(slug=skill), persons=answers, log_likelihood=-1.0)
    CalibratedItem.objects.bulk_create(
        CalibratedItem(
            calibration=kept,
            item_version_id=Item.objects.get(pk=item.pk).current_version_id,
            answers=answers,
            a=float(rng.uniform(0.8, 1.6)),
            b=float(rng.normal()),
            facet=item.relationship,
        )
        for item in items
    )
    return kept


def adaptive_instrument(length=6, key="adaptive", **settings):
    plan = {"shortest": 0, "error": 0.0, "shares": {}} | {
        name: settings.pop(name) for name in ("shortest", "error", "shares") if name in settings
    }
    return upsert_alone(
        key=key,
        title="Expectations, question by question",
        asks=Asks(adaptive=AdaptivePlan((SkillPlan(skill=SKILLS[0], length=length, **plan),))),
        settings=AloneSettings(**settings),
    )
