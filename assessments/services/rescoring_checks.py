"""Kept skill checks scored again, as `assessments.services.rescoring` does attempts.

One that nobody has kept is scored whenever its page is looked at, by the keys it was asked with, and forgotten. It is no
evidence, so there is nothing to correct.
"""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from assessments.models import ItemVersion, ScoringRecord, SkillCheck
from assessments.queries import Answer
from assessments.services.rescoring import PORTION, Keys, Plan, Report, Rescoring, rescoring_of, unreported
from assessments.services.scoring import findings_of, scored
from assessments.services.skill_checks import source_of_check
from skills.services import correct_evidence


def kept_checks() -> QuerySet[SkillCheck]:
    return SkillCheck.objects.filter(user__isnull=False, submitted_at__isnull=False)


def _portions(keys: Keys) -> Iterator[tuple[int, list[tuple[SkillCheck, Rescoring]]]]:
    """Kept checks looked at, and those of them to be scored again. Two queries each."""
    last = 0
    while checks := list(kept_checks().filter(pk__gt=last).order_by("pk")[:PORTION]):
        keys.load(version_id for check in checks for version_id, _order in check.questions)
        keys.load(key for check in checks for key in check.keyed_by.values())
        found = ((check, _rescoring(check, keys)) for check in checks)
        yield len(checks), [(check, rescoring) for check, rescoring in found if rescoring is not None]
        last = checks[-1].pk


def _rescoring(check: SkillCheck, keys: Keys) -> Rescoring | None:
    given = [(version_id, check.answers.get(str(version_id), [])) for version_id, _order in check.questions]
    return rescoring_of(_in_force(check, given, keys), given, keys, attempt=None, user_id=check.user_id or 0)


def _in_force(check: SkillCheck, given: list[tuple[int, list[str]]], keys: Keys) -> ScoringRecord:
    """What it was scored last, worked out again: a skill check has no record of its own."""
    used = [keys.known[check.keyed_by.get(str(version_id), version_id)] for version_id, _chosen in given]
    record = scored(None, [Answer(version, chosen) for version, (_id, chosen) in zip(used, given, strict=True)])
    record.keyed_by = check.keyed_by
    return record


def plan_rescoring_of_checks(*, report: Report = unreported) -> Plan:
    """What `rescore_checks` would do, without writing anything."""
    keys, planned = Keys(), Plan(None, [])
    asked: set[str] = set()
    total, looked_at = kept_checks().count(), 0
    for count, found in _portions(keys):
        for _check, rescoring in found:
            planned.add(rescoring)
            asked.update(rescoring.after.keyed_by)
        looked_at += count
        report(looked_at, max(total, looked_at))
    keyed = ItemVersion.objects.filter(pk__in=map(int, asked)).values_list("item__key", flat=True)
    planned.questions = sorted(set(keyed))
    return planned


def rescore_checks(*, report: Report = unreported) -> int:
    """Score kept skill checks under the keys of today, each in its own transaction; how many were scored again.

    It may be stopped anywhere and begun again, and two may be at it.
    """
    total, looked_at, rescored = kept_checks().count(), 0, 0
    for count, found in _portions(Keys()):
        rescored += sum(_write(check, rescoring) for check, rescoring in found)
        looked_at += count
        report(looked_at, max(total, looked_at))
    return rescored


@transaction.atomic
def _write(check: SkillCheck, rescoring: Rescoring) -> bool:
    """False where it is gone, or somebody else has scored it again since it was read."""
    owner = User.objects.select_for_update(no_key=True).filter(pk=rescoring.user_id).first()
    locked = SkillCheck.objects.select_for_update(no_key=True).filter(pk=check.pk).first()
    if owner is None or locked is None or locked.user_id != owner.pk or locked.keyed_by != check.keyed_by:
        return False
    locked.keyed_by, locked.rekeyed = rescoring.after.keyed_by, rescoring.after.rekeyed
    locked.scored_again_at = timezone.now()
    locked.save(update_fields=["keyed_by", "rekeyed", "scored_again_at", "updated_at"])
    correct_evidence(
        user=owner,
        source=source_of_check(locked),
        findings=findings_of(rescoring.after, rescoring.answers),
        is_provisional=rescoring.after.is_provisional,
    )
    return True
