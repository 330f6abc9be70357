"""Drafts of questions that exist, and what becomes of one whose question was changed elsewhere."""

from typing import Any, TypeVar

from django.db import transaction
from wagtail.log_actions import log

from accounts.models import User
from assessments.enums import ItemState
from assessments.models import Item
from cms.questions.base import BankDraft

Draft = TypeVar("Draft", bound=BankDraft)
ASKED = (ItemState.TRIAL, ItemState.LIVE)


@transaction.atomic
def draft_of(item: Item, kind: type[Draft]) -> Draft:
    """The draft of this question, made from the bank the first time. One that says nothing new follows the bank."""
    drafts = kind._default_manager.filter(item=item)
    # Before its question, as whoever publishes one locks them.
    draft = drafts.select_for_update(no_key=True, of=("self",)).first()
    locked = Item.objects.select_for_update(no_key=True, of=("self",)).get(pk=item.pk)
    draft = draft or drafts.first()  # made while this waited for the question
    if draft is None:
        draft = kind(item=locked, uuid=locked.uuid, published=kind.mark_in_bank(locked))
        _follow(draft, locked)
    elif draft.is_outdated and not draft.has_unpublished_changes:
        _follow(draft, locked)
    return draft


@transaction.atomic
def take_over(*, draft: BankDraft, user: User) -> None:
    """What the bank has now as the newest draft; what was written here before stays in its history."""
    locked = _locked(draft)
    if locked.item is not None:
        _follow(locked, locked.item, user=user)


@transaction.atomic
def keep_own(*, draft: BankDraft, user: User) -> None:
    """The newest draft as it is, to be published over what was changed elsewhere: its author has seen that."""
    newest = _locked(draft).get_latest_revision_as_object()
    if newest.item is not None:
        newest.based_on = newest.mark_in_bank(newest.item)
        newest.save_revision(user=user, log_action=True, clean=False)


def _locked(draft: BankDraft) -> Any:
    return type(draft)._default_manager.select_for_update(no_key=True, of=("self",)).get(pk=draft.pk)


def _follow(draft: BankDraft, item: Item, *, user: User | None = None) -> None:
    """Have the draft say what the bank says, as a revision of its own, which is live where the question is asked."""
    said: dict[str, Any] = draft.fields_in_bank(item) | {"based_on": draft.mark_in_bank(item)}
    for name, value in said.items():
        setattr(draft, name, value)
    draft.live = item.state in ASKED
    draft.has_unpublished_changes = not draft.live
    draft.go_live_at = draft.expire_at = None
    version = item.current_version
    if draft.live and version is not None:
        draft.first_published_at = draft.first_published_at or version.created_at
        draft.last_published_at = version.created_at
    draft.save()
    revision = draft.save_revision(user=user, changed=False, clean=False)
    # Only what has an entry of its own is offered to be compared.
    log(draft, "wagtail.edit", user=user, revision=revision, content_changed=True)
    draft.live_revision = revision if draft.live else None
    draft.save(update_fields=["live_revision"])
