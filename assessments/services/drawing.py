"""Forms that are drawn from the bank, for each sitting anew, by a blueprint that is stored with the instrument."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.enums import ItemKind, ItemState, ItemUse, KeyProvenance
from assessments.models import Instrument, InstrumentItem, Item
from assessments.scoring.blueprint import BankItem, Blueprint, Cell, Lack, draw
from assessments.scoring.forecast import Forecast, SkillForecast, forecast_of, forecast_of_sitting
from assessments.services.awarding import rules_for
from courses.models import Course

STATES = (ItemState.TRIAL, ItemState.LIVE)


@dataclass(frozen=True)
class Plan:
    """A blueprint, and the states that an item must have to be drawn."""

    blueprint: Blueprint
    states: tuple[str, ...] = STATES

    @property
    def as_json(self) -> dict[str, Any]:
        return {
            "cells": [asdict(cell) for cell in self.blueprint.cells],
            "anchors": sorted(self.blueprint.anchors),
            "anchor_count": self.blueprint.anchor_count,
            "states": list(self.states),
        }


def plan_of(instrument: Instrument) -> Plan:
    said = instrument.blueprint
    cells = tuple(Cell(**cell) for cell in said["cells"])
    return Plan(Blueprint(cells, frozenset(said["anchors"]), said["anchor_count"]), tuple(said["states"]))


def bank_for(instrument: Instrument, plan: Plan) -> list[BankItem]:
    """What may be drawn: questions of the bank and of the course, without those of its fixed forms; for the skill check for
    everybody without those of any course, and only single choice, which its page can ask. Two queries.
    """
    items = Item.objects.filter(use=ItemUse.FORM, state__in=plan.states).exclude(kind=ItemKind.OPEN)
    fixed = InstrumentItem.objects.filter(instrument__is_active=True)
    if instrument.is_public:
        items = items.filter(course=None, kind=ItemKind.SINGLE)
    elif instrument.course_id is None:
        items = items.filter(course=None)
    else:
        items = items.filter(Q(course=None) | Q(course=instrument.course_id))
        fixed = fixed.filter(instrument__course=instrument.course_id)
    items = items.exclude(pk__in=fixed.values("item")).exclude(current_version=None).exclude(skill=None)
    items = items.filter(current_version__language="")  # that of the installation
    items = items.select_related("skill", "current_version").prefetch_related("enemies").order_by("pk")
    return [_bank_item(item) for item in items]


def _bank_item(item: Item) -> BankItem:
    version, skill = item.current_version, item.skill
    return BankItem(
        key=str(item.pk),
        skill=skill.slug if skill else "",
        boundary=item.boundary,
        relationship=item.relationship,
        enemies=frozenset(str(enemy.pk) for enemy in item.enemies.all()),
        levels=tuple(sorted(set(version.levels.values()))) if version else (),
        is_keyed=version is not None and version.key_provenance != KeyProvenance.AUTHOR,
    )


def draw_for(instrument: Instrument, *, seed: str, met: Collection[int]) -> list[int]:
    """Ids of the items of one sitting. Raises NotFilled."""
    plan = _by_ids(plan_of(instrument))
    drawn = draw(bank_for(instrument, plan), plan.blueprint, seed=seed, met={str(pk) for pk in met})
    return [int(key) for key in drawn]


def _by_ids(plan: Plan) -> Plan:
    """Anchors are written by key, and drawn by id."""
    anchors = Item.objects.filter(course=None, key__in=plan.blueprint.anchors).values_list("pk", flat=True)
    named = Blueprint(plan.blueprint.cells, frozenset(map(str, anchors)), plan.blueprint.anchor_count)
    return Plan(named, plan.states)


def lack_words(lacks: Sequence[Lack]) -> list[str]:
    """What each cell lacks, in words."""
    return [
        ngettext("%(cell)s lacks %(n)s question", "%(cell)s lacks %(n)s questions", lack.missing)
        % {"cell": lack.cell or _("the anchors"), "n": lack.missing}
        for lack in lacks
    ]


def forecast(instrument: Instrument) -> Forecast:
    """Whether the bank fills it, for how many sittings of one person, and what a sitting can tell."""
    plan = _by_ids(plan_of(instrument))
    return forecast_of(bank_for(instrument, plan), plan.blueprint, seed=instrument.key, rules=rules_for)


def rests_on_authors(course: Course) -> bool:
    """Whether its forms in use have no question yet, or some question is keyed by its author alone, so that a sitting may award
    nothing. Two queries, and two more for each form that is drawn.
    """
    fixed = InstrumentItem.objects.asked().filter(instrument__course=course, instrument__is_active=True)
    decided = set(fixed.order_by().values_list("item__current_version__key_provenance", flat=True).distinct())
    are_keyed = [provenance != KeyProvenance.AUTHOR for provenance in decided]
    for form in Instrument.objects.filter(course=course, is_active=True).exclude(blueprint={}):
        are_keyed += [item.is_keyed for item in _may_be_drawn(form)]
    return not are_keyed or not all(are_keyed)


def _may_be_drawn(form: Instrument) -> list[BankItem]:
    plan = _by_ids(plan_of(form))
    return [item for item in bank_for(form, plan) if plan.blueprint.fits(item)]


def forecast_of_fixed(instrument: Instrument) -> tuple[SkillForecast, ...]:
    """What a sitting of a form can tell that asks everybody the same, skill by skill. Two queries."""
    asked = InstrumentItem.objects.asked().filter(instrument=instrument, item__skill__isnull=False)
    items = Item.objects.filter(pk__in=asked.values("item")).select_related("skill", "current_version")
    return forecast_of_sitting([_bank_item(item) for item in items.prefetch_related("enemies").order_by("pk")], rules=rules_for)
