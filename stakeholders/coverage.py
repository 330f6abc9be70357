"""What imported data can say, before anything is asked: each finding with what it rules out. Counts as they may be read."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Membership, Organisation
from common.charts import month_bars
from common.months import first_day, month_number
from common.poisson_limits import LIMITS
from common.small_counts import SMALL, is_small, share_of, shown
from common.spelling import plain
from imports.kinds import import_kinds
from stakeholders.before_exits import completions_before_exits
from stakeholders.contracts import coverage_of_contracts
from stakeholders.exits import left_without_day
from stakeholders.findings import Coverage, Finding, caution, coarse_caution, coarsely, known_window
from stakeholders.history import ENOUGH_KNOWN, is_by_first_team_only, movers, offers_of, owners_over_time, teams_at_first_offer
from stakeholders.matches import matches_of
from stakeholders.models import (
    Completion,
    CustomerStint,
    EmploymentStint,
    OwnedStint,
    PartnerStint,
    PersonPeriod,
    TenureRow,
)
from stakeholders.performance import coverage_of_performance
from stakeholders.queries import columns_of, excluded_from
from stakeholders.telling import COARSELY, EXACTLY, Telling, about, in_fives

MAX_COLUMNS = 30
MAX_MONTHS = 120
QUARTER = 3
HEIGHT_OF_FEW = SMALL // 2
"""Of the bar for 1 to 9 exits, however many they are."""


def coverage_of(organisation: Organisation, *, exact: bool = False) -> list[Coverage]:
    """Of people, customers, partners, contracts and performance, as far as there are any.

    `exact` for those who bring the data: how many there are and when they left. What they completed is veiled for everybody.

    It says what the files hold and who of them is known, so those who object are counted: a figure that went down by one would
    tell that somebody has just objected, and in the month of their exit, who (decision 0046). What they completed in Accord is
    left out, with their circles, and what others did is said coarsely.
    """
    out = excluded_from(organisation).person_ids
    people = EmploymentStint.objects.filter(organisation=organisation)
    owned: list[tuple[str, type[OwnedStint], str]] = [
        ("customers", CustomerStint, _("Customers")),
        ("partners", PartnerStint, _("Partners")),
    ]
    found = [_of_people(organisation, people, out, exact=exact)] if people.exists() else []
    for kind, model, title in owned:
        rows: QuerySet[OwnedStint] = model._default_manager.filter(organisation=organisation)
        if rows.exists():
            found.append(_of_owned(organisation, kind, title, rows, exact=exact))
    durations = TenureRow.objects.filter(organisation=organisation)
    if durations.exists():
        found.append(_of_durations(durations, exact=exact))
    told = EXACTLY if exact else COARSELY
    return [*found, *coverage_of_contracts(organisation, told), *coverage_of_performance(organisation, told)]


# People ------------------------------------------------------------------------------------------------------------------


def _of_people(organisation: Organisation, rows: QuerySet[EmploymentStint], out: Collection[str], *, exact: bool) -> Coverage:
    """`out` are the person_ids of those who object."""
    has_left = Q(exit_date__lte=organisation.today)
    totals = rows.aggregate(
        rows=Count("pk"),
        people=Count("person_id", distinct=True),
        exits=Count("pk", filter=has_left),
        kinds=Count("pk", filter=has_left & ~Q(exit_kind="")),
        notices=Count("pk", filter=has_left & Q(notice_date__isnull=False)),
        with_team=Count("pk", filter=~Q(team="")),
        completed=Count("pk", filter=Q(completion_date__isnull=False)),
    )
    told = EXACTLY if exact else COARSELY
    again = rows.values("person_id").annotate(n=Count("pk")).filter(n__gt=1).count()
    findings = [
        _window(organisation, "people", rows),
        _size(totals["people"], totals["exits"], "people", exact=exact),
        _matched(organisation, rows),
        *_files_matched(organisation),
        *_undated(rows, exact=exact),
        *completions_before_exits(organisation, rows, out, in_rows=totals["completed"] > 0),
        Finding(
            _("Kinds of exit"),
            told.part(totals["kinds"], totals["exits"]),
            _("Where kinds are not known, dismissals and retirements count like resignations."),
            told.tone(totals["kinds"], totals["exits"], 0.8),
        ),
        Finding(
            _("Notice dates"),
            told.part(totals["notices"], totals["exits"]),
            _("Without them, those who have given notice and stop learning look as if not learning had made them leave."),
            told.tone(totals["notices"], totals["exits"], 0.5),
        ),
        Finding(
            _("Teams"),
            told.part(totals["with_team"], totals["rows"]),
            _("Each person is in the team that the latest file names. Without the history of teams, who moved is not known."),
            told.tone(totals["with_team"], totals["rows"], 0.8),
        ),
        *_teams_over_time(organisation, rows, totals["people"], told),
        Finding(
            _("Came back after leaving"),
            _told(again, exact=exact),
            _("Each stay counts on its own. What somebody completed in one counts in the later ones."),
        ),
    ]
    return _with_months(_("People"), findings, rows, "exit_date", organisation.today, exact=exact)


def _teams_over_time(
    organisation: Organisation, rows: QuerySet[EmploymentStint], people: int, told: Telling
) -> Iterator[Finding]:
    """Whose teams are known over time, and who has changed them since training was offered."""
    own = PersonPeriod.objects.filter(organisation=organisation, person_id=OuterRef("person_id"))
    known = rows.filter(Exists(own)).values("person_id").distinct().count()
    yield Finding(
        _("History of teams"),
        told.part(known, people),
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
    then = teams_at_first_offer(organisation)
    yield Finding(
        _("Team at the first offer known"),
        told.part(then.known, then.people),
        _("The others count in the team of the people file. Below 80% questions about exits after an offer are refused."),
        caution(then.known, then.people, ENOUGH_KNOWN),
    )
    yield Finding(
        title,
        told.part(found.moved, found.people) if found.people else _("not known"),
        _("Above 5% only the team at the first offer is analysed."),
        "caution" if is_by_first_team_only(found) and not is_small(found.moved) else "",
    )


# Customers and partners --------------------------------------------------------------------------------------------------


def _of_owned(
    organisation: Organisation,
    kind: str,
    title: str,
    rows: QuerySet[OwnedStint],
    *,
    exact: bool,
) -> Coverage:
    """Of customers or of partners, whom colleagues look after; `kind` is that of their files."""
    totals = rows.aggregate(
        rows=Count("pk"),
        people=Count(import_kinds[kind].key[0], distinct=True),
        exits=Count("pk", filter=Q(end_date__lte=organisation.today)),
        owned=Count("pk", filter=~Q(owner_person_id="")),
        by_team=Count("pk", filter=Q(owner_person_id="") & ~Q(team="")),
    )
    told = EXACTLY if exact else COARSELY
    findings = [
        _window(organisation, kind, rows),
        _size(totals["people"], totals["exits"], kind, exact=exact),
        Finding(
            _("With a colleague who looks after them"),
            told.part(totals["owned"], totals["rows"]),
            _("The others are compared by their team, which is a weak substitute, or left out where they have none."),
            told.tone(totals["owned"], totals["rows"], 0.8),
        ),
        _owner_matched(organisation, rows),
        *(_owners_over_time(organisation, rows, totals["people"], told) if kind == "customers" else ()),
        Finding(
            _("Compared by their team"),
            told.part(totals["by_team"], totals["rows"]),
            _("For them the first completion in the team counts, whoever it was."),
        ),
        *_teams_matched(organisation, rows),
    ]
    return _with_months(title, findings, rows, "end_date", organisation.today, exact=exact)


def _owner_matched(organisation: Organisation, rows: QuerySet[OwnedStint]) -> Finding:
    """A colleague may be known to Accord alone."""
    known = EmploymentStint.objects.filter(organisation=organisation, person_id=OuterRef("owner_person_id"))
    members = Membership.objects.filter(organisation=organisation, person_id=OuterRef("owner_person_id"))
    is_known = Q(Exists(known)) | Q(Exists(members))
    found = rows.exclude(owner_person_id="").aggregate(n=Count("pk", filter=is_known), total=Count("pk"))
    return Finding(
        _("Whose colleague is among the people in the data"),
        coarsely(found["n"], found["total"]),
        _(
            "By the colleague named today. Of the others nobody knows whether their colleague completed. Above 20% of all, "
            "with those who have neither colleague nor team, questions are refused."
        ),
        coarse_caution(found["n"], found["total"], 0.8),
    )


def _teams_matched(organisation: Organisation, rows: QuerySet[OwnedStint]) -> Iterator[Finding]:
    """Of the teams of those who are compared by them. Both sides are what the files hold, those who object included."""
    theirs = {
        plain(team) for team in rows.filter(owner_person_id="").exclude(team="").values_list("team", flat=True).distinct()
    }
    if not theirs:
        return
    people = EmploymentStint.objects.filter(organisation=organisation)
    n_known = len(theirs & {plain(team) for team in people.values_list("team", flat=True).distinct()})
    yield Finding(
        _("Their teams that are teams of people in the data"),
        _share_of_teams(n_known, len(theirs)),
        _(
            "Of customers or partners of other teams nobody knows whether a colleague completed. Above 20% of all, with those "
            "whose colleague is not known, questions are refused."
        ),
        "" if n_known >= 0.8 * len(theirs) else "caution",
    )


def _share_of_teams(n: int, total: int) -> str:
    """Coarsely; how many teams there are is not said, since few people may be in one."""
    if n in (0, total):
        return _("all") if n else _("none")
    tens = min(max(round(10 * n / total), 1), 9)
    return _("about %(share)s%%") % {"share": 10 * tens}


def _owners_over_time(
    organisation: Organisation, rows: QuerySet[OwnedStint], customers: int, told: Telling
) -> Iterator[Finding]:
    """Whose owners are known over time; a question goes by these, and not by the one named today."""
    people = EmploymentStint.objects.filter(organisation=organisation)
    members = Membership.objects.filter(organisation=organisation).exclude(person_id="")
    completed = Completion.objects.filter(organisation=organisation)
    known = {person for group in (people, members, completed) for person in group.values_list("person_id", flat=True)}
    teams = {plain(team) for team in people.values_list("team", flat=True).distinct()}
    found = owners_over_time(organisation, rows, known, teams)
    yield Finding(
        _("History of who looked after them"),
        told.part(found.with_history if found else 0, customers),
        _("For them the colleague of the time counts. The others are counted with the colleague named today."),
    )
    if found is None:
        return
    yield Finding(
        _("Whose colleagues over time are among the people in the data"),
        coarsely(found.known, found.with_history),
        _("By the history, which counts where there is one. Of the others nobody knows whether their colleagues completed."),
        coarse_caution(found.known, found.with_history, 0.8),
    )
    yield Finding(
        _("In the history, and in no file of customers"),
        shown(found.in_no_file),
        _("They take no part in questions about customers. Import them as customers, or correct their IDs."),
        "caution" if found.in_no_file and not is_small(found.in_no_file) else "",
    )


# Durations ---------------------------------------------------------------------------------------------------------------


def _of_durations(rows: QuerySet[TenureRow], *, exact: bool) -> Coverage:
    """Of the figures of the latest day."""
    day = rows.order_by("-as_of").values_list("as_of", flat=True)[0]
    latest = rows.filter(as_of=day)
    totals = latest.aggregate(
        units=Count("pk"),
        exits=Count("pk", filter=Q(has_left=True)),
        completed=Count("pk", filter=Q(completed_months_before__isnull=False)),
    )
    part = (EXACTLY if exact else COARSELY).part
    findings = [
        Finding(
            _("Day of the figures"),
            date_format(day, "j F Y"),
            _("Lengths of time as they were on this day. Nothing is known of the calendar, so no answer says less or more."),
        ),
        Finding(
            _("Size"),
            part(totals["exits"], totals["units"]),
            _("People or customers who left. The curve is right only if leavers of all years are in the file."),
            "caution",
        ),
        Finding(
            _("Months since completing"),
            part(totals["completed"], totals["units"]),
            _("Without them the curve is drawn and nothing compared. A row without them counts as not completed."),
            "" if totals["completed"] else "caution",
        ),
    ]
    columns = columns_of(latest)
    missing = _missing(latest, Q(has_left=True), columns, exact=exact)
    return Coverage(_("Tenure without dates"), findings, missing=missing, n_columns=len(columns))


# All ---------------------------------------------------------------------------------------------------------------------


def _window(organisation: Organisation, kind: str, rows: QuerySet[Any]) -> Finding:
    known = known_window(organisation, kind, rows)
    if not known.is_known:
        meaning = _(
            "Nobody has said from when until when leavers are in the files. Until somebody does, questions are refused."
        )
        if known.first or known.last:
            meaning = _(
                "Of some rows nobody has said since when, or until when, leavers are in their file. Until somebody does, "
                "questions are refused."
            )
        return Finding(_("Window"), str(known), meaning, "caution")
    meaning = _("Nobody counts as observed outside of it. What happened before or after cannot be asked about.")
    return Finding(_("Window"), str(known), meaning)


def _size(people: int, exits: int, kind: str, *, exact: bool) -> Finding:
    """Without `exact` to the nearest five: that of somebody who left since the last file would else be read from two looks."""
    groups = {
        "people": ngettext("%(n)s person", "%(n)s people", _number_of(people, exact=exact)),
        "customers": ngettext("%(n)s customer", "%(n)s customers", _number_of(people, exact=exact)),
        "partners": ngettext("%(n)s partner", "%(n)s partners", _number_of(people, exact=exact)),
    }
    left = ngettext("%(n)s exit", "%(n)s exits", _number_of(exits, exact=exact)) % {"n": _told(exits, exact=exact)}
    if not exact and is_small(people - exits):
        left = _("exits not shown")
    return Finding(
        _("Size"),
        f"{groups[kind] % {'n': _told(people, exact=exact)}}, {left}",
        _("Below 50 exits no comparison is made: chance alone would decide."),
        "caution" if exits < 50 else "",
    )


def _told(n: int, *, exact: bool) -> str:
    return f"{n:,}" if exact else about(n)


def _number_of(n: int, *, exact: bool) -> int:
    """By which the form of a word is chosen: "1–9" is many."""
    return SMALL if not exact and is_small(n) else n


def _matched(organisation: Organisation, rows: QuerySet[EmploymentStint]) -> Finding:
    """Of everybody: members are on the list of people, and without those who object a file made for it would show them."""
    members = Membership.objects.filter(organisation=organisation)
    by_email = members.filter(email=OuterRef("email"))
    by_id = members.filter(person_id=OuterRef("person_id")).exclude(person_id="")
    is_known = Q(Exists(by_id)) | (~Q(email="") & Q(Exists(by_email)))
    found = rows.aggregate(n=Count("person_id", distinct=True, filter=is_known), total=Count("person_id", distinct=True))
    return Finding(
        _("Also known to Accord, by ID or e-mail address"),
        coarsely(found["n"], found["total"]),
        _("Of the others no completion in Accord can be seen; they count as not completed."),
        coarse_caution(found["n"], found["total"], 0.8),
    )


def _files_matched(organisation: Organisation) -> Iterator[Finding]:
    """Of the people in files of completions: whose IDs, or addresses, are those of people in the data."""
    found = matches_of(organisation)
    if found.people:
        yield Finding(
            _("Of the people in files of completions, in the data"),
            coarsely(found.known, found.people),
            _(
                "The completions of the others count for nobody. If the IDs are only written differently (zeros before them, "
                "“.0” after them), import the file again. Above 20% questions are refused."
            ),
            coarse_caution(found.known, found.people, 0.95),
        )


def _undated(rows: QuerySet[EmploymentStint], *, exact: bool) -> Iterator[Finding]:
    if n := len(left_without_day(rows, columns_of(rows))):
        yield Finding(
            _("Left, and no day of leaving"),
            _told(n, exact=exact),
            _(
                "By a status or a kind of exit. They count as still there. Above 20% of the exits questions are refused: fill "
                "in the days."
            ),
            "" if is_small(n) else "caution",
        )


def _with_months(title: str, findings: list[Finding], rows: QuerySet[Any], end: str, today: date, *, exact: bool) -> Coverage:
    """`today`: ends still to come are none yet."""
    has_end = Q(**{f"{end}__lte": today})
    per_month = rows.filter(has_end).annotate(month=TruncMonth(end)).values("month").annotate(n=Count("pk"))
    counts = {month_number(row["month"]): row["n"] for row in per_month}
    columns = columns_of(rows)
    missing = _missing(rows, has_end, columns, exact=exact)
    if not counts:
        return Coverage(title, findings, missing=missing, n_columns=len(columns))
    last = max(counts)
    first = max(min(counts), last - MAX_MONTHS + 1)
    shown_months = range(first, last + 1)
    n_small = sum(is_small(counts.get(month, 0)) for month in shown_months)
    length = QUARTER if n_small > len(shown_months) / 2 or sum(counts.values()) < SMALL else 1
    starts = range(first - first % length, last + 1, length)
    exits = [sum(counts.get(month, 0) for month in range(start, start + length)) for start in starts]
    names = [date_format(first_day(start), "M Y") for start in starts]
    veiled = set() if exact else _veiled(exits)
    told = [
        _("not shown") if n >= SMALL and i in veiled else shown(n) if i in veiled else _told(n, exact=exact)
        for i, n in enumerate(exits)
    ]
    drawn = exits if exact else [in_fives(n) for n in exits]
    with_limits = exact and sum(exits) < SMALL
    return Coverage(
        title,
        findings,
        caption=_("Exits in each month") if length == 1 else _("Exits in each quarter"),
        picture=month_bars([HEIGHT_OF_FEW if i in veiled else n for i, n in enumerate(drawn)], names[0], names[-1]),
        picture_label=_("Exits from %(first)s to %(last)s, as bars. Bars that are missing: %(n)s.")
        % {"first": names[0], "last": names[-1], "n": exits.count(0)},
        months=[[name, words, _limits(n) if with_limits else ""] for name, words, n in zip(names, told, exits, strict=True)],
        with_limits=with_limits,
        missing=missing,
        n_columns=len(columns),
    )


def _veiled(exits: Sequence[int]) -> set[int]:
    """Positions of `exits` that are not told: small ones, and so many more that the rest taken from all says nothing."""
    hidden = {i for i, n in enumerate(exits) if is_small(n)}
    others = sorted((i for i, n in enumerate(exits) if n >= SMALL), key=lambda i: exits[i])
    while others and is_small(sum(exits[i] for i in hidden)):
        hidden.add(others.pop(0))
    return hidden


def _limits(exits: int) -> str:
    low, high = LIMITS[exits]
    return _("%(low)s to %(high)s") % {"low": f"{low:.1f}", "high": f"{high:.1f}"}


def _coarse_share(n: int, total: int) -> str:
    return coarsely(n, total) if total else ""


def _missing(rows: QuerySet[Any], left: Q, columns: Sequence[str], *, exact: bool) -> list[list[str]]:
    """Of the first `columns`: name, share of values that are missing among those who `left`, and among those who stay."""
    listed = columns[:MAX_COLUMNS]
    if not listed:
        return []
    stays = ~left
    counts = {"left": Count("pk", filter=left), "stays": Count("pk", filter=stays)}
    for i, name in enumerate(listed):
        has = Q(covariates__has_key=name)
        counts |= {f"left_{i}": Count("pk", filter=left & ~has), f"stays_{i}": Count("pk", filter=stays & ~has)}
    found = rows.aggregate(**counts)
    share = share_of if exact else _coarse_share
    return [
        [name, share(found[f"left_{i}"], found["left"]), share(found[f"stays_{i}"], found["stays"])]
        for i, name in enumerate(listed)
    ]
