"""Raters who press a button in the same moment: nobody rates what is not needed, and nothing is decided twice."""

import pytest
from django.utils import timezone

from mail.models import MailDelivery
from rating.errors import NotRatable
from rating.models import Rating, Work
from rating.services import decide, rate, take_back
from tests.rating.factories import give, open_question, rater, write
from tests.services.threads import at_once, overlapping

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_of_four_raters_at_once_two_are_needed():
    item = open_question()
    raters, work = [rater(item) for _n in range(4)], write(item)

    found = at_once([lambda place=place: rate(rater=place, work=work, score=3) for place in raters], expected=NotRatable)

    assert sum(isinstance(result, Rating) for result in found) == 2
    assert Rating.objects.count() == 2


def test_one_rater_in_two_tabs_rates_once():
    item = open_question()
    place, work = rater(item), write(item)

    found = at_once([lambda score=score: rate(rater=place, work=work, score=score) for score in (2, 4)], expected=NotRatable)

    assert sum(isinstance(result, Rating) for result in found) == 1
    assert Rating.objects.count() == 1


def test_two_workers_decide_once_and_write_once():
    item = open_question()
    work = write(item)
    for _n in range(2):
        give(work, rater(item), 4)

    counts = at_once([lambda: decide(item=item, now=timezone.now())] * 2)

    assert sorted(counts) == [0, 1]
    assert MailDelivery.objects.filter(template="text_rated").count() == 1


def test_a_rating_that_is_taken_back_while_another_is_given_is_not_counted():
    item = open_question()
    one, other, work = rater(item), rater(item), write(item)
    rate(rater=one, work=work, score=2)

    overlapping(lambda: take_back(rater=one), lambda: rate(rater=other, work=work, score=4))

    assert list(Rating.objects.values_list("rater", "score")) == [(other.pk, 4)]
    assert Work.objects.get(pk=work.pk).score is None
