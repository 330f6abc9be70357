"""An open question to look at, with its rubric, its anchors and two raters who have not trained yet: so nobody is asked it."""

import yaml

from accounts.models import User
from assessments.models import Item
from courses.models import Course
from demo.people import CONTENT
from rating.models import Rater
from rating.services import Asked, appoint_rater, write_question

QUESTION = CONTENT / "open-question.yaml"
RATERS = ("reviewer@accord.example", "author@accord.example")


def ensure_open_question(course: Course, users: dict[str, User]) -> None:
    """What somebody has changed since stays."""
    told = yaml.safe_load(QUESTION.read_text(encoding="utf-8"))
    if Item.objects.filter(course=course, key=told["key"]).exists():
        return
    asked = {name: told[name] for name in ("situation", "prompt", "fewest", "most", "skill")}
    levels = [{"score": score, **level} for score, level in enumerate(told["levels"], start=1)]
    item = write_question(
        course=course,
        key=told["key"],
        asked=Asked(**asked, occasion=""),
        levels=levels,
        anchors=told["anchors"],
    )
    for email in RATERS:
        if not Rater.objects.filter(item=item, user=users[email]).exists():
            appoint_rater(item=item, email=users[email].email, appointed_by=users[RATERS[0]])
