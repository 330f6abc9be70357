"""The event study as a picture: months since the offer from left to right, exits above or below those of teams that wait."""

from __future__ import annotations

from typing import Any

import altair as alt

from outcomes.evidence.charts import COLOURS, WIDE, ChartSize, Theme, styled
from outcomes.evidence.summary import Translate

from .estimation import Rollout, Step
from .words import EVENT_STUDY, EXITS_OF_TEAMS, MONTHS_SINCE, OFFER, PER_100_AND_YEAR, in_people


def event_study_chart(
    rollout: Rollout, theme: Theme = "light", translate: Translate = str, size: ChartSize = WIDE
) -> dict[str, Any]:
    """A Vega-Lite specification; `description` says in words where the months before and after the offer lie."""
    colours = COLOURS[theme]
    rows = [_row(step) for step in rollout.steps]
    months = [row["month"] for row in rows] or [0]
    x = alt.X(
        "month:Q",
        scale=alt.Scale(domain=[min(months) - 1, max(months) + 1], nice=False),
        axis=alt.Axis(title=translate(MONTHS_SINCE), format="d", grid=False, tickMinStep=1, tickCount=size.max_ticks),
    )
    signed = "datum.value === 0 ? '0' : format(datum.value, '+d')"
    y_axis = alt.Axis(title=None, domain=False, ticks=False, labelPadding=8, labelExpr=signed)
    y, y_low = alt.Y("value:Q", axis=y_axis), alt.Y("low:Q", axis=y_axis)
    data = alt.Chart(alt.Data(values=rows))
    layers = [
        alt.Chart(alt.Data(values=[{"value": 0}])).mark_rule(color=colours.muted, strokeDash=[5, 3]).encode(y=y),
        alt.Chart(alt.Data(values=[{"month": -0.5}])).mark_rule(color=colours.muted).encode(x=x),
        data.mark_rule(color=colours.primary, strokeWidth=2, opacity=0.55).encode(x=x, y=y_low, y2="high:Q"),
        data.mark_point(color=colours.primary, filled=True, size=54, opacity=1).encode(x=x, y=y),
        alt.Chart(alt.Data(values=[{"month": -0.5}]))
        .mark_text(text=translate(OFFER), align="left", baseline="top", dx=6, color=colours.muted, fontSize=13)
        .encode(x=x, y=alt.value(0)),
    ]
    chart = alt.layer(*layers).properties(
        width=size.width,
        height=size.height,
        padding={"left": 4, "top": 4, "bottom": 4, "right": 12},
        description=described(rollout, translate),
    )
    spec: dict[str, Any] = styled(chart, colours).to_dict()
    return spec


def described(rollout: Rollout, translate: Translate = str) -> str:
    before = [step.effect.value for step in rollout.steps if step.first < 0]
    after = [step.effect.value for step in rollout.steps if step.first >= 0]
    said = [_range(values) for values in (before, after)]
    return translate(EVENT_STUDY).format(what=translate(EXITS_OF_TEAMS), before=said[0], after=said[1])


def _range(values: list[float]) -> str:
    if not values:
        return "–"
    return f"{in_people(min(values))} … {in_people(max(values))}"


def _row(step: Step) -> dict[str, float]:
    effect = step.effect
    figures = {"value": effect.value, "low": effect.low, "high": effect.high}
    return {"month": (step.first + step.last) / 2} | {name: PER_100_AND_YEAR * value for name, value in figures.items()}
