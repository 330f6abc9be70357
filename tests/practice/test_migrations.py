"""Agreements from before there were reviews get the day of their text, once."""

from datetime import date
from importlib import import_module

import pytest
from django.apps import apps

from practice.models import Review
from practice.services import ask_about_reviews
from tests.practice.factories import confirmed, draft, sent

pytestmark = pytest.mark.django_db
add_reviews = import_module("practice.migrations.0003_reviews_of_confirmed_agreements").add_reviews


def test_confirmed_agreements_get_their_review_and_nobody_is_written_to_about_long_ago():
    old, recent = confirmed(review_on=date(2030, 6, 1)), confirmed(party_email="carl@example.org", review_on=date(2031, 6, 1))
    sent(party_email="dora@example.org")
    draft()
    Review.objects.all().delete()
    old.revisions.update(review_on=date(2020, 1, 1))
    for _again in range(2):
        add_reviews(apps, None)
    rows = Review.objects.order_by("due_on").values_list("agreement", "revision", "number", "due_on", "closed_at")
    assert list(rows) == [
        (old.pk, old.revisions.get().pk, 1, date(2020, 1, 1), None),
        (recent.pk, recent.revisions.get().pk, 1, date(2031, 6, 1), None),
    ]
    ask_about_reviews()
    assert not Review.objects.exclude(requests=None).exists()
