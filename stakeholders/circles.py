"""Circles: people drawn by lot who are left out of outcomes together, so that being left out says of nobody that they object.

Whoever has the files can find out who is missing from an answer. So whoever objects is left out with at least nine others:
whoever of them it was, the answer is the same. Decision 0046.
"""

from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2b
from secrets import SystemRandom
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Membership, Organisation
from common.small_counts import SMALL
from stakeholders.enums import CircleKind
from stakeholders.models import CirclePlace, Objection

Key = TypeVar("Key", int, str)
"""Of a membership, or an ID in the data."""
_lot = SystemRandom()


def members_out(organisation: Organisation, objecting: Collection[int], kept: Collection[int | None] = ()) -> set[int]:
    """Keys of the memberships that are left out where those of `objecting` object by themselves; `kept`: circles of people who
    did and whose accounts are erased, None for one who waited.

    Places are those of accounts, whatever files hold: under other numbers and addresses the same people are out. Once there are
    circles, whoever waits for one is out, also while nobody objects.
    """
    if not objecting and not kept and CircleKind.MEMBERS not in circles_drawn(organisation):
        return set()
    joined = Membership.objects.filter(organisation=organisation, user__isnull=False).values_list("pk", flat=True)
    places = places_of(organisation, CircleKind.MEMBERS, joined)
    if None in kept:  # who waited may have got their circle by this
        kept = set(_of_erased(organisation).values_list("circle", flat=True))
    return _out(places, objecting, kept)


def _of_erased(organisation: Organisation) -> QuerySet[Objection]:
    return Objection.objects.filter(organisation=organisation, is_own=True, user=None)


def circle_of_member(organisation: Organisation, membership: int) -> int | None:
    """None where they wait for one."""
    joined = Membership.objects.filter(organisation=organisation, user__isnull=False).values_list("pk", flat=True)
    return places_of(organisation, CircleKind.MEMBERS, joined).get(membership)


def circles_of(organisation: Organisation, kind: CircleKind, people: Iterable[str], objecting: Collection[str]) -> set[str]:
    """IDs that are left out where those of `objecting` are on record; `people` are all that the data hold."""
    everybody = set(people)
    asked = set(objecting) & everybody
    is_needed = bool(asked) or kind in circles_drawn(organisation)
    return _out(places_of(organisation, kind, everybody), asked, ()) if is_needed else set()


def circles_drawn(organisation: Organisation) -> set[str]:
    """Of which kinds somebody has objected once, where there were ten to draw from. One query."""
    return set(CirclePlace.objects.filter(organisation=organisation).values_list("kind", flat=True).distinct())


def places_of(organisation: Organisation, kind: CircleKind, keys: Iterable[Key]) -> dict[Key, int | None]:
    """The circle of each, None for those who wait.

    A place is kept for good: circles that part, or are drawn anew, would be left out less and less but for the one who objects.
    Whoever comes later waits until ten do, and these are a circle of their own. Who comes alone, and joins one, would say by it
    that they object; and circles that others join would grow without end.
    """
    everybody = sorted(set(keys))
    names = {key: _name(organisation, key) for key in everybody}
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        places = dict(CirclePlace.objects.filter(organisation=organisation, kind=kind).values_list("name", "circle"))
        drawn = _drawn([key for key in everybody if names[key] not in places], first=max(places.values(), default=-1) + 1)
        if drawn and kind == CircleKind.MEMBERS:
            # Whoever waited with somebody who objected, and whose account is erased, stays out with them.
            _of_erased(organisation).filter(circle=None).update(circle=min(drawn.values()))
        CirclePlace.objects.bulk_create(
            CirclePlace(organisation=organisation, kind=kind, name=names[key], circle=circle) for key, circle in drawn.items()
        )
    return {key: drawn.get(key, places.get(names[key])) for key in everybody}


def _out(places: Mapping[Key, int | None], objecting: Collection[Key], kept: Collection[int | None]) -> set[Key]:
    """The circles of those who object, and all who wait for one, whether any of these objects or not.

    Left out from the day on which one of them objects, they would be the few of whom one does.
    """
    circles = {places[key] for key in objecting if key in places} | set(kept)
    return {key for key, circle in places.items() if circle is None or circle in circles} | set(objecting)


def _drawn(waiting: list[Key], first: int) -> dict[Key, int]:
    """By lot, ten to nineteen in each circle; nobody while fewer than ten wait."""
    n = len(waiting) // SMALL
    _lot.shuffle(waiting)
    return {key: first + number % n for number, key in enumerate(waiting)} if n else {}


def _name(organisation: Organisation, key: int | str) -> str:
    """By which a place is known again, in this organisation alone."""
    return blake2b(f"{organisation.uuid}:{key}".encode(), digest_size=16).hexdigest()
