"""What learners read of their change where the two forms of a course are linked: skill by skill, on one scale.

Forms are linked by who met them first: that is drawn by lot, so both groups are alike, and parameters that were worked out
together stand on one scale (decision 0073).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from assessments.answers import agrees
from assessments.models import Response
from assessments.queries import Comparison, complete_answers
from assessments.scoring import ReliableChange
from assessments.scoring.irt import ItemParameters
from assessments.scoring.linked import linked_change
from assessments.services.adaptive_bank import CalibratedBank, bank_of, newest_calibrations
from skills.models import Skill


@dataclass(frozen=True)
class LinkedSkill:
    """One skill that was asked before and after. `persons`: on whose first answers its questions were calibrated."""

    slug: str
    change: ReliableChange
    before: int
    after: int
    persons: int


@dataclass(frozen=True)
class LinkedWords:
    """`verdict` and what it rests on, as the learner reads them."""

    name: str
    verdict: str
    figures: str


def linked_skills(comparison: Comparison) -> list[LinkedSkill]:
    """Of skills whose questions are calibrated; nothing before both sittings are submitted. Two queries, one where no skill is
    calibrated, and one for each calibration that this process has not read yet.
    """
    if comparison.before is None or comparison.after is None:
        return []
    before, after = comparison.before, comparison.after
    asked = [slug for slug in before.record.detail["skills"] if slug in after.record.detail["skills"]]
    calibrations = newest_calibrations(asked)
    if not calibrations:
        return []
    answers = complete_answers([before.attempt, after.attempt])
    found = []
    for slug in asked:
        bank = bank_of(calibrations[slug].uuid) if slug in calibrations else None
        if bank is None:
            continue
        given = [_given(bank, answers[result.attempt.pk]) for result in (before, after)]
        change = linked_change([ItemParameters(a, (b,)) for a, b in bank.parameters], *given)
        if change is not None:
            found.append(LinkedSkill(slug, change, len(given[0]), len(given[1]), calibrations[slug].persons))
    return found


def are_all_linked(comparison: Comparison, found: list[LinkedSkill]) -> bool:
    """Whether nothing asked is missing from what was `found`."""
    return {slug for result in comparison.results for slug in result.record.detail["skills"]} <= {one.slug for one in found}


def _given(bank: CalibratedBank, answers: list[Response]) -> dict[int, bool]:
    """By place in the bank whether an answer agreed. A question that was worded otherwise then is not in it."""
    places = {version: place for place, version in enumerate(bank.versions)}
    return {
        places[answer.item_version_id]: agrees(answer.item_version, answer.chosen)
        for answer in answers
        if answer.item_version_id in places
    }


def in_words(found: list[LinkedSkill], skills: Mapping[str, Skill]) -> list[LinkedWords]:
    """`skills`: by slug, as their reader calls them."""
    return [
        LinkedWords(skills[one.slug].name if one.slug in skills else one.slug, _verdict(one.change), _figures(one))
        for one in found
    ]


def _verdict(change: ReliableChange) -> str:
    return {
        "up": _("Yes: you did better after the course than before, and by more than chance in your answers would explain."),
        "down": _(
            "Yes: you did less well after the course than before, and by more than chance in your answers would explain."
        ),
        "unknown": _("That cannot be told: chance in so few answers could explain the difference."),
    }[change.direction]


def _figures(one: LinkedSkill) -> str:
    reach = one.change.critical * one.change.error
    return _(
        "Change: %(change)s, likely between %(low)s and %(high)s. Reliable change index: %(index)s; it takes %(critical)s. "
        "This rests on %(before)s of your answers before and %(after)s after, and on the first answers of %(persons)s learners."
    ) % {
        "change": _signed(one.change.change),
        "low": _signed(one.change.change - reach),
        "high": _signed(one.change.change + reach),
        "index": _signed(one.change.index),
        "critical": f"±{one.change.critical:.2f}",
        "before": one.before,
        "after": one.after,
        "persons": f"{one.persons:,}",
    }


def _signed(number: float) -> str:
    """With two digits, as many as the limit has that the index is held against."""
    text = f"{abs(number):.2f}"
    return text if float(text) == 0 else f"{'−' if number < 0 else '+'}{text}"
