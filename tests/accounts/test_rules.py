"""Who may do what: by role, and by nothing once a membership has ended or has not begun."""

import inspect
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse

from accounts import rules
from accounts.enums import MembershipState, Role
from accounts.models import Organisation
from billing.models import Order
from billing.rules import can_see_order
from jobs.models import Job
from tests import factories

pytestmark = pytest.mark.django_db
NOT_ACTIVE = [MembershipState.LEFT, MembershipState.INVITED]


def rules_about_organisations():
    """Every predicate of every app that takes a visitor and an organisation."""
    for config in apps.get_app_configs():
        try:
            module = import_module(f"{config.name}.rules")
        except ModuleNotFoundError:
            continue
        for name, rule in inspect.getmembers(module, inspect.isfunction):
            parameters = [parameter.annotation for parameter in inspect.signature(rule).parameters.values()]
            if rule.__module__ == module.__name__ and Organisation in parameters[1:2] and name.startswith(("can_", "is_")):
                yield rule


RULES = list(rules_about_organisations())


def test_the_walk_finds_the_rules():
    assert {rules.can_manage_people, rules.can_ask_outcomes, rules.is_owner} <= set(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_an_active_member_with_every_role_may(rule, organisation, member):
    assert rule(member(organisation, *Role.values).user, organisation) is True


@pytest.mark.parametrize("state", NOT_ACTIVE)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_an_ended_membership_carries_no_right(rule, state, organisation, member):
    assert rule(member(organisation, *Role.values, state=state).user, organisation) is False


@pytest.mark.parametrize("state", NOT_ACTIVE)
def test_an_ended_membership_shows_no_console_and_no_job(state, organisation, member, sign_in):
    user = member(organisation, *Role.values, state=state).user
    job = Job.objects.create(
        organisation=organisation, kind="accounts.resend_invitations", title="Adding 12 people", requested_by=user
    )
    client = sign_in(user)
    assert client.get(reverse("org:overview", args=[organisation.slug])).status_code == 404
    assert client.get(reverse("job", args=[job.uuid])).status_code == 404
    assert organisation.name not in client.get(reverse("profile")).content.decode()


def test_an_active_member_sees_their_job_once_and_nobody_else_does(organisation, member, sign_in):
    user = member(organisation, "admin").user
    job = Job.objects.create(
        organisation=organisation, kind="accounts.resend_invitations", title="Adding 12 people", requested_by=user
    )
    member(organisation, "owner")
    assert sign_in(user).get(reverse("job", args=[job.uuid])).status_code == 200
    assert sign_in(member(organisation, "owner").user).get(reverse("job", args=[job.uuid])).status_code == 404
    own = Job.objects.create(kind="x", title="Of no organisation", requested_by=user)
    assert sign_in(factories.UserFactory()).get(reverse("job", args=[own.uuid])).status_code == 404


@pytest.mark.parametrize("state", NOT_ACTIVE)
def test_an_order_of_an_organisation_is_not_shown_to_a_buyer_who_has_left(state, organisation, member):
    buyer = member(organisation, "owner", "billing", state=state).user
    assert can_see_order(buyer, Order(organisation=organisation, buyer=buyer)) is False
