"""Questions that may be asked from now on, that nobody is asked any more, and that may be asked again."""

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.enums import ItemState
from assessments.errors import InvalidItem
from assessments.models import Item


@transaction.atomic
def put_on_trial(*, item: Item) -> None:
    """A draft of a file is finished and may be asked. One that is asked already, or retired, stays as it is."""
    locked = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    if locked.state == ItemState.DRAFT:
        locked.state = ItemState.TRIAL
        locked.save(update_fields=["state", "updated_at"])
    item.state = locked.state


@transaction.atomic
def retire_item(*, item: Item) -> None:
    """Ask it of nobody who begins from now on. Whoever has begun goes on with it, and results stay. Again changes nothing.

    Raises InvalidItem for a draft, which nobody is asked.
    """
    locked = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    if locked.state == ItemState.DRAFT:
        raise InvalidItem(_("A draft is asked nowhere, so it cannot be retired."))
    if locked.state != ItemState.RETIRED:
        locked.state_before, locked.state = locked.state, ItemState.RETIRED
        locked.save(update_fields=["state", "state_before", "updated_at"])
    item.state, item.state_before = locked.state, locked.state_before


@transaction.atomic
def take_back_item(*, item: Item) -> None:
    """Ask it again, in the state it had before it was retired. Again changes nothing."""
    locked = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    if locked.state == ItemState.RETIRED:
        locked.state, locked.state_before = locked.state_before or ItemState.TRIAL, ""
        locked.save(update_fields=["state", "state_before", "updated_at"])
    item.state, item.state_before = locked.state, locked.state_before
