"""Options and key of a question as the bank keeps them."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from assessments.enums import ItemKind
from assessments.errors import InvalidItem
from assessments.formats import CHOICES, FORMATS, Fault, Question, by_slot, joined
from assessments.scoring.placement import HIGHEST, LOWEST

Option = dict[str, Any]


def options_and_key(key: str, kind: str, options: Sequence[Option], correct: Sequence[str]) -> tuple[list[Option], list[str]]:
    """Options with exactly the fields we keep, the key in the order of the options.

    Raises InvalidItem for a question that could not be asked, or whose key its format cannot use.
    """
    if kind == ItemKind.OPEN:
        wrong = FORMATS[kind].fault(Question(tuple(str(option["id"]) for option in options), tuple(correct)))
        if wrong is not None:
            raise InvalidItem(_fault(wrong) % {"key": key})
        return [], list(correct)
    _require_options(key, kind, options)
    if kind == ItemKind.ORDER:  # learners see them mixed, and in which order they were written says nothing
        options = sorted(options, key=lambda option: str(option["id"]))
    asked = [str(option["id"]) for option in options if not option.get("is_target")]
    targets = [str(option["id"]) for option in options if option.get("is_target")]
    wanted = {str(part) for part in correct}
    texts = tuple(str(option["text"]) for option in options if not option.get("is_target"))
    fault = FORMATS[kind].fault(Question(tuple(asked), tuple(sorted(wanted)), tuple(targets), texts))
    if fault is not None:
        raise InvalidItem(_fault(fault) % {"key": key})
    levels = _levels(key, kind, options)
    kept = [
        {
            "id": str(option["id"]),
            "text": option["text"],
            "feedback": option.get("feedback") or "",
            "misconception": option.get("misconception") or "",
            **levels.get(str(option["id"]), {}),
            **({"is_target": True} if option.get("is_target") else {}),
        }
        for option in options
    ]
    if kind == ItemKind.COMPOSED:
        return kept, sorted(wanted)
    if kind in CHOICES or kind in (ItemKind.LINES, ItemKind.SCALE, ItemKind.TEXT):
        return kept, [option_id for option_id in asked if option_id in wanted]
    keyed = by_slot(wanted)
    return kept, [joined(option_id, keyed[option_id]) for option_id in asked]


def _require_options(key: str, kind: str, options: Sequence[Option]) -> None:
    ids = [str(option["id"]) for option in options]
    asked = [option for option in options if not option.get("is_target")]
    if not asked and kind in (ItemKind.TEXT, ItemKind.COMPOSED):
        raise InvalidItem(
            _("Question “%(key)s” needs at least one wording that is right, or one entry of the checklist.") % {"key": key}
        )
    if len(asked) < 2 and kind not in (ItemKind.TEXT, ItemKind.COMPOSED):
        raise InvalidItem(_("Question “%(key)s” needs at least two options.") % {"key": key})
    if len(set(ids)) != len(ids):
        raise InvalidItem(_("Question “%(key)s” has two options with the same id. Give each option its own id.") % {"key": key})
    if kind not in CHOICES and any(":" in option_id for option_id in ids):
        raise InvalidItem(_("Question “%(key)s” has an option whose id contains a colon. Give it another id.") % {"key": key})
    if kind != ItemKind.MATCH and any(option.get("is_target") for option in options):
        raise InvalidItem(_("Question “%(key)s” has options to be matched, but is no matching question.") % {"key": key})


def _fault(fault: Fault) -> str:
    return {
        Fault.NO_KEY: _("Question “%(key)s” needs a key, and the key must be one of its options."),
        Fault.SEVERAL_KEYS: _(
            "Question “%(key)s” is single choice but has several right options. Mark only one, or make it multiple choice."
        ),
        Fault.NO_RATING: _("Every option of question “%(key)s” needs a rating from 1 to 5."),
        Fault.EQUAL_RATINGS: _("All options of question “%(key)s” have the same rating. Give at least one another rating."),
        Fault.NO_SINGLE_BEST: _(
            "In question “%(key)s”, one option must have the highest rating and one the lowest. Change ratings that are equal."
        ),
        Fault.NO_PLACES: _("Every step of question “%(key)s” needs a place of its own, counted from 1."),
        Fault.FEW_POINTS: _("The scale of question “%(key)s” needs at least three points."),
        Fault.APART: _("The points of question “%(key)s” that are right must be neighbours."),
        Fault.NO_WORDING: _("Every wording of question “%(key)s” needs words, and at most 200 characters."),
        Fault.ALIKE_WORDINGS: _(
            "Two wordings of question “%(key)s” are the same but for capitals, spaces or punctuation. Keep one of them."
        ),
        Fault.NO_MODEL: _("Question “%(key)s” needs its author’s version, with which learners compare their own."),
        Fault.NO_PARTNER: _("Every option of question “%(key)s” needs a match, and at least two of them different ones."),
        Fault.NO_LIMITS: _("Question “%(key)s” needs the fewest and the most words of an answer, the most above the fewest."),
        Fault.NO_KINDS: _("Question “%(key)s” needs the kinds of files that answer it, and how many megabytes one may have."),
        Fault.NO_MINUTES: _("Question “%(key)s” needs how many minutes an answer may take, from 1 to 10."),
    }[fault]


def _levels(key: str, kind: str, options: Sequence[Option]) -> dict[str, dict[str, int]]:
    """By option id {"level": …}; empty where no option has one."""
    levels = {str(option["id"]): option["level"] for option in options if option.get("level") is not None}
    if not levels:
        return {}
    if kind != ItemKind.SINGLE:
        raise InvalidItem(_("Question “%(key)s” has levels, so it needs to be single choice.") % {"key": key})
    if len(levels) < len(options):
        raise InvalidItem(
            _("Some options of question “%(key)s” have a level and some have none. Give every option one, or none.")
            % {"key": key}
        )
    if not all(type(level) is int and LOWEST <= level <= HIGHEST for level in levels.values()):
        raise InvalidItem(_("The levels of question “%(key)s” must be whole numbers from 1 to 5.") % {"key": key})
    return {option_id: {"level": level} for option_id, level in levels.items()}
