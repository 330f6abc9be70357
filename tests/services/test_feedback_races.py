"""Whoever answers, adds or closes at one moment: what is sent is counted or refused, nobody is asked twice."""

import pytest

from feedback import services
from feedback.enums import RoundState
from feedback.errors import PersonRefused, RoundNotOpen, RoundNotReady
from feedback.models import Rater, Round, ShownFigure
from mail.models import MailDelivery, MailLink
from skills.models import Evidence
from tests.factories import UserFactory
from tests.feedback.factories import drafted, raters, running, says, skill, with_people
from tests.services.threads import at_once, overlapping

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
TOGETHER = pytest.mark.parametrize("together", [overlapping, lambda *acts: at_once(acts)], ids=["overlapping", "at once"])


def tried(act, *refusals):
    """What `act` gives, or the refusal."""

    def try_it():
        try:
            return act()
        except refusals as error:
            return error

    return try_it


@TOGETHER
def test_an_answer_that_meets_the_close_is_counted_or_refused(together):
    feedback_round = running(peers=4)
    *first, last = raters(feedback_round)
    for rater in first:
        says(rater, 3)
    close = tried(lambda: services.close_round(feedback_round=feedback_round))
    _round, answered = together(close, tried(lambda: says(last, 3), RoundNotOpen))
    counted = ShownFigure.objects.get().n
    assert counted == (3 if isinstance(answered, RoundNotOpen) else 4)
    assert Rater.objects.count() == 0


def test_an_answer_before_the_close_is_counted():
    feedback_round = running(peers=3)
    *first, last = raters(feedback_round)
    for rater in first:
        says(rater, 3)
    overlapping(lambda: says(last, 3), lambda: services.close_round(feedback_round=feedback_round))
    assert ShownFigure.objects.get().n == 3


@TOGETHER
def test_two_who_close_a_round_close_it_once(together):
    feedback_round = running(peers=3)
    for rater in raters(feedback_round):
        says(rater, 3)
    close = tried(lambda: services.close_round(feedback_round=feedback_round).state, RoundNotOpen)
    results = together(close, close)
    assert sum(isinstance(result, RoundNotOpen) for result in results) == 1
    assert (Evidence.objects.count(), ShownFigure.objects.count()) == (1, 1)


@TOGETHER
def test_two_tabs_begin_one_round(together):
    user = UserFactory()
    skill()
    begin = tried(lambda: drafted(user), RoundNotReady)
    results = together(begin, begin)
    assert sum(isinstance(result, RoundNotReady) for result in results) == 1
    assert Round.objects.count() == 1


@TOGETHER
def test_a_person_who_is_added_while_it_is_sent_is_asked_once(together):
    feedback_round = drafted()
    with_people(feedback_round, peers=3)
    together(
        lambda: services.send_round(feedback_round=feedback_round).pk,
        lambda: with_people(feedback_round, customers=1)[0].pk,
    )
    assert Round.objects.get().state == RoundState.OPEN
    assert sorted(MailDelivery.objects.values_list("recipient", flat=True)) == [
        "customers0@people.example",
        *(f"peers{n}@people.example" for n in range(3)),
    ]


@TOGETHER
def test_a_list_that_is_sent_twice_asks_nobody_twice(together):
    feedback_round = drafted()
    with_people(feedback_round, peers=3)
    send = lambda: services.send_round(feedback_round=feedback_round).pk  # noqa: E731
    together(send, send)
    assert (MailDelivery.objects.count(), MailLink.objects.count()) == (3, 3)


@TOGETHER
def test_one_address_that_is_added_twice_is_on_the_list_once(together):
    feedback_round = drafted()
    add = tried(lambda: with_people(feedback_round, peers=1)[0].pk, PersonRefused)
    results = together(add, add)
    assert sum(isinstance(result, PersonRefused) for result in results) == 1
    assert Rater.objects.count() == 1
