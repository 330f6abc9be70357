"""An author's item analysis in words: how far figures may be trusted, what they advise, and figures with their intervals."""

from collections.abc import Mapping

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from assessments.analysis.figures import FormFigures, Spread
from assessments.scoring.advice import Advice
from assessments.scoring.groups_left_out import Figure
from assessments.scoring.intervals import Interval
from assessments.scoring.item_analysis import FEWEST, Correlation, Share
from assessments.scoring.readiness import ADAPTIVE, CLASSICAL, DIF, DIF_GROUP, Readiness

NOTHING = "–"
OPTION_LENGTH = 80


def readiness_words(sittings: int) -> str:
    """What so many first sittings are enough for."""
    readiness = Readiness(sittings)
    if not sittings:
        return _("Nobody has submitted this form as their first sitting yet. Figures appear from the tenth on.")
    if sittings < FEWEST:
        return ngettext(
            "%(n)s first sitting so far. Figures of fewer than %(fewest)s would tell of single learners, so none are shown.",
            "%(n)s first sittings so far. Figures of fewer than %(fewest)s would tell of single learners, so none are shown.",
            sittings,
        ) % {"n": sittings, "fewest": FEWEST}
    if readiness.is_provisional:
        text = _(
            "Provisional: %(n)s first sittings. Under %(needed)s, figures say more about who happened to answer than about the "
            "questions. Change nothing because of them alone."
        )
        return text % {"n": sittings, "needed": CLASSICAL}
    if readiness.needs_prior:
        text = _(
            "%(n)s first sittings: enough for the figures and advice below. The curves lean on a prior assumption about how "
            "sharp questions are, and are no basis for choosing questions adaptively before %(needed)s."
        )
        return text % {"n": sittings, "needed": ADAPTIVE}
    if sittings < DIF:
        text = _(
            "%(n)s first sittings: enough for figures, curves and adaptive selection. Whether questions work differently for "
            "different groups can be asked from %(needed)s on, with %(group)s in each group."
        )
        return text % {"n": sittings, "needed": DIF, "group": DIF_GROUP}
    return _("%(n)s first sittings: enough for figures, curves and adaptive selection.") % {"n": f"{sittings:,}"}


ADVICE = {
    "against": gettext_lazy(
        "Works against the others: the more somebody agrees elsewhere, the less they agree here. Check the key first, then the "
        "wording."
    ),
    "better_half_prefers": gettext_lazy(
        "“%(option)s” is not the key, and those who do well on the other questions prefer it (%(count)s of %(total)s). "
        "Check whether it is just as good, or worded better than the key."
    ),
    "tells_little": gettext_lazy(
        "Goes with the other questions hardly or not at all. Check whether it asks about something else, or whether guessing "
        "decides it."
    ),
    "levels_turned": gettext_lazy(
        "The levels of the answers run against the other questions: higher ones are chosen by those who do worse elsewhere. "
        "Check the levels."
    ),
    "easy": gettext_lazy(
        "%(count)s of %(total)s agree with the key at their first sitting: too easy to tell anybody apart. Make the other "
        "answers more tempting, or ask something harder."
    ),
    "below_chance": gettext_lazy(
        "%(count)s of %(total)s agree with the key, fewer than by guessing. Check the key, and whether the question misleads."
    ),
    "left_open": gettext_lazy(
        "%(count)s of %(total)s submitted without an answer. Check whether it is too long or unclear, or comes too late."
    ),
    "falls": gettext_lazy(
        "Fewer agree after the course than before it. Check whether a lesson says something other than the key."
    ),
    "chosen_by_nobody": gettext_lazy("“%(option)s” was chosen by nobody in %(total)s sittings: replace the answer."),
    "hardly_chosen": gettext_lazy("“%(option)s” was chosen by %(count)s of %(total)s: hardly anybody is tempted. Replace it."),
}


def advice_words(advice: Advice, options: Mapping[str, str]) -> str:
    """`options`: their texts by id."""
    # Answers that are speech have quotation marks of their own.
    option = Truncator(options.get(advice.option, advice.option).strip('"“” ')).chars(OPTION_LENGTH)
    text = str(ADVICE[advice.code])
    return text % {"option": option, "count": f"{advice.count:,}", "total": f"{advice.total:,}"}


def no_advice_words(sittings: int) -> str:
    if Readiness(sittings).is_provisional:
        return _("Too few sittings for advice: it begins at %(needed)s.") % {"needed": CLASSICAL}
    return _("Nothing stands out.")


# Figures ------------------------------------------------------------------------------------------------------------------


def percent(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.0%}".replace("-", "−")


def share_words(share: Share) -> str:
    """ "64% (51 to 75%)"; nothing under ten people."""
    interval = share.interval
    if interval is None or share.share is None or share.total < FEWEST:
        return NOTHING
    return _("%(share)s (%(low)s to %(high)s)") % {
        "share": percent(share.share),
        "low": f"{interval.low * 100:.0f}",
        "high": percent(interval.high),
    }


def number(value: float | None) -> str:
    """Two decimals, with a real minus sign."""
    return NOTHING if value is None else f"{value:.2f}".replace("-", "−")


def correlation_words(found: Correlation | None) -> str:
    """ "0.32 (0.10 to 0.51)"; nothing under ten people."""
    if found is None or found.value is None or found.n < FEWEST:
        return NOTHING
    return with_interval(found.value, found.interval)


def with_interval(value: float, interval: Interval | None) -> str:
    if interval is None:
        return number(value)
    words = {"value": number(value), "low": number(interval.low), "high": number(interval.high)}
    return _("%(value)s (%(low)s to %(high)s)") % words


def figure_words(found: Figure, n: int) -> str:
    """ "12.40 (11.90 to 12.90)"; nothing under ten people, and nothing without an interval."""
    if found.value is None or found.interval is None or n < FEWEST:
        return NOTHING
    return with_interval(found.value, found.interval)


def percent_words(found: Figure, n: int) -> str:
    """The same in per cent."""
    if found.value is None or found.interval is None or n < FEWEST:
        return NOTHING
    low, high = (f"{end * 100:.0f}".replace("-", "−") for end in (found.interval.low, found.interval.high))
    return _("%(share)s (%(low)s to %(high)s%%)") % {"share": percent(found.value), "low": low, "high": high}


def seconds_words(spread: Spread | None) -> str:
    if spread is None:
        return NOTHING
    words = {"median": _seconds(spread.median), "low": _seconds(spread.low), "high": _seconds(spread.high)}
    return _("%(median)s; half took %(low)s to %(high)s") % words


def _seconds(seconds: float) -> str:
    if seconds < 90:
        return _("%(n)s s") % {"n": f"{seconds:.0f}"}
    return _("%(n)s min") % {"n": f"{seconds / 60:.1f}"}


def minutes_words(spread: Spread | None) -> str:
    if spread is None:
        return NOTHING
    return seconds_words(Spread(spread.low * 60, spread.median * 60, spread.high * 60, spread.n))


def alpha_figure(figures: FormFigures) -> str:
    return figure_words(Figure(figures.scale.alpha, figures.scale.alpha_interval), figures.scale.complete)


def alpha_words(figures: FormFigures) -> str:
    """What the consistency of the form allows, by the lower end of its interval."""
    interval = figures.scale.alpha_interval
    if figures.scale.alpha is None or interval is None or figures.scale.complete < FEWEST:
        return _("Not known yet: it needs ten people or more who were asked all of these questions.")
    if interval.low >= 0.8:
        return _("Consistent enough to compare single learners with care.")
    if interval.high < 0.7:
        return _("Good for the mean of a group, too little to compare single learners.")
    return _("Not settled: it may or may not be enough to compare single learners.")


def curves_reason(figures: FormFigures) -> str:
    """Why there are no curves; nothing where there are."""
    reasons = {
        "few": _("Curves are drawn from %(n)s first sittings on, where fewer could be anything."),
        "alike": _("No curves: there are too few questions on which people differ."),
        "flat": _("No curves: these answers do not determine any, even with a prior. More sittings will."),
        "": "",
    }
    return reasons[figures.curves.reason] % {"n": CLASSICAL}


def stopped_words(figures: FormFigures) -> str:
    if figures.stopped < FEWEST:
        return _("Fewer than ten began more than a day ago and have not submitted. Where they stopped is not shown.")
    text = _("%(n)s began more than a day ago and have not submitted; %(none)s of them answered nothing.")
    return text % {"n": f"{figures.stopped:,}", "none": f"{figures.stopped_at_once or 0:,}"}


def exposure_words(asked: int, of_course: int, *, is_public: bool = False) -> str:
    if not of_course:
        return NOTHING
    text = _("%(n)s sittings, %(share)s of all in this course")
    if is_public:
        text = _("%(n)s sittings, %(share)s of all skill checks")
    return text % {"n": f"{asked:,}", "share": percent(asked / of_course)}
