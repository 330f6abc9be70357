"""What upper apps know of a member that the page of a person in the console shows; they register in `AppConfig.ready`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from accounts.models import Membership
from common.registry import Registry


@dataclass(frozen=True)
class Fact:
    """Something an upper app knows about a member that their administrators may see: a cohort, how far they are."""

    label: str
    text: str
    url: str = ""


def _nothing(membership: Membership) -> Iterable[str]:
    return ()


def _no_facts(membership: Membership) -> Iterable[Fact]:
    return ()


@dataclass(frozen=True)
class MemberPart:
    """`facts`: what administrators may know about a member, at most two queries. `losses`: sentences that say what somebody
    loses whose membership ends, at most one query.
    """

    name: str
    facts: Callable[[Membership], Iterable[Fact]] = _no_facts
    losses: Callable[[Membership], Iterable[str]] = _nothing


member_parts: Registry[MemberPart] = Registry("Member details for administrators", owner="accounts.member_parts")


def losses_of(membership: Membership) -> list[str]:
    return [sentence for part in member_parts for sentence in part.losses(membership)]


def facts_about(membership: Membership) -> list[Fact]:
    return [fact for part in member_parts for fact in part.facts(membership)]
