"""What others see of the learner of the demonstration: a round of feedback that has closed, and one that runs. All of it, the
people, what they say and their words, is made up, as the page of every visitor says.
"""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from feedback.answers import Answers
from feedback.models import Rater, Round
from feedback.services import add_person, answer, begin_round, close_round, save_own_answers, send_round
from mail.models import MailDelivery, MailLink
from skills.models import Evidence, Skill
from skills.queries import skills_by_slug

CLOSED_DAYS_AGO = 110
PEOPLE = (
    ("Ines Carvalho", "ines@northwind.example", "manager"),
    ("Bruno Keller", "bruno.keller@northwind.example", "peers"),
    ("Hanna Lind", "hanna.lind@northwind.example", "peers"),
    ("Omar Aziz", "omar.aziz@northwind.example", "peers"),
    ("Petra Vogt", "petra.vogt@northwind.example", "peers"),
    ("Clara Weiss", "clara.weiss@families.example", "customers"),
    ("Jonas Berg", "jonas.berg@families.example", "customers"),
    ("Mina Sato", "mina.sato@families.example", "customers"),
    ("District clinic, discharge desk", "desk@clinic.example", "partners"),
)
# For each person in that order, three sentences on the first skill and three on the second; 0: could not observe.
SAID = (
    (4, 3, 2, 4, 3, 2),
    (4, 3, 3, 3, 2, 2),
    (3, 4, 2, 4, 3, 0),
    (4, 4, 3, 3, 2, 1),
    (5, 3, 0, 4, 3, 2),
    (3, 2, 0, 2, 2, 0),
    (2, 3, 0, 3, 1, 0),
    (3, 3, 2, 2, 2, 0),
    (4, 4, 3, 4, 4, 3),
)
OWN = (4, 4, 3, 4, 4, 3)
KEEP = (
    "",
    "Asks what matters before the rota is changed, not afterwards.",
    "Writes things down where everybody finds them.",
    "",
    "Listens to the end. That is rarer here than it should be.",
    "Rings back when she says she will.",
    "",
    "",
    "",
)
CHANGE = (
    "Say it sooner when a promise will not hold.",
    "",
    "I sometimes hear only later that something was agreed on another ward.",
    "Check that we mean the same thing before work begins.",
    "",
    "Tell families what will not be possible, too.",
    "",
    "",
    "",
)


@transaction.atomic
def ensure_feedback(user: User) -> None:
    """Both rounds, where there is none."""
    if Round.objects.filter(user=user).exists():
        return
    skills = skills_by_slug()
    closed = _send(user, [skills["discover-expectations"], skills["make-expectations-explicit"]], PEOPLE)
    save_own_answers(feedback_round=closed, answers=_answers(closed, OWN))
    for rater, said, keep, change in zip(_raters(closed), SAID, KEEP, CHANGE, strict=True):
        comments = {name: text for name, text in {"keep": keep, "change": change}.items() if text}
        answer(rater=rater, answers=_answers(closed, said, comments), is_final=True)
    close_round(feedback_round=closed)
    _set_back(closed)
    running = _send(user, [skills["manage-expectations-over-time"]], PEOPLE[1:8])
    for rater, said in zip(_raters(running)[:4], SAID, strict=False):
        answer(rater=rater, answers=_answers(running, said), is_final=True)


def _send(user: User, skills: Sequence[Skill], people: Sequence[tuple[str, str, str]]) -> Round:
    until = timezone.localdate() + dt.timedelta(days=16)
    begun = begin_round(user=user, skills=skills, closes_on=until)
    for name, email, group in people:
        add_person(feedback_round=begun, name=name, email=email, group=group)
    return send_round(feedback_round=begun)


def _raters(feedback_round: Round) -> list[Rater]:
    return list(feedback_round.raters.select_related("feedback_round", "contact").order_by("pk"))


def _answers(feedback_round: Round, said: Sequence[int], comments: dict[str, str] | None = None) -> Answers:
    keys = [one.pk for skill in feedback_round.skills.all() for one in skill.behaviours.all()]
    return Answers(dict(zip(keys, said, strict=False)), comments or {})


def _set_back(feedback_round: Round) -> None:
    """As if it had closed long ago; its e-mails are no news."""
    then = timezone.now() - dt.timedelta(days=CLOSED_DAYS_AGO)
    sent = then - dt.timedelta(days=16)
    Round.objects.filter(pk=feedback_round.pk).update(created_at=sent, sent_at=sent, closes_at=then, closed_at=then)
    Evidence.objects.filter(source=f"feedback:{feedback_round.uuid}").update(occurred_at=then)
    links = MailLink.objects.filter(kind="feedback", contact__added_by=feedback_round.user)
    MailDelivery.objects.filter(link__in=links).delete()
    links.delete()
