"""Drafts of questions that exist, and what becomes of one whose question was changed elsewhere."""

from typing import Any

from django.db import transaction
from wagtail.log_actions import log

from accounts.models import User
from assessments.enums import ItemState
from assessments.models import Item
from cms.questions.conversion import fields_of, mark_of
from cms.questions.models import QuestionDraft

ASKED = (ItemState.TRIAL, ItemState.LIVE)


@transaction.atomic
def draft_of(item: Item) -> QuestionDraft:
    """The draft of this question, made from the bank the first time. One that says nothing new follows the bank."""
    draft = _locked_draft(item)
    locked = Item.objects.select_for_update(no_key=True, of=("self",)).get(pk=item.pk)
    draft = draft or QuestionDraft.objects.filter(item=locked).first()  # made while this waited for the question
    if draft is None:
        draft = QuestionDraft(item=locked, uuid=locked.uuid, published=mark_of(locked))
        _follow(draft, locked)
    elif draft.is_outdated and not draft.has_unpublished_changes:
        _follow(draft, locked)
    return draft


def _locked_draft(item: Item) -> QuestionDraft | None:
    """Before its question, as whoever publishes one locks them."""
    return QuestionDraft.objects.select_for_update(no_key=True, of=("self",)).filter(item=item).first()


@transaction.atomic
def take_over(*, draft: QuestionDraft, user: User) -> None:
    """What the bank has now as the newest draft; what was written here before stays in its history."""
    locked = _locked(draft)
    if locked.item is not None:
        _follow(locked, locked.item, user=user)


@transaction.atomic
def keep_own(*, draft: QuestionDraft, user: User) -> None:
    """The newest draft as it is, to be published over what was changed elsewhere: its author has seen that."""
    newest = _locked(draft).get_latest_revision_as_object()
    if newest.item is not None:
        newest.based_on = mark_of(newest.item)
        newest.save_revision(user=user, log_action=True, clean=False)


def _locked(draft: QuestionDraft) -> QuestionDraft:
    return QuestionDraft.objects.select_for_update(no_key=True, of=("self",)).get(pk=draft.pk)


def _follow(draft: QuestionDraft, item: Item, *, user: User | None = None) -> None:
    """Have the draft say what the bank says, as a revision of its own, which is live where the question is asked."""
    said: dict[str, Any] = fields_of(item) | {"based_on": mark_of(item)}
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
