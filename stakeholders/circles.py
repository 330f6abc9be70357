"""Circles: people drawn by lot who are left out of outcomes together, so that being left out says of nobody that they object.

Whoever has the files can find out who is missing from an answer. Each belongs to one circle of at least ten, which stays the
same while the data grow but for halves of ten and more that part. If one of them objects, all of it is left out: whoever of
them it was, the answer is the same. Decision 0046.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable
from hashlib import blake2b

from django.utils.crypto import salted_hmac

from accounts.models import Organisation
from common.small_counts import SMALL

BITS = 64


def circles_of(organisation: Organisation, people: Iterable[str], objecting: Collection[str]) -> set[str]:
    """Everybody in the circles of those among `people` who are `objecting`, themselves too; all are person_ids of its data."""
    key = salted_hmac("stakeholders.circles", str(organisation.pk), algorithm="sha256").digest()
    lots = sorted((_lot(person, key), person) for person in set(people))
    found: set[str] = set()
    for person in objecting:
        if person not in found:
            found |= _circle(lots, (_lot(person, key), person))
    return found


def _circle(lots: list[tuple[int, str]], own: tuple[int, str]) -> set[str]:
    """The smallest part of `lots`, halved bit by bit, that holds `own` and of which both halves have ten: empty without it.

    A half of fewer is never a circle, and neither is the rest of it: it would say in which half the one is who objects.
    """
    position = bisect_left(lots, own)
    if lots[position : position + 1] != [own]:
        return set()
    begin, end, first = 0, len(lots), 0
    for bit in reversed(range(BITS)):
        middle = bisect_left(lots, (first + (1 << bit), ""))
        if min(middle - begin, end - middle) < SMALL:
            break
        if position < middle:
            end = middle
        else:
            begin, first = middle, first + (1 << bit)
    return {person for _lot, person in lots[begin:end]}


def _lot(person: str, key: bytes) -> int:
    """Uniform, and the same for a person of an organisation as long as the installation keeps its key."""
    return int.from_bytes(blake2b(person.encode(), digest_size=BITS // 8, key=key).digest(), "big")
