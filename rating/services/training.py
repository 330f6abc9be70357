"""Raters rate the anchors first, and are told how far they agree with what was agreed."""

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from rating.errors import NotRatable
from rating.models import SCORES, Rater, Rubric, TrainingRound
from rating.queries import is_trained, last_round, may_train_from, open_round, outcome_of


@transaction.atomic
def rate_anchor(*, rater: Rater, rubric: Rubric, anchor: str, score: int) -> TrainingRound:
    """Keep what a rater says of an anchor, in the round that is open or a new one; the last anchor ends it.

    Said before, it may be changed until the round ends. Raises NotRatable where they may not train now.
    """
    Rater.objects.select_for_update(no_key=True).get(pk=rater.pk)
    if score not in SCORES or anchor not in {known["id"] for known in rubric.anchors}:
        raise NotRatable(_("This anchor has changed since you opened the page. Reload it and go on."))
    training = open_round(rater, rubric) or _new_round(rater, rubric)
    training.scores = training.scores | {anchor: score}
    if len(training.scores) == len(rubric.anchors):
        training.finished_at = timezone.now()
        training.has_passed = outcome_of(rubric, training.scores).has_passed
    training.save()
    return training


def _new_round(rater: Rater, rubric: Rubric) -> TrainingRound:
    if is_trained(rater, rubric):
        raise NotRatable(_("You have trained on these anchors already and may rate answers."))
    again = may_train_from(rater, rubric)
    if again is not None and again > timezone.now():
        when = date_format(timezone.localtime(again), "DATETIME_FORMAT")
        raise NotRatable(_("You can train again from %(when)s. Read until then how the anchors were agreed.") % {"when": when})
    last = last_round(rater, rubric)
    return TrainingRound(rater=rater, rubric=rubric, number=last.number + 1 if last else 1)
