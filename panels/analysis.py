"""What a panel says of its questions. Read once it is closed: whoever saw it before could stop it when they like it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from assessments.models import ItemVersion
from assessments.scoring.panel import Alpha, ItemVerdict, alpha_of, judge
from assessments.scoring.panel import Judgement as Judged
from panels.content import keyed_by, option_ids
from panels.models import LEAST_SHOWN, Judgement, Panel, PanelItem


@dataclass(frozen=True)
class ItemResult:
    """`verdict` is None where fewer than 8 have finished: of them nothing is shown."""

    panel_item: PanelItem
    verdict: ItemVerdict | None

    @property
    def version(self) -> ItemVersion:
        return self.panel_item.item_version


@dataclass(frozen=True)
class PanelResult:
    """`experts`: whose ratings the means are of, none or at least 8. `alpha`: over all options of all questions."""

    experts: int
    alpha: Alpha | None
    items: tuple[ItemResult, ...]

    @property
    def passing(self) -> list[ItemResult]:
        return [item for item in self.items if item.verdict is not None and item.verdict.passes]


def result_of(panel: Panel) -> PanelResult:
    """Three queries."""
    experts = list(panel.experts.shown().values_list("pk", flat=True))
    by_item: dict[int, list[Judgement]] = {}
    for judgement in Judgement.objects.filter(expert__in=experts).order_by("expert"):
        by_item.setdefault(judgement.panel_item_id, []).append(judgement)
    items = list(panel.items.select_related("item_version__item__skill", "item_version__item__current_version", "taken"))
    return PanelResult(
        experts=len(experts),
        alpha=_alpha(by_item.values(), len(experts)),
        items=tuple(ItemResult(item, verdict_of(item, by_item.get(item.pk, []))) for item in items),
    )


def verdict_of(item: PanelItem, judgements: Iterable[Judgement]) -> ItemVerdict | None:
    """Of one question; whoever has not rated every option is left out. None of fewer than 8."""
    version = item.item_version
    options = option_ids(version)
    judged = [
        Judged(judgement.points, judgement.best, judgement.levels)
        for judgement in judgements
        if judgement.points.keys() == set(options)
    ]
    if len(judged) < LEAST_SHOWN:
        return None
    return judge(options, judged, keyed=keyed_by(version), authors_levels=version.levels)


def _alpha(by_item: Iterable[list[Judgement]], experts: int) -> Alpha | None:
    rows: list[list[float]] = []
    columns: dict[int, int] = {}
    for judgements in by_item:
        options = sorted({option for judgement in judgements for option in judgement.points})
        for option in options:
            row = [float("nan")] * experts
            for judgement in judgements:
                column = columns.setdefault(judgement.expert_id, len(columns))
                row[column] = float(judgement.points.get(option, "nan"))
            rows.append(row)
    return alpha_of(np.array(rows)) if rows else None
