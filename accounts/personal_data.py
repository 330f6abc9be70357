"""What the apps hold of a person: given to them on request, and erased with their account. Each app declares its part.

A part says of every model that it speaks for what an export and an erasure do with it. `tests/accounts/test_personal_data.py`
walks all models of the installation and fails on one that nobody speaks for.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, TypeVar

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.functional import Promise

from accounts.enums import Fate
from accounts.models import User
from common.registry import Registry
from mail.models import MailDelivery

Row = dict[str, Any]
"""Plain values that JSON can hold."""
# Rows that are read from the database at a time, so that memory stays flat however much somebody wrote.
READ_TOGETHER = 200
IN_THE_MIDDLE = 50
ModelT = TypeVar("ModelT", bound=Model)


@dataclass(frozen=True)
class Verdict:
    """What happens to the rows of one model when their person leaves, and whether the person is given what they say.

    `because` is a sentence for that person: why something stays, where not all of it goes.
    """

    model: str
    fate: Fate
    is_exported: bool = True
    because: str | Promise = ""


def erased(*models: str, is_exported: bool = True) -> tuple[Verdict, ...]:
    return tuple(Verdict(model, Fate.ERASED, is_exported) for model in models)


def made_anonymous(*models: str, because: str | Promise, is_exported: bool = True) -> tuple[Verdict, ...]:
    return tuple(Verdict(model, Fate.ANONYMOUS, is_exported, because) for model in models)


def kept(*models: str, because: str | Promise, is_exported: bool = False) -> tuple[Verdict, ...]:
    return tuple(Verdict(model, Fate.KEPT, is_exported, because) for model in models)


@dataclass(frozen=True)
class OwnFile:
    """A file that somebody uploaded, to be copied into their export."""

    name: str
    open: Callable[[], IO[bytes]]


def no_files(user: User) -> Iterable[OwnFile]:
    return ()


@dataclass(frozen=True)
class PrivacyPart:
    """`export` gives what is held, row by row; `count` says how much that is, in few queries. `erase` removes it, says of how
    many things, and may be repeated: once when the account is erased, and once more a little later, for what a request or a
    task wrote that was under way.

    `headings` are the keys of a row that stand above it in the readable export, outermost first; what is `unread` stands in the
    data alone. Parts are erased by `order`: what is found by a membership or by an address goes before these do. Of a part
    that `loses_words` rows stay, and what somebody wrote in them goes.
    """

    name: str
    title: str | Promise
    export: Callable[[User], Iterable[Row]]
    erase: Callable[[User], int]
    count: Callable[[User], int]
    verdicts: tuple[Verdict, ...] = ()
    headings: tuple[str, ...] = ()
    unread: frozenset[str] = frozenset()
    files: Callable[[User], Iterable[OwnFile]] = no_files
    order: int = IN_THE_MIDDLE
    loses_words: bool = False

    @property
    def is_erased(self) -> bool:
        """Whether something that its person is given a copy of goes for good."""
        return self.loses_words or any(verdict.fate == Fate.ERASED and verdict.is_exported for verdict in self.verdicts)


def part_of_rows(
    name: str,
    title: str | Promise,
    rows: Callable[[User], QuerySet[ModelT]],
    describe: Callable[[ModelT], Row],
    erase: Callable[[User], int],
    verdicts: tuple[Verdict, ...] = (),
    *,
    headings: tuple[str, ...] = (),
    order: int = IN_THE_MIDDLE,
) -> PrivacyPart:
    """A part that exports the rows of one queryset, each as it is described, and counts the same rows."""
    return PrivacyPart(
        name,
        title,
        export=lambda user: rows_of(rows(user), describe),
        erase=erase,
        count=lambda user: rows(user).count(),
        verdicts=verdicts,
        headings=headings,
        order=order,
    )


def part_that_goes(
    name: str,
    title: str | Promise,
    rows: Callable[[User], QuerySet[ModelT]],
    describe: Callable[[ModelT], Row],
    *models: str,
    beside: tuple[Verdict, ...] = (),
    headings: tuple[str, ...] = (),
    order: int = IN_THE_MIDDLE,
) -> PrivacyPart:
    """As `part_of_rows`, of rows that are all deleted, and with them those of the other `models` (labels). `beside` says what
    stays of it elsewhere.
    """

    def erase(user: User) -> int:
        # What an export reads along with them is not read for it.
        return rows(user).prefetch_related(None).delete()[0]

    return part_of_rows(name, title, rows, describe, erase, erased(*models) + beside, headings=headings, order=order)


privacy_parts: Registry[PrivacyPart] = Registry("Personal data", owner="accounts.personal_data")


@dataclass(frozen=True)
class DataNotice:
    """What an upper app tells somebody, under Your data, of what is done with data about them: a part of that page.

    `template` is rendered with `notice`, what `find` says; nothing is shown where that is empty. One query at most.
    """

    name: str
    template: str
    find: Callable[[User], Any]


data_notices: Registry[DataNotice] = Registry("What is done with data about people", owner="accounts.personal_data")


@dataclass(frozen=True)
class Obstacle:
    """Why somebody cannot close their account yet, in a sentence, and where they can do something about it."""

    text: str
    url: str = ""
    act: str = ""


@dataclass(frozen=True)
class ObstacleKind:
    name: str
    find: Callable[[User], Iterable[Obstacle]]


closing_obstacles: Registry[ObstacleKind] = Registry("What keeps an account open", owner="accounts.personal_data")


def in_order() -> list[PrivacyPart]:
    """As they are erased."""
    return sorted(privacy_parts, key=lambda part: part.order)


def obstacles_of(user: User) -> list[Obstacle]:
    return [obstacle for kind in closing_obstacles for obstacle in kind.find(user)]


def export_of(user: User) -> dict[str, list[Row]]:
    """Everything that is held of somebody, by part, at once: for tests and small accounts."""
    return {part.name: list(part.export(user)) for part in privacy_parts}


def erase(user: User) -> dict[str, int]:
    """Erase every part, each in a transaction of its own, since each locks in the order of locks; how many things of each."""
    counts = {}
    for part in in_order():
        with transaction.atomic():
            counts[part.name] = part.erase(user)
    return counts


def addresses_of(user: User) -> list[str]:
    """What somebody has proved to be theirs, or the one that their account goes by, where none is proved. In lower case.

    Of an account that has just been erased: where the mail went that said so, for as long as that keeps its address, and unless
    somebody has opened another account with it.
    """
    if not user.has_address:
        return _addresses_before(user)
    proved = EmailAddress.objects.filter(user=user, verified=True).order_by("pk").values_list("email", flat=True)
    return [email.lower() for email in proved] or [user.email]


def addresses_of_all(users: Collection[User]) -> set[str]:
    """`addresses_of` for several accounts that are not erased, in one query."""
    rows = EmailAddress.objects.filter(user__in=users, verified=True).values_list("user_id", "email")
    proved = [(user, email.lower()) for user, email in rows] if users else []
    known = {user for user, _email in proved}
    return {email for _user, email in proved} | {user.email for user in users if user.pk not in known and user.has_address}


def _addresses_before(user: User) -> list[str]:
    told = MailDelivery.objects.filter(about=about_erasure_of(user)).exclude(recipient="")
    addresses = set(told.values_list("recipient", flat=True))
    taken = User.objects.filter(email__in=addresses).values_list("email", flat=True)
    proved = EmailAddress.objects.filter(email__in=addresses).values_list("email", flat=True)
    return sorted(addresses.difference(taken, proved))


def about_erasure_of(user: User) -> str:
    """What the mail is about that says that an account was erased."""
    return f"erased:{user.pk}"


def moment(value: datetime | None) -> str | None:
    return timezone.localtime(value).isoformat(timespec="seconds") if value else None


def day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def rows_of(rows: QuerySet[Any], describe: Callable[[Any], Row]) -> Iterator[Row]:
    """A few hundred at a time."""
    return (describe(row) for row in rows.iterator(chunk_size=READ_TOGETHER))
