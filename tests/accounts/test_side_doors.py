"""No address, password, right or second factor of a person changes on a page of Django's or Wagtail's, whoever asks.

Every admin page and every address under `/cms/` is opened and posted to; afterwards what is known of people is what it was.
Operators have acts of their own (tests/accounts/test_operators.py), each of them on record.
"""

import re
from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Membership, RoleAssignment, User
from cms.site import AUTHORS, REVIEWERS, ensure_site
from common.admin import OperatorAdmin
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
STAFF = "Staff with every right"
# What somebody would send who wants an account of their own making: the names that forms of Django, allauth and Wagtail use.
WANTED = {
    "email": "stolen@example.org",
    "name_email-email": "stolen@example.org",
    "first_name": "Stolen",
    "last_name": "Name",
    "name_email-first_name": "Stolen",
    "name_email-last_name": "Name",
    "username": "stolen",
    "password": "taken over entirely",
    "password1": "taken over entirely",
    "password2": "taken over entirely",
    "new_password1": "taken over entirely",
    "new_password2": "taken over entirely",
    "password-old_password": PASSWORD,
    "password-new_password1": "taken over entirely",
    "password-new_password2": "taken over entirely",
    "old_password": PASSWORD,
    "is_active": "",
    "is_staff": "on",
    "is_superuser": "on",
    "verified": "on",
    "primary": "on",
    "mark_as_active": "False",
    "type": "totp",
    "data": "{}",
    "name": "Stolen group",
    "post": "yes",
    "next": "/cms/",
    # What the account page of the editor asks for beside.
    "theme-theme": "dark",
    "theme-contrast": "system",
    "theme-density": "default",
}


@pytest.fixture
def victim():
    """Somebody with everything that could be taken."""
    ensure_site()
    user = UserFactory(first_name="Vic", last_name="Tim")
    user.set_password(PASSWORD)
    user.save()
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"})
    return user


def make_staff() -> User:
    """Staff below the superuser, with every permission there is."""
    group = Group.objects.create(name=STAFF)
    group.permissions.set(Permission.objects.all())
    user = UserFactory(is_staff=True)
    user.groups.add(group)
    return user


def in_group(name: str) -> User:
    user = UserFactory()
    user.groups.add(Group.objects.get(name=name))
    return user


VISITORS = {
    "operator": lambda: UserFactory(is_staff=True, is_superuser=True),
    "staff": make_staff,
    "author": lambda: in_group(AUTHORS),
    "reviewer": lambda: in_group(REVIEWERS),
}


@pytest.fixture(params=VISITORS)
def visitor(request, victim):
    user = VISITORS[request.param]()
    user.set_password(PASSWORD)
    user.save()
    return user


def known_of_people() -> dict[str, list]:
    """Everything that lets somebody in, or up. The last sign-in is what signing in writes."""
    rows = {model: list(model.objects.order_by("pk").values()) for model in (EmailAddress, Authenticator, Group)}
    rows[User] = [{**row, "last_login": None} for row in User.objects.order_by("pk").values()]
    rows |= {model: list(model.objects.order_by("pk").values()) for model in (Membership, RoleAssignment)}
    joins = (User.groups.through, User.user_permissions.through, Group.permissions.through)
    rows |= {join: sorted(join.objects.values_list()) for join in joins}
    return {model._meta.label: found for model, found in rows.items()}


def knock(client, address: str, payload: dict) -> None:
    """Open and post. What a page answers to nonsense is not asked here: only that nothing comes of it."""
    client.raise_request_exception = False
    client.get(address)
    client.post(address, payload)


def wanted(victim: User) -> dict:
    groups = list(Group.objects.values_list("pk", flat=True))
    return WANTED | {"user": victim.pk, "groups": groups, "group": groups[0], "role": groups[0], "id": victim.pk}


def admin_addresses(model: type, victim: User) -> Iterator[str]:
    """The pages of a model, those of a row for what is the victim's, or else for the first there is."""
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    rows = model.objects.filter(user=victim) if hasattr(model, "user") else model.objects.order_by("pk")
    row = victim if model is User else rows.first()
    yield reverse(f"admin:{name}_changelist")
    yield reverse(f"admin:{name}_add")
    for act in ("change", "delete") if row else ():
        yield reverse(f"admin:{name}_{act}", args=[row.pk])


@pytest.mark.slow
def test_no_admin_page_changes_a_person(visitor, victim, sign_in):
    before, client = known_of_people(), sign_in(visitor)
    for model in admin.site._registry:
        for address in admin_addresses(model, victim):
            knock(client, address, wanted(victim) | {"_save": "Save"})
        selected = list(model.objects.values_list("pk", flat=True))
        listing = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        knock(client, listing, {"action": "delete_selected", "_selected_action": selected, "post": "yes"})
    assert known_of_people() == before


def test_the_admin_has_our_pages_only():
    assert {type(page).__module__.partition(".")[0] for page in admin.site._registry.values()} <= {
        "accounts",
        "billing",
        "imports",
        "jobs",
        "learning",
        "mail",
    }
    assert all(isinstance(page, OperatorAdmin) for page in admin.site._registry.values())


def test_no_admin_page_shows_a_secret(sign_in, victim):
    client = sign_in(VISITORS["operator"]())
    authenticator = Authenticator.objects.get(user=victim)
    html = client.get(reverse("admin:mfa_authenticator_change", args=[authenticator.pk])).content.decode()
    assert ("JBSWY3DPEHPK3PXP" in html, victim.display_name in html) == (False, True)


def test_operators_change_their_own_password_where_everybody_does(sign_in, victim):
    operator = VISITORS["operator"]()
    operator.set_password(PASSWORD)
    operator.save()
    answer = sign_in(operator).post(reverse("admin:password_change"), wanted(victim))
    operator.refresh_from_db()
    assert (answer.url, operator.check_password(PASSWORD)) == (reverse("account_change_password"), True)


# Wagtail --------------------------------------------------------------------------------------------------------------


def paths_under(patterns: list, prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from paths_under(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and path.startswith("cms/"):
            yield path


def filled(path: str, victim: User) -> str | None:
    """An address for a path, about the victim where it names a row; None for those written as regular expressions."""
    if "^" in path:
        return None
    names = {"app_label": "accounts", "model_name": "user", "app_name": "accounts"}
    given = {"str:filter_spec": "width-10", "uidb64": "MQ", "token": "set-password"}

    def value(match: re.Match[str]) -> str:
        converter, _colon, name = match[1].rpartition(":")
        return given.get(match[1]) or names.get(name) or ("x" if converter in ("str", "slug", "") else str(victim.pk))

    return "/" + re.sub(r"<([^>]+)>", value, path)


def cms_addresses(victim: User) -> list[str]:
    addresses = {filled(path, victim) for path in paths_under(get_resolver().url_patterns)} - {None, "/cms/logout/"}
    group = Group.objects.first().pk
    acts = [("user", "assign_role"), ("user", "delete"), ("user", "set_active_state")]
    addresses |= {f"/cms/bulk/accounts/{model}/{act}/?id={victim.pk}" for model, act in acts}
    addresses |= {f"/cms/groups/{act}/{group}/" for act in ("edit", "delete", "copy", "history")}
    return sorted(addresses)


def test_the_walk_knows_wagtails_pages_about_people(victim):
    addresses = cms_addresses(victim)
    about_people = {f"/cms/users/{act}/{victim.pk}/" for act in ("edit", "delete", "copy", "history", "usage")}
    assert about_people | {"/cms/account/", "/cms/users/", "/cms/users/new/", "/cms/groups/new/"} <= set(addresses)


@pytest.mark.slow
def test_no_page_of_wagtail_changes_a_person(visitor, victim, sign_in):
    before, client = known_of_people(), sign_in(visitor)
    for address in cms_addresses(victim):
        knock(client, address, wanted(victim))
    assert known_of_people() == before


@pytest.mark.parametrize("path", ["users/", "users/new/", "users/edit/{pk}/", "users/delete/{pk}/", "groups/", "groups/new/"])
def test_wagtails_pages_about_people_are_closed_to_everybody(visitor, victim, sign_in, path):
    answer = sign_in(visitor).get("/cms/" + path.format(pk=victim.pk))
    assert answer.status_code in (302, 403)
    assert answer.status_code == 403 or answer.url in ("/cms/", "/accounts/login/?next=/cms/" + path.format(pk=victim.pk))


def test_the_account_page_of_the_editor_keeps_what_is_about_the_editor(victim, sign_in):
    html = sign_in(in_group(AUTHORS)).get("/cms/account/").content.decode()
    assert "theme-theme" in html
    assert not re.search(r'name="(name_email|password)-', html)


def test_the_account_page_of_the_editor_offers_time_zones_that_browsers_know(victim, sign_in):
    html = sign_in(in_group(AUTHORS)).get("/cms/account/").content.decode()
    assert '<option value="Europe/Berlin"' in html
    assert '<option value="localtime"' not in html
