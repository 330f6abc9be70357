"""What practice holds of a person is given to them, and erased."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from accounts.personal_data import erase, export_of, privacy_parts
from mail.models import Contact, MailDelivery, MailLink
from practice.contacts import remember_decline
from practice.models import Agreement, Party, Review, ReviewAnswer
from practice.queries import open_review_of
from practice.services import answer_review, ask_about_reviews
from tests.practice.factories import FIELDS, confirmed

pytestmark = pytest.mark.django_db
NOON = datetime(2027, 6, 15, 12, tzinfo=UTC)


@pytest.fixture
def agreement():
    with time_machine.travel(NOON - timedelta(days=30), tick=False):
        agreement = confirmed(review_on=date(2027, 6, 15))
    with time_machine.travel(NOON, tick=False):
        yield agreement


def test_an_export_shows_what_the_pages_show(agreement):
    review = open_review_of(agreement)
    answer_review(review=review, party=Party.OTHER, verdict="partly", what_changed="Theirs")
    [exported] = export_of(agreement.user)["agreements"]
    assert (exported["they_expect"], exported["sent"][0]["to"]) == (FIELDS["they_expect"], "bea@example.org")
    assert exported["reviews"] == [{"day": "2027-06-15", "own": None, "theirs": None}]
    answer_review(review=review, party=Party.LEARNER, verdict="kept", what_changed="Mine")
    [exported] = export_of(agreement.user)["agreements"]
    assert exported["reviews"] == [{"day": "2027-06-15", "own": ["kept", "Mine"], "theirs": ["partly", "Theirs"]}]


def test_erasing_leaves_nothing_that_names_or_asks_anybody(agreement):
    other = confirmed(review_on=date(2027, 9, 1), party_email="carl@example.org")
    ask_about_reviews()
    erase(agreement.user)
    assert list(Agreement.objects.all()) == [other]
    assert (Review.objects.count(), ReviewAnswer.objects.count()) == (1, 0)
    assert not Contact.objects.filter(added_by=agreement.user).exists()
    assert not MailLink.objects.filter(recipient="bea@example.org", revoked_at=None, used_at=None).exists()
    erase(agreement.user)  # may be repeated
    MailDelivery.objects.all().delete()
    ask_about_reviews()
    assert not MailDelivery.objects.exists()


def test_an_address_that_asked_to_be_left_alone_stays_without_a_name(agreement):
    remember_decline(contact=agreement.contact)
    privacy_parts["agreements"].erase(agreement.user)
    [contact] = Contact.objects.filter(added_by=agreement.user)
    assert (contact.email, contact.name) == ("bea@example.org", "")
