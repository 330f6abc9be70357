"""The ledger of answers: none is given that is about nearly the same people as an earlier one, so that none can be read
from the difference of two.

Docs: `docs/privacy-of-outcomes.md`, decision 0043.
"""

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import blake2b

import numpy as np
import pandas as pd
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Organisation
from common.small_counts import SMALL
from outcomes.analysis.at_stake import everybody_of, objects_of, representatives, there_from
from outcomes.analysis.loading.loaded import Loaded
from outcomes.evidence.arrays import NO_DAY, Bools, Dates, Ints, Objects
from outcomes.evidence.result import Members, Notice
from outcomes.models import QUARTER, AnalysisRequest, EvidenceRun, Release
from outcomes.subjects import SUBJECTS
from stakeholders.queries import known_courses

BUCKETS = 4096
"""Two sets that differ by 1 to 9 people differ in 1 to 9 of so many sums; ones that differ by more hardly ever do."""

N_CERTAIN, N_OF_OUTCOME, FOLLOWED, FIRST_BROUGHT = 8, 10, [0, 4], 11
"""The sets of a sketch of who did something, before those of who could have; how many are of one outcome, before that of the
people at stake whatever the outcome; which of them are those followed; and the first of what files brought.
"""
ROUND = timedelta(days=14)
REFUSED = " of few"
"""What the ledger says beside the outcome of questions that were refused since they hang on few."""
WAYS = 4
"""So many answers a quarter about the same people while these are few: each is rounded, and yet tells a little of everybody in
it. With columns made for it some thirty told of twelve people whether each had completed, which now takes two years."""

TOO_CLOSE = (
    "An answer as of {as_of} differs from this one by fewer than ten people: by those it follows, or by those who left, "
    "completed, or left after completing. Both together would tell about these few. {ways}"
)
ASK_AS_OF = "Ask as of {day}, which can be answered now, or ask again from {again} on, as of that day or a later one."
ASKED_OFTEN = (
    "There are so few people in these data whose completions Accord alone knows that each answer tells a little of each of "
    "them. So there are {ways} a quarter about them, and these have been given; they stay where they are. Ask again from "
    "{again} on, or once more people who learn in Accord are in the data."
)
ASK_LATER = (
    "Ask again from {again} on, as of that day or a later one, or sooner with new data: once each of these groups is the same "
    "as in that answer or differs from it by ten or more people."
)


@dataclass(frozen=True)
class Admitted:
    """`rounded`: it comes a quarter or more after one that differs by a few, or each quarter. `hides_sides`: an answer about
    another outcome rests on the completions of nearly the same people, so that the sides of both would tell of these few.

    `replaces`: the earlier answers to the same question about nearly the same people, the newest first. All of them: each that
    stays open would tell the exact counts that this one rounds.
    """

    rounded: bool = False
    hides_sides: bool = False
    replaces: tuple[EvidenceRun, ...] = ()
    release: Release | None = field(default=None, compare=False)
    """What the ledger will hold of it: of a run it is written together with the result (`write_down`)."""


@dataclass(frozen=True)
class TooClose:
    """Earlier answers that differ by a few: the days as of which they were asked, the newest answer first, and the first day
    on which none of them stands in the way any more."""

    days: tuple[date, ...]
    again: date

    def notice(self, *, answered_as_of: date | None) -> Notice:
        """The refusal; it names a day as of which the same question is answered at once, where there is one."""
        again = self.again.isoformat()
        if answered_as_of is None:
            ways = ASK_LATER.format(again=again)
        else:
            ways = ASK_AS_OF.format(day=answered_as_of.isoformat(), again=again)
        return Notice("too_close_to_earlier_answer", TOO_CLOSE.format(as_of=self.days[0].isoformat(), ways=ways))


@dataclass(frozen=True)
class AskedOften(TooClose):
    """As many answers about these few people as a quarter may have."""

    def notice(self, *, answered_as_of: date | None) -> Notice:
        """Another day is another answer, so none is named."""
        return Notice("asked_often_enough", ASKED_OFTEN.format(ways=WAYS, again=self.again.isoformat()))


def admit(
    organisation: Organisation,
    request: AnalysisRequest,
    loaded: Loaded,
    members: Members,
    run: EvidenceRun | None = None,
    *,
    few: str = "",
) -> Admitted | TooClose:
    """Whether an answer can be given beside those that were. What a command prints is written down at once.

    That of a run is not: it may be stopped before it is stored, and then nobody has seen it (`write_down`). `few`: the digest
    of the data, where Accord alone knows the completions of so few in them that no more than `WAYS` are given a quarter.
    """
    release = _release(organisation, request, loaded, members)
    if few:
        release.is_of_few = True
        release.given_on = organisation.today  # never dated back, as the ledger does with what tells nothing new
        release.asked = blake2b(f"{release.definition}:{few}".encode(), digest_size=16).hexdigest()
    if run is not None:
        return _compare(release, run)
    with transaction.atomic():
        _lock(organisation)
        verdict = _compare(release, None)
        if isinstance(verdict, Admitted):
            release.save()
    return verdict


def write_down(verdict: Admitted | TooClose, run: EvidenceRun) -> bool:
    """Write down whom the answer of `run` is about, in the transaction that stores it.

    False where another answer was given since `admit`, so that this one has to be looked at anew: nothing is then written.
    """
    if isinstance(verdict, TooClose) or verdict.release is None:  # refused, or of fewer than ten
        return True
    _lock(run.organisation)
    if _compare(verdict.release, run) != verdict:
        return False
    verdict.release.run = run
    verdict.release.save()
    return True


def was_refused_nearby(
    organisation: Organisation, request: AnalysisRequest, loaded: Loaded, members: Members, *, now: bool
) -> bool:
    """Whether a question about nearly the same people was refused within a quarter because so much hangs on few of them; `now`:
    whether this one is, which is written down.

    Such a refusal stays for whatever is asked about them meanwhile: that it is gone, for one more or as of the next day, would
    tell of whoever makes the difference. It stands in the way of nothing else.
    """
    release = _release(organisation, request, loaded, members)
    release.outcome += REFUSED
    sketch = _unpacked(release)
    for earlier in _releases(organisation).filter(outcome=release.outcome):
        other = _unpacked(earlier)
        if organisation.day_of(earlier.created_at) + QUARTER > organisation.today and (
            _is_near(sketch, other) or _is_close(sketch, other, _may_differ(release, earlier, sketch, other))
        ):
            return True
    if now:
        release.save()
    return now


def can_be_answered(organisation: Organisation, request: AnalysisRequest, loaded: Loaded, members: Members) -> bool:
    """Whether the question would be answered now. Nothing is written down."""
    return isinstance(_compare(_release(organisation, request, loaded, members), None), Admitted)


def _lock(organisation: Organisation) -> None:
    """One answer after the other."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)


def _release(organisation: Organisation, request: AnalysisRequest, loaded: Loaded, members: Members) -> Release:
    """What the ledger would hold of an answer."""
    key = _key(organisation)
    return Release(
        organisation=organisation,
        outcome=_compared_with(request),
        as_of=request.day,
        definition=_definition(request),
        about=_about(organisation, request),
        state=_state(loaded, request.day, key),
        sketch=zlib.compress(sketch_of(loaded, members, request.day, key).tobytes()),
    )


def _compare(release: Release, run: EvidenceRun | None) -> Admitted | TooClose:
    """What `release` is beside all that were given, `run` apart."""
    organisation, sketch, refreshed = release.organisation, _unpacked(release), _sketch_of_refreshed(run)
    rounded = run is not None and run.refreshes_id is not None
    too_close: list[Release] = []
    same_question: list[EvidenceRun] = []
    releases = list(_releases(organisation).filter(outcome=release.outcome))
    days = [organisation.day_of(earlier.created_at) for earlier in releases]
    for earlier in releases:
        other = _unpacked(earlier)
        is_close = _is_close(sketch, other)
        tells = is_close or _is_close(sketch, other, _may_differ(release, earlier, sketch, other))
        if tells and (earlier.state == release.state or _may_be_asked_again(earlier, days) > organisation.today):
            too_close.append(earlier)
        if not is_close and _is_same(sketch, other) and _is_over(earlier, release.as_of):
            # It tells nothing that was not told then, so it stands in the way no longer than that one.
            release.created_at = min(release.created_at, earlier.created_at)
        rounded = rounded or is_close
        is_same = is_close or _is_same(sketch, other) or (refreshed is not None and _is_near(refreshed, other))
        if is_same and earlier.definition == release.definition and earlier.run and earlier.run.replaced_by_id is None:
            same_question.append(earlier.run)
    if often := _asked_often(release):
        return often
    if too_close:
        again = max(*(_may_be_asked_again(earlier, days) for earlier in too_close), organisation.today)
        return TooClose(tuple(dict.fromkeys(earlier.as_of for earlier in too_close)), again)
    others = _releases(organisation).filter(tells_sides=True, outcome__in=SUBJECTS).exclude(outcome=release.outcome)
    hides_sides = release.outcome in SUBJECTS and any(_are_nearly_the_same_people(sketch, _unpacked(other)) for other in others)
    release.tells_sides = not hides_sides
    return Admitted(rounded, hides_sides, tuple(same_question) if rounded else (), release)


def _asked_often(release: Release) -> AskedOften | None:
    """Whether the quarter has had its answers about these people, whatever the outcome. The same answer again is none."""
    if not release.is_of_few:
        return None
    organisation, people = release.organisation, _unpacked(release)[N_OF_OUTCOME]
    newest: dict[str, date] = {}
    for earlier in _releases(organisation).filter(is_of_few=True):
        others, day = _unpacked(earlier)[N_OF_OUTCOME], earlier.given_on or organisation.day_of(earlier.created_at)
        if day + QUARTER > organisation.today and bool(((people != 0) & (people == others)).any()):
            newest.setdefault(earlier.asked, day)
    if release.asked in newest or len(newest) < WAYS:
        return None
    return AskedOften((), sorted(newest.values(), reverse=True)[WAYS - 1] + QUARTER)


LEFT, COMPLETED, LEFT_AFTER = (1, 5), (2, 6), (3, 7)
OF_ACCORD = (4, 5, 6, 7, 9)
"""Those of people whose completions are kept in Accord, which are empty where the data hold none."""
CHANGES: dict[str, tuple[int, ...]] = {
    "as_of": (*FOLLOWED, *LEFT, *COMPLETED, *LEFT_AFTER),
    "teams": (*LEFT, *COMPLETED, *LEFT_AFTER),
    "columns": (*LEFT, *COMPLETED, *LEFT_AFTER),
    "courses": (*COMPLETED, *LEFT_AFTER),
    "horizon": (*LEFT, *COMPLETED, *LEFT_AFTER),
    "events": (*LEFT, *LEFT_AFTER),
}
"""Which sets of a sketch may come out otherwise where two questions differ in this: by a day, a month, a kind or a team so that
one person alone may stand between them. Two choices of teams are ten or more people apart, of whom one may have completed.
"""


def _about(organisation: Organisation, request: AnalysisRequest) -> dict[str, object]:
    return {
        "completions": bool(known_courses(organisation)),
        "as_of": request.day.isoformat(),
        "teams": sorted(request.teams),
        "columns": request.covariates,
        "courses": sorted(request.courses),
        "horizon": request.horizon_months,
        "events": sorted(request.events),
    }


def _may_differ(release: Release, earlier: Release, sketch: Ints, other: Ints) -> set[int]:
    """Sets that the two questions may count otherwise; none for answers from before that was kept, and for those of rollouts.

    That such a set is the same in both tells as much as that it differs by one: that nobody stands between them.
    """
    if not earlier.about:
        return set()
    # Where no course was ever completed, nobody can have completed one in between.
    alike = set() if release.about["completions"] or earlier.about["completions"] else {*COMPLETED, *LEFT_AFTER}
    apart = {name for name in CHANGES if release.about[name] != earlier.about.get(name)}
    if (sketch[FOLLOWED] == other[FOLLOWED]).all():
        apart -= {"columns"}  # they leave nobody out
    return {number for name in apart for number in CHANGES[name]} - alike


def _compared_with(request: AnalysisRequest) -> str:
    """Answers of which kind it is held against. Whom a team was offered something with is in the files: beside completions, the
    sides of an answer about offers tell nothing.
    """
    return request.outcome if request.exposure == "completion" else f"{request.outcome} {request.exposure}"


def _is_over(earlier: Release, as_of: date) -> bool:
    """Whether both are as of one day that was over when the earlier one was given: whoever completes later changes neither.

    Of a day that goes on the second answer tells that nobody has completed in between.
    """
    return earlier.as_of == as_of < earlier.organisation.day_of(earlier.created_at)


def _may_be_asked_again(release: Release, days: Sequence[date]) -> date:
    """The day from which it stands in nobody's way, by the organisation's clock; `days` are those of all answers.

    Answers within a fortnight are one round: else a second question, asked some days after the first, would keep the first one
    from being asked again a quarter later, and so on for ever.
    """
    day = release.organisation.day_of(release.created_at)
    return min(other for other in days if day - ROUND <= other <= day) + QUARTER


def _releases(organisation: Organisation) -> QuerySet[Release]:
    """Of answers that were given, the newest first, with their runs but not the results of these.

    A run that has no result has told nobody anything, whatever was written down of it.
    """
    given = Q(run=None) | Q(run__result__isnull=False)
    releases = Release.objects.filter(given, organisation=organisation).select_related("run", "organisation")
    return releases.defer("run__result", "run__report", "run__charts")


def _sketch_of_refreshed(run: EvidenceRun | None) -> Ints | None:
    """Who the answer was about whose question the clock asks again."""
    if run is None or run.refreshes_id is None:
        return None
    release = Release.objects.filter(run=run.refreshes_id).first()
    return _unpacked(release) if release else None


def sketch_of(loaded: Loaded, members: Members, as_of: date, key: str) -> Ints:
    """(sets, buckets) sums that tell how many differ between two answers, and of nobody who.

    Of each of five sets (followed, with their dates; left; completed; left after that; could have completed) once everyone,
    and once those whose completions are kept in Accord, so that people made up to fill a difference do not count. And of who
    could have completed those in Accord by their address, which is the same whether they or their customers are followed. Last
    what files brought of everybody followed, each by itself: exits, days of observation, completions.
    """
    units = loaded.units
    exits = np.where(units.exit <= np.datetime64(as_of, "D"), units.exit, NO_DAY)
    sums, of_possible = [], []
    could = could_complete(loaded, members)
    for identity in (units.unit_id, _protected(loaded)):
        known = identity != ""
        names = _hashed(identity, key)
        rows = _with_dates(names, units.origin, exits)
        for values, mask in (
            (rows, members.followed),
            (names, members.left),
            (names, members.completed),
            (names, members.left_after),
        ):
            sums.append(_sums(values[mask & known]))
        of_possible.append(_sums(names[could & known]))
    since = loaded.in_accord_since
    able = there_from(loaded.able, loaded.terms, since, as_of)[0] if len(loaded.able) and since else loaded.able
    persons = everybody_of(able, could) if len(able) else ()
    of_persons = _sums(_hashed(objects_of(sorted(persons)), key))
    return np.array([*sums, *of_possible, of_persons, *_brought(loaded, members.followed, exits, as_of, key)], dtype=np.int64)


def _protected(loaded: Loaded) -> Objects:
    """(stints,) Who in Accord may have completed; of customers and partners of others whoever looks after them, else blank."""
    units = loaded.units
    others = np.full(len(units), "", dtype=object) if loaded.missing is None else units.team
    if not len(loaded.able):
        return others
    in_accord = representatives(loaded.able, np.ones(len(units), dtype=bool), np.ones(len(units)))
    return np.where(in_accord != "", in_accord, others)


def _brought(loaded: Loaded, followed: Bools, exits: Dates, as_of: date, key: str) -> list[Ints]:
    """Each (buckets,) of what files say of everybody followed: whatever is changed of one person changes one sum.

    So a file that is changed for a few is seen as such whoever completed in Accord. Of customers and partners by those who look
    after them. Observation is taken against the day that most have, so that it moves for everybody with the next file.
    Completions count from which somebody would be exposed: later ones change no answer.
    """
    units = loaded.units
    whose = _hashed(units.unit_id if loaded.missing is None else units.team, key)
    names = _hashed(units.unit_id, key)
    until = np.fmin(units.observed_until, np.datetime64(as_of, "D"))
    first = _against_most(np.where(units.observed_from <= units.origin, NO_DAY, units.observed_from), followed)
    last = _against_most(np.where(exits <= until, NO_DAY, until), followed)
    completed = loaded.brought if len(loaded.brought) else np.full(len(units), NO_DAY)
    completed = np.where(completed < np.fmin(exits, until), completed, NO_DAY)
    values = (_with_dates(names, exits, exits), _with_dates(names, first, last), _with_dates(names, completed, completed))
    return [_sums_of_each(whose[followed], value[followed]) for value in values]


def _against_most(days: Dates, followed: Bools) -> Dates:
    """(stints,) Of those followed how far each day is from the most common one, as days since 1970; NaT without."""
    known, counts = np.unique(days[followed & ~np.isnat(days)], return_counts=True)
    if not len(known):
        return days
    apart: Dates = (days - known[counts.argmax()]) + np.datetime64(0, "D")
    return apart


def _sums_of_each(whose: np.ndarray, values: np.ndarray) -> Ints:
    """(buckets,) The lower halves of `values`, added up by whose they are."""
    bucket = (whose >> np.uint64(52)).astype(np.int64)
    return np.bincount(bucket, (values & np.uint64(0xFFFFFFFF)).astype(np.float64), minlength=BUCKETS).astype(np.int64)


def could_complete(loaded: Loaded, members: Members) -> Bools:
    """(stints,) Those followed who were still there, and still observed, when the first of all completed.

    Of the others everybody knows that they did not: they do not hide anybody.
    """
    units = loaded.units
    exposed_on = units.exposed_on[~np.isnat(units.exposed_on)]
    since = loaded.in_accord_since or (exposed_on.min() if len(exposed_on) else None)
    ends = np.fmin(units.exit, units.observed_until)
    gone = ends <= np.datetime64(since, "D") if since is not None else np.zeros(len(units), dtype=bool)
    return np.asarray(members.followed & ~gone, dtype=bool)


def _hashed(texts: Objects, key: str) -> np.ndarray:
    """(stints,) SipHash of each, which nobody computes without the key."""
    return pd.util.hash_array(texts, hash_key=key, categorize=True)


def _with_dates(names: np.ndarray, origin: np.ndarray, exits: np.ndarray) -> np.ndarray:
    """(stints,) `names` with the days of each, mixed."""
    with np.errstate(over="ignore"):
        for days in (origin, exits):
            names = (names ^ days.astype(np.int64).view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
            names ^= names >> np.uint64(29)
    return names


def _sums(values: np.ndarray) -> Ints:
    """(buckets,) The lower halves of the distinct `values`, added up by their upper bits."""
    distinct = np.unique(values)
    bucket = (distinct >> np.uint64(52)).astype(np.int64)
    lower = (distinct & np.uint64(0xFFFFFFFF)).astype(np.float64)  # sums of a million are exact
    return np.bincount(bucket, lower, minlength=BUCKETS).astype(np.int64)


def _is_close(sketch: Ints, other: Ints, may_differ: Collection[int] = ()) -> bool:
    """Whether some set differs by 1 to 9 people, or one of those that `may_differ` by none.

    Among the same people, who could have completed differs only where another course is asked about, which began on another
    day. Answers from before that set was kept are compared by the others. Of two sets of fewer than ten neither answer said how
    many they are: about people of whom ten or more are others, they tell nothing together.

    What files brought is compared first: one that was changed for 1 to 9 people is close whatever else became of them.
    """
    if _was_brought_for_few(sketch, other):
        return True
    n_sets = min(len(sketch), len(other), N_OF_OUTCOME)
    sketch, other = sketch[:n_sets], other[:n_sets]
    n_apart = (sketch != other).sum(axis=1)
    is_few = (n_apart > 0) & (n_apart < SMALL)
    of_accord = () if sketch[OF_ACCORD[0]].any() or other[OF_ACCORD[0]].any() else OF_ACCORD
    is_few[[number for number in may_differ if number < n_sets and number not in of_accord and not n_apart[number]]] = True
    if (n_apart[FOLLOWED] >= SMALL).all():
        are_small = ((sketch != 0).sum(axis=1) < SMALL) & ((other != 0).sum(axis=1) < SMALL)
        is_few &= ~are_small
    if not n_apart[FOLLOWED].any():
        is_few = is_few[:N_CERTAIN]
    return bool(is_few.any())


def _was_brought_for_few(sketch: Ints, other: Ints) -> bool:
    """Answers from before that was kept do not say."""
    n_sets = min(len(sketch), len(other))
    n_apart = (sketch[FIRST_BROUGHT:n_sets] != other[FIRST_BROUGHT:n_sets]).sum(axis=1)
    return bool(((n_apart > 0) & (n_apart < SMALL)).any())


def _are_nearly_the_same_people(sketch: Ints, other: Ints) -> bool:
    """Of two outcomes: whether the people whose completions are at stake are the same, or differ by 1 to 9. Answers from before
    that set was kept do not say.

    The same people as well: whether one of them stands on the other side can depend on the days of those they look after.
    """
    if min(len(sketch), len(other)) <= N_OF_OUTCOME:
        return False
    of_both = sketch[N_OF_OUTCOME], other[N_OF_OUTCOME]
    anybody = any(people.any() for people in of_both)
    return anybody and int((of_both[0] != of_both[1]).sum()) < SMALL


def _is_same(sketch: Ints, other: Ints) -> bool:
    """Whether all sets are the same, as far as both were kept."""
    n_sets = min(len(sketch), len(other))
    return bool((sketch[:n_sets] == other[:n_sets]).all())


def _is_near(sketch: Ints, other: Ints) -> bool:
    return _is_close(sketch, other) or _is_same(sketch, other)


def _unpacked(release: Release) -> Ints:
    return np.frombuffer(zlib.decompress(release.sketch), dtype=np.int64).reshape(-1, BUCKETS)


def _state(loaded: Loaded, as_of: date, key: str) -> str:
    """The rows as they stand, and the day they are looked at: within one state, answers are compared for ever."""
    units = loaded.units
    rows = _with_dates(_hashed(units.unit_id, key), units.origin, units.exit)
    return blake2b(np.sort(rows).tobytes() + as_of.isoformat().encode(), digest_size=16).hexdigest()


def _definition(request: AnalysisRequest) -> str:
    asked = {name: value for name, value in request.to_json().items() if name != "as_of"}
    return blake2b(repr(sorted(asked.items())).encode(), digest_size=16).hexdigest()


def _key(organisation: Organisation) -> str:
    return blake2b(str(organisation.uuid).encode(), digest_size=8, person=b"accord ledger").hexdigest()
