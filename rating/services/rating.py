"""Two raters rate each answer, neither knowing whose it is nor what the other said; a third where they are far apart."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from rating.enums import SkipReason
from rating.errors import NotRatable
from rating.models import SCORES, Rater, Rating, Rubric, Skip, Work
from rating.queries import is_trained, last_rating, rubric_of, waiting_for


@transaction.atomic
def rate(*, rater: Rater, work: Work, score: int) -> Rating:
    """Keep one rating. The same one sent twice is kept once. Raises NotRatable with the reason, in words."""
    rubric = _rubric_to_rate_by(rater)
    Work.objects.select_for_update(no_key=True).get(pk=work.pk)
    if score not in SCORES:
        raise NotRatable(_("Choose a level from 1 to 5."))
    given = Rating.objects.filter(work=work, rater=rater, rubric=rubric).first()
    if given is not None and given.score == score:
        return given
    if given is not None:
        raise NotRatable(_("You have rated this answer already. Take your rating back first, as long as that is possible."))
    _refuse_others(rater, rubric, work)
    return Rating.objects.create(work=work, rater=rater, rubric=rubric, score=score)


@transaction.atomic
def skip(*, rater: Rater, work: Work, reason: str) -> Skip:
    """Leave a work to others, for good. Raises NotRatable for one that is not theirs to rate, or no reason."""
    rubric = _rubric_to_rate_by(rater)
    Work.objects.select_for_update(no_key=True).get(pk=work.pk)
    if reason not in SkipReason.values:
        raise NotRatable(_("Say why you do not rate this answer."))
    given = Skip.objects.filter(work=work, rater=rater).first()
    if given is not None:
        return given
    _refuse_others(rater, rubric, work)
    return Skip.objects.create(work=work, rater=rater, reason=reason)


@transaction.atomic
def take_back(*, rater: Rater) -> Work:
    """Delete the last rating that somebody gave, within ten minutes; the work waits for them again. Raises NotRatable."""
    rubric = _rubric_to_rate_by(rater)
    found = last_rating(rater, rubric, timezone.now())
    if found is None:
        raise NotRatable(_("There is nothing to take back: a rating can be taken back for ten minutes."))
    work = Work.objects.select_for_update(no_key=True).get(pk=found.work_id)
    again = last_rating(rater, rubric, timezone.now())  # once more under the lock: it may have been decided meanwhile
    if again != found:
        raise NotRatable(_("There is nothing to take back: a rating can be taken back for ten minutes."))
    found.delete()
    return work


def _rubric_to_rate_by(rater: Rater) -> Rubric:
    rubric = rubric_of(rater.item)
    if rubric is None or rater.ended_at is not None:
        raise NotRatable(_("Answers to this question are not yours to rate."))
    if rubric.paused_at is not None:
        raise NotRatable(_("This rubric is paused: its raters agree too little. Nothing is rated until it is mended."))
    if not is_trained(rater, rubric):
        raise NotRatable(_("Train on the anchors first. Rubric or anchors may have changed since you did."))
    return rubric


def _refuse_others(rater: Rater, rubric: Rubric, work: Work) -> None:
    if not waiting_for(rater, rubric, timezone.now()).filter(pk=work.pk).exists():
        raise NotRatable(
            _("This answer does not wait for you any more: others have rated it meanwhile. Your rating was not needed.")
        )
