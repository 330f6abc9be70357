"""Pages for what goes wrong say what happened and what to do."""

import re

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.test import Client, RequestFactory
from django.urls import reverse

from common import views as errors
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def heading(html: str) -> str:
    return re.search(r"<h1>([^<]+)</h1>", html).group(1)


def request_of(user):
    request = RequestFactory().get("/somewhere/")
    request.user = user
    return request


def test_an_unknown_address(client):
    response = client.get("/nowhere/at-all/")
    html = response.content.decode()
    assert (response.status_code, heading(html)) == (404, "Page not found")
    assert f'href="{reverse("courses:catalogue")}"' in html


def test_a_page_of_another_role_offers_another_account(user, sign_in):
    response = sign_in(user).get("/styleguide/")
    html = response.content.decode()
    assert (response.status_code, heading(html)) == (403, "You do not have access to this page")
    assert f'action="{reverse("account_logout")}"' in html


def test_a_form_that_is_too_old():
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(reverse("account_login"), {"login": "a@example.com", "password": "x"})
    assert (response.status_code, heading(response.content.decode())) == (403, "This form has expired")


def test_a_request_that_cannot_be_read(user):
    response = errors.bad_request(request_of(user), BadRequest())
    assert (response.status_code, heading(response.content.decode())) == (400, "We could not read your request")


def test_permission_denied_keeps_its_status(user):
    assert errors.permission_denied(request_of(user), PermissionDenied()).status_code == 403


def test_our_own_failure_needs_neither_database_nor_session(django_assert_num_queries):
    with django_assert_num_queries(0):
        response = errors.server_error(RequestFactory().get("/"))
    assert (response.status_code, heading(response.content.decode())) == (500, "Something went wrong on our side")


def test_our_own_failure_is_shown_for_an_exception(settings, monkeypatch):
    from web.views import home

    def fail():
        raise RuntimeError

    monkeypatch.setattr(home, "_corrected", fail)
    visitor = Client(raise_request_exception=False)
    assert heading(visitor.get("/").content.decode()) == "Something went wrong on our side"


def test_pages_of_errors_name_whoever_is_signed_in(sign_in):
    person = UserFactory(first_name="Leila", last_name="Haddad")
    assert "Signed in as Leila Haddad" in sign_in(person).get("/nowhere/").content.decode()
