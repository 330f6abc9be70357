"""Fixed forms that are taken by themselves: questions that an author has picked from the bank, in an order of theirs.

A sitting keeps the questions with which it began, so that whoever is under way notices no edit.
"""

from collections.abc import Collection, Sequence
from itertools import combinations

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from assessments.enums import Delivery, ItemKind, ItemUse
from assessments.errors import InvalidInstrument
from assessments.models import AssignedInstrument, Instrument, InstrumentItem, Item
from assessments.scoring.blueprint import NotFilled
from assessments.services.drawing import STATES, draw_for, lack_words

MOST_QUESTIONS = 60


def questions_to_pick() -> QuerySet[Item]:
    """What a fixed form may ask: questions of the bank on trial or live. Checks of lessons and questions of courses are known
    to learners, and what people write is rated in courses alone.
    """
    items = Item.objects.filter(use=ItemUse.FORM, course=None, state__in=STATES, skill__isnull=False)
    return items.exclude(kind=ItemKind.OPEN).exclude(current_version=None)


def picked(instrument: Instrument) -> list[InstrumentItem]:
    """In their order, those that were retired meanwhile too. Two queries."""
    entries = instrument.entries.select_related("item__skill", "item__current_version").order_by("position")
    return list(entries.prefetch_related("item__enemies"))


@transaction.atomic
def pick_questions(*, instrument: Instrument, items: Collection[int]) -> int:
    """Put these behind those that it has; how many are new. Again changes nothing.

    Raises InvalidInstrument for what may not be picked, for enemies and for too many, and where people take it; nothing is
    changed then.
    """
    locked, now = _locked(instrument)
    new = [item for item in dict.fromkeys(items) if item not in now]
    found = set(questions_to_pick().filter(pk__in=new).values_list("pk", flat=True))
    if missing := set(new) - found:
        raise InvalidInstrument(
            _(
                "%(n)s of these questions cannot be picked: only questions of the bank on trial or live can, none of a lesson "
                "or a course. Look for others."
            )
            % {"n": len(missing)}
        )
    if new:
        refuse_while_taken(locked)
    _refuse_unfit([*now, *new])
    _write(locked, [*now, *new])
    return len(new)


@transaction.atomic
def leave_out(*, instrument: Instrument, item: int) -> None:
    """Again changes nothing. Raises InvalidInstrument where nothing would be left of one that is offered, or people take it."""
    locked, now = _locked(instrument)
    left = [other for other in now if other != item]
    if left != now:
        refuse_while_taken(locked)
    if not left and now and locked.is_active:
        raise InvalidInstrument(
            _("This is its last question, and it is offered. Add another one first, or stop offering the assessment.")
        )
    _write(locked, left)


@transaction.atomic
def move_question(*, instrument: Instrument, item: int, by: int) -> None:
    """One place up (-1) or down (1); at the ends, and where it is not in it any more, nothing happens."""
    locked, now = _locked(instrument)
    if item not in now:
        return
    place = now.index(item)
    other = place + by
    if 0 <= other < len(now):
        now[place], now[other] = now[other], now[place]
        _write(locked, now)


def _locked(instrument: Instrument) -> tuple[Instrument, list[int]]:
    """With the ids of its questions. Raises InvalidInstrument where it is no fixed form any more."""
    locked = Instrument.objects.select_for_update(no_key=True, of=("self",)).get(pk=instrument.pk)
    if locked.delivery != Delivery.ALONE or not locked.is_fixed:
        raise InvalidInstrument(_("This assessment does not ask everybody the same questions any more. Change that first."))
    return locked, list(locked.entries.order_by("position").values_list("item_id", flat=True))


def refuse_while_taken(instrument: Instrument) -> None:
    """What people take asks the same of everybody: a mean of two different assessments says nothing of a group."""
    if instrument.attempts.exists() or AssignedInstrument.objects.current().filter(instrument=instrument).exists():
        words = _(
            "“%(title)s” has been taken, or is given to a cohort, so what it asks stays as it is: results of different "
            "questions do not belong together. Make a new assessment with a key of its own, and give that one from now on."
        )
        raise InvalidInstrument(words % {"title": instrument})


def _refuse_unfit(items: Sequence[int]) -> None:
    if len(items) > MOST_QUESTIONS:
        raise InvalidInstrument(
            _("An assessment asks %(most)s questions at the most; this would be %(n)s.")
            % {"most": MOST_QUESTIONS, "n": len(items)}
        )
    if pairs := enemies_among(Item.objects.filter(pk__in=items).prefetch_related("enemies").order_by("key")):
        raise InvalidInstrument(
            _("Questions that nobody should meet beside one another: %(pairs)s. Pick one of the two.")
            % {"pairs": "; ".join(_("%(one)s and %(other)s") % {"one": one, "other": other} for one, other in pairs)}
        )


def enemies_among(items: Collection[Item] | QuerySet[Item]) -> list[tuple[str, str]]:
    """Keys of those that nobody should meet beside one another; their enemies are prefetched."""
    enemies = {item.pk: {enemy.pk for enemy in item.enemies.all()} for item in items}
    return [
        (first.key, second.key)
        for first, second in combinations(items, 2)
        if second.pk in enemies[first.pk] or first.pk in enemies[second.pk]
    ]


def _write(instrument: Instrument, items: Sequence[int]) -> None:
    """Raises InvalidInstrument where what is drawn from the bank could be filled no more: a fixed form keeps its questions."""
    InstrumentItem.objects.filter(instrument=instrument).delete()
    InstrumentItem.objects.bulk_create(
        InstrumentItem(instrument=instrument, item_id=item, position=place) for place, item in enumerate(items, start=1)
    )
    refuse_starved()


def refuse_starved() -> None:
    """Raises InvalidInstrument, naming the first assessment that the rest of the bank cannot fill."""
    drawn = Instrument.objects.filter(course=None, is_active=True).exclude(blueprint={}).order_by("pk")
    for other in drawn:
        try:
            draw_for(other, seed=other.key, met=())
        except NotFilled as error:
            raise InvalidInstrument(
                _(
                    "“%(title)s” is drawn from the same questions, and too few would be left for it: %(lacks)s. Pick others, "
                    "or write more."
                )
                % {"title": other.title, "lacks": "; ".join(lack_words(error.lacks))}
            ) from error
