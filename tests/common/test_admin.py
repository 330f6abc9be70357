"""What operators can ask of the lists of `/admin/`: by what a list filters, sorts or searches, its rows can be read."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.models import User
from accounts.services import create_organisation
from mail.models import MailDelivery
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PAGES = list(admin.site._registry.values())
SECRETS = {
    "accounts_user": ["password__startswith", "password", "authenticator__data__contains", "session_epoch"],
    "account_emailaddress": ["user__password__startswith", "emailconfirmation__key__startswith"],
    "accounts_membership": ["user__password__startswith", "user__authenticator__data__contains"],
    "accounts_auditevent": ["actor__password__startswith"],
    "auth_group": ["user__password__startswith"],
    "mail_maildelivery": ["context__contains", "context__first_name", "link__recipient", "link__target_id__startswith"],
    "mfa_authenticator": ["data__secret__startswith", "data__contains", "user__password__startswith"],
    "billing_order": ["buyer__password__startswith"],
    "billing_webhookevent": ["payload__contains"],
}


def list_of(listing):
    return reverse(f"admin:{listing.opts.app_label}_{listing.opts.model_name}_changelist")


def staff(*codenames):
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def client(sign_in):
    """Whoever may do everything; what they may read is one and the same for all operators."""
    return sign_in(UserFactory(is_staff=True, is_superuser=True))


@pytest.fixture
def request_of_an_operator(rf):
    request = rf.get("/")
    request.user = UserFactory(is_staff=True, is_superuser=True)
    return request


def paths_of(listing):
    """Every own field, and every field of every related row, as lookups are written."""
    for field in listing.opts.get_fields():
        yield field.name
        if field.is_relation and field.related_model:
            yield from (f"{field.name}__{beyond.name}" for beyond in field.related_model._meta.get_fields())


def shown_by(listing):
    """What the list has a column or a filter for; of a related row its key, which is all that a column tells."""
    filters = [item[0] if isinstance(item, tuple) else item for item in listing.list_filter]
    columns = {*listing.list_display, *(name for name in filters if isinstance(name, str)), listing.opts.pk.name}
    columns |= {listing.date_hierarchy} - {None}
    relations = {field.name: field for field in listing.opts.get_fields() if field.is_relation and field.name in columns}
    return columns | {f"{name}__{field.related_model._meta.pk.name}" for name, field in relations.items()}


@pytest.mark.parametrize("listing", PAGES, ids=str)
def test_a_list_is_filtered_by_what_it_shows_only(listing, request_of_an_operator):
    paths = set(paths_of(listing))
    answered = {path for path in paths if listing.lookup_allowed(f"{path}__isnull", "0", request_of_an_operator)}
    assert answered == shown_by(listing) & paths


@pytest.mark.parametrize(("name", "lookup"), [(name, lookup) for name, lookups in SECRETS.items() for lookup in lookups])
def test_secrets_are_not_read_letter_by_letter(client, name, lookup):
    assert client.get(reverse(f"admin:{name}_changelist"), {lookup: "a"}).status_code == 400


@pytest.mark.parametrize("listing", PAGES, ids=str)
def test_every_filter_that_a_list_offers_works(client, listing, organisation, member):
    Authenticator.objects.create(user=member(organisation, "admin").user, type="totp", data={})
    MailDelivery.objects.create(template="invitation", recipient="ann@example.org")
    create_organisation(slug="northwind")
    found = client.get(list_of(listing)).context["cl"]
    links = [choice["query_string"] for spec in found.filter_specs for choice in spec.choices(found)]
    if listing.date_hierarchy:
        links += [f"?{listing.date_hierarchy}__year=2027&{listing.date_hierarchy}__month=3"]
    assert {link: client.get(list_of(listing) + link).status_code for link in links} == dict.fromkeys(links, 200)


@pytest.mark.parametrize("listing", PAGES, ids=str)
def test_a_list_is_sorted_by_its_columns_only(client, listing):
    """Columns are numbered; a number beyond them, or a name, sorts by nothing of its own."""
    own = {"pk", *listing.list_display, *(name.lstrip("-") for name in listing.opts.ordering)}
    for asked in ("1", "2.-1", "99", "-99", "password", "data", "context"):
        order = client.get(list_of(listing), {"o": asked}).context["cl"].queryset.query.order_by
        assert {term.lstrip("-") for term in order} <= own


def test_somebody_is_found_by_their_address_only_by_who_may_view_people(sign_in, user):
    """As it once was: one right, to view second factors, was enough to spell out the address of everybody who has one."""
    Authenticator.objects.create(user=user, type="totp", data={})
    listing, nobody = reverse("admin:mfa_authenticator_changelist"), {"q": "nobody@example.org"}
    without = sign_in(staff("view_authenticator")).get(listing, nobody).context["cl"]
    assert (without.search_fields, without.result_count) == ([], 1)
    allowed = sign_in(staff("view_authenticator", "view_user"))
    assert allowed.get(listing, nobody).context["cl"].result_count == 0
    assert allowed.get(listing, {"q": user.email}).context["cl"].result_count == 1


@pytest.mark.parametrize("listing", PAGES, ids=str)
def test_a_list_is_searched_by_nothing_that_its_pages_hide(listing, request_of_an_operator):
    """Own fields stand in the list or on the row's page; what lies across a relation names the row to whoever may view it."""
    searched = listing.get_search_fields(request_of_an_operator)
    shown = {*listing.get_list_display(request_of_an_operator), *listing.get_fields(request_of_an_operator)}
    assert {path for path in searched if "__" not in path} <= shown
    assert {path.rpartition("__")[2] for path in searched if "__" in path} <= {"email", "slug", "title", "uuid"}
