"""Completions shortly before an exit, as the page on the data says them: by the files, and in Accord.

Each apart from the other. Whoever brings the files knows what they hold of completions and can write what they like into them:
counted together, rows made up would show how many of a few colleagues completed in Accord (decision 0043).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import Membership, Organisation
from common.small_counts import SMALL
from learning.queries import completions
from stakeholders.findings import Finding
from stakeholders.models import Completion, EmploymentStint

JUST_BEFORE = (30, 90)
"""Days before an exit in which a completion may be part of leaving."""
ENOUGH = 2 * SMALL
"""So many of whom a share is told: ten of them, and ten others, can be found in it."""
HALF_YEARS = 6
"""The last of them, of which shares are told."""
SHARES = (
    (0.1, _lazy("at most 10%")),
    (0.25, _lazy("10% to 25%")),
    (0.5, _lazy("25% to 50%")),
    (1.0, _lazy("more than half")),
)
"""Bands of a share, and what they are called."""
MEANING = _lazy("Many of them would mean that the course was part of leaving, and it would look as if it drove people away.")
OF_MEMBERS = _lazy(
    "The same of those who left and have an account in Accord. Nothing is said of fewer than twenty of them: it could tell who "
    "completed."
)


@dataclass(frozen=True)
class _Exit:
    person_id: str
    email: str
    day: date
    completed_on: date | None
    """As the row of the person says."""


def completions_before_exits(
    organisation: Organisation, rows: QuerySet[EmploymentStint], out: Collection[str], *, in_rows: bool
) -> Iterator[Finding]:
    """Two lines by the files where these hold completions, and two of what Accord knows alone; none where nobody has left.

    `out` are the person_ids of those who object. By the files they are counted like everybody; what they completed in Accord is
    not looked at. `in_rows`: the people's own rows hold completions.
    """
    left = rows.filter(exit_date__isnull=False).values_list("person_id", "email", "exit_date", "completion_date")
    exits = [_Exit(person_id, email, day, done) for person_id, email, day, done in left.iterator() if day]
    if not exits:
        return
    by_key = _first_in_files(organisation)
    if by_key or in_rows:
        counts = {within: sum(_is_within(one.day, _in_files(one, by_key), within) for one in exits) for within in JUST_BEFORE}
        title = _("Completed in the %(days)s days before leaving, by the files")
        yield from _lines(title, MEANING, counts, len(exits))
        yield _by_half_year(exits, by_key)
    counts, n_known = _of_members(organisation, exits, out)
    yield from _lines(_("Completed in Accord in the %(days)s days before leaving"), OF_MEMBERS, counts, n_known)


def _by_half_year(exits: Iterable[_Exit], by_key: Mapping[str, date]) -> Finding:
    """Of those who left in each half-year, the last of them first to last, coarsely how many had completed by the files."""
    halves: dict[tuple[int, int], list[bool]] = {}
    for one in exits:
        done = _in_files(one, by_key)
        halves.setdefault((one.day.year, 1 + (one.day.month > 6)), []).append(done is not None and done <= one.day)
    told = [
        _("%(year)s-H%(half)s %(share)s") % {"year": year, "half": half, "share": _band(sum(done), len(done))}
        for (year, half), done in sorted(halves.items())[-HALF_YEARS:]
        if len(done) >= ENOUGH
    ]
    return Finding(
        _("Completed before leaving, by half-year and the files"),
        ", ".join(told) or _("not shown"),
        _(
            "If hardly any of those who left for a long time had completed, their completions may be missing: many training "
            "systems forget those who left, and learning then looks as if it kept people."
        ),
    )


def _lines(title: str, meaning: object, counts: Mapping[int, int], total: int) -> Iterator[Finding]:
    for within, n in counts.items():
        is_told = total >= ENOUGH and n >= SMALL
        tone = "caution" if is_told and n > SHARES[0][0] * total else ""
        yield Finding(title % {"days": within}, _band(n, total), str(meaning), tone)


def _band(n: int, total: int) -> str:
    """How many of `total` coarsely: none is not told apart from nine, and a share only where ten others may be beside them.

    Counts would tell, from two files compared, of whoever is in one of them alone.
    """
    if total < ENOUGH:
        return _("not shown")
    return _("fewer than ten") if n < SMALL else str(next(words for most, words in SHARES if n <= most * total))


def _is_within(exit_day: date, done: date | None, days: int) -> bool:
    return done is not None and 0 <= (exit_day - done).days <= days


# By the files ------------------------------------------------------------------------------------------------------------


def _first_in_files(organisation: Organisation) -> dict[str, date]:
    """By person_id and by address."""
    first: dict[str, date] = {}
    found = Completion.objects.filter(organisation=organisation).values_list("person_id", "email", "completed_on")
    for person_id, email, day in found.iterator():
        for key in _keys(person_id, email):
            first[key] = min(day, first.get(key, day))
    return first


def _in_files(one: _Exit, by_key: Mapping[str, date]) -> date | None:
    days = [one.completed_on, *(by_key.get(key) for key in _keys(one.person_id, one.email))]
    return min((day for day in days if day), default=None)


def _keys(person_id: str, email: str) -> Iterator[str]:
    if person_id:
        yield f"id {person_id}"
    if email:
        yield f"address {email}"


# In Accord ---------------------------------------------------------------------------------------------------------------


def _of_members(organisation: Organisation, exits: Iterable[_Exit], out: Collection[str]) -> tuple[dict[int, int], int]:
    """How many members with an account completed just before an exit, by days, and how many have left at all.

    Members and not rows are counted: several rows may be about one. Those who object have left like others, so that no
    objection decides whether anything is said.
    """
    members = Membership.objects.filter(organisation=organisation, user__isnull=False).values_list("email", "person_id")
    of_key = {key: email for email, person_id in members for key in _keys(person_id, email)}
    first: dict[str, date] = {}
    for completion in completions(organisation):
        first.setdefault(completion.email, completion.completed_on)  # they come by day
    known: set[str] = set()
    found: dict[int, set[str]] = {within: set() for within in JUST_BEFORE}
    for one in exits:
        member = next((of_key[key] for key in _keys(one.person_id, one.email) if key in of_key), None)
        if member is None:
            continue
        known.add(member)
        for within, who in found.items():
            if one.person_id not in out and _is_within(one.day, first.get(member), within):
                who.add(member)
    return {within: len(who) for within, who in found.items()}, len(known)
