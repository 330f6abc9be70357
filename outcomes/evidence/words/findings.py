"""Where other sides of a question say something else than the answer."""

from .marks import _

MAKES_BETTER = _("the answer makes completion look better for retention than it is")
MAKES_WORSE = _("the answer makes completion look worse for retention than it is")
LOOKS_BETTER = _("completion looks better for retention")
LOOKS_WORSE = _("completion looks worse for retention")
FIRST_MONTH, FIRST_MONTHS = _("the first month"), _("the first {n} months")
TRENDS = {
    ("effect_changes_since", True): _("Completion looks better for retention soon after it than later."),
    ("effect_changes_since", False): _("Completion looks worse for retention soon after it than later."),
    ("effect_changes_with_tenure", True): _("Completion looks better for retention before than after."),
    ("effect_changes_with_tenure", False): _("Completion looks worse for retention before than after."),
}
"""By finding, and whether the ratio rises."""
FINDINGS = {
    "calendar_moves_it": _(
        "Leaving changed for everyone in the months in which completion spread. Allowing for calendar quarters, the ratio is "
        "{ratio} instead of {answer} (both by calendar months): as far as that goes, {makes}."
    ),
    "lag_moves_it": _(
        "Leaving out {span} after a completion, the ratio is {ratio} instead of {answer}. If completing and leaving go "
        "together in that time for reasons of their own, {makes}."
    ),
    "clocks_disagree": _(
        "Counted by the other clock (days or calendar months), the ratio is {ratio} instead of {answer}, so that "
        "{looks}: completions and exits lie so close together that their order within a month decides."
    ),
    "effect_changes_since": _(
        "The ratio is not the same however long ago the completion was: {ratios} in the first 3 months, up to 12 months and "
        "later, as far as there were enough exits. {trend} One figure for all of them says too little."
    ),
    "effect_changes_with_tenure": _(
        "The ratio is not the same at every {tenure}: {ratios} before and after the {tenure} by which half of the {exits} "
        "had happened. {trend} One figure for both says too little."
    ),
}

WITHOUT_FIGURES = {
    "calendar_moves_it": _(
        "Leaving changed for everyone in the months in which completion spread, and allowing for calendar quarters moves the "
        "ratio."
    ),
    "lag_moves_it": _(
        "Leaving out the first months after a completion moves the ratio. Completing and leaving may go together in that time "
        "for reasons of their own."
    ),
    "clocks_disagree": _(
        "Counted by the other clock (days or calendar months) the ratio is another: completions and exits lie so close "
        "together that their order within a month decides."
    ),
    "effect_changes_since": _(
        "The ratio is not the same however long ago the completion was. One figure for all of it says too little."
    ),
    "effect_changes_with_tenure": _(
        "The ratio is not the same for those who have been there for a short and for a long time. One figure for both says too "
        "little."
    ),
    "wide_interval": _("The interval is wide: the data are compatible with very different rates."),
}
"""Of the same warnings where figures would tell of a few people who of them completed."""
