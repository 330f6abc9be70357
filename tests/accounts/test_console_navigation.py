"""What the frame of a page offers to whom."""

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.enums import MembershipState, Role
from accounts.templatetags.console import console_navigation, consoles_of
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "names"),
    [
        (Role.OWNER, ["overview", "needs", "cohorts", "people", "framework", "seats", "outcomes", "settings"]),
        (Role.ADMIN, ["overview", "cohorts", "people", "framework", "seats", "settings"]),
        (Role.LND_PARTNER, ["overview", "needs", "cohorts", "people", "framework", "outcomes"]),
        (Role.DATA_STEWARD, ["overview", "outcomes"]),
        (Role.OUTCOMES_READER, ["overview", "outcomes"]),
        (Role.MANAGER, ["overview", "own_team"]),
        (Role.BILLING, ["overview", "seats"]),
    ],
)
def test_the_navigation_lists_what_a_role_may_open(organisation, member, role, names):
    user = member(organisation, role).user
    assert [entry.name for entry in console_navigation(user, organisation)] == names


def test_the_navigation_is_empty_for_others(organisation, member):
    assert console_navigation(member(OrganisationFactory(), Role.OWNER).user, organisation) == []
    assert console_navigation(AnonymousUser(), organisation) == []


def test_consoles_are_those_with_a_role_as_an_active_member(organisation, member, django_assert_num_queries):
    membership = member(organisation, Role.ADMIN, Role.BILLING)
    member(OrganisationFactory(), user=membership.user)
    member(OrganisationFactory(), Role.ADMIN, user=membership.user, state=MembershipState.LEFT)
    member(OrganisationFactory(), Role.ADMIN)
    with django_assert_num_queries(1):
        assert [(console.pk, console.roles) for console in consoles_of(membership.user)] == [
            (organisation.pk, {Role.ADMIN, Role.BILLING})
        ]
