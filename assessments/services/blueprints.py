"""Instruments whose sittings are drawn by a blueprint."""

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.enums import Delivery, ItemUse
from assessments.errors import InvalidInstrument
from assessments.models import Instrument, Item
from assessments.scoring.blueprint import NotFilled
from assessments.services.drawing import Plan, draw_for, lack_words
from assessments.services.items import new_instrument_settings
from courses.models import Course


@transaction.atomic
def upsert_drawn_instrument(*, course: Course | None, key: str, title: str, plan: Plan) -> Instrument:
    """The form that is drawn by this plan; without a course the skill check for everybody.

    Raises InvalidInstrument where the bank cannot fill it; nothing is changed then.
    """
    if course is not None:
        Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    delivery = Delivery.COURSE if course is not None else Delivery.CHECK
    told = {"title": title, "is_active": True, "blueprint": plan.as_json, "delivery": delivery}
    instrument, _new = Instrument.objects.update_or_create(
        course=course, key=key, defaults=told, create_defaults=told | (new_instrument_settings(course, key) if course else {})
    )
    instrument.entries.all().delete()
    refuse_anchors(title, plan)
    try:
        draw_for(instrument, seed=key, met=())
    except NotFilled as error:
        raise InvalidInstrument(
            _("The bank cannot fill %(form)s: %(lacks)s.") % {"form": title, "lacks": "; ".join(lack_words(error.lacks))}
        ) from error
    return instrument


def refuse_anchors(title: str, plan: Plan) -> None:
    known = set(
        Item.objects.filter(course=None, key__in=plan.blueprint.anchors, use=ItemUse.FORM).values_list("key", flat=True)
    )
    if missing := sorted(plan.blueprint.anchors - known):
        raise InvalidInstrument(
            _("%(form)s names anchors that are not in the bank: %(keys)s.") % {"form": title, "keys": ", ".join(missing)}
        )
