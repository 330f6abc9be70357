"""What becomes of ratings when a learner, or a rater, closes their account, and what each is given of them."""

import pytest
from django.utils import timezone

from rating.models import Rater, Rating, Rubric, TrainingRound, Work
from rating.privacy import PARTS
from rating.services import decide_works
from tests.factories import UserFactory
from tests.rating.factories import give, open_question, rater, write

pytestmark = pytest.mark.django_db
TEXTS, PLACES = PARTS


@pytest.fixture
def item():
    return open_question()


@pytest.fixture
def rated(item):
    one, other = rater(item), rater(item)
    work = write(item)
    give(work, one, 3)
    give(work, other, 4)
    decide_works()
    work.refresh_from_db()
    return one, other, work


def test_a_learner_gets_the_result_and_no_single_rating(rated):
    _one, _other, work = rated

    [row] = TEXTS.export(work.response.attempt.user)

    assert (row["text"], row["result"], row["score"]) == (
        "We will ask them since when.",
        "between level 3 and 4 of 5 of its rubric",
        3.5,
    )
    assert "ratings" not in row


def test_a_result_that_is_withheld_is_in_no_copy(rated):
    work = rated[2]
    Rubric.objects.update(paused_at=timezone.now())

    [row] = TEXTS.export(work.response.attempt.user)

    assert (row["score"], row["decided_at"], row["result"]) == (None, None, "withheld: its raters agree too little")


def test_a_rater_gets_what_they_gave_and_not_whose_it_was(rated):
    one, _other, work = rated

    [row] = PLACES.export(one.user)

    assert [(rating["answer"], rating["score"]) for rating in row["ratings"]] == [(str(work.uuid), 3)]
    author = work.response.attempt.user
    assert not {author.email, author.last_name, "We will ask them since when."} & set(map(str, row.values()))
    assert author.email not in str(row)
    assert "We will ask them" not in str(row)


def test_erasing_a_learner_takes_the_text_and_its_ratings(rated):
    one, _other, work = rated

    TEXTS.erase(work.response.attempt.user)

    assert (Work.objects.count(), Rating.objects.count(), Rater.objects.filter(pk=one.pk).count()) == (0, 0, 1)


def test_erasing_a_rater_leaves_what_learners_were_told_under_a_number(rated):
    one, other, work = rated
    gone = one.user
    Rater.objects.filter(pk=other.pk).update(appointed_by=gone)

    PLACES.erase(gone)
    PLACES.erase(gone)

    one.refresh_from_db()
    other.refresh_from_db()
    work.refresh_from_db()
    assert (one.user, one.ended_at is None, other.appointed_by) == (None, False, None)
    assert sorted(work.ratings.values_list("rater__number", "score")) == [(1, 3), (2, 4)]
    assert float(work.score) == 3.5
    assert not TrainingRound.objects.filter(rater=one).exists()
    assert PLACES.count(gone) == 0


def test_somebody_who_neither_wrote_nor_rated_has_nothing(rated):
    stranger = UserFactory()

    assert [part.count(stranger) for part in PARTS] == [0, 0]
