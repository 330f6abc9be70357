"""Every address says what browsers may keep of it, and signing out leaves nothing behind."""

from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from wagtail.views import serve as wagtail_page

from config.cache_policies import POLICIES, Policy, declared_policy
from jobs.models import Job
from tests.web.learner import address, enrolled, rich_course

pytestmark = pytest.mark.django_db
NOT_KEPT, OWN_COPY = Policy.NOT_KEPT.value, Policy.OWN_COPY.value


def routes(resolver: URLResolver, start: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        route = start + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, route)
        else:
            yield route, entry


ROUTES = dict(routes(get_resolver()))


def test_every_address_has_a_policy():
    without = {route for route in ROUTES if declared_policy(route) is None}
    texts = {route for route, pattern in ROUTES.items() if pattern.callback is wagtail_page}
    assert without == {""} | texts


def test_every_policy_has_an_address():
    used = {start for start in POLICIES if any(route.startswith(start) for route in ROUTES)}
    assert used == set(POLICIES)


@pytest.mark.parametrize(
    ("route", "policy"),
    [
        ("org/<slug:organisation>/people/", Policy.NOT_KEPT),
        ("courses/<slug:slug>/", Policy.FOR_VISITORS),
        ("courses/<slug:slug>/<slug:module>/<slug:lesson>/entries/<uuid:block>/", Policy.OWN_COPY),
        ("courses/<slug:slug>/start/", Policy.OWN_COPY),
        ("organisations/", None),
        ("learners/", None),
    ],
)
def test_the_longest_entry_decides(route, policy):
    assert declared_policy(route) is policy


def said(client: Client, path: str) -> str:
    return client.get(path).headers.get("Cache-Control", "")


@pytest.mark.parametrize("name", ["home", "courses:catalogue", "for_organisations", "privacy", "terms"])
def test_public_pages_are_untouched_for_visitors_and_kept_from_others_for_people(name, user, sign_in):
    assert said(Client(), reverse(name)) == ""
    assert said(sign_in(user), reverse(name)) == OWN_COPY


def test_pages_of_learners_are_their_own_copy(user, sign_in):
    course = rich_course()
    enrolled(user, course)
    client = sign_in(user)
    paths = [address("l1"), address("l2"), reverse("learn"), reverse("skills"), reverse("practice:list")]
    assert {path: said(client, path) for path in paths} == dict.fromkeys(paths, OWN_COPY)
    assert said(Client(), address("l1")) == OWN_COPY  # a sample, with a form in it


def test_pages_of_accounts_consoles_and_operators_are_not_kept(organisation, member, sign_in):
    owner = member(organisation, "owner").user
    owner.is_staff = owner.is_superuser = True
    owner.save()
    client = sign_in(owner)
    paths = [
        reverse("profile"),
        reverse("account_email"),
        reverse("billing:orders"),
        reverse("org:people", args=[organisation.slug]),
        reverse("org:audit", args=[organisation.slug]),
        reverse("org:seats", args=[organisation.slug]),
        "/api/v1/me/enrolments",
        "/admin/",
        "/declared/",
        "/cms/",
        "/org/nobody/people/",
    ]
    for path in paths:
        assert "no-store" in said(client, path), path


def test_pages_that_ask_anew_need_no_header_of_their_own(organisation, member, sign_in):
    client = sign_in(member(organisation, "owner").user)
    job = Job.objects.create(kind="t", title="T", requested_by=organisation.memberships.get().user)
    pages = [
        reverse("job", args=[job.uuid]),
        reverse("mail_link", args=["a.b"]),
        reverse("org:outcomes", args=[organisation.slug]),
    ]
    assert [said(client, page) for page in pages] == [NOT_KEPT] * 3


@pytest.mark.parametrize("path", ["/org/any/people/", "/learn/", "/cms/", "/admin/", "/accounts/email/"])
def test_the_way_to_sign_in_is_not_kept_either(path):
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer["Cache-Control"].startswith(("private", "max-age=0"))


def test_a_page_that_is_not_there_is_not_shared(user, sign_in):
    assert said(sign_in(user), "/nothing/of/that/name/") == OWN_COPY


def test_a_view_keeps_its_own_header(rf, user):
    from importlib import import_module

    from django.conf import settings

    from config.cache_policies import CachePolicyMiddleware

    request = rf.get("/org/any/")
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()
    request.resolver_match = None
    answer = CachePolicyMiddleware(lambda _request: HttpResponse(headers={"Cache-Control": "max-age=60"}))(request)
    assert answer["Cache-Control"] == "max-age=60"


def test_signing_out_empties_the_cache(user, sign_in):
    client = sign_in(user)
    assert "Clear-Site-Data" not in client.get(reverse("learn")).headers
    assert "Clear-Site-Data" not in client.get(reverse("account_logout")).headers
    assert client.post(reverse("account_logout"))["Clear-Site-Data"] == '"cache"'
    assert "Clear-Site-Data" not in client.get("/").headers


def test_a_session_that_was_ended_elsewhere_empties_it_too(user, sign_in):
    client = sign_in(user)
    user.set_password("another one altogether")
    user.save()
    assert client.get("/learn/")["Clear-Site-Data"] == '"cache"'


def test_signing_in_leaves_it_alone(user):
    user.set_password("quiet harbour lights")
    user.save()
    answer = Client().post(reverse("account_login"), {"login": user.email, "password": "quiet harbour lights"})
    assert (answer.status_code, "Clear-Site-Data" in answer.headers) == (302, False)
