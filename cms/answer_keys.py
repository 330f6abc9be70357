"""The key of a question as authors give it: answers that are marked, ratings, or the order in which steps are written."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.answers import question_of
from assessments.enums import ItemKind
from assessments.formats import joined
from assessments.formats.choices import FEWEST_POINTS
from assessments.formats.matching import target_id
from assessments.formats.texts import LONGEST, normalised
from assessments.models import ItemVersion

RATED = (ItemKind.RATE, ItemKind.BEST_WORST, ItemKind.RANK)
RATING_HINT = gettext_lazy(
    "Where answers are rated or ranked, or the best and the worst are named: how effective this is, from 1 (very ineffective) "
    "to 5."
)

MOST_OPTIONS, MOST_WORDINGS = 8, 60

Given = Mapping[str, Any]
"""Of one answer whether it is "correct", its "rating", a number or None, and two texts: its own and its "match"."""


def value_of(option: Mapping[str, Any]) -> Given:
    return {
        "correct": bool(option["correct"]),
        "rating": option.get("rating"),
        "match": " ".join((option.get("match") or "").split()),
        "text": option.get("text") or "",
    }


def ratings_of(version: ItemVersion) -> Mapping[str, float]:
    """By id of an option; empty where the key is no rating."""
    return question_of(version).ratings if version.format in RATED else {}


def key_from(kind: str, options: Sequence[tuple[str, Given]]) -> list[str]:
    """As `assessments.formats` writes it."""
    if kind in RATED:
        return [joined(name, float(option["rating"])) for name, option in options if option["rating"] is not None]
    if kind == ItemKind.MATCH:
        return [joined(name, target_id(option["match"])) for name, option in options if option["match"]]
    if kind == ItemKind.ORDER:
        return [joined(name, str(place)) for place, (name, _option) in enumerate(options, start=1)]
    return [name for name, option in options if option["correct"]]


def problem_of_key(kind: str, options: Sequence[Given], *, marked: str) -> str:
    """What is wrong with the key, and what to do; empty where nothing is. `marked`: what the mark of an answer says."""
    if problem := _problem_of_number(kind, len(options)):
        return problem
    right = sum(option["correct"] for option in options)
    ratings = [float(option["rating"]) for option in options if option["rating"] is not None]
    if kind not in RATED and ratings:
        return _(
            "Only answers that are rated or ranked, or of which the best and the worst are named, have a rating. Leave it "
            "empty."
        )
    matches = [option["match"] for option in options if option["match"]]
    if kind == ItemKind.MATCH:
        return _problem_of_matches(matches, len(options), right)
    if matches:
        return _("Only answers that are matched have something that belongs to them. Leave it empty.")
    if kind in RATED:
        return _problem_of_ratings(kind, ratings, len(options), right)
    if kind == ItemKind.ORDER:
        return _("In an order no answer is right by itself. Write the steps in their order, and mark none.") if right else ""
    return _problem_of_marks(kind, options, right, marked)


def _problem_of_marks(kind: str, options: Sequence[Given], right: int, marked: str) -> str:
    if kind == ItemKind.COMPOSED:
        return _("Nothing on a checklist is right by itself. Mark none.") if right else ""
    if kind == ItemKind.SCALE and (problem := _problem_of_scale(options)):
        return problem
    if kind == ItemKind.TEXT and (problem := _problem_of_wordings(options)):
        return problem
    if kind == ItemKind.SINGLE and right != 1:
        return _("Mark exactly one answer as %(marked)s.") % {"marked": marked}
    return "" if right else _("Mark at least one answer as %(marked)s.") % {"marked": marked}


def _problem_of_number(kind: str, options: int) -> str:
    if kind in (ItemKind.TEXT, ItemKind.COMPOSED):
        return ""
    if options < 2:
        return _("One answer alone leaves nothing to answer. Add another.")
    return _("There are more than %(most)s answers. Take some away.") % {"most": MOST_OPTIONS} if options > MOST_OPTIONS else ""


def _problem_of_scale(options: Sequence[Given]) -> str:
    right = [place for place, option in enumerate(options) if option["correct"]]
    if len(options) < FEWEST_POINTS:
        return _("A scale has at least %(least)s points. Add some, or ask for one right answer.") % {"least": FEWEST_POINTS}
    if len(right) == len(options):
        return _("All points are right. Take the mark away from some.")
    if right and right[-1] - right[0] + 1 != len(right):
        return _("The points that are right must follow each other.")
    return ""


def _problem_of_wordings(options: Sequence[Given]) -> str:
    if long := next((option["text"] for option in options if len(option["text"]) > LONGEST), ""):
        return _("“%(text)s…” is longer than %(most)s characters. Learners write a few words.") % {
            "text": long[:40],
            "most": LONGEST,
        }
    wordings = [normalised(option["text"]) for option in options]
    twice = next((option["text"] for option in options if wordings.count(normalised(option["text"])) > 1), "")
    if twice:
        return _("“%(text)s” is there twice: capitals, spaces and a full stop make no difference. Keep one.") % {"text": twice}
    return ""


def _problem_of_matches(matches: list[str], options: int, right: int) -> str:
    if right:
        return _("Where answers are matched none is right by itself. Mark none.")
    if len(matches) < options:
        return _("Say of every answer what belongs to it.")
    return _("The same belongs to all answers. Give at least one something else.") if len(set(matches)) == 1 else ""


def _problem_of_ratings(kind: str, ratings: list[float], options: int, right: int) -> str:
    if right:
        return _("Where answers have ratings none is right by itself. Mark none.")
    if len(ratings) < options:
        return _("Give every answer a rating from 1 to 5.")
    if len(set(ratings)) == 1:
        return _("All answers have the same rating. Give at least one another.")
    if kind == ItemKind.BEST_WORST and (ratings.count(max(ratings)) > 1 or ratings.count(min(ratings)) > 1):
        return _("One answer must have the highest rating and one the lowest. Change those that are equal.")
    return ""
