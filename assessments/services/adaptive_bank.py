"""What questions an adaptive sitting chooses from, and where it stands: worked out of its answers each time, and kept nowhere.

Only questions whose parameters rest on so many complete answers as `Readiness` asks for are ever chosen.
"""

from collections.abc import Collection, Mapping, Sequence
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
from assessments.scoring.adaptive import Answer, Bank, Rules, Step, band_of, group_behind, step
from assessments.scoring.irt import ItemParameters
from assessments.scoring.readiness import ADAPTIVE

TIMES = 4
"""A bank has so many times the questions of a sitting, or some are asked of more than 40 in 100."""
LONGEST = 60
MOST_SKILLS = 3
METHOD = "eap-2pl"
OWN_LANGUAGE = ""
"""What is drawn or chosen for a learner is in the language of the site; a fixed form asks what its author has picked."""


@dataclass(frozen=True)
class SkillPlan:
    """Of one skill: ends at `length` questions, or once the error is at most `error` (0: never before) and `shortest` are
    answered. `shares`: of each facet what part of them it should make.
    """

    skill: str
    length: int
    shortest: int = 0
    error: float = 0.0
    shares: dict[str, float] = field(default_factory=dict)

    @property
    def rules(self) -> Rules:
        return Rules(self.length, error=self.error, shortest=self.shortest, shares=self.shares)


@dataclass(frozen=True)
class AdaptivePlan:
    """What a sitting asks of each skill, in turn. Each is chosen, ended and told by itself."""

    skills: tuple[SkillPlan, ...]

    @property
    def length(self) -> int:
        """Questions, at the most."""
        return sum(part.length for part in self.skills)

    @property
    def may_end_earlier(self) -> bool:
        return any(part.error > 0 for part in self.skills)

    @property
    def as_json(self) -> dict[str, Any]:
        """One skill is written as it was before there could be several."""
        parts = [asdict(part) for part in self.skills]
        return parts[0] if len(parts) == 1 else {"skills": parts}


def read_plan(said: Mapping[str, Any]) -> AdaptivePlan:
    return AdaptivePlan(tuple(SkillPlan(**part) for part in said.get("skills", [said])))


def adaptive_plan_of(instrument: Instrument) -> AdaptivePlan:
    """By what whoever begins now is asked."""
    return read_plan(instrument.adaptive)


def plan_of_sitting(attempt: Attempt) -> AdaptivePlan:
    """By what it began; of sittings that are older than that was kept, which ask of one skill, what their instrument says."""
    if attempt.adaptive:
        return read_plan(attempt.adaptive["plan"])
    return AdaptivePlan(adaptive_plan_of(attempt.instrument).skills[:1])


def calibration_for(skill: str) -> Calibration | None:
    """The newest of a skill."""
    return Calibration.objects.filter(skill__slug=skill).order_by("-pk").first()


def newest_calibrations(skills: Collection[str]) -> dict[str, Calibration]:
    """By slug, of the skills that have one. One query."""
    kept = Calibration.objects.filter(skill__slug__in=skills).select_related("skill").order_by("pk")
    return {calibration.skill.slug: calibration for calibration in kept}


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
        current_version__in=bank.versions,
        current_version__language=OWN_LANGUAGE,
        use=ItemUse.FORM,
        state__in=[ItemState.TRIAL, ItemState.LIVE],
    )
    current = set(in_use.values_list("current_version_id", flat=True))
    return {place for place, version in enumerate(bank.versions) if version in current}


def why_not_adaptive(plan: SkillPlan) -> str:
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
class SkillReplay:
    """One skill of a sitting as its answers tell it. `given`: the answers to all of its questions but an open one."""

    plan: SkillPlan
    calibration: UUID
    bank: CalibratedBank
    given: list[Answer]
    now: Step

    @property
    def version_id(self) -> int | None:
        """What comes next of this skill."""
        return None if self.now.item is None else self.bank.versions[self.now.item]


@dataclass(frozen=True)
class Replay:
    """A sitting as its answers tell it. `presented`: its questions in order; `n_given`: how many are answered; `next_part`: the
    skill of which the next question is, where nothing is open; None once it has ended.
    """

    parts: list[SkillReplay]
    presented: list[AttemptItem]
    n_given: int
    next_part: SkillReplay | None

    @property
    def open_entry(self) -> AttemptItem | None:
        """The question that waits for its answer."""
        return self.presented[-1] if len(self.presented) > self.n_given else None


def replay(attempt: Attempt) -> Replay:
    """Everything about a sitting that is under way. Six queries at most, and two more for each further skill."""
    presented = list(attempt.items.select_related("item_version__item__skill").order_by("position"))
    chosen = _complete_answers(attempt)
    answered = [entry for entry in presented if entry.item_version_id in chosen]
    plan, met = plan_of_sitting(attempt), met_before(attempt)
    parts = []
    for part, calibration in zip(plan.skills, calibrations_of(attempt), strict=True):
        bank = _bank_of(calibration)
        given = _given(bank, answered, chosen)
        barred = barred_places(bank, part, [entry.item_id for entry in answered], met)
        parts.append(
            SkillReplay(
                part, calibration, bank, given, step(bank.engine, part.rules, given, _seed(attempt, plan, part), barred)
            )
        )
    behind = group_behind(
        [len(part.given) for part in parts],
        [part.plan.length for part in parts],
        [part.version_id is None for part in parts],
        str(attempt.uuid),
    )
    return Replay(parts, presented, len(answered), None if behind is None else parts[behind])


def _seed(attempt: Attempt, plan: AdaptivePlan, part: SkillPlan) -> str:
    """The draws of one skill say nothing of those of another."""
    return str(attempt.uuid) if len(plan.skills) == 1 else f"{attempt.uuid}/{part.skill}"


def calibrations_of(attempt: Attempt) -> list[UUID]:
    """In the order of its skills."""
    if attempt.adaptive:
        return [UUID(calibration) for calibration in attempt.adaptive["calibrations"]]
    if attempt.calibration is None:
        raise ValueError("An adaptive sitting has a calibration.")
    return [attempt.calibration.uuid]


def _bank_of(calibration: UUID) -> CalibratedBank:
    bank = bank_of(calibration)
    if bank is None:
        raise ValueError("An adaptive sitting has a calibration with questions that may be chosen.")
    return bank


def _complete_answers(attempt: Attempt) -> dict[int, list[str]]:
    """By version. A question that is not finished is not answered."""
    complete = Response.objects.filter(attempt=attempt, is_complete=True).exclude(chosen=[])
    return dict(complete.values_list("item_version_id", "chosen"))


def _given(bank: CalibratedBank, answered: Sequence[AttemptItem], chosen: Mapping[int, list[str]]) -> list[Answer]:
    """Those to questions of this bank, in the order in which they were asked."""
    places = bank.place_of
    return [
        Answer(places[entry.item_id], int(agrees(entry.item_version, chosen[entry.item_version_id])))
        for entry in answered
        if entry.item_id in places
    ]


def barred_places(bank: CalibratedBank, part: SkillPlan, answered: Collection[int], met: Collection[int]) -> set[int]:
    """What may not be asked any more: questions retired or reworded since, enemies of what was answered of any skill, and what
    this person has met before, unless too few would be left of the skill. `answered` and `met`: ids of items. Two queries.
    """
    places = bank.place_of
    own = {places[item] for item in answered if item in places}
    gone = set(range(len(bank.items))) - askable_places(bank) - own
    enemies = Item.objects.filter(enemies__in=answered, pk__in=bank.items).values_list("pk", flat=True)
    gone |= {places[item] for item in enemies} - own
    known = {places[item] for item in met if item in places}
    left = len(bank.items) - len(gone | known)
    return gone | known if left >= part.length else gone


def met_before(attempt: Attempt) -> set[int]:
    """Items that this person was asked in earlier sittings, or in the skill check that they kept. Two queries, or three."""
    earlier = AttemptItem.objects.filter(attempt__user=attempt.user_id)
    if attempt.pk:
        earlier = earlier.filter(attempt__lt=attempt.pk)
    return set(earlier.values_list("item_id", flat=True)) | met_in_skill_check(attempt.user_id)


# What it tells ------------------------------------------------------------------------------------------------------------


def adaptive_detail(attempt: Attempt) -> dict[str, Any]:
    """Where a sitting that has ended stands beside those on whose answers its questions were calibrated; of several skills
    under "skills" each by itself. `percent`: of 100 of them so many lie below; with the band of 80 %.
    """
    found = replay(attempt)
    persons = dict(Calibration.objects.filter(uuid__in=calibrations_of(attempt)).values_list("uuid", "persons"))
    told = {part.plan.skill: _told(part, persons[part.calibration]) for part in found.parts}
    if len(told) == 1:
        return {"method": METHOD, **next(iter(told.values()))}
    return {"method": METHOD, "items": found.n_given, "skills": told}


def _told(part: SkillReplay, persons: int) -> dict[str, Any]:
    band = band_of(part.bank.engine, part.given)
    return {
        "level": round(part.now.level, 4),
        "error": round(part.now.error, 4),
        "items": len(part.given),
        "percent": _percent(part.now.level),
        "percent_low": _percent(band.low),
        "percent_high": _percent(band.high),
        "persons": persons,
    }


def _percent(level: float) -> int:
    """Between 1 and 99: nobody lies below all others, or above them."""
    return min(99, max(1, round(100 * NormalDist().cdf(level))))
