"""What a panel said, in words for authors."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.models import ItemVersion
from assessments.scoring.panel import (
    LEAST_CHOSEN,
    LEAST_EXPERTS,
    LEAST_LEAD,
    LEAST_OPTIONS,
    SPLIT_BELOW,
    Alpha,
    Fault,
    ItemVerdict,
    Keyed,
    OptionVerdict,
)
from assessments.wordings import has_same_words
from panels.analysis import ItemResult, PanelResult
from panels.models import LEAST_SHOWN, Expert, Panel

GOOD_ALPHA, FAIR_ALPHA = 0.8, 0.667


@dataclass(frozen=True)
class OptionWords:
    text: str
    mean: str
    interval: str
    chosen: str
    agreement: str
    level: str
    is_split: bool
    is_best: bool


@dataclass(frozen=True)
class ItemWords:
    """`verdict` in a sentence, `reasons` why it is no key. `may_take`: whether a button for it makes sense."""

    result: ItemResult
    options: list[OptionWords]
    verdict: str
    reasons: list[str]
    key: str
    taken: str
    may_take: bool

    @property
    def version(self) -> ItemVersion:
        return self.result.version


def items_in_words(result: PanelResult) -> list[ItemWords]:
    return [_item(item) for item in result.items]


def _item(item: ItemResult) -> ItemWords:
    verdict, version = item.verdict, item.version
    if verdict is None:
        return ItemWords(item, [], _("Nothing is shown of it yet."), [], "", "", may_take=False)
    taken = item.panel_item.taken
    current = version.item.current_version
    is_other = current is None or not has_same_words(version, current)
    reasons = list(fault_words(verdict))
    if taken is not None:
        said = _("Its key was taken: version %(n)s of the question.") % {"n": taken.number}
    elif is_other and verdict.passes:
        said = _("This is a key, and the question has been written again since: ask a panel about it as it is now.")
    elif verdict.passes:
        said = _("This is a key.")
    else:
        said = _("This is no key. Write the question again, or keep the key of its author:")
    return ItemWords(
        result=item,
        options=[_option(option, verdict, version) for option in verdict.options],
        verdict=said,
        reasons=reasons if taken is None else [],
        key=key_words(verdict, version) if verdict.passes else "",
        taken=str(taken.number) if taken is not None else "",
        may_take=verdict.passes and taken is None and not is_other,
    )


def _texts(version: ItemVersion) -> dict[str, str]:
    return {option["id"]: option["text"] for option in version.options}


def _option(option: OptionVerdict, verdict: ItemVerdict, version: ItemVersion) -> OptionWords:
    level = ""
    if option.levels >= LEAST_SHOWN and option.level is not None:
        level = _("%(level)s (%(n)s experts)") % {"level": f"{option.level:g}", "n": option.levels}
    return OptionWords(
        text=_texts(version)[option.option],
        mean=f"{option.mean:.2f}",
        interval=_("%(low)s to %(high)s") % {"low": f"{option.low:.2f}", "high": f"{option.high:.2f}"},
        chosen=str(option.chosen) if verdict.keyed != Keyed.PLACES else "",
        agreement=f"{option.agreement:.2f}",
        level=level,
        is_split=option.is_split,
        is_best=verdict.keyed != Keyed.PLACES and option.option == verdict.best.option,
    )


def key_words(verdict: ItemVerdict, version: ItemVersion) -> str:
    """What the key of the question will be."""
    texts = _texts(version)
    told = {
        Keyed.BEST: lambda: _("The best answer is “%(text)s”.") % {"text": texts[verdict.best.option]},
        Keyed.MEANS: lambda: _("Every answer is keyed by its mean."),
        Keyed.ENDS: lambda: (
            _("Every answer is keyed by its mean; the best is “%(text)s”.") % {"text": texts[verdict.best.option]}
        ),
        Keyed.PLACES: lambda: _("The steps are keyed in the order of their means."),
    }[verdict.keyed]()
    dropped = verdict.dropped
    if dropped:
        words = ngettext(
            "%(n)s answer about which experts are split is left out of the question: %(texts)s.",
            "%(n)s answers about which experts are split are left out of the question: %(texts)s.",
            len(dropped),
        )
        named = ", ".join(f"“{texts[option.option]}”" for option in dropped)
        told = " ".join([told, words % {"n": len(dropped), "texts": named}])
    if verdict.levels:
        whose = (
            _("The levels of the answers become the panel’s.")
            if verdict.are_levels_of_panel
            else _("The levels of the answers stay their author’s; the ratings do not contradict them.")
        )
        told = f"{told} {whose}"
    return told


def fault_words(verdict: ItemVerdict) -> Iterator[str]:
    numbers = {
        "experts": verdict.experts,
        "least": LEAST_EXPERTS,
        "kept": len(verdict.kept),
        "options": LEAST_OPTIONS,
        "chosen": verdict.best.chosen,
        "share": f"{verdict.share_chosen:.0%}",
        "needed": f"{LEAST_CHOSEN:.0%}",
        "lead": f"{verdict.lead:.2f}",
        "points": LEAST_LEAD,
        "agreement": f"{verdict.best.agreement:.2f}",
        "worst": f"{verdict.worst.agreement:.2f}",
        "split": f"{SPLIT_BELOW:.2f}",
    }
    words = {
        Fault.FEW_EXPERTS: _("Experts who have finished: %(experts)s; at least %(least)s are needed."),
        Fault.FEW_OPTIONS: _("Answers that experts agree about: %(kept)s; at least %(options)s are needed."),
        Fault.SPLIT_BEST: _("Experts are split about the best answer itself (agreement %(agreement)s, below %(split)s)."),
        Fault.SPLIT_WORST: _("Experts are split about the worst answer itself (agreement %(worst)s, below %(split)s)."),
        Fault.FEW_CHOSE: _("%(chosen)s of %(experts)s experts chose the best answer (%(share)s); %(needed)s are needed."),
        Fault.SMALL_LEAD: _("The best answer leads the next by %(lead)s points; %(points)s are needed."),
        Fault.NOT_CLEAR: _("Two answers next to each other are %(lead)s points apart; %(points)s are needed.")
        if verdict.keyed == Keyed.PLACES
        else _("The best or the worst answer is %(lead)s points from the next; %(points)s are needed."),
        Fault.EQUAL: _("All answers that are left have the same mean."),
        Fault.LEVELS_AGAINST: _(
            "The levels of the answers run against the ratings: an answer of a higher level is clearly less effective, or the "
            "best answer is not of the highest level."
        ),
    }
    for fault in verdict.faults:
        yield words[fault] % numbers


def rule_words() -> list[str]:
    """The published rules by which this is decided."""
    numbers = {
        "experts": LEAST_EXPERTS,
        "chosen": f"{LEAST_CHOSEN:.0%}",
        "points": LEAST_LEAD,
        "split": f"{SPLIT_BELOW:.2f}",
        "options": LEAST_OPTIONS,
    }
    return [
        text % numbers
        for text in (
            _(
                "An answer is split, and dropped, where r_wg is below %(split)s: 1 less the variance of its ratings over that "
                "of experts who rate by chance (James, Demaree and Wolf 1984; the cut is a convention, see LeBreton and Senter "
                "2008)."
            ),
            _(
                "Of the answers that are left, %(options)s at least, the best is the key of a single choice where %(experts)s "
                "experts or more have finished, %(chosen)s of them chose it, and its mean is %(points)s points of five or more "
                "above the next."
            ),
            _(
                "Nothing is shown of fewer than %(experts)s experts. After a panel has gone on, whoever finishes is counted "
                "once %(experts)s more have finished; ratings that were counted before do not change any more."
            ),
            _(
                "Questions that ask for ratings are scored from the means; for the best and the worst as well, where experts "
                "are split about neither and both lie %(points)s points from their neighbours (after Motowidlo, Dunnette and "
                "Carter 1990). Steps are keyed in the order of their means, where neighbours lie as far apart."
            ),
        )
    ]


def alpha_words(alpha: Alpha | None) -> str:
    if alpha is None:
        return _("Agreement cannot be told yet: it takes %(least)s experts, and ratings that differ.") % {"least": LEAST_SHOWN}
    numbers = {"value": f"{alpha.value:.2f}", "low": f"{alpha.low:.2f}", "high": f"{alpha.high:.2f}"}
    if alpha.value >= GOOD_ALPHA:
        words = _("Agreement over all answers is good: ordinal alpha %(value)s, likely %(low)s to %(high)s.")
    elif alpha.value >= FAIR_ALPHA:
        words = _("Agreement over all answers is fair: ordinal alpha %(value)s, likely %(low)s to %(high)s.")
    else:
        words = _("Agreement over all answers is low: ordinal alpha %(value)s, likely %(low)s to %(high)s.")
    return words % numbers


def waiting_words(finished: int, shown: int) -> str:
    """Of whom nothing is shown yet, and until when; empty where the means are those of everybody who has finished."""
    if shown and finished == shown:
        return ""
    numbers = {"n": finished - shown, "shown": shown, "least": LEAST_SHOWN}
    if not shown:
        words = ngettext(
            "What experts rated is shown once %(least)s of them have finished, so that nobody can read what one of them rated. "
            "%(n)s has so far: go on until a later day, and ask more.",
            "What experts rated is shown once %(least)s of them have finished, so that nobody can read what one of them rated. "
            "%(n)s have so far: go on until a later day, and ask more.",
            finished,
        )
        return words % numbers
    words = ngettext(
        "The means are those of the %(shown)s experts who had finished before. %(n)s more has finished since, and is counted "
        "once there are %(least)s more: the difference of two means would tell what one of them rated.",
        "The means are those of the %(shown)s experts who had finished before. %(n)s more have finished since, and are counted "
        "once there are %(least)s more: the difference of two means would tell what one of them rated.",
        finished - shown,
    )
    return words % numbers


def experts_in_words(panel: Panel) -> list[str]:
    """Who took part: names of those who chose to be named, and what they said makes them experts; in no order that tells who
    was asked when.
    """
    told = [_expert(expert) for expert in panel.experts.counted()]
    return sorted(told, key=str.casefold)


def _expert(expert: Expert) -> str:
    name = expert.name if expert.is_named and expert.name else _("Unnamed")
    return f"{name}: {expert.expertise}" if expert.expertise else name


def state_words(expert: Expert) -> str:
    if expert.submitted_at is not None:
        return _("finished")
    if expert.declined_at is not None:
        return _("does not take part")
    return _("reminded, not finished") if expert.reminded_at is not None else _("not finished")
