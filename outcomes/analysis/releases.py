"""The ledger of answers: none is given that is about nearly the same people as an earlier one, so that none can be read
from the difference of two.

Docs: `docs/privacy-of-outcomes.md`, decision 0043.
"""

import zlib
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b

import numpy as np
import pandas as pd
from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation
from common.small_counts import SMALL, is_small
from outcomes.analysis.loading import Loaded
from outcomes.evidence.arrays import Bools, Ints, Objects
from outcomes.evidence.result import Members, Notice
from outcomes.models import QUARTER, AnalysisRequest, EvidenceRun, Release

BUCKETS = 4096
"""Two sets that differ by 1 to 9 people differ in 1 to 9 of so many sums; ones that differ by more hardly ever do."""

N_CERTAIN, FOLLOWED = 8, [0, 4]
"""The sets of a sketch of who did something, before those of who could have; and which of them are those followed."""

TOO_CLOSE = (
    "An answer as of {as_of} differs from this one by fewer than ten people: by those it follows, or by those who left, "
    "completed, or left after completing. Both together would tell about these few. Ask as of {as_of} about the same course, "
    "exits, teams and horizon, or ask again from {again} on, as of that day or a later one."
)


@dataclass(frozen=True)
class Admitted:
    """`rounded`: it comes a quarter or more after one that differs by a few, or each quarter. `replaces`: that one."""

    rounded: bool = False
    replaces: EvidenceRun | None = None


@transaction.atomic
def admit(
    organisation: Organisation, request: AnalysisRequest, loaded: Loaded, members: Members, run: EvidenceRun | None = None
) -> Admitted | Notice:
    """Write down who an answer is about, or say why it cannot be given beside those that were."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)  # one after the other
    key = _key(organisation)
    sketch, state = sketch_of(loaded, members, request.day, key), _state(loaded, request.day, key)
    now, definition = timezone.now(), _definition(request)
    replaced: EvidenceRun | None = None
    rounded = run is not None and run.refreshes_id is not None
    for release in Release.objects.filter(organisation=organisation, outcome=request.outcome).select_related("run"):
        if not _is_close(sketch, _unpacked(release)):
            continue
        if release.state == state or release.created_at > now - QUARTER:
            return _too_close(release, now)
        rounded = True
        if release.definition == definition:
            replaced = release.run
    Release.objects.create(
        organisation=organisation,
        run=run,
        outcome=request.outcome,
        as_of=request.day,
        definition=definition,
        state=state,
        sketch=zlib.compress(sketch.tobytes()),
    )
    return Admitted(rounded, replaced)


def sketch_of(loaded: Loaded, members: Members, as_of: date, key: str) -> Ints:
    """(sets, buckets) sums that tell how many differ between two answers, and of nobody who.

    Of each of five sets (followed, with their dates; left; completed; left after that; could have completed) once everyone,
    and once those whose completions are kept in Accord, so that people made up to fill a difference do not count.
    """
    units = loaded.units
    exits = np.where(units.exit <= np.datetime64(as_of, "D"), units.exit, np.datetime64("NaT", "D"))
    sums, of_possible = [], []
    could = could_complete(loaded, members)
    protected = loaded.protected if len(loaded.protected) else np.full(len(units), "", dtype=object)
    for identity in (units.unit_id, protected):
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
    return np.array([*sums, *of_possible], dtype=np.int64)


def could_complete(loaded: Loaded, members: Members) -> Bools:
    """(stints,) Those followed who were still there when the first of all completed.

    Of the others everybody knows that they did not: they do not hide anybody.
    """
    units = loaded.units
    exposed_on = units.exposed_on[~np.isnat(units.exposed_on)]
    since = loaded.in_accord_since or (exposed_on.min() if len(exposed_on) else None)
    gone = units.exit <= np.datetime64(since, "D") if since is not None else np.zeros(len(units), dtype=bool)
    return np.asarray(members.followed & ~gone, dtype=bool)


def are_few_in_accord(loaded: Loaded, members: Members) -> bool:
    """Whether only 1 to 9 people are in an answer whose completions are kept in Accord.

    Of all others whoever brings the files knows who completed, or made them up: the sum would tell of these few.
    """
    if loaded.in_accord_since is None:
        return False
    known = could_complete(loaded, members) & loaded.in_accord
    return is_small(len(set(loaded.protected[known])))


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


def _is_close(sketch: Ints, other: Ints) -> bool:
    """Whether some set differs by 1 to 9 people.

    Among the same people, who could have completed differs only where another course is asked about, which began on another
    day. Answers from before that set was kept are compared by the others.
    """
    n_sets = min(len(sketch), len(other))
    n_apart = (sketch[:n_sets] != other[:n_sets]).sum(axis=1)
    is_few = (n_apart > 0) & (n_apart < SMALL)
    if not n_apart[FOLLOWED].any():
        is_few = is_few[:N_CERTAIN]
    return bool(is_few.any())


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


def _too_close(release: Release, now: datetime) -> Notice:
    again = timezone.localdate(max(release.created_at + QUARTER, now))
    message = TOO_CLOSE.format(as_of=release.as_of.isoformat(), again=again.isoformat())
    return Notice("too_close_to_earlier_answer", message)
