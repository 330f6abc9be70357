"""What rating holds of a person: what raters said of their texts, and what they said as a rater."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.personal_data import Row, erased, made_anonymous, moment, part_of_rows, part_that_goes
from rating.models import Rater, TrainingRound, Work
from rating.summary import Standing, standing_of, words_of


def _works(user: User) -> QuerySet[Work]:
    works = Work.objects.filter(response__attempt__user=user)
    return works.select_related("response__item_version", "response__attempt__enrolment__course", "rubric").order_by("pk")


def _work(work: Work) -> Row:
    """What their pages show. Single ratings are their raters'; a result that is withheld from pages is withheld here."""
    is_told = standing_of(work) == Standing.RATED
    return {
        "course": work.response.attempt.enrolment.course.title,
        "question": work.response.item_version.prompt,
        "text": "" if work.response.item_version.takes_file else next(iter(work.response.chosen), ""),
        "result": words_of(work),
        "score": float(work.score) if is_told and work.score is not None else None,
        "decided_at": moment(work.decided_at) if is_told else None,
    }


def _places(user: User) -> QuerySet[Rater]:
    raters = Rater.objects.filter(user=user).select_related("item__current_version")
    return raters.prefetch_related("rounds", "ratings__rubric", "ratings__work", "skips__work").order_by("pk")


def _place(rater: Rater) -> Row:
    version = rater.item.current_version
    return {
        "question": version.prompt if version else rater.item.key,
        "since": moment(rater.created_at),
        "until": moment(rater.ended_at),
        "training": [
            {"round": one.number, "scores": one.scores, "has_passed": one.has_passed, "at": moment(one.finished_at)}
            for one in rater.rounds.all()
        ],
        "ratings": [
            {"answer": str(rating.work.uuid), "score": rating.score, "at": moment(rating.created_at)}
            for rating in rater.ratings.all()
        ],
        "left_to_others": [
            {"answer": str(one.work.uuid), "reason": one.get_reason_display(), "at": moment(one.created_at)}
            for one in rater.skips.all()
        ],
    }


def erase_places(user: User) -> int:
    """What they rated is part of what learners were told: it stays, under the number of a rater who is nobody any more."""
    TrainingRound.objects.filter(rater__user=user).delete()
    Rater.objects.filter(appointed_by=user).update(appointed_by=None)
    raters = Rater.objects.filter(user=user)
    ended = raters.filter(ended_at=None)
    for rater in ended:
        rater.ended_at = rater.updated_at
        rater.save(update_fields=["ended_at", "updated_at"])
    return raters.update(user=None)


PARTS = (
    part_that_goes(
        "rated texts",
        _("What raters said of what you wrote"),
        _works,
        _work,
        "rating.Work",
        headings=("course",),
        order=40,
    ),
    part_of_rows(
        "rater",
        _("What you did as a rater"),
        _places,
        _place,
        erase_places,
        erased("rating.TrainingRound")
        + made_anonymous(
            "rating.Rater",
            "rating.Rating",
            "rating.Skip",
            because=_("What you rated is part of what learners were told. It stays under a number that is nobody's."),
        ),
        headings=("question",),
    ),
)
