"""What upper apps do when something happens to a membership; they register in `AppConfig.ready`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from accounts.models import Membership

Handler = Callable[[Membership], None]


@dataclass(frozen=True)
class Fact:
    """Something an upper app knows about a member that their administrators may see: a cohort, how far they are."""

    label: str
    text: str
    url: str = ""


_on_accepted: list[Handler] = []
_on_left: list[Handler] = []
_losses: list[Callable[[Membership], Iterable[str]]] = []
_facts: list[Callable[[Membership], Iterable[Fact]]] = []


def when_membership_accepted(handler: Handler) -> None:
    """`handler` runs inside the transaction in which a person joins; it must be safe to repeat."""
    _on_accepted.append(handler)


def when_membership_ended(handler: Handler) -> None:
    """`handler` runs inside the transaction in which somebody is marked as left."""
    _on_left.append(handler)


def when_asked_what_ends(handler: Callable[[Membership], Iterable[str]]) -> None:
    """`handler` says, in sentences, what somebody loses who is marked as left. At most one query."""
    _losses.append(handler)


def when_asked_about_member(handler: Callable[[Membership], Iterable[Fact]]) -> None:
    """`handler` tells what administrators may know about a member. At most two queries."""
    _facts.append(handler)


def membership_accepted(membership: Membership) -> None:
    for handler in _on_accepted:
        handler(membership)


def membership_ended(membership: Membership) -> None:
    for handler in _on_left:
        handler(membership)


def what_ends(membership: Membership) -> list[str]:
    return [sentence for handler in _losses for sentence in handler(membership)]


def facts_about(membership: Membership) -> list[Fact]:
    return [fact for handler in _facts for fact in handler(membership)]
