"""Assessments that are taken by themselves: given to a cohort by an organisation, or inside a lesson. Several attempts, where
the author allows them, and of several one that counts.

They hang on an enrolment, which says for whom somebody learns; they are no before and no after of its course.
"""

from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.alone import Place, attempts_alone, opening_alone
from assessments.enums import CountingRule, Delivery, Occasion, Presentation, ReviewRule
from assessments.errors import AssessmentNotOpen, InvalidInstrument, InvalidSettings
from assessments.item_rules.model import MOST_ATTEMPTS, MOST_MINUTES, MOST_WAIT
from assessments.models import (
    GRACE,
    Attempt,
    AttemptItem,
    Instrument,
)
from assessments.queries import end_of_sitting
from assessments.scoring.blueprint import NotFilled
from assessments.services.adaptive import begin_adaptive, refuse_unfit_plan
from assessments.services.adaptive_bank import AdaptivePlan, adaptive_plan_of, met_before
from assessments.services.attempts import drawn, fixed, present, submit_attempt
from assessments.services.blueprints import refuse_anchors
from assessments.services.drawing import Plan, draw_for, lack_words, plan_of
from assessments.services.fixed_forms import refuse_starved, refuse_while_taken
from learning.models import Enrolment


@dataclass(frozen=True)
class AloneSettings:
    """As `Instrument` has them."""

    time_limit: int | None = None
    presentation: str = Presentation.SCREENS
    shuffles_options: bool = True
    review: str = ReviewRule.SUBMITTED
    attempts_allowed: int = 1
    wait_days: int = 0
    counts: str = CountingRule.FIRST

    def refuse_unfit(self) -> None:
        """Raises InvalidSettings."""
        if self.time_limit is not None and not 1 <= self.time_limit <= MOST_MINUTES:
            raise InvalidSettings(_("A time limit is between 1 and %(most)s minutes.") % {"most": MOST_MINUTES})
        if not 1 <= self.attempts_allowed <= MOST_ATTEMPTS or not 0 <= self.wait_days <= MOST_WAIT:
            raise InvalidSettings(
                _("There are 1 to %(attempts)s attempts, and between two of them 0 to %(days)s days.")
                % {"attempts": MOST_ATTEMPTS, "days": MOST_WAIT}
            )
        if self.review not in (ReviewRule.SUBMITTED, ReviewRule.NEVER):
            raise InvalidSettings(
                _("An assessment that is taken by itself shows keys as soon as it is submitted, or never: it has no course.")
            )
        if self.presentation not in Presentation.values or self.counts not in CountingRule.values:
            raise InvalidSettings(_("There is no such layout, or no such rule of which attempt counts."))


@dataclass(frozen=True)
class Asks:
    """What it asks: drawn by a plan, chosen question by question, or the same of everybody (`is_fixed`), as its author has
    picked them. One of the three.
    """

    plan: Plan | None = None
    adaptive: AdaptivePlan | None = None
    is_fixed: bool = False

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "blueprint": self.plan.as_json if self.plan else {},
            "adaptive": self.adaptive.as_json if self.adaptive else {},
        }


@transaction.atomic
def upsert_alone(*, key: str, title: str, asks: Asks, settings: AloneSettings | None = None) -> Instrument:
    """The assessment of that key. Sittings under way go on as they began. A fixed form is not offered before it has a question.

    Raises InvalidInstrument where the bank cannot carry what it asks, or people take it and it would ask something else;
    InvalidSettings. Nothing is changed then.
    """
    settings = settings or AloneSettings()
    settings.refuse_unfit()
    if [asks.plan is not None, asks.adaptive is not None, asks.is_fixed].count(True) != 1:
        raise InvalidInstrument(
            _("“%(title)s” is either drawn, chosen question by question, or the same for everybody.") % {"title": title}
        )
    if Instrument.objects.filter(course=None, key=key).exclude(delivery=Delivery.ALONE).exists():
        raise InvalidInstrument(_("“%(key)s” is the skill check for everybody. Give this one a key of its own.") % {"key": key})
    _refuse_other_questions(key, asks)
    told = {"title": title, "is_active": True, "delivery": Delivery.ALONE, **asks.columns, **asdict(settings)}
    instrument, _new = Instrument.objects.update_or_create(course=None, key=key, defaults=told)
    if asks.adaptive is not None:
        refuse_unfit_plan(asks.adaptive)
    if asks.plan is not None:
        _refuse_unfilled(instrument, asks.plan)
    if asks.is_fixed:
        set_offered(instrument=instrument, is_offered=instrument.entries.asked().exists())
    else:
        instrument.entries.all().delete()
    return instrument


def asks_of(instrument: Instrument) -> Asks:
    return Asks(
        plan=plan_of(instrument) if instrument.is_drawn else None,
        adaptive=adaptive_plan_of(instrument) if instrument.is_adaptive else None,
        is_fixed=instrument.is_fixed,
    )


def _refuse_other_questions(key: str, asks: Asks) -> None:
    known = Instrument.objects.filter(course=None, key=key).first()
    if known is not None and asks_of(known) != asks:
        refuse_while_taken(known)


@transaction.atomic
def set_offered(*, instrument: Instrument, is_offered: bool) -> None:
    """Whether anybody begins it from now on.

    Raises InvalidInstrument of a fixed form that has no question, or whose questions others cannot do without.
    """
    if is_offered and instrument.is_fixed and not instrument.entries.asked().exists():
        raise InvalidInstrument(_("“%(title)s” has no question yet. Pick some, then offer it.") % {"title": instrument})
    Instrument.objects.filter(pk=instrument.pk, delivery=Delivery.ALONE).update(is_active=is_offered)
    instrument.is_active = is_offered
    if is_offered and instrument.is_fixed:
        refuse_starved()


def _refuse_unfilled(instrument: Instrument, plan: Plan) -> None:
    refuse_anchors(instrument.title, plan)
    try:
        draw_for(instrument, seed=instrument.key, met=())
    except NotFilled as error:
        raise InvalidInstrument(
            _("The bank cannot fill %(form)s: %(lacks)s.")
            % {"form": instrument.title, "lacks": "; ".join(lack_words(error.lacks))}
        ) from error


# Sittings -----------------------------------------------------------------------------------------------------------------


def start_alone(place: Place) -> Attempt:
    """The sitting that is under way, else a new one. Raises AssessmentNotOpen, with the reason."""
    # Before the lock, which comes after the attempt's.
    for late in Attempt.objects.unfinished().filter(enrolment=place.enrolment, due_at__lt=timezone.now() - GRACE):
        submit_attempt(attempt=late)
    return _begin(place)


@transaction.atomic
def _begin(place: Place) -> Attempt:
    enrolment = Enrolment.objects.select_for_update(no_key=True, of=("self",)).get(pk=place.enrolment.pk)
    earlier = attempts_alone(enrolment, place.instrument, place.assigned, place.block_id)
    under_way = next((attempt for attempt in earlier if attempt.submitted_at is None), None)
    if under_way is not None:
        return under_way
    opening = opening_alone(enrolment, place.instrument, place.assigned, earlier)
    if not opening.is_open:
        raise AssessmentNotOpen(opening.reason)
    attempt = Attempt(
        enrolment=enrolment,
        user_id=enrolment.user_id,
        instrument=place.instrument,
        occasion=Occasion.ASSIGNED if place.assigned else Occasion.LESSON,
        assigned=place.assigned,
        block_id=place.block_id,
        number=len(earlier) + 1,
        # Whoever begins what was assigned to them was told so.
        counts_in_groups=place.assigned is not None,
    )
    attempt.due_at = end_of_sitting(place.terms, enrolment, began_at=timezone.now())
    if place.instrument.is_adaptive:
        begin_adaptive(attempt)
        return attempt
    versions = _versions(attempt, earlier)
    if not versions:
        raise AssessmentNotOpen(_("This assessment has no questions at the moment. Please try again later."))
    attempt.save()
    present(attempt, versions)
    return attempt


def _versions(attempt: Attempt, earlier: list[Attempt]) -> list[tuple[int, int, list[dict[str, Any]]]]:
    """Nothing that this person has met, where the bank has so much; else nothing of the sitting before; else what there is."""
    met = met_before(attempt)
    newest = earlier[-1].pk if earlier else None
    last = set(AttemptItem.objects.filter(attempt=newest).values_list("item_id", flat=True)) if newest else set()
    if attempt.instrument.is_drawn:
        return drawn(attempt, met, last, set())
    return fixed(attempt.instrument, met, set())
