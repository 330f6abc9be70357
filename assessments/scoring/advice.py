"""What an author might do about a question, by rule. Each rule speaks only where an interval says so, never a bare figure."""

from collections.abc import Iterator
from dataclasses import dataclass

from assessments.scoring.intervals import difference_interval
from assessments.scoring.item_analysis import ItemAnalysis, Share
from assessments.scoring.readiness import Readiness

EASY = 0.95
WEAK = 0.20
RARE = 0.05
OFTEN_OPEN = 0.10


@dataclass(frozen=True)
class Advice:
    """`code` names the rule; `option` what it is about, where that is one option; `count` of `total` what it rests on."""

    code: str
    option: str = ""
    count: int = 0
    total: int = 0


def advice_on(item: ItemAnalysis, key: frozenset[str], *, before: Share, after: Share) -> list[Advice]:
    """Most pressing first; nothing under 50 sittings, since a figure of so few is no reason to change a question."""
    if Readiness(item.agreed.total).is_provisional:
        return []
    return [*_of_key(item, key), *_of_difficulty(item, len(item.options)), *_of_course(before, after), *_of_options(item, key)]


def _of_key(item: ItemAnalysis, key: frozenset[str]) -> Iterator[Advice]:
    interval = item.rest.interval
    if interval is not None and interval.high < 0:
        yield Advice("against", total=item.rest.n)
    for row in item.options:
        rest = row.rest.interval
        if row.option not in key and rest is not None and rest.low > 0:
            yield Advice("better_half_prefers", row.option, row.chosen.count, row.chosen.total)
    if interval is not None and 0 <= interval.high < WEAK:
        yield Advice("tells_little", total=item.rest.n)
    levels = item.levels_rest.interval if item.levels_rest else None
    if levels is not None and levels.high < 0:
        yield Advice("levels_turned", total=item.levels_rest.n if item.levels_rest else 0)


def _of_difficulty(item: ItemAnalysis, options: int) -> Iterator[Advice]:
    agreed = item.agreed.interval
    if agreed is None:
        return
    if agreed.low > EASY:
        yield Advice("easy", count=item.agreed.count, total=item.agreed.total)
    if options and agreed.high < 1 / options:
        yield Advice("below_chance", count=item.agreed.count, total=item.agreed.total)
    left_open = item.left_open.interval
    if left_open is not None and left_open.low > OFTEN_OPEN:
        yield Advice("left_open", count=item.left_open.count, total=item.left_open.total)


def _of_course(before: Share, after: Share) -> Iterator[Advice]:
    if Readiness(min(before.total, after.total)).is_provisional:
        return
    change = difference_interval(after.count, after.total, before.count, before.total)
    if change.high < 0:
        yield Advice("falls", count=after.total, total=before.total)


def _of_options(item: ItemAnalysis, key: frozenset[str]) -> Iterator[Advice]:
    for row in item.options:
        if row.option in key or Readiness(row.chosen.total).is_provisional:
            continue
        interval = row.chosen.interval
        if row.chosen.count == 0:
            yield Advice("chosen_by_nobody", row.option, 0, row.chosen.total)
        elif interval is not None and interval.high < RARE:
            yield Advice("hardly_chosen", row.option, row.chosen.count, row.chosen.total)
