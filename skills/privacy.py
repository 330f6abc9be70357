"""What skills holds of a person: their record of evidence, and what of it they share."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.personal_data import Row, erased, moment, part_of_rows, part_that_goes
from skills.models import Evidence, SharedEvidence


def _record(user: User) -> QuerySet[Evidence]:
    return Evidence.objects.filter(user=user).select_related("skill").order_by("pk")


def _evidence(evidence: Evidence) -> Row:
    return {
        "skill": evidence.skill.name,
        "from": evidence.label,
        "kind": evidence.kind,
        "at": moment(evidence.occurred_at),
        "share": evidence.share,
        "share_low": evidence.share_low,
        "share_high": evidence.share_high,
        "items": evidence.items,
        "place": evidence.place,
        "place_low": evidence.place_low,
        "place_high": evidence.place_high,
        "likely_level": evidence.likely_level,
        "likely_low": evidence.likely_low,
        "likely_high": evidence.likely_high,
        "level": evidence.level,
        "is_provisional": evidence.is_provisional,
    }


def _shares(user: User) -> QuerySet[SharedEvidence]:
    own = SharedEvidence.objects.filter(evidence__user=user)
    return own.select_related("evidence__skill", "membership__organisation").order_by("pk")


def _share(shared: SharedEvidence) -> Row:
    return {
        "with": shared.membership.organisation.name,
        "skill": shared.evidence.skill.name,
        "from": shared.evidence.label,
        "shared_at": moment(shared.created_at),
    }


def erase_evidence(user: User) -> int:
    return Evidence.objects.filter(user=user).delete()[0]


PARTS = (
    part_that_goes(
        "shared_evidence",
        _("Evidence that you share with your organisation"),
        _shares,
        _share,
        "skills.SharedEvidence",
        headings=("with",),
    ),
    part_of_rows(
        "skills",
        _("Your record of skills"),
        _record,
        _evidence,
        erase_evidence,
        erased("skills.Evidence"),
        headings=("skill",),
    ),
)
