"""Taking the key that a panel has given."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import ItemVersion
from assessments.services import take_panel_key
from panels.analysis import verdict_of
from panels.content import key_of
from panels.errors import KeyRefused
from panels.models import Judgement, PanelItem
from panels.services.opening import lock_panel


@transaction.atomic
def take_key(*, panel_item: PanelItem) -> ItemVersion:
    """The new version of the question, keyed by the panel. Repeating it gives the one that was made.

    Raises KeyRefused where the panel is open, or what it said is no key; and what `take_panel_key` raises.
    """
    panel = lock_panel(panel_item.panel)
    found = panel.items.select_related("item_version__item", "taken").get(pk=panel_item.pk)
    if found.taken is not None:
        return found.taken
    if panel.is_open:
        raise KeyRefused(_("This panel is still open. Its keys can be taken once it is closed."))
    if panel.is_demonstration and not settings.ACCORD_DEMO:
        raise KeyRefused(_("The experts of a demonstration are made up. Their key is taken nowhere but in a demonstration."))
    counted = panel.experts.shown()
    verdict = verdict_of(found, Judgement.objects.filter(expert__in=counted, panel_item=found))
    if verdict is None or not verdict.passes:
        raise KeyRefused(_("What the panel said of this question is no key. The page says why."))
    found.taken = take_panel_key(
        judged=found.item_version,
        dropped=[option.option for option in verdict.dropped],
        correct=key_of(verdict),
        levels=verdict.levels,
        experts=verdict.experts,
    )
    found.taken_at = timezone.now()
    found.save(update_fields=["taken", "taken_at"])
    return found.taken
