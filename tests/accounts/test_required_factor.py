"""Whoever has rights over others needs a second factor, is led to set one up, and is never locked out of what is their own."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Group
from django.urls import URLPattern, get_resolver, reverse

from accounts.enums import MembershipState, Role
from accounts.middleware import is_open_to_all
from cms.site import AUTHORS, REVIEWERS, ensure_site
from tests.accounts.conftest import PASSWORD, SECRET, current_code
from tests.factories import MembershipFactory, OrganisationFactory, RoleAssignmentFactory, UserFactory

pytestmark = pytest.mark.django_db

# What each side of the middleware's list holds, by the first part of the address.
ASKS = {"_util", "admin", "api", "billing", "cms", "declared", "documents", "jobs", "metrics", "org", "rating", "status"}
OPEN = {"", "accounts", "agreements", "assessments", "certificates", "courses", "demo", "for-organisations", "healthz", "l"}
OPEN |= {
    "feedback",
    "learn",
    "media",
    "practice",
    "privacy",
    "readyz",
    "robots.txt",
    "sitemap.xml",
    "skill-check",
    "skills",
    "styleguide",
    "tell-me",
    "terms",
    "texts",
}


@pytest.fixture(autouse=True)
def required(settings):
    settings.ACCORD_REQUIRE_SECOND_FACTOR = True


@pytest.fixture
def organisation():
    return OrganisationFactory(slug="acme")


def with_role(user, organisation, role, state=MembershipState.ACTIVE):
    membership = MembershipFactory(organisation=organisation, user=user, state=state)
    RoleAssignmentFactory(membership=membership, role=role)
    return user


def in_group(user, name):
    ensure_site()
    user.groups.add(Group.objects.get(name=name))
    return user


def asked(client, path):
    """Whether the way to a page leads over the page that asks for a second factor."""
    response = client.get(path)
    return response.status_code == 302 and response.url.startswith(reverse("second_factor_needed"))


def first_parts(patterns=None, prefix=""):
    for pattern in patterns or get_resolver().url_patterns:
        route = prefix + str(pattern.pattern).lstrip("^")
        if isinstance(pattern, URLPattern) or "/" in route:
            yield route.split("/")[0].split("<")[0].rstrip("$")
        else:
            yield from first_parts(pattern.url_patterns, route)


def test_every_address_stands_on_one_side():
    found = {part for part in first_parts() if not part.startswith(("(", "["))}  # Wagtail's own serving of pages
    assert found - {"static"} == ASKS | OPEN
    assert [part for part in sorted(ASKS) if is_open_to_all(f"/{part}/")] == []
    assert [part for part in sorted(OPEN) if not is_open_to_all(f"/{part}/" if part else "/")] == []


def test_who_needs_one(sign_in, organisation):
    people = {
        "superuser": UserFactory(is_superuser=True, is_staff=True),
        "staff": UserFactory(is_staff=True),
        "owner": with_role(UserFactory(), organisation, Role.OWNER),
        "reviewer": in_group(UserFactory(), REVIEWERS),
        "administrator": with_role(UserFactory(), organisation, Role.ADMIN),
        "author": in_group(UserFactory(), AUTHORS),
        "former owner": with_role(UserFactory(), organisation, Role.OWNER, MembershipState.LEFT),
        "learner": UserFactory(),
    }
    need = {name for name, user in people.items() if asked(sign_in(user), "/billing/orders/")}
    assert need == {"superuser", "staff", "owner", "reviewer"}


@pytest.mark.parametrize("path", ["/org/acme/", "/org/acme/people/", "/admin/", "/cms/", "/billing/orders/"])
def test_the_console_waits_for_the_factor(sign_in, organisation, path):
    owner = with_role(UserFactory(is_superuser=True, is_staff=True), organisation, Role.OWNER)
    client = sign_in(owner)
    assert asked(client, path)
    TOTP.activate(owner, SECRET)
    assert not asked(client, path)
    assert client.get(path).status_code == 200


def test_recovery_codes_alone_are_no_second_factor(sign_in, organisation):
    owner = with_role(UserFactory(), organisation, Role.OWNER)
    RecoveryCodes.activate(owner)
    assert asked(sign_in(owner), "/org/acme/")


@pytest.mark.parametrize("path", ["/", "/learn/", "/accounts/profile/", "/accounts/2fa/", "/courses/", "/skills/"])
def test_what_is_their_own_stays_open(sign_in, organisation, path):
    assert sign_in(with_role(UserFactory(), organisation, Role.OWNER)).get(path).status_code == 200


def test_signing_in_leads_to_setting_up_and_from_there_to_where_one_wanted_to_go(client, person, organisation):
    with_role(person, organisation, Role.OWNER)
    form = {"login": person.email, "password": PASSWORD, "next": "/org/acme/people/"}
    answer = client.post(reverse("account_login"), form, follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("second_factor_needed"))
    assert "You need it because you own an organisation here." in answer.text
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    codes = client.post(reverse("mfa_activate_totp"), {"code": current_code(secret)}, follow=True)
    assert reverse("second_factor_needed") in codes.text
    assert client.get(reverse("second_factor_needed")).url == "/org/acme/people/"
    assert client.get(reverse("second_factor_needed")).url == "/learn/"


def test_a_learner_goes_where_they_wanted_to_go(client, person):
    answer = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD, "next": "/skills/"})
    assert answer.url == "/skills/"


def test_nobody_is_led_elsewhere(sign_in, organisation):
    owner = with_role(UserFactory(), organisation, Role.OWNER)
    client = sign_in(owner)
    client.get(reverse("second_factor_needed"), {"next": "https://evil.example/"})
    TOTP.activate(owner, SECRET)
    assert client.get(reverse("second_factor_needed")).url == "/learn/"


def test_a_form_is_answered_with_what_to_do_and_changes_nothing(sign_in, organisation):
    client = sign_in(with_role(UserFactory(), organisation, Role.OWNER))
    answer = client.post("/org/acme/settings/", {"name": "Changed", "time_zone": "UTC", "currency": "EUR"})
    organisation.refresh_from_db()
    assert (answer.status_code, organisation.name == "Changed") == (403, False)
    assert "come back to this one, and send the form again" in answer.text


def test_programs_are_told_in_json(sign_in, organisation):
    answer = sign_in(with_role(UserFactory(), organisation, Role.OWNER)).get("/api/v1/me/enrolments")
    assert (answer.status_code, answer.json()) == (403, {"detail": "Set up two-step sign-in first."})


def test_not_asked_where_it_is_not_required(sign_in, organisation, settings):
    settings.ACCORD_REQUIRE_SECOND_FACTOR = False
    settings.ACCORD_DEMO = True
    client = sign_in(with_role(UserFactory(), organisation, Role.OWNER))
    answer = client.get("/org/acme/")
    assert (answer.status_code, "Two-step sign-in is not asked of anybody here." in answer.text) == (200, True)
