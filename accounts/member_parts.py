"""What upper apps know of a member that the page of a person in the console shows; they register in `AppConfig.ready`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from accounts.models import Membership
from common.registry import Registry


@dataclass(frozen=True)
class Fact:
    """Something an upper app knows about a member that their administrators may see: a cohort, how far they are.

    `text` says what it belongs to, `badge` how it stands, in a `tone` (good, info, caution, danger or none), and `detail` since
    when or until when. `act` is what can be done about it at `act_url`.
    """

    label: str
    text: str = ""
    url: str = ""
    badge: str = ""
    tone: str = ""
    detail: str = ""
    act: str = ""
    act_url: str = ""


def _nothing(membership: Membership) -> Iterable[str]:
    return ()


def _no_facts(membership: Membership) -> Iterable[Fact]:
    return ()


@dataclass(frozen=True)
class MemberPart:
    """`facts`: what administrators may know about a member, at most two queries, under the heading `title`. `losses`: sentences
    that say what somebody loses whose membership ends, at most one query.
    """

    name: str
    title: str | Promise = ""
    facts: Callable[[Membership], Iterable[Fact]] = _no_facts
    losses: Callable[[Membership], Iterable[str]] = _nothing


@dataclass(frozen=True)
class Cell:
    """What a list says of one member: words, and where they are a share, `done` and `going` of `total` for a bar."""

    text: str
    total: int = 0
    done: int = 0
    going: int = 0
    warning: str = ""


@dataclass(frozen=True)
class MemberColumn:
    """A column of the lists of people. `cells`: by primary key, of members who are all of one organisation; at most two
    queries. `is_for_managers`: whether somebody who manages a team sees it too.
    """

    name: str
    label: str | Promise
    cells: Callable[[Sequence[Membership]], Mapping[int, Cell]]
    is_for_managers: bool = False


member_columns: Registry[MemberColumn] = Registry("Columns of the lists of people", owner="accounts.member_parts")


@dataclass(frozen=True)
class ListedMember:
    """A row of a list: its member, and a cell (or None) for each of the columns."""

    membership: Membership
    cells: list[tuple[MemberColumn, Cell | None]]


def with_cells(members: Sequence[Membership], *, for_manager: bool = False) -> list[ListedMember]:
    columns = columns_for(for_manager=for_manager)
    found = [column.cells(members) for column in columns]
    return [
        ListedMember(member, [(column, cells.get(member.pk)) for column, cells in zip(columns, found, strict=True)])
        for member in members
    ]


def columns_for(*, for_manager: bool = False) -> list[MemberColumn]:
    return [column for column in member_columns if column.is_for_managers or not for_manager]


member_parts: Registry[MemberPart] = Registry("Member details for administrators", owner="accounts.member_parts")


def losses_of(membership: Membership) -> list[str]:
    return [sentence for part in member_parts for sentence in part.losses(membership)]


@dataclass(frozen=True)
class Facts:
    """What one part knows of a member."""

    name: str
    title: str | Promise
    facts: list[Fact]


def facts_about(membership: Membership) -> list[Facts]:
    """By part, without those that know nothing."""
    found = [Facts(part.name, part.title, list(part.facts(membership))) for part in member_parts]
    return [facts for facts in found if facts.facts]
