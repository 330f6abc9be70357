"""A demonstration panel: its experts, and what they say, are made up for these tests."""

from datetime import timedelta

from django.utils import timezone

from mail.models import MailLink
from panels.content import option_ids
from panels.models import Expert, Judgement, Panel
from panels.services import close_panel, invite_experts, open_panel, save_judgement, submit
from tests.factories import UserFactory

FEW = 5
LEVELLED = {"a": 2, "b": 4, "c": 3, "d": 1}
"""Levels of the options of `tests.assessments.factories.item`, whose key is b."""

AGREED = {"a": 2, "b": 5, "c": 3, "d": 1}


def levelled_options(levels=None):
    levels = levels or LEVELLED
    return [
        {"id": name, "text": f"Text {name}", "feedback": f"Because {name}", "misconception": "", "level": level}
        for name, level in levels.items()
    ]


def opened(*items, **fields) -> Panel:
    given = {
        "title": "Demonstration: expectations",
        "words": "For people who buy services.",
        "closes_on": timezone.localdate() + timedelta(days=14),
        "opened_by": None,
        "is_demonstration": True,
    }
    return open_panel(items=items, **given | fields)


def experts(panel, count=8) -> list[Expert]:
    emails = [f"expert{number}@example.org" for number in range(1, count + 1)]
    invite_experts(panel=panel, emails=emails, sender=UserFactory())
    return list(panel.experts.order_by("pk"))


def points_of(number, agreed):
    """Nearly the same for all: the second and the fifth expert are a point lower where they can be."""
    return {option: max(1, points - (number in (1, 4) and points == 5)) for option, points in agreed.items()}


def judged(expert, number=0, agreed=None, best="b", levels=None):
    """Every question of the panel is rated, and the ratings are finished."""
    agreed = agreed or AGREED
    items = list(expert.panel.items.select_related("item_version__item"))
    said = [
        {
            "expert": expert,
            "panel_item": item,
            "points": points_of(number, {option: agreed[option] for option in option_ids(item.item_version)}),
            "best": best,
            "levels": levels or {},
        }
        for item in items
    ]
    if len(said) > FEW:  # what the service would take long for
        expert.judgements.all().delete()
        Judgement.objects.bulk_create(Judgement(**one) for one in said)
    else:
        for one in said:
            save_judgement(**one)
    return submit(expert=expert, name="", is_named=False, expertise="Ten years of buying", consents=True)


def finished_panel(*items, count=8, **said) -> Panel:
    """Closed, with as many experts, who agree."""
    panel = opened(*items)
    for number, expert in enumerate(experts(panel, count)):
        judged(expert, number, **said)
    return close_panel(panel=panel)


def link_of(expert) -> MailLink:
    return MailLink.objects.get(kind="panel", target_id=str(expert.pk))
