"""E-mails of rating: what they say, to whom, and when they are not sent any more."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from assessments.models import Attempt
from mail.models import MailDelivery
from mail.services.choices import stop_mails
from mail.services.delivering import render
from rating.figures import FEWEST_DOUBLE
from rating.models import Rater, Rubric, Work
from rating.services import appoint_rater, decide_works
from rating.services.telling import CHOICE, is_result_wanted
from tests.factories import UserFactory
from tests.rating.factories import give, open_question, rater, works, write

pytestmark = pytest.mark.django_db
NOON = datetime(2027, 6, 15, 12, tzinfo=UTC)


@pytest.fixture
def item():
    return open_question()


def rated(item, user=None, scores=(4, 4)):
    work = write(item, user=user)
    for score in scores:
        give(work, rater(item), score)
    return work


def texts_of(delivery):
    """Subject, text and HTML as they go out."""
    message = render(delivery)
    return message.subject, message.body, message.alternatives[0][0]


def test_a_learner_is_told_that_there_is_a_result_and_not_which(item):
    work = rated(item, UserFactory(first_name="Ann"))
    decide_works()

    subject, body, html = texts_of(MailDelivery.objects.get(template="text_rated"))

    course = item.course.title
    assert subject == f"What you answered in “{course}” has been rated"
    for text in (body, html):
        assert "Dear Ann," in text
        assert reverse("rating:results", args=[work.response.attempt.uuid]) in text
        assert "level 4" not in text
        assert work.response.chosen[0] not in text
    assert "Stop e-mails like this" in body


def test_it_waits_for_the_morning_where_its_reader_is(item):
    user = UserFactory(time_zone="Asia/Tokyo")
    with time_machine.travel(datetime(2027, 6, 15, 16, tzinfo=UTC), tick=False):  # one in the morning there
        rated(item, user)
        decide_works()

    delivery = MailDelivery.objects.get(template="text_rated")

    assert delivery.not_before.astimezone(UTC).hour + 9 - 24 in range(6, 10)


def test_one_e_mail_tells_of_all_that_is_decided_of_a_sitting(item):
    other = open_question(item.course, "open-2")
    work = write(item)
    second = Work.objects.create(
        response=work.response.attempt.responses.create(
            item_version=other.current_version, chosen=["Some more words to be rated."]
        ),
        item=other,
    )
    for one in (work, second):
        for _n in range(2):
            give(one, rater(one.item), 3)

    decide_works()

    assert MailDelivery.objects.filter(template="text_rated").count() == 1
    assert Work.objects.filter(score=3).count() == 2


def test_whoever_stopped_such_mails_gets_none_and_has_the_result(item):
    user = UserFactory()
    stop_mails(user_id=user.pk, choice=CHOICE)
    work = rated(item, user)

    decide_works()

    work.refresh_from_db()
    assert (MailDelivery.objects.filter(template="text_rated").count(), work.score) == (0, 4)


def test_it_is_not_sent_any_more_once_the_rubric_is_paused_or_the_text_is_gone(item):
    work = rated(item)
    decide_works()
    delivery = MailDelivery.objects.get(template="text_rated")
    assert is_result_wanted(delivery) is True

    Rubric.objects.update(paused_at=timezone.now())
    assert is_result_wanted(delivery) is False
    Rubric.objects.update(paused_at=None)
    Attempt.objects.filter(pk=work.response.attempt_id).delete()

    assert is_result_wanted(delivery) is False


def test_a_new_rater_reads_where_to_begin(item):
    appoint_rater(item=item, email=UserFactory(first_name="Ola").email, appointed_by=None)

    subject, body, html = texts_of(MailDelivery.objects.get(template="rater_appointed"))

    assert subject == "You have been asked to rate answers"
    for text in (body, html):
        assert "Dear Ola," in text
        assert reverse("rating:queue", args=[item.uuid]) in text
        assert "You are not told who wrote what" in text


def test_of_a_pause_raters_read_why_and_leads_where_the_figures_are(item):
    lead, one, other = UserFactory(), rater(item), rater(item)
    Rater.objects.filter(pk=one.pk).update(appointed_by=lead)
    for place, work in enumerate(works(item, FEWEST_DOUBLE)):
        give(work, one, place % 5 + 1)
        give(work, other, place * 3 % 5 + 1)

    decide_works()
    decide_works()

    told = {mail.recipient: texts_of(mail)[1] for mail in MailDelivery.objects.filter(template="rubric_paused")}
    assert set(told) == {lead.email, one.user.email, other.user.email}
    assert reverse("open_question_rating", args=[item.pk]) in told[lead.email]
    assert "No result is told, and nothing is rated" in told[lead.email]
    assert reverse("rating:queue", args=[item.uuid]) in told[one.user.email]
    assert "not about you" in told[one.user.email]
    assert MailDelivery.objects.filter(template="text_rated").count() == 0
