"""The skill check for everybody: begun without an account, kept by somebody who signs in, forgotten otherwise.

A browser holds an unguessable token and nothing else; only its digest is stored. Whoever has the token has the sitting.
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from assessments.answers import accepted_options
from assessments.enums import Delivery
from assessments.errors import AssessmentNotOpen, SkillCheckNotKept
from assessments.models import AttemptItem, Instrument, Item, ItemVersion, SkillCheck
from assessments.queries import Answer, met_in_skill_check
from assessments.scoring.blueprint import NotFilled
from assessments.services.drawing import draw_for
from assessments.services.scoring import findings_of, scored
from common.retention import delete_in_batches
from skills.services import record_findings

# 256 bits.
TOKEN_BYTES = 32


def current_check() -> Instrument | None:
    """What is asked at the moment; None where no content says so."""
    return Instrument.objects.filter(delivery=Delivery.CHECK, is_active=True).order_by("-pk").first()


def start_check(*, user: User | None, previous: SkillCheck | None = None) -> tuple[SkillCheck, str]:
    """A new sitting and its token. It asks nothing of `previous`, which this browser holds, and nothing that `user` has met;
    who that is is not stored.

    Raises AssessmentNotOpen where there is no skill check, or too few questions for this person.
    """
    form = current_check()
    if form is None:
        raise AssessmentNotOpen(_("There is no skill check at the moment."))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = timezone.now() + timedelta(days=settings.ACCORD_KEEP_DAYS["skill_checks"])
    met = _met(user, previous)
    check = SkillCheck(instrument=form, token_digest=digest_of(token), expires_at=expires_at)
    try:
        drawn = draw_for(form, seed=str(check.uuid), met=met)
    except NotFilled as error:
        raise AssessmentNotOpen(_too_few_words(met)) from error
    items = Item.objects.select_related("current_version").in_bulk(drawn)
    versions = [version for pk in drawn if (version := items[pk].current_version) is not None]
    check.questions = [[version.pk, _shuffled(check, version)] for version in versions]
    check.save()
    return check, token


def why_not(*, user: User | None, previous: SkillCheck | None) -> str:
    """Why no skill check can be begun, in words; empty where one can. Nothing is read for whoever has met no question."""
    form = current_check()
    met = _met(user, previous)
    if form is None or not met:
        return ""
    try:
        draw_for(form, seed="", met=met)
    except NotFilled:
        return _too_few_words(met)
    return ""


def _met(user: User | None, previous: SkillCheck | None) -> set[int]:
    asked = {version.item_id for version in versions_of(previous)} if previous else set()
    return asked | met_by(user) if user else asked


def _too_few_words(met: set[int]) -> str:
    if not met:
        return _("There are not enough questions for a skill check at the moment.")
    return _("You have met most of the questions already, so there are not enough others for a skill check.")


def _shuffled(check: SkillCheck, version: ItemVersion) -> list[str]:
    def digest(option_id: str) -> bytes:
        return hashlib.sha256(f"{check.uuid}:{version.pk}:{option_id}".encode()).digest()

    return sorted((option["id"] for option in version.options), key=digest)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find_check(token: str) -> SkillCheck | None:
    """The sitting of a token, unless it has expired."""
    if not token:
        return None
    return SkillCheck.objects.in_force(timezone.now()).filter(token_digest=digest_of(token)).first()


def versions_of(check: SkillCheck) -> list[ItemVersion]:
    """What it asks, in order, with item and skill. One query."""
    ids = [version for version, _order in check.questions]
    found = ItemVersion.objects.select_related("item__skill").in_bulk(ids)
    return [found[pk] for pk in ids]


def answers_in_check(check: SkillCheck) -> list[Answer]:
    return [Answer(version, check.answers.get(str(version.pk), [])) for version in versions_of(check)]


@transaction.atomic
def save_check(
    *, check: SkillCheck, answers: Mapping[int, Iterable[str]], seen: Mapping[int, Collection[str]] | None = None
) -> None:
    """Keep answers to questions of the sitting, by id of the version; once it is submitted nothing changes any more.

    `seen`: what the page showed when it was opened. Where something else has been saved since, that stays.

    Raises AnswerNotAccepted.
    """
    locked = SkillCheck.objects.select_for_update(no_key=True).get(pk=check.pk)
    if locked.submitted_at is None:
        versions = {version.pk: version for version in versions_of(locked)}
        given = {pk: accepted_options(versions[pk], chosen) for pk, chosen in answers.items() if pk in versions}
        saved = {pk: locked.answers.get(str(pk), []) for pk in given}
        locked.answers |= {
            str(pk): answer for pk, answer in given.items() if set(saved[pk]) == set((seen or {}).get(pk, saved[pk]))
        }
        locked.save(update_fields=["answers", "updated_at"])
    check.answers, check.submitted_at = locked.answers, locked.submitted_at


@transaction.atomic
def submit_check(*, check: SkillCheck) -> None:
    """Close it. Again changes nothing."""
    locked = SkillCheck.objects.select_for_update(no_key=True).get(pk=check.pk)
    if locked.submitted_at is None:
        locked.submitted_at = timezone.now()
        locked.save(update_fields=["submitted_at", "updated_at"])
    check.answers, check.submitted_at = locked.answers, locked.submitted_at


def keep_check(*, check: SkillCheck, user: User) -> None:
    """Make a submitted result somebody's own: evidence like that of an assessment, once. Again changes nothing.

    Raises SkillCheckNotKept where it is not theirs to keep: somebody else kept it, they have one already, it is not submitted,
    or they had met some of its questions before.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        locked = SkillCheck.objects.select_for_update(no_key=True).filter(pk=check.pk).first()
        if locked is None or locked.submitted_at is None:
            raise SkillCheckNotKept(_("This skill check is not submitted, or it has expired. Take it again."))
        if locked.user_id != user.pk:
            _refuse_to_keep(locked, user)
            locked.user = user
            locked.save(update_fields=["user", "updated_at"])
            _record_evidence(locked, user)
    check.user = user


def _refuse_to_keep(check: SkillCheck, user: User) -> None:
    if check.user_id is not None:
        raise SkillCheckNotKept(_("This result has been kept in another account."))
    own = SkillCheck.objects.filter(user=user).first()
    if own is not None:
        day = date_format(own.submitted_at) if own.submitted_at else ""
        raise SkillCheckNotKept(
            _("You have kept the result of %(day)s. A second one would say less: you may know its questions.") % {"day": day}
        )
    met = met_by(user) & {version.item_id for version in versions_of(check)}
    if met:
        words = ngettext(
            "You had met %(n)s of these questions before, so the result cannot be kept.",
            "You had met %(n)s of these questions before, so the result cannot be kept.",
            len(met),
        )
        raise SkillCheckNotKept(words % {"n": len(met)})


def source_of_check(check: SkillCheck) -> str:
    """The name of a kept skill check among the sources of evidence."""
    return f"skill-check:{check.uuid}"


def _record_evidence(check: SkillCheck, user: User) -> None:
    answers = answers_in_check(check)
    record = scored(None, answers)
    if check.submitted_at is None:
        return
    record_findings(
        user=user,
        kind="assessment",
        source=source_of_check(check),
        label=_("Skill check"),
        occurred_at=check.submitted_at,
        findings=findings_of(record, answers),
        is_provisional=record.is_provisional,
        may_be_shared=True,
    )


def met_by(user: User) -> set[int]:
    """Items that somebody was asked, in assessments or in the skill check they kept."""
    asked = AttemptItem.objects.filter(attempt__user=user).values_list("item_id", flat=True)
    return set(asked) | met_in_skill_check(user.pk)


@shared_task(name="assessments.forget_skill_checks")
def forget_skill_checks() -> None:
    """Daily: those that nobody has kept."""
    expired = SkillCheck.objects.filter(user=None, expires_at__lte=timezone.now())
    delete_in_batches(expired, name="skill checks that nobody kept")
