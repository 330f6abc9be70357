"""The record of what was changed in a console."""

from typing import Any

from django.db import models

from accounts.enums import AUDIT_SCHEMA, AuditVerb
from accounts.models import AuditEvent, Membership, Organisation
from accounts.types import Actor


def record(
    *,
    verb: AuditVerb,
    summary: str,
    organisation: Organisation | None = None,
    actor: Actor = None,
    target: models.Model | None = None,
    person: Membership | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write one event; call it inside the transaction of the change. No personal data in `summary`, `before`, `after`.

    `person`: whom it concerns, where that is not the target itself.
    """
    return AuditEvent.objects.create(
        organisation=organisation,
        actor=actor,
        verb=verb,
        schema=AUDIT_SCHEMA,
        summary=summary,
        target_type=target._meta.label_lower if target is not None else "",
        target_id=str(getattr(target, "uuid", target.pk)) if target is not None else "",
        person=target if isinstance(target, Membership) else person,
        before=before or {},
        after=after or {},
    )
