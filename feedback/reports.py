"""The results of a round in words: what others see, beside what the learner sees, and what follows from it."""

from dataclasses import dataclass
from enum import Enum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from feedback.models import Round
from feedback.queries import GroupResult, SkillResult, results_of
from feedback.scoring.summary import SHOWN_LOWEST, Figure
from feedback.wordings import frequency_words
from skills.kinds import Step
from skills.settling import soonest


class Gap(Enum):
    """How the learner's own view lies to the interval of the others'."""

    NONE = "none"
    HIGHER = "higher"
    LOWER = "lower"
    SAME = "same"


def gap_between(own: float | None, others: Figure) -> Gap:
    if own is None:
        return Gap.NONE
    if own > others.high:
        return Gap.HIGHER
    return Gap.LOWER if own < others.low else Gap.SAME


@dataclass(frozen=True)
class GroupRow:
    name: str
    figure: Figure
    words: str


@dataclass(frozen=True)
class SkillReport:
    """One skill: what each group sees, `gap_words` beside the learner's own view, and what to do next."""

    result: SkillResult
    groups: list[GroupRow]
    headline: str
    own: float | None
    own_words: str
    gap_words: str
    advice: str
    steps: list[Step]


def reports_of(feedback_round: Round, user: User) -> list[SkillReport]:
    return [_report(result, user) for result in results_of(feedback_round)]


def _report(result: SkillResult, user: User) -> SkillReport:
    own, others = result.skill.own_mean, result.others
    gap = gap_between(own, others) if others is not None else Gap.NONE
    return SkillReport(
        result=result,
        groups=[GroupRow(_name(group), group.figure, figure_words(group.figure)) for group in result.groups],
        headline=_headline(others),
        own=own,
        own_words=_("You say of yourself: %(words)s.") % {"words": frequency_words(own)} if own is not None else "",
        gap_words=_gap_words(gap, own) if others is not None else "",
        advice=_advice(gap, others),
        steps=soonest(user, result.skill.skill)[:1],
    )


def _name(group: GroupResult) -> str:
    return str(group.group.get_name_display())


def _headline(others: Figure | None) -> str:
    if others is None:
        return _("Too few people have seen this of you for anything to be shown.")
    return ngettext(
        "The person who is shown sees this %(words)s.", "The %(n)s people who are shown see this %(words)s.", others.n
    ) % {"n": others.n, "words": frequency_words(others.mean)}


def mean_words(figure: Figure) -> str:
    """The ends of the scale are not told apart: there a mean would say what each has said."""
    if not figure.is_at_an_end:
        return f"{figure.mean:.1f}"
    return _("1.5 or less") if figure.mean == SHOWN_LOWEST else _("4.5 or more")


def figure_words(figure: Figure) -> str:
    words = {
        "mean": mean_words(figure),
        "words": frequency_words(figure.mean),
        "low": f"{figure.low:.1f}",
        "high": f"{figure.high:.1f}",
        "n": figure.n,
    }
    text = ngettext(
        "%(n)s person: %(words)s (%(mean)s; %(low)s to %(high)s is likely)",
        "%(n)s people: %(words)s (%(mean)s; %(low)s to %(high)s is likely)",
        figure.n,
    )
    return text % words


def _gap_words(gap: Gap, own: float | None) -> str:
    if own is None:
        return _("You have not answered every sentence for yourself, so there is nothing to compare.")
    own_words = {"own": frequency_words(own)}
    if gap is Gap.HIGHER:
        return _("You see this of yourself more often than they do: you say %(own)s.") % own_words
    if gap is Gap.LOWER:
        return _("They see this of you more often than you do: you say %(own)s.") % own_words
    return _("You say %(own)s of yourself. That is no further from what they say than chance would put it.") % own_words


GOOD_AT, RARE = 3.75, 2.75


def _advice(gap: Gap, others: Figure | None) -> str:
    if others is None:
        return _("Next time, ask people who are there when you do this.")
    if gap is Gap.HIGHER:
        return _("Ask one of them for an example of when they would have liked to see it: what you mean to do may not be seen.")
    if gap is Gap.LOWER:
        return _("You do more of this than you think. Ask one of them what it was good for, and go on.")
    if others.mean < RARE:
        return _("Choose one occasion in the next two weeks on which you will do this, and say beforehand to whom.")
    if others.mean < GOOD_AT:
        return _("They see it at times. Find out on which occasions it is missing.")
    return _("They see it often. Go on, and choose another skill to work on.")
