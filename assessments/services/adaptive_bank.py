"""What questions an adaptive sitting chooses from, and where it stands: worked out of its answers each time, and kept nowhere.

Only questions whose parameters rest on so many complete answers as `Readiness` asks for are ever chosen.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import lru_cache
from statistics import NormalDist
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.answers import agrees
from assessments.delivery_models import CalibratedItem, Calibration
from assessments.enums import ItemState, ItemUse
from assessments.models import Attempt, AttemptItem, Instrument, Item, Response
from assessments.queries import met_in_skill_check
from assessments.scoring.adaptive import Answer, Bank, Rules, Step, band_of, step
from assessments.scoring.irt import ItemParameters
from assessments.scoring.readiness import ADAPTIVE

TIMES = 4
"""A bank has so many times the questions of a sitting, or some are asked of more than 40 in 100."""
LONGEST = 60
METHOD = "eap-2pl"


@dataclass(frozen=True)
class AdaptivePlan:
    """Of one skill: ends at `length` questions, or once the error is at most `error` (0: never before) and `shortest` are
    answered. `shares`: of each facet what part of the sitting it should make.
    """

    skill: str
    length: int
    shortest: int = 0
    error: float = 0.0
    shares: dict[str, float] = field(default_factory=dict)

    @property
    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def rules(self) -> Rules:
        return Rules(self.length, error=self.error, shortest=self.shortest, shares=self.shares)


def adaptive_plan_of(instrument: Instrument) -> AdaptivePlan:
    return AdaptivePlan(**instrument.adaptive)


def calibration_for(skill: str) -> Calibration | None:
    """The newest of a skill."""
    return Calibration.objects.filter(skill__slug=skill).order_by("-pk").first()


@dataclass(frozen=True)
class CalibratedBank:
    """The questions of one calibration that may be chosen, in an order that never changes: `items` and `versions` are ids."""

    engine: Bank
    items: tuple[int, ...]
    versions: tuple[int, ...]
    parameters: tuple[tuple[float, float], ...]

    @property
    def place_of(self) -> dict[int, int]:
        """By id of an item."""
        return {item: place for place, item in enumerate(self.items)}


@lru_cache(maxsize=16)
def bank_of(calibration: UUID) -> CalibratedBank | None:
    """Of a calibration, which never changes: its questions that rest on enough complete answers, and that better people answer
    better. None where it has no such question.
    """
    usable = CalibratedItem.objects.filter(calibration__uuid=calibration, answers__gte=ADAPTIVE, a__gt=0)
    rows = list(usable.select_related("item_version").order_by("pk"))
    if not rows:
        return None
    return CalibratedBank(
        Bank("2pl", [ItemParameters(row.a, (row.b,)) for row in rows], [row.facet for row in rows]),
        tuple(row.item_version.item_id for row in rows),
        tuple(row.item_version_id for row in rows),
        tuple((row.a, row.b) for row in rows),
    )


def askable_places(bank: CalibratedBank) -> set[int]:
    """Places of questions that are in use in the wording that was calibrated. One query."""
    in_use = Item.objects.filter(
        current_version__in=bank.versions, use=ItemUse.FORM, state__in=[ItemState.TRIAL, ItemState.LIVE]
    )
    current = set(in_use.values_list("current_version_id", flat=True))
    return {place for place, version in enumerate(bank.versions) if version in current}


def why_not_adaptive(plan: AdaptivePlan) -> str:
    """Why a skill cannot be asked adaptively, in words; empty where it can."""
    calibration = calibration_for(plan.skill)
    bank = bank_of(calibration.uuid) if calibration else None
    if calibration is None or bank is None:
        return _(
            "No question of “%(skill)s” is calibrated on %(n)s complete answers or more, so none can be chosen by the answers "
            "before it. Ask a fixed or a drawn form until there are enough answers, then calibrate."
        ) % {"skill": plan.skill, "n": ADAPTIVE}
    count, needed = len(askable_places(bank)), TIMES * plan.length
    if count < needed:
        words = ngettext(
            "“%(skill)s” has %(count)s question that is calibrated on %(n)s complete answers or more. A sitting of "
            "%(length)s needs %(needed)s: with fewer, some would be asked of more than 40 people in 100. Shorten it, or "
            "calibrate more.",
            "“%(skill)s” has %(count)s questions that are calibrated on %(n)s complete answers or more. A sitting of "
            "%(length)s needs %(needed)s: with fewer, some would be asked of more than 40 people in 100. Shorten it, or "
            "calibrate more.",
            count,
        )
        return words % {
            "skill": plan.skill,
            "count": count,
            "n": ADAPTIVE,
            "length": plan.length,
            "needed": needed,
        }
    return ""


@dataclass(frozen=True)
class CalibrationState:
    """What of a skill can be chosen by answers: so many `questions`, in sittings of `longest` at the most."""

    questions: int
    at: datetime | None = None
    persons: int = 0

    @property
    def longest(self) -> int:
        return min(LONGEST, self.questions // TIMES)


def calibration_state(skill: str) -> CalibrationState:
    """Three queries at most."""
    calibration = calibration_for(skill)
    bank = bank_of(calibration.uuid) if calibration else None
    if calibration is None:
        return CalibrationState(0)
    return CalibrationState(len(askable_places(bank)) if bank else 0, calibration.created_at, calibration.persons)


# One sitting --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Replay:
    """A sitting as its answers tell it. `presented`: its questions in order, `given`: the answers to all but an open one."""

    bank: CalibratedBank
    presented: list[AttemptItem]
    given: list[Answer]
    now: Step

    @property
    def open_entry(self) -> AttemptItem | None:
        """The question that waits for its answer."""
        return self.presented[-1] if len(self.presented) > len(self.given) else None

    @property
    def version_id(self) -> int | None:
        """What comes next, where nothing is open."""
        return None if self.now.item is None else self.bank.versions[self.now.item]


def replay(attempt: Attempt) -> Replay:
    """Everything about a sitting that is under way. Six queries at most."""
    bank = _bank_of(attempt)
    presented = list(attempt.items.select_related("item_version__item__skill").order_by("position"))
    given = _given(attempt, bank, presented)
    barred = barred_places(attempt, bank, [entry.item_id for entry in presented[: len(given)]])
    plan = adaptive_plan_of(attempt.instrument)
    return Replay(bank, presented, given, step(bank.engine, plan.rules, given, str(attempt.uuid), barred))


def _bank_of(attempt: Attempt) -> CalibratedBank:
    bank = bank_of(attempt.calibration.uuid) if attempt.calibration else None
    if bank is None:
        raise ValueError("An adaptive sitting has a calibration with questions that may be chosen.")
    return bank


def _given(attempt: Attempt, bank: CalibratedBank, presented: Sequence[AttemptItem]) -> list[Answer]:
    """In the order of the questions. A question that is not finished is not answered."""
    complete = Response.objects.filter(attempt=attempt, is_complete=True).exclude(chosen=[])
    chosen = dict(complete.values_list("item_version_id", "chosen"))
    return [
        Answer(bank.place_of[entry.item_id], int(agrees(entry.item_version, chosen[entry.item_version_id])))
        for entry in presented
        if entry.item_version_id in chosen
    ]


def barred_places(attempt: Attempt, bank: CalibratedBank, answered: Collection[int]) -> set[int]:
    """What may not be asked any more: questions retired or reworded since, enemies of what was answered, and what this person
    has met before, unless too few would be left for a sitting. `answered`: ids of items.
    """
    own = {bank.place_of[item] for item in answered}
    gone = set(range(len(bank.items))) - askable_places(bank) - own
    enemies = Item.objects.filter(enemies__in=answered, pk__in=bank.items).values_list("pk", flat=True)
    gone |= {bank.place_of[item] for item in enemies} - own
    met = {bank.place_of[item] for item in met_before(attempt) if item in bank.place_of}
    left = len(bank.items) - len(gone | met)
    return gone | met if left >= adaptive_plan_of(attempt.instrument).length else gone


def met_before(attempt: Attempt) -> set[int]:
    """Items that this person was asked in earlier sittings, or in the skill check that they kept. Two queries, or three."""
    earlier = AttemptItem.objects.filter(attempt__user=attempt.user_id)
    if attempt.pk:
        earlier = earlier.filter(attempt__lt=attempt.pk)
    return set(earlier.values_list("item_id", flat=True)) | met_in_skill_check(attempt.user_id)


# What it tells ------------------------------------------------------------------------------------------------------------


def adaptive_detail(attempt: Attempt) -> dict[str, Any]:
    """Where a sitting that has ended stands beside those on whose answers its questions were calibrated. `percent`: of 100 of
    them so many lie below; with the band of 80 %.
    """
    found = replay(attempt)
    band = band_of(found.bank.engine, found.given)
    calibration = attempt.calibration
    return {
        "method": METHOD,
        "level": round(found.now.level, 4),
        "error": round(found.now.error, 4),
        "items": len(found.given),
        "percent": _percent(found.now.level),
        "percent_low": _percent(band.low),
        "percent_high": _percent(band.high),
        "persons": calibration.persons if calibration else 0,
    }


def _percent(level: float) -> int:
    """Between 1 and 99: nobody lies below all others, or above them."""
    return min(99, max(1, round(100 * NormalDist().cdf(level))))
