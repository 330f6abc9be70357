"""What imported data can say, before anything is asked: each finding with what it rules out. Counts as they may be read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import Membership, Organisation
from common.charts import month_bars
from common.months import first_day, month_number
from common.small_counts import SMALL, is_small, share_of, shown, shown_of
from learning.queries import completions
from stakeholders.history import is_by_first_team_only, movers, offers_of
from stakeholders.models import (
    Completion,
    CustomerPeriod,
    CustomerStint,
    EmploymentStint,
    PersonPeriod,
    TenureRow,
)
from stakeholders.queries import columns_of
from stakeholders.windows import windows_of

JUST_BEFORE = (30, 90)
"""Days before an exit in which a completion may be part of leaving."""
MAX_COLUMNS = 30
MAX_MONTHS = 120
QUARTER = 3
HEIGHT_OF_FEW = SMALL // 2
"""Of the bar for 1 to 9 exits, however many they are."""


@dataclass(frozen=True)
class Finding:
    """What was found, in figures and words, and what follows; `tone` is "caution" where it rules something out."""

    title: str
    found: str
    meaning: str
    tone: str = ""


@dataclass(frozen=True)
class Coverage:
    """What is known of people or of customers. `missing`: by column, shares of missing values among those who left and stay."""

    title: str
    findings: list[Finding]
    caption: str = ""
    picture: SafeString | None = None
    picture_label: str = ""
    months: list[list[str]] = field(default_factory=list)
    missing: list[list[str]] = field(default_factory=list)


def coverage_of(organisation: Organisation) -> list[Coverage]:
    """Of people and of customers, as far as there are any."""
    people = EmploymentStint.objects.filter(organisation=organisation)
    customers = CustomerStint.objects.filter(organisation=organisation)
    found = []
    if people.exists():
        found.append(_of_people(organisation, people))
    if customers.exists():
        found.append(_of_customers(organisation, customers, people))
    durations = TenureRow.objects.filter(organisation=organisation)
    if durations.exists():
        found.append(_of_durations(durations))
    return found


# People ------------------------------------------------------------------------------------------------------------------


def _of_people(organisation: Organisation, rows: QuerySet[EmploymentStint]) -> Coverage:
    totals = rows.aggregate(
        rows=Count("pk"),
        people=Count("person_id", distinct=True),
        exits=Count("pk", filter=Q(exit_date__isnull=False)),
        kinds=Count("pk", filter=Q(exit_date__isnull=False) & ~Q(exit_kind="")),
        notices=Count("pk", filter=Q(notice_date__isnull=False)),
        with_team=Count("pk", filter=~Q(team="")),
        begun=Count("pk", filter=Q(observed_from__isnull=False)),
        ended=Count("pk", filter=Q(observed_until__isnull=False)),
        first=Min("observed_from"),
        last=Max("observed_until"),
    )
    again = rows.values("person_id").annotate(n=Count("pk")).filter(n__gt=1).count()
    members = Membership.objects.filter(organisation=organisation)
    by_email = members.filter(email=OuterRef("email"))
    by_id = members.filter(person_id=OuterRef("person_id")).exclude(person_id="")
    matched = rows.filter(Exists(by_id) | (~Q(email="") & Exists(by_email))).values("person_id").distinct().count()
    findings = [
        _window(organisation, "people", totals),
        _size(totals["people"], totals["exits"], _("people")),
        _matched(matched, totals["people"]),
        *_just_before(organisation, rows, totals["exits"]),
        Finding(
            _("Kinds of exit"),
            shown_of(totals["kinds"], totals["exits"]),
            _("Where kinds are not known, dismissals and retirements count like resignations."),
            _caution(totals["kinds"], totals["exits"], 0.8),
        ),
        Finding(
            _("Notice dates"),
            shown_of(totals["notices"], totals["exits"]),
            _("Without them, those who have given notice and stop learning look as if not learning had made them leave."),
            _caution(totals["notices"], totals["exits"], 0.5),
        ),
        Finding(
            _("Teams"),
            shown_of(totals["with_team"], totals["rows"]),
            _("Each person is in the team that the latest file names. Without the history of teams, who moved is not known."),
            _caution(totals["with_team"], totals["rows"], 0.8),
        ),
        *_teams_over_time(organisation, rows, totals["people"]),
        Finding(
            _("Came back after leaving"),
            shown(again),
            _("Each stay counts on its own. What somebody completed in one counts in the later ones."),
        ),
    ]
    return _with_months(_("People"), findings, rows, "exit_date")


def _teams_over_time(organisation: Organisation, rows: QuerySet[EmploymentStint], people: int) -> Iterator[Finding]:
    """Whose teams are known over time, and who has changed them since training was offered."""
    own = PersonPeriod.objects.filter(organisation=organisation, person_id=OuterRef("person_id"))
    known = rows.filter(Exists(own)).values("person_id").distinct().count()
    yield Finding(
        _("History of teams"),
        shown_of(known, people),
        _("For them the team of the first day observed is the one that counts when members of a team leave together."),
    )
    if offers_of(organisation) is None:
        return
    title, found = _("Changed teams since the first offer"), movers(organisation)
    if found is None:
        yield Finding(
            title,
            _("not known"),
            _(
                "Questions about exits after an offer are refused. They need the history of people, or two complete people "
                "files that say until when they know leavers, one from before the first offer and one from after the last."
            ),
            "caution",
        )
        return
    yield Finding(
        title,
        shown_of(found.moved, found.people),
        _("Above 5% only the team at the first offer is analysed."),
        "caution" if is_by_first_team_only(found) and not is_small(found.moved) else "",
    )


def _just_before(organisation: Organisation, rows: QuerySet[EmploymentStint], exits: int) -> Iterator[Finding]:
    """Completions shortly before an exit: part of leaving, or the reason why nobody who stays looks trained."""
    by_key = _first_completions(organisation)
    counts = dict.fromkeys(JUST_BEFORE, 0)
    left = rows.filter(exit_date__isnull=False).values_list("person_id", "email", "exit_date", "completion_date")
    for person_id, email, exit_date, elsewhere in left.iterator():
        days = [elsewhere, by_key.get(("person", person_id)), by_key.get(("email", email)) if email else None]
        done = min((day for day in days if day), default=None)
        before = (exit_date - done).days if exit_date and done else -1
        for within in JUST_BEFORE:
            counts[within] += 0 <= before <= within
    for within in JUST_BEFORE:
        yield Finding(
            _("Completed in the %(days)s days before leaving") % {"days": within},
            shown_of(counts[within], exits),
            _("Many of them would mean that the course was part of leaving, and it would look as if it drove people away."),
            "caution" if exits and counts[within] > 0.1 * exits and not is_small(counts[within]) else "",
        )


def _first_completions(organisation: Organisation) -> dict[tuple[str, str], date]:
    first: dict[tuple[str, str], date] = {}
    elsewhere = Completion.objects.filter(organisation=organisation).values_list("person_id", "email", "completed_on")
    inside = ((one.person_id, one.email, one.completed_on) for one in completions(organisation))
    for rows in (elsewhere.iterator(), inside):
        for person_id, email, day in rows:
            for key in (("person", person_id), ("email", email)):
                if key[1] and (key not in first or day < first[key]):
                    first[key] = day
    return first


# Customers ---------------------------------------------------------------------------------------------------------------


def _of_customers(organisation: Organisation, rows: QuerySet[CustomerStint], people: QuerySet[EmploymentStint]) -> Coverage:
    known = people.filter(person_id=OuterRef("owner_person_id"))
    members = Membership.objects.filter(organisation=organisation, person_id=OuterRef("owner_person_id"))
    own = CustomerPeriod.objects.filter(organisation=organisation, customer_id=OuterRef("customer_id"))
    totals = rows.aggregate(
        rows=Count("pk"),
        people=Count("customer_id", distinct=True),
        exits=Count("pk", filter=Q(end_date__isnull=False)),
        owned=Count("pk", filter=~Q(owner_person_id="")),
        by_team=Count("pk", filter=Q(owner_person_id="") & ~Q(team="")),
        begun=Count("pk", filter=Q(observed_from__isnull=False)),
        ended=Count("pk", filter=Q(observed_until__isnull=False)),
        first=Min("observed_from"),
        last=Max("observed_until"),
    )
    matched = rows.filter(~Q(owner_person_id="") & (Exists(known) | Exists(members))).count()
    findings = [
        _window(organisation, "customers", totals),
        _size(totals["people"], totals["exits"], _("customers")),
        Finding(
            _("With a colleague who looks after them"),
            shown_of(totals["owned"], totals["rows"]),
            _("The others are compared by their team, which is a weak substitute, or left out where they have none."),
            _caution(totals["owned"], totals["rows"], 0.8),
        ),
        Finding(
            _("Whose colleague is among the people in the data"),
            shown_of(matched, totals["owned"]),
            _("Of the others nobody knows whether their colleague completed. Above 20% of them, questions are refused."),
            _caution(matched, totals["owned"], 0.8),
        ),
        Finding(
            _("History of who looked after them"),
            shown_of(rows.filter(Exists(own)).values("customer_id").distinct().count(), totals["people"]),
            _("For them the colleague of the time counts. The others are counted with the colleague named today."),
        ),
        Finding(
            _("Compared by their team"),
            shown_of(totals["by_team"], totals["rows"]),
            _("For them the first completion in the team counts, whoever it was."),
        ),
    ]
    return _with_months(_("Customers"), findings, rows, "end_date")


# Durations ---------------------------------------------------------------------------------------------------------------


def _of_durations(rows: QuerySet[TenureRow]) -> Coverage:
    """Of the figures of the latest day."""
    day = rows.order_by("-as_of").values_list("as_of", flat=True)[0]
    latest = rows.filter(as_of=day)
    totals = latest.aggregate(
        units=Count("pk"),
        exits=Count("pk", filter=Q(has_left=True)),
        completed=Count("pk", filter=Q(completed_months_before__isnull=False)),
    )
    findings = [
        Finding(
            _("Day of the figures"),
            date_format(day, "j F Y"),
            _("Lengths of time as they were on this day. Nothing is known of the calendar, so no answer says less or more."),
        ),
        Finding(
            _("Size"),
            shown_of(totals["exits"], totals["units"]),
            _("People or customers who left. The curve is right only if leavers of all years are in the file."),
            "caution",
        ),
        Finding(
            _("Months since completing"),
            shown_of(totals["completed"], totals["units"]),
            _("Without them the curve is drawn and nothing compared. A row without them counts as not completed."),
            "" if totals["completed"] else "caution",
        ),
    ]
    return Coverage(_("Tenure without dates"), findings, missing=_missing(latest, Q(has_left=True)))


# Both --------------------------------------------------------------------------------------------------------------------


def _window(organisation: Organisation, kind: str, totals: Mapping[str, Any]) -> Finding:
    windows = windows_of(organisation, kind)
    firsts = [day for day in (*(window.first for window in windows), totals["first"]) if day]
    lasts = [day for day in (*(window.last for window in windows), totals["last"]) if day]
    title = _("Window")
    is_known = (any(window.first for window in windows) or totals["begun"] == totals["rows"]) and (
        any(window.last for window in windows) or totals["ended"] == totals["rows"]
    )
    if not (firsts and lasts and is_known):
        return Finding(
            title,
            _("not known"),
            _("Nobody has said from when until when leavers are in the files. Until somebody does, questions are refused."),
            "caution",
        )
    words = {"first": date_format(min(firsts), "j F Y"), "last": date_format(max(lasts), "j F Y")}
    return Finding(
        title,
        _("%(first)s to %(last)s") % words,
        _("Nobody counts as observed outside of it. What happened before or after cannot be asked about."),
    )


def _size(people: int, exits: int, noun: str) -> Finding:
    words = {"people": f"{people:,}", "noun": noun, "exits": f"{exits:,}"}
    return Finding(
        _("Size"),
        _("%(people)s %(noun)s, %(exits)s exits") % words,
        _("Below 50 exits no comparison is made: chance alone would decide."),
        "caution" if exits < 50 else "",
    )


def _matched(matched: int, people: int) -> Finding:
    return Finding(
        _("Also known to Accord, by ID or e-mail address"),
        shown_of(matched, people),
        _("Of the others no completion in Accord can be seen; they count as not completed."),
        _caution(matched, people, 0.8),
    )


def _caution(n: int, total: int, enough: float) -> str:
    """Small counts get no tone of their own either: it would say on which side of the line they are."""
    return "caution" if n < enough * total and not is_small(total - n) else ""


def _with_months(title: str, findings: list[Finding], rows: QuerySet[Any], end: str) -> Coverage:
    has_end = Q(**{f"{end}__isnull": False})
    per_month = rows.filter(has_end).annotate(month=TruncMonth(end)).values("month").annotate(n=Count("pk"))
    counts = {month_number(row["month"]): row["n"] for row in per_month}
    if not counts:
        return Coverage(title, findings, missing=_missing(rows, has_end))
    last = max(counts)
    first = max(min(counts), last - MAX_MONTHS + 1)
    shown_months = range(first, last + 1)
    n_small = sum(is_small(counts.get(month, 0)) for month in shown_months)
    length = QUARTER if n_small > len(shown_months) / 2 else 1
    starts = range(first - first % length, last + 1, length)
    exits = [sum(counts.get(month, 0) for month in range(start, start + length)) for start in starts]
    names = [date_format(first_day(start), "M Y") for start in starts]
    return Coverage(
        title,
        findings,
        caption=_("Exits in each month") if length == 1 else _("Exits in each quarter"),
        picture=month_bars([HEIGHT_OF_FEW if is_small(n) else n for n in exits], names[0], names[-1]),
        picture_label=_("Exits from %(first)s to %(last)s, as bars. Bars that are missing: %(n)s.")
        % {"first": names[0], "last": names[-1], "n": exits.count(0)},
        months=[[name, shown(n)] for name, n in zip(names, exits, strict=True)],
        missing=_missing(rows, has_end),
    )


def _missing(rows: QuerySet[Any], left: Q) -> list[list[str]]:
    """Column, share of its values that are missing among those who `left`, and among those who stay."""
    columns: Sequence[str] = columns_of(rows)[:MAX_COLUMNS]
    if not columns:
        return []
    stays = ~left
    counts = {"left": Count("pk", filter=left), "stays": Count("pk", filter=stays)}
    for i, name in enumerate(columns):
        has = Q(covariates__has_key=name)
        counts |= {f"left_{i}": Count("pk", filter=left & ~has), f"stays_{i}": Count("pk", filter=stays & ~has)}
    found = rows.aggregate(**counts)
    return [
        [name, share_of(found[f"left_{i}"], found["left"]), share_of(found[f"stays_{i}"], found["stays"])]
        for i, name in enumerate(columns)
    ]
