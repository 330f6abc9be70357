"""Circles: people drawn by lot who are left out of outcomes together, so that being left out says of nobody that they object.

Whoever has the files can find out who is missing from an answer. Each belongs to one circle of at least ten. If one of them
objects, all of it is left out: whoever of them it was, the answer is the same. Decision 0046.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2b
from secrets import SystemRandom

from django.db import transaction

from accounts.models import Organisation
from common.small_counts import SMALL
from stakeholders.enums import CircleKind
from stakeholders.models import CirclePlace

_lot = SystemRandom()


def circles_of(
    organisation: Organisation, kind: CircleKind, people: Iterable[str], objecting: Collection[str], same: Mapping[str, str]
) -> set[str]:
    """Everybody in the circles of those among `people` who are `objecting`, themselves too; all are IDs of its data.

    `same`: of IDs of one person, another one, the same for all of them. Whoever is there for the first time is given a place,
    which they keep: a circle that parts, as the data grow, would be left out less and less but for the one who objects.
    """
    everybody = sorted(set(people))
    asked = set(objecting) & set(everybody)
    if not asked:
        return set()
    names = {person: _name(organisation, person) for person in everybody}
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        places = dict(CirclePlace.objects.filter(organisation=organisation, kind=kind).values_list("name", "circle"))
        circle_of = {person: places[name] for person, name in names.items() if name in places}
        given = _places_for([person for person in everybody if person not in circle_of], circle_of, same)
        CirclePlace.objects.bulk_create(
            CirclePlace(organisation=organisation, kind=kind, name=names[person], circle=circle)
            for person, circle in given.items()
        )
    circle_of |= given
    left_out = {circle_of[person] for person in asked}
    return {person for person, circle in circle_of.items() if circle in left_out}


def _places_for(newcomers: Iterable[str], known: Mapping[str, int], same: Mapping[str, str]) -> dict[str, int]:
    """By lot: ten people and more are circles of their own, of ten to nineteen; fewer join those that are there, and first of
    all those that are smaller."""
    of_known = {same.get(person, person): circle for person, circle in known.items()}
    ids: dict[str, list[str]] = {}
    for person in newcomers:
        ids.setdefault(same.get(person, person), []).append(person)
    lots = [one for one in ids if one not in of_known]
    _lot.shuffle(lots)
    sizes = Counter(of_known.values())
    room = [circle for circle, size in sorted(sizes.items()) for _place in range(SMALL - size)]
    drawn = dict(zip(lots, room, strict=False))
    lots = lots[len(drawn) :]
    if sizes and len(lots) < SMALL:
        drawn |= {one: _lot.choice(sorted(sizes)) for one in lots}
    else:
        first, n = max(sizes, default=-1) + 1, max(len(lots) // SMALL, 1)
        drawn |= {one: first + number % n for number, one in enumerate(lots)}
    return {person: (of_known | drawn)[one] for one, own in ids.items() for person in own}


def _name(organisation: Organisation, person: str) -> str:
    """By which a place is known again, in this organisation alone."""
    return blake2b(f"{organisation.uuid}:{person}".encode(), digest_size=16).hexdigest()
