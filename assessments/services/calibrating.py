"""Keeps what answers tell of questions, so that questions can be chosen by it."""

import math

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.delivery_models import CalibratedItem, Calibration
from assessments.errors import AnswersNotUsable
from assessments.scales import ScaleAnswers, answers_of_scale
from assessments.scoring.irt import Calibration as Estimated
from assessments.scoring.irt import CannotCalibrate, LognormalPrior, calibrate, collapse
from assessments.scoring.readiness import ADAPTIVE


def keep_calibration(skill: str) -> Calibration:
    """Calibrate (2PL, with a prior on slopes) the questions of a skill that have enough complete answers, and keep it beside
    earlier ones. Questions that everybody answers alike tell nobody apart and are left out. Sittings under way keep theirs.

    Raises AnswersNotUsable where no question has enough complete answers, or nothing can be worked out of them.
    """
    scale = answers_of_scale(skill)
    most = max(scale.complete, default=0)
    if most < ADAPTIVE:
        words = ngettext(
            "No question of “%(skill)s” has %(n)s complete answers; the most answered one has %(most)s. Nothing was kept.",
            "No question of “%(skill)s” has %(n)s complete answers; the most answered one has %(most)s. Nothing was kept.",
            most,
        )
        raise AnswersNotUsable([words % {"skill": skill, "n": ADAPTIVE, "most": most}])
    columns = [column for column, complete in enumerate(scale.complete) if complete >= ADAPTIVE and _differ(scale, column)]
    if not columns:
        raise AnswersNotUsable([_("Everybody answered these questions alike, so they tell nobody apart. Nothing was kept.")])
    return _keep(scale, columns, _estimated(scale, columns))


def _differ(scale: ScaleAnswers, column: int) -> bool:
    return {0, 1} <= set(scale.table.codes[:, column].tolist())


def _estimated(scale: ScaleAnswers, columns: list[int]) -> Estimated:
    try:
        found = calibrate(collapse(scale.table.codes[:, columns]), "2pl", prior=LognormalPrior())
    except CannotCalibrate as error:
        names = [scale.table.items[column] for column in columns]
        reasons = [f"{names[item]}: {reason}" if item >= 0 else reason for item, reason in error.reasons]
        raise AnswersNotUsable(reasons) from error
    if not found.converged or found.boundless:
        raise AnswersNotUsable([_("These answers determine too little: no maximum was reached. Nothing was kept.")])
    return found


@transaction.atomic
def _keep(scale: ScaleAnswers, columns: list[int], found: Estimated) -> Calibration:
    kept = Calibration.objects.create(skill=scale.skill, persons=found.persons, log_likelihood=found.log_likelihood)
    rows = zip(columns, found.items, found.errors, strict=True)
    CalibratedItem.objects.bulk_create(
        CalibratedItem(
            calibration=kept,
            item_version=version,
            answers=scale.complete[column],
            a=parameters.a,
            b=parameters.b[0],
            a_error=_known(errors.a),
            b_error=_known(errors.b[0]),
            facet=scale.items[column].relationship,
        )
        for column, parameters, errors in rows
        if (version := scale.items[column].current_version) is not None
    )
    return kept


def _known(error: float) -> float | None:
    return error if math.isfinite(error) else None
