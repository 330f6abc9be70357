"""A learner shows one piece of evidence to one organisation of theirs, until they take it back."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.enums import AuditVerb, MembershipState
from accounts.models import Membership, Organisation, User
from skills.errors import NotShared
from skills.models import Evidence, SharedEvidence


@transaction.atomic
def share_evidence(*, evidence: Evidence, organisation: Organisation, user: User) -> SharedEvidence:
    """Show it to the organisation; of a piece that corrects one that was shared, instead of that one. Again is the same.

    Raises `NotShared`.
    """
    membership = _joined(organisation, user)
    if evidence.user_id != user.pk or not evidence.may_be_shared:
        raise NotShared(_("This piece of evidence stays with you alone."))
    if evidence.replaced_by.exists():
        raise NotShared(_("This was scored again in the meantime. Look at what it says now, then share that."))
    shared, is_new = SharedEvidence.objects.get_or_create(membership=membership, evidence=evidence)
    if is_new:
        _shares_of_source(evidence).filter(membership=membership).exclude(pk=shared.pk).delete()
        _record(AuditVerb.EVIDENCE_SHARED, _("Shared a piece of evidence with their organisation"), evidence, user)
    return shared


def _joined(organisation: Organisation, user: User) -> Membership:
    """Locked, so that nothing is shared with an organisation that somebody is just leaving."""
    found = Membership.objects.filter(organisation=organisation, user=user)
    for membership in Membership.objects.lock(found):
        if membership.state == MembershipState.ACTIVE and membership.user_id == user.pk:
            return membership
    raise NotShared(_("You do not belong to this organisation any more, so nothing was shared."))


def _shares_of_source(evidence: Evidence) -> QuerySet[SharedEvidence]:
    """Of the piece and of those that it corrects or that correct it."""
    return SharedEvidence.objects.filter(
        evidence__user=evidence.user_id, evidence__skill=evidence.skill_id, evidence__source=evidence.source
    )


@transaction.atomic
def take_back_evidence(*, evidence: Evidence, organisation: Organisation, user: User) -> None:
    """The organisation sees it no more from now on. It locks nobody, so that nothing makes it wait; again is the same."""
    shares = _shares_of_source(evidence).filter(membership__organisation=organisation, membership__user=user)
    deleted, _by_model = shares.delete()
    if deleted:
        _record(AuditVerb.EVIDENCE_TAKEN_BACK, _("Took a piece of evidence back"), evidence, user)


def end_shares(membership: Membership) -> None:
    """Whoever leaves an organisation, or is removed from it, shows it nothing more, also if they come back."""
    SharedEvidence.objects.filter(membership=membership).delete()


def _record(verb: AuditVerb, summary: str, evidence: Evidence, user: User) -> None:
    """In the record of the person, not in that of the organisation, which would keep telling of what was taken back."""
    record(verb=verb, summary=summary, actor=user, target=evidence)
