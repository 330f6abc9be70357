"""Operators who act on the same accounts in the same moment: one waits, and looks again at who they are and what there is."""

import itertools

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.db import OperationalError, transaction

from accounts.errors import LastOperator, NotAllowed
from accounts.models import AuditEvent, User
from accounts.services import operators
from tests.factories import UserFactory
from tests.services.threads import at_once, overlapping, unhindered

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
ROUNDS = 5
TAKING = [operators.deactivate_account, operators.withdraw_staff_access]


@pytest.fixture
def two():
    return [UserFactory(is_staff=True, is_superuser=True) for _n in range(2)]


def attempt(service, user, actor):
    try:
        with transaction.atomic():
            return service(user=User.objects.get(pk=user.pk), actor=User.objects.get(pk=actor.pk) if actor else None)
    except (NotAllowed, LastOperator) as refusal:
        return type(refusal)


def n_operators():
    return User.objects.filter(is_active=True, is_staff=True, is_superuser=True).count()


@pytest.mark.parametrize(("first", "second"), list(itertools.product(TAKING, TAKING)))
def test_two_operators_who_close_each_other_leave_one(first, second, two):
    one, other = two
    # Read before the other commits, as a page does that both have open.
    acts = [lambda: first(user=other, actor=one), lambda: attempt(lambda **who: second(user=one, actor=other), one, other)]
    assert overlapping(*acts) == (True, NotAllowed)
    assert n_operators() == 1


def test_two_operators_who_close_each_other_at_once_leave_one(two):
    one, other = two
    for _round in range(ROUNDS):
        results = at_once(
            [
                lambda: attempt(operators.deactivate_account, other, one),
                lambda: attempt(operators.deactivate_account, one, other),
            ]
        )
        assert sorted(results, key=str) == sorted([True, NotAllowed], key=str)
        assert n_operators() == 1
        User.objects.update(is_active=True)


def test_two_commands_leave_one_operator(two):
    results = overlapping(*(lambda user=user: attempt(operators.deactivate_account, user, None) for user in two))
    assert (results, n_operators()) == ((True, LastOperator), 1)


def acts_on_an_account():
    """What two operators do to one account, and how often it is on record."""
    group = Group.objects.get_or_create(name="Authors")[0]
    return {
        "close": operators.deactivate_account,
        "add to group": lambda **who: operators.add_to_group(group=group, **who),
        "staff": operators.grant_staff_access,
        "second factor": operators.remove_second_factor,
    }


@pytest.mark.parametrize("name", ["close", "add to group", "staff", "second factor"])
def test_two_operators_who_do_the_same_are_on_record_once(name, two):
    account = UserFactory()
    Authenticator.objects.create(user=account, type="totp", data={})
    act = acts_on_an_account()[name]
    seen = [User.objects.get(pk=account.pk) for _actor in two]
    results = overlapping(
        *(lambda user=user, actor=actor: act(user=user, actor=actor) for user, actor in zip(seen, two, strict=True))
    )
    assert (results, AuditEvent.objects.count()) == ((True, False), 1)


def test_two_who_remove_somebody_from_a_group_are_on_record_once(two):
    account, group = UserFactory(), Group.objects.get_or_create(name="Authors")[0]
    account.groups.add(group)
    results = overlapping(
        *(lambda actor=actor: operators.remove_from_group(user=account, group=group, actor=actor) for actor in two)
    )
    assert (results, AuditEvent.objects.count()) == ((True, False), 1)


def test_many_accounts_are_acted_on_by_two_operators_from_both_ends(two):
    """Whoever acts on several waits for the other before the first of them, not in the middle."""
    accounts = UserFactory.create_batch(4)

    def act_on(users, actor):
        with transaction.atomic():
            return [operators.grant_staff_access(user=user, actor=actor) for user in users]

    for _round in range(ROUNDS):
        results = at_once([lambda: act_on(accounts, two[0]), lambda: act_on(accounts[::-1], two[1])])
        assert sorted(map(tuple, results)) == [(False,) * 4, (True,) * 4]
        User.objects.filter(pk__in=[account.pk for account in accounts]).update(is_staff=False)


def test_somebody_signs_in_while_others_are_acted_on(two):
    account, other = UserFactory(), UserFactory()
    with transaction.atomic():
        operators.deactivate_account(user=account, actor=two[0])
        assert unhindered(lambda: User.objects.filter(pk=other.pk).update(last_login=None)) == 1
        with pytest.raises(OperationalError):
            unhindered(lambda: User.objects.filter(pk=account.pk).update(last_login=None))
