"""Two panels of experts to look at, labelled as what they are: their experts and ratings are made up."""

import datetime as dt

from django.utils import timezone

from accounts.models import User
from assessments.enums import ItemKind, ItemUse
from assessments.models import Item
from panels.content import option_ids
from panels.models import Expert, Panel, PanelItem
from panels.services import close_panel, invite_experts, open_panel, save_judgement, submit

CLOSED, OPEN = "Demonstration: a panel that is closed", "Demonstration: a panel that is open"
WORDS = "Made up to show how a panel works. The questions are for people who work with customers, colleagues and partners."
QUESTIONS = 4
EXPERTISE = (
    "12 years of key accounts in logistics",
    "Runs the purchasing of three care homes",
    "Mediates between contractors",
    "Teaches negotiation to engineers",
    "Head of service, software",
    "Former buyer, now supplier",
    "Partnership manager of a charity",
    "Projects with public authorities",
    "Ward manager for 20 years",
)


def ensure_panels(author: User, sender: User) -> None:
    """On questions of the bank, one of every other kind; nothing where the bank has none."""
    items = list(Item.objects.filter(course=None, use=ItemUse.FORM, kind=ItemKind.SINGLE).order_by("key")[:QUESTIONS])
    items += Item.objects.filter(course=None, use=ItemUse.FORM, kind=ItemKind.BEST_WORST).order_by("key")[:1]
    if not items or Panel.objects.filter(is_demonstration=True).exists():
        return
    closed = _opened(CLOSED, items, author)
    invite_experts(panel=closed, emails=[f"expert{n}@experts.example" for n in range(1, len(EXPERTISE) + 1)], sender=sender)
    for number, expert in enumerate(closed.experts.order_by("pk")):
        _rate(expert, number)
    close_panel(panel=closed)
    invite_experts(panel=_opened(OPEN, items[:2], author), emails=["expert@experts.example"], sender=sender)


def _opened(title: str, items: list[Item], author: User) -> Panel:
    last_day = timezone.localdate() + dt.timedelta(days=14)
    return open_panel(title=title, words=WORDS, closes_on=last_day, items=items, opened_by=author, is_demonstration=True)


def _rate(expert: Expert, number: int) -> None:
    for item in expert.panel.items.select_related("item_version__item"):
        points = {option: _points(item, option, place, number) for place, option in enumerate(option_ids(item.item_version))}
        best = max(points, key=lambda option: points[option])
        save_judgement(expert=expert, panel_item=item, points=points, best=best, levels={})
    named = number % 3 == 0
    name = f"Demo Expert {number + 1}" if named else ""
    submit(expert=expert, name=name, is_named=named, expertise=EXPERTISE[number], consents=True)


def _points(item: PanelItem, option: str, place: int, number: int) -> int:
    """Near the author's level, a point higher at the key; of the second question experts are split about one option, and of
    the third about the key.
    """
    version = item.item_version
    if (item.position == 2 and place == 0 and option not in version.correct) or (
        item.position == 3 and option in version.correct
    ):
        return 1 if number % 2 else 5
    level = version.levels.get(option, place + 1)
    points = level + (option in version.correct) - (number + place) % 4 // 3
    return min(5, max(1, points))
