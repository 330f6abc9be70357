"""What needs attention in a console: grouped by kind, the most urgent first, each with the act on its line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypedDict

from django.db.models import Count, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from access.queries import SetSeats
from accounts.models import Organisation, User
from accounts.queries import undelivered_invitations
from accounts.rules import can_buy, can_manage_people
from accounts.types import Visitor
from billing.queries import orders_to_pay
from learning.figures import CohortRow, Figures
from learning.models import Cohort
from learning.queries import today_in
from practice.models import PairReport
from practice.queries.pairs import unsettled_reports

SHOWN_IN_GROUP = 5
SOON = timedelta(days=7)


@dataclass(frozen=True)
class ActionItem:
    """Something that needs attention: one sentence, the act and where it is done, and where to see more."""

    sentence: str
    act_address: str
    act: str
    address: str


@dataclass(frozen=True)
class ActionGroup:
    """Several of one kind under a sentence of their own; `more` of them are not listed, and are found at `address`."""

    sentence: str
    tone: str
    address: str
    act: str
    items: list[ActionItem] = field(default_factory=list)
    more: int = 0


class _Listed(TypedDict):
    items: list[ActionItem]
    more: int


def action_groups(
    user: Visitor,
    organisation: Organisation,
    *,
    figures: Figures | None,
    rows: list[CohortRow],
    seats: list[SetSeats],
    of_teams: Figures | None = None,
) -> list[ActionGroup]:
    """What is empty is not said: `figures` and `rows` are for those who see people, `seats` for those who buy, `of_teams` for
    those who see the people of their teams only.
    """
    may_manage = can_manage_people(user, organisation)
    groups: list[ActionGroup] = []
    if figures:
        groups += _overdue(organisation, figures, rows, may_manage)
        groups += _seatless(rows, may_manage)
        groups += _due_soon(organisation, rows, may_manage)
    if of_teams and of_teams.now.late:
        groups.append(_overdue_in_teams(organisation, of_teams.now.late))
    may_buy = can_buy(user, organisation)
    reports = unsettled_reports(user, organisation) if figures and isinstance(user, User) else None
    counts = _counts(organisation, may_buy=may_buy, may_manage=may_manage, reports=reports)
    if reports is not None and counts["n_reports"]:
        groups.insert(0, _reported(organisation, reports))
    if may_buy:
        groups += _orders(organisation, counts["n_orders"])
        groups += _seats(organisation, seats)
    if may_manage:
        groups += _undelivered(organisation, counts["n_undelivered"])
    if figures and figures.invited:
        groups.append(_invited(organisation, figures.invited))
    return groups


@dataclass(frozen=True)
class CohortAct:
    """What is done about cohorts of one kind: its name, and the page of a cohort on which it is done."""

    name: str | Promise
    page: str
    query: str = ""

    def address(self, cohort: Cohort) -> str:
        return reverse(f"org:{self.page}", args=[cohort.organisation.slug, cohort.uuid]) + self.query


REMIND = CohortAct(_lazy("Remind"), "cohort_remind")
GIVE_SEATS = CohortAct(_lazy("Give seats"), "cohort", "?status=seatless")


def _items(rows: list[CohortRow], words: Callable[[CohortRow], str], act: CohortAct | None, query: str = "") -> _Listed:
    """A line for each of the first few cohorts, and how many more there are. `act` None: for who may only look."""
    items = [
        ActionItem(
            words(row),
            act.address(row.cohort) if act else "",
            str(act.name) if act else "",
            row.cohort.get_absolute_url() + query,
        )
        for row in rows[:SHOWN_IN_GROUP]
    ]
    return {"items": items, "more": max(0, len(rows) - SHOWN_IN_GROUP)}


def _in_cohorts(n: int) -> str:
    return ngettext("in %(n)s cohort", "in %(n)s cohorts", n) % {"n": f"{n:,}"}


def _overdue(organisation: Organisation, figures: Figures, rows: list[CohortRow], may_manage: bool) -> Iterator[ActionGroup]:
    late = [row for row in rows if row.progress.late]
    if not late:
        return

    def words(row: CohortRow) -> str:
        about = {"cohort": row.cohort.name, "n": f"{row.progress.late:,}", "day": _day(row)}
        return _("“%(cohort)s”: %(n)s overdue since %(day)s") % about

    people = ngettext("%(n)s person is overdue", "%(n)s people are overdue", figures.now.late) % {"n": f"{figures.now.late:,}"}
    yield ActionGroup(
        sentence=f"{people} {_in_cohorts(len(late))}.",
        tone="danger",
        address=reverse("org:cohorts", args=[organisation.slug]) + "?state=late",
        act=_("See all"),
        **_items(late, words, REMIND if may_manage else None),
    )


def _overdue_in_teams(organisation: Organisation, late: int) -> ActionGroup:
    sentence = ngettext("%(n)s person in your team is overdue.", "%(n)s people in your team are overdue.", late)
    return ActionGroup(sentence % {"n": f"{late:,}"}, "danger", reverse("org:own_team", args=[organisation.slug]), _("See who"))


def _seatless(rows: list[CohortRow], may_manage: bool) -> Iterator[ActionGroup]:
    """People of paid cohorts who cannot open the course."""
    without = sorted((row for row in rows if row.progress.seatless), key=lambda row: -row.progress.seatless)
    if not without:
        return

    def words(row: CohortRow) -> str:
        about = {"cohort": row.cohort.name, "n": f"{row.progress.seatless:,}"}
        return _("“%(cohort)s”: %(n)s cannot open the course") % about

    total = sum(row.progress.seatless for row in without)
    sentence = ngettext("%(n)s person %(cohorts)s has no seat.", "%(n)s people %(cohorts)s have no seat.", total)
    yield ActionGroup(
        sentence=sentence % {"n": f"{total:,}", "cohorts": _in_cohorts(len(without))},
        tone="caution",
        address=GIVE_SEATS.address(without[0].cohort),
        act=_("See who"),
        **_items(without, words, GIVE_SEATS if may_manage else None),
    )


def _due_soon(organisation: Organisation, rows: list[CohortRow], may_manage: bool) -> Iterator[ActionGroup]:
    today = today_in(organisation)
    soon = [
        row for row in rows if row.cohort.due_on and today <= row.cohort.due_on <= today + SOON and row.progress.not_started
    ]
    if not soon:
        return

    def words(row: CohortRow) -> str:
        about = {"cohort": row.cohort.name, "n": f"{row.progress.not_started:,}", "day": _day(row)}
        return _("“%(cohort)s”: %(n)s not started, due on %(day)s") % about

    soon.sort(key=lambda row: (row.cohort.due_on, -row.progress.not_started))
    waiting = sum(row.progress.not_started for row in soon)
    yield ActionGroup(
        sentence=_("Due within a week: %(n)s not started.") % {"n": f"{waiting:,}"},
        tone="caution",
        address=reverse("org:cohorts", args=[organisation.slug]) + "?sort=due",
        act=_("See all"),
        **_items(soon, words, REMIND if may_manage else None, "?status=idle"),
    )


def _day(row: CohortRow) -> str:
    return date_format(row.cohort.due_on) if row.cohort.due_on else ""


def _counts(organisation: Organisation, *, may_buy: bool, may_manage: bool, reports: QuerySet[Any] | None) -> dict[str, int]:
    """How many orders wait to be paid, for who buys, invitations were not delivered, for who manages people, and messages were
    reported. One query.
    """
    counted: dict[str, QuerySet[Any]] = {}
    if may_buy:
        counted["n_orders"] = orders_to_pay(organisation)
    if may_manage:
        counted["n_undelivered"] = undelivered_invitations(organisation)
    if reports is not None:
        counted["n_reports"] = reports
    if not counted:
        return {}
    numbers = {
        name: Coalesce(Subquery(rows.order_by().values("organisation").annotate(n=Count("pk")).values("n")), 0)
        for name, rows in counted.items()
    }
    return Organisation.objects.annotate(**numbers).values(*numbers).get(pk=organisation.pk)


def _reported(organisation: Organisation, reports: QuerySet[PairReport]) -> ActionGroup:
    """Somebody was not well treated in a negotiation in pairs; each with the cohort in which it is settled."""
    cohorts = list(dict.fromkeys(report.pair.call.cohort for report in reports.select_related("pair__call__cohort")))
    items = [
        ActionItem(cohort.name, "", "", reverse("org:cohort_pairs", args=[organisation.slug, cohort.uuid]))
        for cohort in cohorts[:SHOWN_IN_GROUP]
    ]
    sentence = _("A message in a negotiation in pairs was reported.")
    more = max(0, len(cohorts) - SHOWN_IN_GROUP)
    return ActionGroup(sentence, "caution", items[0].address, _("Read the report"), items, more)


def _orders(organisation: Organisation, waiting: int) -> Iterator[ActionGroup]:
    if waiting:
        sentence = ngettext("%(n)s order is waiting for payment.", "%(n)s orders are waiting for payment.", waiting)
        address = reverse("org:orders", args=[organisation.slug])
        yield ActionGroup(sentence % {"n": f"{waiting:,}"}, "caution", address, _("See orders"))


def _seats(organisation: Organisation, seats: list[SetSeats]) -> Iterator[ActionGroup]:
    """Course sets of which every seat is taken, in all pools together."""
    full = [row for row in seats if not row.free]
    if not full:
        return
    address = reverse("org:seats", args=[organisation.slug])
    if len(full) == 1:
        (row,) = full
        sentence = ngettext("The only seat for “%(set)s” is taken.", "All %(n)s seats for “%(set)s” are taken.", row.total)
        yield ActionGroup(sentence % {"n": f"{row.total:,}", "set": row.course_set}, "info", address, _("See seats"))
        return
    sentence = ngettext("All seats for %(n)s course are taken.", "All seats for %(n)s courses are taken.", len(full))
    items = [
        ActionItem(_("“%(set)s”: %(n)s taken") % {"set": row.course_set, "n": f"{row.total:,}"}, "", "", address)
        for row in full[:SHOWN_IN_GROUP]
    ]
    more = max(0, len(full) - SHOWN_IN_GROUP)
    yield ActionGroup(sentence % {"n": f"{len(full):,}"}, "info", address, _("See all"), items, more)


def _undelivered(organisation: Organisation, undelivered: int) -> Iterator[ActionGroup]:
    if undelivered:
        sentence = ngettext(
            "%(n)s invitation could not be delivered.", "%(n)s invitations could not be delivered.", undelivered
        )
        address = reverse("org:people", args=[organisation.slug]) + "?state=undelivered"
        yield ActionGroup(sentence % {"n": f"{undelivered:,}"}, "caution", address, _("See who"))


def _invited(organisation: Organisation, invited: int) -> ActionGroup:
    sentence = ngettext(
        "%(n)s person has not accepted the invitation yet.", "%(n)s people have not accepted their invitation yet.", invited
    )
    address = reverse("org:people", args=[organisation.slug]) + "?state=invited"
    return ActionGroup(sentence % {"n": f"{invited:,}"}, "info", address, _("See who"))
