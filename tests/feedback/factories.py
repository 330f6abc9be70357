"""Rounds of feedback, from the draft to the close, as their learner and those who are asked make them."""

from datetime import timedelta

from django.utils import timezone

from feedback.answers import Answers
from feedback.models import Rater, Round
from feedback.services import add_person, answer, begin_round, close_round, send_round
from mail.links import token_of
from mail.models import MailLink
from skills.models import Framework, Level, Skill
from tests.factories import UserFactory

SENTENCES = ("You nod.", "You ask first.", "You follow up.", "You confirm.", "You coach.")


def skill(slug="discover-expectations", name="Discover expectations") -> Skill:
    framework, _new = Framework.objects.get_or_create(slug="accord", defaults={"title": "Skills"})
    found, is_new = Skill.objects.get_or_create(framework=framework, slug=slug, defaults={"name": name})
    if is_new:
        for number, sentence in enumerate(SENTENCES, start=1):
            Level.objects.create(skill=found, number=number, name=f"Step {number}", behaviour=sentence)
    return found


def drafted(user=None, skills=None) -> Round:
    return begin_round(
        user=user or UserFactory(first_name="Leila", last_name="Haddad"),
        skills=skills or [skill()],
        closes_on=timezone.localdate() + timedelta(days=20),
    )


def with_people(feedback_round: Round, **groups: int) -> list[Rater]:
    """So many people of each group: peers=3."""
    return [
        add_person(feedback_round=feedback_round, name=f"{group.title()} {n}", email=f"{group}{n}@people.example", group=group)
        for group, count in groups.items()
        for n in range(count)
    ]


def running(user=None, skills=None, **groups: int) -> Round:
    feedback_round = drafted(user, skills)
    with_people(feedback_round, **(groups or {"peers": 3}))
    return send_round(feedback_round=feedback_round)


def raters(feedback_round: Round, group=None) -> list[Rater]:
    found = feedback_round.raters.select_related("contact", "feedback_round__user").order_by("pk")
    return list(found.filter(group=group) if group else found)


def says(rater: Rater, *ratings: int, keep="", change="", may_be_named=False, is_final=True) -> None:
    """One rating for each behaviour of the round in order; the last stands for those that follow."""
    keys = [one.pk for row in rater.feedback_round.skills.all() for one in row.behaviours.all()]
    given = {key: ratings[min(n, len(ratings) - 1)] for n, key in enumerate(keys)}
    comments = {name: text for name, text in {"keep": keep, "change": change}.items() if text}
    answer(rater=rater, answers=Answers(given, comments, may_be_named), is_final=is_final)


def all_say(feedback_round: Round, *ratings: int, **more) -> None:
    for rater in raters(feedback_round):
        says(rater, *ratings, **more)


def closed(user=None, skills=None, **groups: int) -> Round:
    feedback_round = running(user, skills, **groups)
    all_say(feedback_round, 4)
    return close_round(feedback_round=feedback_round)


def link_of(rater: Rater) -> MailLink:
    return MailLink.objects.get(kind="feedback", target_id=rater.uuid.hex)


def page_of(rater: Rater) -> str:
    return f"/l/{token_of(link_of(rater))}/"


def data_of(rater: Rater, *ratings: int, action="send", **more) -> dict[str, object]:
    keys = [one.pk for row in rater.feedback_round.skills.all() for one in row.behaviours.all()]
    given = {f"b{key}": ratings[min(n, len(ratings) - 1)] for n, key in enumerate(keys)} if ratings else {}
    return {**given, "action": action, **more}
