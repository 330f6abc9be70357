"""One question at a time, each chosen by the answers before it. What was answered stays: there is no way back.

An answer, and the question that follows from it, are written together or not at all. So a tab that was left open, a request
that is sent again and a server that dies in between all come to the same question.
"""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.answers import accepted_options, is_complete, what_comes_first, what_is_missing
from assessments.delivery_models import Calibration
from assessments.errors import AnsweredElsewhere, AnswerNotAccepted, AssessmentNotOpen, InvalidInstrument, TimeIsUp
from assessments.models import Attempt, AttemptItem, ItemVersion, Response
from assessments.services.adaptive_bank import (
    LONGEST,
    MOST_SKILLS,
    AdaptivePlan,
    Replay,
    SkillPlan,
    adaptive_plan_of,
    bank_of,
    barred_places,
    calibration_for,
    met_before,
    replay,
    why_not_adaptive,
)
from assessments.services.attempts import lock_attempt, present, refuse_closed, submit_attempt


def refuse_unfit_plan(plan: AdaptivePlan) -> None:
    """Raises InvalidInstrument where the plan does not hold together, or the bank cannot carry it."""
    names = [part.skill for part in plan.skills]
    if not 1 <= len(names) <= MOST_SKILLS or len(set(names)) < len(names):
        raise InvalidInstrument(
            _("An adaptive assessment asks about 1 to %(most)s skills, and about each once.") % {"most": MOST_SKILLS}
        )
    if plan.length > LONGEST or not all(part.length >= 1 and 0 <= part.shortest <= part.length for part in plan.skills):
        raise InvalidInstrument(
            _("An adaptive assessment asks between 1 and %(most)s questions, and its shortest is no longer than its longest.")
            % {"most": LONGEST}
        )
    for part in plan.skills:
        if part.error < 0 or any(share < 0 for share in part.shares.values()) or sum(part.shares.values()) > 1 + 1e-9:
            raise InvalidInstrument(_("The error and the shares are not below 0, and the shares add up to 1 at the most."))
    if reasons := [reason for part in plan.skills if (reason := why_not_adaptive(part))]:
        raise InvalidInstrument(" ".join(reasons))


def begin_adaptive(attempt: Attempt) -> None:
    """Give a new attempt its plan and the calibrations by which it chooses, save it, and ask its first question.

    Raises AssessmentNotOpen where the bank has too few questions left for a sitting.
    """
    plan, met = adaptive_plan_of(attempt.instrument), met_before(attempt)
    calibrations = [_calibration_with_enough(part, met) for part in plan.skills]
    attempt.calibration = calibrations[0]
    attempt.adaptive = {"plan": plan.as_json, "calibrations": [str(calibration.uuid) for calibration in calibrations]}
    attempt.save()
    # Nobody else sees it yet, so there is nothing to lock.
    _go_on(attempt, replay(attempt))


def _calibration_with_enough(part: SkillPlan, met: Collection[int]) -> Calibration:
    calibration = calibration_for(part.skill)
    bank = bank_of(calibration.uuid) if calibration else None
    if calibration is None or bank is None or len(bank.items) - len(barred_places(bank, part, (), met)) < part.length:
        raise AssessmentNotOpen(_("There are not enough questions for you at the moment. Please try again later."))
    return calibration


@transaction.atomic
def go_on(*, attempt: Attempt) -> AttemptItem | None:
    """The question that waits for its answer, asked now where it was not yet; None once the sitting has ended, and is
    submitted. Repeating it asks the same.
    """
    locked = lock_attempt(attempt)
    refuse_closed(locked)
    return _go_on(locked, replay(locked))


def _go_on(attempt: Attempt, found: Replay) -> AttemptItem | None:
    if found.open_entry is not None:
        return found.open_entry
    part = found.next_part
    if part is None or part.version_id is None:
        submit_attempt(attempt=attempt)
        return None
    version = ItemVersion.objects.get(pk=part.version_id)
    position = len(found.presented) + 1
    present(attempt, [(version.item_id, version.pk, version.options)], first=position)
    entry = attempt.items.get(position=position)
    a, b = part.bank.parameters[part.bank.versions.index(version.pk)]
    entry.parameters = {"a": a, "b": b}
    entry.save(update_fields=["parameters"])
    return entry


@transaction.atomic
def answer_adaptive(*, attempt: Attempt, position: int, chosen: Iterable[str] | str) -> AttemptItem | None:
    """Keep the answer to the question at `position`, for good, and ask the next; None where that was the last, and the attempt
    is submitted. The same answer sent again changes nothing.

    Raises AttemptClosed once submitted, TimeIsUp once its time has run out, AnsweredElsewhere where something else was answered
    there before, AnswerNotAccepted where the answer is not finished or none of the question's.
    """
    locked = lock_attempt(attempt)
    if locked.submitted_at is not None and _is_same(locked, position, chosen):
        attempt.submitted_at = locked.submitted_at
        return None
    refuse_closed(locked)
    if locked.is_out_of_time(timezone.now()):
        raise TimeIsUp(_("Your time is up. The answers that were saved in time count."))
    found = replay(locked)
    entry = found.open_entry
    if entry is None or entry.position != position:
        if not _is_same(locked, position, chosen):
            raise AnsweredElsewhere(
                _("Question %(number)s was answered already, in another tab or on another device. That answer counts.")
                % {"number": position}
            )
        return _go_on(locked, found)
    version = entry.item_version
    answer = accepted_options(version, chosen)
    if not is_complete(version, answer):
        raise AnswerNotAccepted(what_is_missing(version) if answer else what_comes_first(version))
    Response.objects.update_or_create(attempt=locked, item_version=version, defaults={"chosen": answer, "is_complete": True})
    following = _go_on(locked, replay(locked))
    attempt.submitted_at = locked.submitted_at
    return following


def _is_same(attempt: Attempt, position: int, chosen: Iterable[str] | str) -> bool:
    """Whether this is what was answered there: a request that was sent again."""
    entry = attempt.items.select_related("item_version").filter(position=position).first()
    saved = attempt.responses.filter(item_version=entry.item_version_id).first() if entry else None
    if entry is None or saved is None:
        return False
    try:
        return bool(saved.chosen) and saved.chosen == accepted_options(entry.item_version, chosen)
    except AnswerNotAccepted:
        return False
