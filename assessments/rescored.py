"""What learners read of a result that was scored again: on what day and why."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.models import ScoringRecord
from assessments.queries import Comparison


@dataclass(frozen=True)
class Rescoring:
    """`words` end the sentence that tells of it, with a full stop."""

    occasion: str
    day: datetime
    words: str


def rescorings_of(comparison: Comparison) -> list[Rescoring]:
    """Of the results whose scoring took the place of an earlier one, in the order of the occasions."""
    return [
        Rescoring(result.attempt.get_occasion_display(), result.record.created_at, _words(result.record))
        for result in comparison.results
        if result.record.rekeyed
    ]


def _words(record: ScoringRecord) -> str:
    by_panel = not record.is_provisional
    why = get_text_list(_by_panel(record.rekeyed) if by_panel else _reasons(record.rekeyed), _("and")) + "."
    before: int = record.rekeyed["agreed"]
    if before == record.agreed:
        same = _("You agree with the panel as often as with the author before.")
        return f"{why} {same if by_panel else _('You agree with the author as often as before.')}"
    until = _("Before that, you agreed on %(before)s of %(items)s.") % {"before": before, "items": record.items}
    return f"{why} {until}"


def _by_panel(rekeyed: dict[str, int]) -> list[str]:
    """Where more than their authors have keyed all questions since."""
    reasons = (
        (
            rekeyed["best"],
            ngettext(
                "a panel of experts holds another answer to be best in %(n)s question",
                "a panel of experts holds another answer to be best in %(n)s questions",
                rekeyed["best"],
            ),
        ),
        (
            rekeyed["levels"],
            ngettext(
                "a panel of experts gave the answers to %(n)s question other levels",
                "a panel of experts gave the answers to %(n)s questions other levels",
                rekeyed["levels"],
            ),
        ),
        (
            rekeyed["decided"],
            ngettext(
                "a panel of experts has judged the answers to %(n)s question",
                "a panel of experts has judged the answers to %(n)s questions",
                rekeyed["decided"],
            ),
        ),
    )
    return [words % {"n": count} for count, words in reasons if count]


def _reasons(rekeyed: dict[str, int]) -> list[str]:
    reasons = (
        (
            rekeyed["best"],
            ngettext(
                "the author changed which answer is best in %(n)s question",
                "the author changed which answer is best in %(n)s questions",
                rekeyed["best"],
            ),
        ),
        (
            rekeyed["levels"],
            ngettext(
                "the author changed the levels of the answers to %(n)s question",
                "the author changed the levels of the answers to %(n)s questions",
                rekeyed["levels"],
            ),
        ),
        (
            rekeyed["decided"],
            ngettext(
                "who decides which answer is best has changed for %(n)s question",
                "who decides which answer is best has changed for %(n)s questions",
                rekeyed["decided"],
            ),
        ),
    )
    return [words % {"n": count} for count, words in reasons if count]
