"""What operators do to accounts: by whom, to whom, and on record."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from accounts import rules
from accounts.enums import AuditVerb, MembershipState, Role
from accounts.errors import LastOperator, LastOwner, NotAllowed
from accounts.models import AuditEvent, User
from accounts.services import operators
from tests.factories import MembershipFactory, RoleAssignmentFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    return UserFactory(is_staff=True, is_superuser=True)


@pytest.fixture
def support():
    """Staff below the superuser."""
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def authors():
    return Group.objects.get_or_create(name="Authors")[0]


@pytest.fixture
def account(authors):
    """Somebody to whom every act makes a difference."""
    user = UserFactory()
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"})
    return user


def act(client, name, *users, **more):
    listing = reverse("admin:accounts_user_changelist")
    answer = client.post(listing, {"action": name, "_selected_action": [user.pk for user in users]} | more, follow=True)
    return [str(message) for message in answer.context["messages"]]


def state_of(user):
    user.refresh_from_db()
    factors = Authenticator.objects.filter(user=user).count()
    return user.is_active, user.is_staff, list(user.groups.values_list("name", flat=True)), factors


@pytest.mark.parametrize(
    ("name", "verb", "after", "state"),
    [
        ("deactivate", AuditVerb.ACCOUNT_DEACTIVATED, {"is_active": False, "closed_by": "operator"}, (False, False, [], 1)),
        ("add_to_group", AuditVerb.ACCOUNT_GROUP_ADDED, {"group": "Authors"}, (True, False, ["Authors"], 1)),
        ("grant_staff_access", AuditVerb.ACCOUNT_STAFF_GRANTED, {"is_staff": True}, (True, True, [], 1)),
        ("remove_second_factor", AuditVerb.ACCOUNT_SECOND_FACTOR_REMOVED, {"kinds": ["totp"]}, (True, False, [], 0)),
    ],
)
def test_an_operator_acts_and_it_is_on_record(sign_in, operator, account, authors, name, verb, after, state):
    client = sign_in(operator)
    assert act(client, name, account, group=authors.pk) == ["1 account was changed."]
    assert state_of(account) == state
    event = AuditEvent.objects.get()
    assert (event.verb, event.actor, event.target_id, event.after) == (verb, operator, str(account.pk), after)
    assert act(client, name, account, group=authors.pk) == ["0 accounts were changed."]
    assert AuditEvent.objects.count() == 1


def test_every_act_can_be_undone(operator, account, authors):
    before = state_of(account)
    for do, undo in (
        (operators.deactivate_account, operators.reactivate_account),
        (operators.grant_staff_access, operators.withdraw_staff_access),
    ):
        assert (do(user=account, actor=operator), undo(user=account, actor=operator)) == (True, True)
    assert operators.add_to_group(user=account, group=authors, actor=operator)
    assert operators.remove_from_group(user=account, group=authors, actor=operator)
    assert state_of(account) == before
    assert AuditEvent.objects.count() == 6


def test_a_group_has_to_be_chosen(sign_in, operator, account):
    assert act(sign_in(operator), "add_to_group", account) == ["Choose a group as well."]


def test_nobody_acts_on_their_own_account(sign_in, operator, account):
    refusal = "Nothing was changed: You cannot change this account. Ask another operator."
    assert act(sign_in(operator), "deactivate", account, operator) == [refusal]
    assert (state_of(account)[0], state_of(operator)[0]) == (True, True)


def test_support_closes_and_reopens_accounts_without_rights_only(sign_in, support, operator, account):
    client = sign_in(support)
    assert act(client, "deactivate", account) == ["1 account was changed."]
    assert AuditEvent.objects.get().after == {"is_active": False, "closed_by": "support"}
    assert act(client, "reactivate", account) == ["1 account was changed."]
    act(client, "deactivate", operator)
    assert state_of(operator)[0] is True
    act(client, "grant_staff_access", account)
    act(client, "remove_second_factor", account)
    assert state_of(account) == (True, False, [], 1)


def with_role(role):
    return lambda user: RoleAssignmentFactory(membership=MembershipFactory(user=user), role=role)


RIGHTS = {
    "staff": lambda user: User.objects.filter(pk=user.pk).update(is_staff=True),
    "superuser": lambda user: User.objects.filter(pk=user.pk).update(is_superuser=True),
    "group": lambda user: user.groups.add(Group.objects.get_or_create(name="Authors")[0]),
    "permission": lambda user: user.user_permissions.add(Permission.objects.first()),
    **{role: with_role(role) for role in Role.values},
}


@pytest.mark.parametrize("right", RIGHTS)
def test_accounts_with_rights_anywhere_are_for_operators(support, operator, account, right):
    assert operators.deactivate_account(user=account, actor=support)
    RIGHTS[right](account)
    with pytest.raises(NotAllowed):
        operators.reactivate_account(user=account, actor=support)
    assert operators.reactivate_account(user=account, actor=operator)
    with pytest.raises(NotAllowed):
        operators.deactivate_account(user=account, actor=support)
    for membership in account.memberships.all():
        RoleAssignmentFactory(membership=MembershipFactory(organisation=membership.organisation), role="owner")
    assert operators.deactivate_account(user=account, actor=operator)


def test_a_role_that_has_ended_is_no_right(support, account):
    with_role("owner")(account)
    account.memberships.update(state=MembershipState.LEFT)
    assert operators.deactivate_account(user=account, actor=support)


def test_support_reopens_what_support_has_closed_only(support, operator, account):
    for closer in (operator, None):
        assert operators.deactivate_account(user=account, actor=closer)
        with pytest.raises(NotAllowed):
            operators.reactivate_account(user=account, actor=support)
        assert operators.reactivate_account(user=account, actor=operator)
    User.objects.filter(pk=account.pk).update(is_active=False)  # in a way that is not on record
    with pytest.raises(NotAllowed):
        operators.reactivate_account(user=account, actor=support)


def test_who_closed_an_account_last_counts(support, operator, account):
    assert operators.deactivate_account(user=account, actor=operator)
    assert operators.reactivate_account(user=account, actor=operator)
    assert operators.deactivate_account(user=account, actor=support)
    colleague = UserFactory(is_staff=True)
    colleague.user_permissions.set(support.user_permissions.all())
    assert operators.reactivate_account(user=account, actor=colleague)


ACTS_OF_OPERATORS = [
    operators.grant_staff_access,
    operators.withdraw_staff_access,
    operators.remove_second_factor,
    operators.deactivate_account,
    operators.reactivate_account,
]


def without(user, **flags):
    """An operator, or somebody of support, who has lost one of the flags that make them so."""
    User.objects.filter(pk=user.pk).update(**flags)
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize("service", ACTS_OF_OPERATORS, ids=lambda service: service.__name__)
def test_people_without_rights_are_refused_by_the_service_itself(account, service):
    with pytest.raises(NotAllowed):
        service(user=account, actor=UserFactory())


@pytest.mark.parametrize("flag", ["is_active", "is_staff", "is_superuser"])
@pytest.mark.parametrize("service", ACTS_OF_OPERATORS, ids=lambda service: service.__name__)
def test_an_operator_is_active_staff_and_superuser(operator, account, service, flag):
    former = without(operator, **{flag: False})
    with pytest.raises(NotAllowed):
        service(user=account, actor=former)


@pytest.mark.parametrize("rule", [rules.can_operate_accounts, rules.can_close_account])
def test_the_rules_ask_for_every_flag_of_an_operator(operator, account, rule):
    assert rule(operator, account)
    for flag in ("is_active", "is_staff", "is_superuser"):
        assert not rule(without(operator, **{flag: False}), account)
        without(operator, **{flag: True})


@pytest.mark.parametrize("flag", ["is_active", "is_staff"])
def test_somebody_of_support_is_active_staff(support, account, flag):
    former = without(support, **{flag: False})
    assert (rules.can_close_account(support, account), rules.can_close_account(former, account)) == (True, False)
    for service in (operators.deactivate_account, operators.reactivate_account):
        with pytest.raises(NotAllowed):
            service(user=account, actor=former)


def test_support_does_not_close_itself(support):
    assert not rules.is_support(support, support)
    with pytest.raises(NotAllowed):
        operators.deactivate_account(user=support, actor=support)


@pytest.mark.parametrize("service", [operators.deactivate_account, operators.withdraw_staff_access])
def test_a_command_leaves_one_operator(operator, service):
    assert service(user=UserFactory(is_staff=True, is_superuser=True), actor=None)
    for flag in ("is_active", "is_staff", "is_superuser"):
        UserFactory(**{"is_staff": True, "is_superuser": True} | {flag: False})
    with pytest.raises(LastOperator, match="only operator"):
        service(user=operator, actor=None)
    assert state_of(operator)[:2] == (True, True)


def test_support_grants_nothing(support, account, authors):
    for service in (operators.add_to_group, operators.remove_from_group):
        with pytest.raises(NotAllowed):
            service(user=account, group=authors, actor=support)


def test_a_closed_account_is_out_at_the_next_request(sign_in, operator, account):
    client = sign_in(account)
    operators.deactivate_account(user=account, actor=operator)
    assert client.get(reverse("profile")).status_code == 302


# Owners ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def owner(organisation, member):
    return member(organisation, "owner").user


def test_the_only_owner_of_an_organisation_is_not_closed(sign_in, operator, owner, organisation, account):
    [refusal] = act(sign_in(operator), "deactivate", account, owner)
    expected = f"Nothing was changed: This person is the only owner of {organisation}, so nothing was changed."
    assert refusal.startswith(expected)
    assert (state_of(owner)[0], state_of(account)[0]) == (True, True)
    assert not AuditEvent.objects.filter(verb=AuditVerb.ACCOUNT_DEACTIVATED).exists()


@pytest.mark.parametrize("other", ["invited", "left", "closed"])
def test_an_owner_who_is_not_there_does_not_count(operator, owner, organisation, member, other):
    membership = member(organisation, "owner")
    if other == "closed":
        User.objects.filter(pk=membership.user_id).update(is_active=False)
    else:
        type(membership).objects.filter(pk=membership.pk).update(state=other)
    for actor in (operator, None):
        with pytest.raises(LastOwner):
            operators.deactivate_account(user=owner, actor=actor)


def test_one_of_two_owners_is_closed_and_then_the_other_is_not(operator, owner, organisation, member):
    other = member(organisation, "owner").user
    assert operators.deactivate_account(user=owner, actor=operator)
    with pytest.raises(LastOwner):
        operators.deactivate_account(user=other, actor=operator)
    assert not operators.deactivate_account(user=owner, actor=operator)


def test_who_owned_an_organisation_once_is_closed(operator, owner, organisation):
    organisation.memberships.filter(user=owner).update(state=MembershipState.LEFT)
    assert operators.deactivate_account(user=owner, actor=operator)
