"""What operators do to accounts: every act is on record, and nobody acts on their own account."""

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.errors import LastOperator, NotAllowed
from accounts.models import Organisation, User
from accounts.queries import CLOSED_BY_OPERATOR, CLOSED_BY_SUPPORT, owned_by
from accounts.rules import can_close_account, can_operate_accounts, can_reopen_account, is_operator
from accounts.services.organisations import refuse_last_owner
from accounts.services.sessions import end_sessions
from accounts.types import Actor, Visitor
from mail.services import enqueue_mail


@transaction.atomic
def deactivate_account(*, user: User, actor: Actor) -> bool:
    """Close an account and end its sessions, which do not come back when it is reopened. False where it was closed already.

    `LastOwner` where an organisation would be left without one.
    """
    owned = list(owned_by(user))
    for membership in owned:
        Organisation.objects.lock(membership.organisation_id)
    actor = lock_account(user, actor)
    _refuse_unless(can_close_account, user, actor)
    _refuse_last_operator(user)
    if user.is_active:
        for membership in owned:
            refuse_last_owner(membership)
    # Support staff reopen what support staff closed, and nothing else.
    closed_by = CLOSED_BY_OPERATOR if actor is None or can_operate_accounts(actor, user) else CLOSED_BY_SUPPORT
    verb, summary = AuditVerb.ACCOUNT_DEACTIVATED, _("Deactivated an account")
    end_sessions(user=user)
    return _change_flag(user, actor, verb, summary, {"closed_by": closed_by}, is_active=False)


@transaction.atomic
def reactivate_account(*, user: User, actor: Actor) -> bool:
    actor = lock_account(user, actor)
    _refuse_unless(can_reopen_account, user, actor)
    return _change_flag(user, actor, AuditVerb.ACCOUNT_REACTIVATED, _("Reactivated an account"), is_active=True)


@transaction.atomic
def grant_staff_access(*, user: User, actor: Actor) -> bool:
    """Let somebody into `/admin/`; what they see there their groups decide."""
    actor = lock_account(user, actor)
    _refuse_unless(can_operate_accounts, user, actor)
    return _change_flag(user, actor, AuditVerb.ACCOUNT_STAFF_GRANTED, _("Granted staff access"), is_staff=True)


@transaction.atomic
def withdraw_staff_access(*, user: User, actor: Actor) -> bool:
    actor = lock_account(user, actor)
    _refuse_unless(can_operate_accounts, user, actor)
    _refuse_last_operator(user)
    return _change_flag(user, actor, AuditVerb.ACCOUNT_STAFF_WITHDRAWN, _("Withdrew staff access"), is_staff=False)


@transaction.atomic
def add_to_group(*, user: User, group: Group, actor: Actor) -> bool:
    """Make somebody an author, a reviewer or what else there is a group for. False where they were in it already."""
    actor = lock_account(user, actor)
    _refuse_unless(can_operate_accounts, user, actor)
    if user.groups.filter(pk=group.pk).exists():
        return False
    user.groups.add(group)
    _record(user, AuditVerb.ACCOUNT_GROUP_ADDED, _("Added an account to a group"), actor, group=group.name)
    return True


@transaction.atomic
def remove_from_group(*, user: User, group: Group, actor: Actor) -> bool:
    actor = lock_account(user, actor)
    _refuse_unless(can_operate_accounts, user, actor)
    if not user.groups.filter(pk=group.pk).exists():
        return False
    user.groups.remove(group)
    _record(user, AuditVerb.ACCOUNT_GROUP_REMOVED, _("Removed an account from a group"), actor, group=group.name)
    return True


@transaction.atomic
def remove_second_factor(*, user: User, actor: Actor) -> bool:
    """For somebody who has lost phone and recovery codes. False where there was none."""
    actor = lock_account(user, actor)
    _refuse_unless(can_operate_accounts, user, actor)
    kinds = sorted(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    if not kinds:
        return False
    Authenticator.objects.filter(user=user).delete()
    end_sessions(user=user)
    _record(user, AuditVerb.ACCOUNT_SECOND_FACTOR_REMOVED, _("Removed the second factor of an account"), actor, kinds=kinds)
    enqueue_mail(template="second_factor_removed", recipient=user.email, context={})
    return True


def lock_account(user: User, actor: Actor) -> Actor:
    """Lock both to the end of the transaction, bring `user` up to date and give the actor as they are now: they may have been
    closed a moment ago.

    All superusers come first, by primary key, so that acts on accounts wait for one another and the last operator is known.
    """
    rows = User.objects.select_for_update(no_key=True).order_by("pk")
    superusers = {account.pk: account for account in rows.filter(is_superuser=True)}
    wanted = {user.pk} | ({actor.pk} if actor else set())
    locked = superusers | {account.pk: account for account in rows.filter(pk__in=wanted - superusers.keys())}
    user.refresh_from_db()
    return locked[actor.pk] if actor else None


def _refuse_unless(rule: Callable[[Visitor, User], bool], user: User, actor: Actor) -> None:
    if actor is not None and not rule(actor, user):
        raise NotAllowed(_("You cannot change this account. Ask another operator."))


def _refuse_last_operator(user: User) -> None:
    """For commands: whoever acts in `/admin/` is an operator, not the one acted upon."""
    operators = User.objects.filter(is_active=True, is_staff=True, is_superuser=True)
    if is_operator(user) and not operators.exclude(pk=user.pk).exists():
        raise LastOperator(_("This is the only operator, so nothing was changed. Make someone else an operator first."))


def _change_flag(
    user: User, actor: Actor, verb: AuditVerb, summary: str, more: dict[str, str] | None = None, **flag: bool
) -> bool:
    """`user` is locked."""
    ((name, value),) = flag.items()
    if getattr(user, name) == value:
        return False
    setattr(user, name, value)
    user.save(update_fields=[name])
    _record(user, verb, summary, actor, **flag, **(more or {}))
    return True


def _record(user: User, verb: AuditVerb, summary: str, actor: Actor, **after: object) -> None:
    record(verb=verb, summary=summary, actor=actor, target=user, after=after)
