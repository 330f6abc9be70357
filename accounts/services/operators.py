"""What operators do to accounts: every act is on record, and nobody acts on their own account."""

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.errors import NotAllowed
from accounts.models import User
from accounts.rules import can_operate_accounts, can_switch_account
from accounts.services.sessions import end_sessions
from accounts.types import Actor
from mail.services import enqueue_mail


@transaction.atomic
def deactivate_account(*, user: User, actor: Actor) -> bool:
    """Close an account and end its sessions, which do not come back when it is reopened. False where it was closed already."""
    _refuse_to_switch(user, actor)
    end_sessions(user=user)
    return _change_flag(user, actor, AuditVerb.ACCOUNT_DEACTIVATED, _("Deactivated an account"), is_active=False)


@transaction.atomic
def reactivate_account(*, user: User, actor: Actor) -> bool:
    _refuse_to_switch(user, actor)
    return _change_flag(user, actor, AuditVerb.ACCOUNT_REACTIVATED, _("Reactivated an account"), is_active=True)


@transaction.atomic
def grant_staff_access(*, user: User, actor: Actor) -> bool:
    """Let somebody into `/admin/`; what they see there their groups decide."""
    _refuse_to_operate(user, actor)
    return _change_flag(user, actor, AuditVerb.ACCOUNT_STAFF_GRANTED, _("Granted staff access"), is_staff=True)


@transaction.atomic
def withdraw_staff_access(*, user: User, actor: Actor) -> bool:
    _refuse_to_operate(user, actor)
    return _change_flag(user, actor, AuditVerb.ACCOUNT_STAFF_WITHDRAWN, _("Withdrew staff access"), is_staff=False)


@transaction.atomic
def add_to_group(*, user: User, group: Group, actor: Actor) -> bool:
    """Make somebody an author, a reviewer or what else there is a group for. False where they were in it already."""
    _refuse_to_operate(user, actor)
    if user.groups.filter(pk=group.pk).exists():
        return False
    user.groups.add(group)
    _record(user, AuditVerb.ACCOUNT_GROUP_ADDED, _("Added an account to a group"), actor, group=group.name)
    return True


@transaction.atomic
def remove_from_group(*, user: User, group: Group, actor: Actor) -> bool:
    _refuse_to_operate(user, actor)
    if not user.groups.filter(pk=group.pk).exists():
        return False
    user.groups.remove(group)
    _record(user, AuditVerb.ACCOUNT_GROUP_REMOVED, _("Removed an account from a group"), actor, group=group.name)
    return True


@transaction.atomic
def remove_second_factor(*, user: User, actor: Actor) -> bool:
    """For somebody who has lost phone and recovery codes. False where there was none."""
    _refuse_to_operate(user, actor)
    kinds = sorted(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    if not kinds:
        return False
    Authenticator.objects.filter(user=user).delete()
    end_sessions(user=user)
    _record(user, AuditVerb.ACCOUNT_SECOND_FACTOR_REMOVED, _("Removed the second factor of an account"), actor, kinds=kinds)
    enqueue_mail(template="second_factor_removed", recipient=user.email, context={})
    return True


def _refuse_to_switch(user: User, actor: Actor) -> None:
    if actor is not None and not can_switch_account(actor, user):
        raise NotAllowed(_("You cannot change this account. Ask another operator."))


def _refuse_to_operate(user: User, actor: Actor) -> None:
    if actor is not None and not can_operate_accounts(actor, user):
        raise NotAllowed(_("You cannot change this account. Ask another operator."))


def _change_flag(user: User, actor: Actor, verb: AuditVerb, summary: str, **flag: bool) -> bool:
    ((name, value),) = flag.items()
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if getattr(locked, name) == value:
        return False
    setattr(user, name, value)
    user.save(update_fields=[name])
    _record(user, verb, summary, actor, **flag)
    return True


def _record(user: User, verb: AuditVerb, summary: str, actor: Actor, **after: object) -> None:
    record(verb=verb, summary=summary, actor=actor, target=user, after=after)
