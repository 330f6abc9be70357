"""Forms that arrive after a session has ended. The pages of agreements and assessments test the way through a sign-in."""

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse
from django.test import RequestFactory

from common.kept_forms import LIMIT, OWNER_FIELD, SESSION_KEY, keeps_form, owner_token, take_kept
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


class Visitor:
    is_authenticated = False
    pk = None


@keeps_form
def page(request):
    return HttpResponse("inside")


def request(method="post", data=None, user=None, session=None, path="/page/"):
    made = getattr(RequestFactory(), method)(path, data or {})
    made.user = user or Visitor()
    made.session = {} if session is None else session
    made._messages = CookieStorage(made)
    return made


def kept_for(user, **data):
    sent = request(data={OWNER_FIELD: owner_token(user), "csrfmiddlewaretoken": "secret"} | data)
    response = page(sent)
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/page/")
    return sent.session


def test_form_comes_back_once_to_its_author():
    user = UserFactory()
    session = kept_for(user, text="Words")
    kept = take_kept(request("get", user=user, session=session))
    assert (kept["text"], "csrfmiddlewaretoken" in kept) == ("Words", False)
    assert take_kept(request("get", user=user, session=session)) is None


def test_form_does_not_come_back_to_somebody_else_nor_later_to_its_author():
    user = UserFactory()
    session = kept_for(user, text="Words")
    assert take_kept(request("get", user=UserFactory(), session=session)) is None
    assert take_kept(request("get", user=user, session=session)) is None


def test_form_comes_back_only_where_it_was_sent():
    user = UserFactory()
    session = kept_for(user, text="Words")
    assert take_kept(request("get", user=user, session=session, path="/other/")) is None
    assert take_kept(request("get", user=user, session=session))["text"] == "Words"


@pytest.mark.parametrize("data", [{"text": "No owner"}, {"text": "Forged", OWNER_FIELD: "1:forged"}])
def test_form_without_a_signed_owner_never_comes_back(data):
    sent = request(data=data)
    page(sent)
    assert take_kept(request("get", user=UserFactory(), session=sent.session)) is None


def test_form_beyond_the_limit_is_not_kept():
    assert SESSION_KEY not in kept_for(UserFactory(), text="x" * LIMIT)


def test_who_is_signed_in_goes_straight_through():
    assert page(request(user=UserFactory())).content == b"inside"
