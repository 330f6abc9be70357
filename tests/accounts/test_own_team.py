"""What the manager of a team sees: their team, and nothing else of anybody."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.enums import MembershipState, Role
from accounts.services import assign_role
from learning.models import CohortMembership
from learning.services import create_cohort
from tests.courses.factories import published_course
from tests.factories import MembershipFactory, OrganisationFactory, TeamFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def teams(organisation):
    return [TeamFactory(organisation=organisation, name=name) for name in ("North", "South", "West")]


@pytest.fixture
def people(organisation, teams):
    names = zip(("Uma", "Bea", "Cem"), teams, strict=True)
    return [MembershipFactory(organisation=organisation, first_name=name, last_name="", team=team) for name, team in names]


@pytest.fixture
def manager(organisation, teams, sign_in):
    """Of the first team, as somebody without a team of their own."""
    membership = MembershipFactory(organisation=organisation, first_name="Mo", last_name="")
    assign_role(membership=membership, role=Role.MANAGER, team=teams[0])
    client = sign_in(membership.user)
    client.membership = membership
    return client


def html(client, page, organisation, query=""):
    response = client.get(reverse(f"org:{page}", args=[organisation.slug]) + query)
    assert response.status_code == 200
    return response.content.decode()


def test_they_see_the_people_of_their_team_only(manager, organisation, people):
    page = html(manager, "own_team", organisation)
    assert "Uma" in page
    assert "Bea" not in page
    assert people[0].email not in page


@pytest.mark.parametrize("query", ["?team=0", "?team=x", "?team={south}"])
def test_no_address_leads_to_another_team(manager, organisation, teams, people, query):
    page = html(manager, "own_team", organisation, query.format(south=teams[1].pk))
    assert "Uma" in page
    assert "Bea" not in page


def test_somebody_with_two_teams_chooses(manager, organisation, teams, people):
    assign_role(membership=manager.membership, role=Role.MANAGER, team=teams[1])
    page = html(manager, "own_team", organisation)
    assert all(name in page for name in ("Uma", "Bea", "North", "South"))
    assert "Cem" not in page
    page = html(manager, "own_team", organisation, f"?team={teams[1].pk}")
    assert "Bea" in page
    assert "Uma" not in page


def test_they_see_how_far_each_is(manager, organisation, people):
    cohort = create_cohort(organisation=organisation, name="Spring", course=published_course([["a"]]), actor=None)
    CohortMembership.objects.create(cohort=cohort, membership=people[0])
    CohortMembership.objects.create(cohort=cohort, membership=people[1])
    assert "0 of 1 finished" in html(manager, "own_team", organisation)
    overview = html(manager, "overview", organisation)
    assert "Joined: 1 of 1 person<" in overview.replace('"', "<")
    assert "of 1 person in a cohort" in overview
    assert "0 of 1 have started." in overview


def test_the_overview_says_who_of_them_is_overdue_and_where_to_see_it(manager, organisation, people):
    assert "Nothing at the moment." in html(manager, "overview", organisation)
    cohort = create_cohort(
        organisation=organisation, name="Spring", course=published_course([["a"]]), actor=None, due_on=date(2020, 1, 1)
    )
    for person in people:
        CohortMembership.objects.create(cohort=cohort, membership=person)
    overview = html(manager, "overview", organisation)
    assert "1 person in your team is overdue." in overview
    assert reverse("org:own_team", args=[organisation.slug]) in overview.split("Needs attention")[1]
    assert "Spring" not in overview


def test_who_has_left_is_not_listed_and_a_manager_who_has_left_sees_nothing(manager, organisation, people):
    MembershipFactory(organisation=organisation, first_name="Gone", team=people[0].team, state=MembershipState.LEFT)
    assert "Gone" not in html(manager, "own_team", organisation)
    manager.membership.state = MembershipState.LEFT
    manager.membership.save()
    assert manager.get(reverse("org:own_team", args=[organisation.slug])).status_code == 404


@pytest.mark.parametrize("role", [Role.BILLING, Role.LND_PARTNER, Role.ADMIN, Role.OWNER])
def test_it_is_for_managers(organisation, member, sign_in, role):
    assert sign_in(member(organisation, role).user).get(reverse("org:own_team", args=[organisation.slug])).status_code == 403


@pytest.mark.parametrize("name", ["people", "teams", "cohorts", "settings", "audit", "seats"])
def test_the_rest_of_the_console_stays_closed(manager, organisation, name):
    assert manager.get(reverse(f"org:{name}", args=[organisation.slug])).status_code == 403


def test_a_manager_elsewhere_is_none_here(manager, organisation):
    other = OrganisationFactory()
    MembershipFactory(organisation=other, user=manager.membership.user)
    assert manager.get(reverse("org:own_team", args=[other.slug])).status_code == 403
