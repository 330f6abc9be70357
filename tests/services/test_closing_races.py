"""Keeping an account at the moment when it is erased, two workers, and whoever signs in or writes meanwhile."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.errors import ClosingBegan
from accounts.models import AccountClosure, User
from accounts.services.closing import ask_to_close, close_accounts, erase_account_of, keep_account, sweep
from learning import services as learning
from learning.models import ActivityState, Enrolment
from mail.models import MailDelivery
from tests.courses.factories import block, lesson, published_course, uid
from tests.factories import UserFactory
from tests.services.threads import at_once, overlapping

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def due():
    closure = ask_to_close(user=UserFactory())
    past = timezone.now() - timedelta(minutes=1)
    AccountClosure.objects.update(closes_at=past)
    User.objects.filter(pk=closure.user_id).update(closes_at=past)
    return closure


def keep(closure):
    try:
        return keep_account(user=User.objects.get(pk=closure.user_id))
    except ClosingBegan as error:
        return error


def test_of_keeping_and_erasing_at_once_one_comes_first_and_the_other_says_so(due):
    erased, kept = at_once([lambda: erase_account_of(due), lambda: keep(due)])
    user = User.objects.get(pk=due.user_id)
    if erased:
        assert isinstance(kept, ClosingBegan) or kept is False
        assert (user.is_active, user.has_address) == (False, False)
    else:
        assert kept is True
        assert (user.is_active, user.has_address, user.closes_at) == (True, True, None)


def test_who_keeps_first_is_waited_for_and_nothing_is_erased(due):
    kept, erased = overlapping(lambda: keep(due), lambda: erase_account_of(due))
    assert (kept, erased) == (True, False)
    assert User.objects.get(pk=due.user_id).is_active


def test_who_keeps_too_late_waits_and_is_told(due):
    erased, kept = overlapping(lambda: erase_account_of(due), lambda: keep(due))
    assert erased is True
    assert isinstance(kept, ClosingBegan)
    assert not User.objects.get(pk=due.user_id).has_address


def test_two_workers_erase_once(due):
    at_once([close_accounts, close_accounts])
    closure = AccountClosure.objects.get()
    assert closure.erased_at is not None
    assert MailDelivery.objects.filter(template="account_erased").count() == 1


def test_a_session_that_is_begun_at_that_moment_is_nobodys(due):
    user, client = User.objects.get(pk=due.user_id), Client()

    def sign_in():
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    overlapping(lambda: erase_account_of(due), sign_in)
    assert client.get("/accounts/profile/").status_code == 302
    assert not User.objects.get(pk=due.user_id).is_active


def test_words_that_are_saved_at_that_moment_are_gone_after_the_next_round(due):
    course = published_course([[lesson("l1", blocks=[block("reflection", "r", {"prompt": "?"})])]])
    enrolment = learning.enrol(user=User.objects.get(pk=due.user_id), course=course)

    def write():
        try:
            learning.save_entry(enrolment=enrolment, block_id=uid("r"), data={"text": "quandong"})
        except Enrolment.DoesNotExist:
            return "gone"
        return "written"

    at_once([lambda: erase_account_of(due), write])
    sweep(AccountClosure.objects.get(), is_last=True)
    assert not ActivityState.objects.filter(data__text="quandong").exists()
