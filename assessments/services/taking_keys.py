"""A panel of experts has judged a question: its key becomes that of the question, in a new version."""

from collections.abc import Collection, Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.enums import ItemState, KeyProvenance
from assessments.errors import KeyNotTaken
from assessments.models import Item, ItemVersion
from assessments.services.items import ensure_version
from assessments.services.keys import options_and_key
from assessments.wordings import has_same_words


@transaction.atomic
def take_panel_key(
    *,
    judged: ItemVersion,
    dropped: Collection[str],
    correct: Sequence[str],
    levels: Mapping[str, int],
    experts: int,
) -> ItemVersion:
    """The version with the panel's key: the judged words without the options `dropped`, with `levels` by option id.

    Attempts keep what they were asked; scoring them again is an act of its own. A question on trial is live from now on. Raises
    KeyNotTaken where the question has been written again since the panel read it, or is retired, and InvalidItem for a key that
    its format cannot use.
    """
    item = Item.objects.select_for_update(no_key=True, of=("self",)).get(pk=judged.item_id)
    current = item.current_version
    if item.state == ItemState.RETIRED:
        raise KeyNotTaken(_("This question is retired. Have it asked again first, then take the panel’s key."))
    if current is None or not has_same_words(judged, current):
        raise KeyNotTaken(_("This question has been written again since the panel read it, so the panel’s key is not its key."))
    kept = [{**option, "level": levels.get(option["id"])} for option in current.options if option["id"] not in set(dropped)]
    options, key = options_and_key(item.key, item.kind, kept, correct)
    made = ensure_version(
        item,
        concept=current.concept,
        key_provenance=KeyProvenance.PANEL,
        panel_experts=experts,
        situation=current.situation,
        prompt=current.prompt,
        options=options,
        correct=key,
        language=current.language,
        picture=current.picture,
    )
    if item.state == ItemState.TRIAL:
        item.state = ItemState.LIVE
        item.save(update_fields=["state", "updated_at"])
    return made
