from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a member may do beside learning; every member is a learner."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Administrator")
    LND_PARTNER = "lnd_partner", _("L&D partner")
    DATA_STEWARD = "data_steward", _("Data steward")
    OUTCOMES_READER = "outcomes_reader", _("Reader of outcomes")
    MANAGER = "manager", _("Team manager")
    BILLING = "billing", _("Billing")


class MembershipState(models.TextChoices):
    INVITED = "invited", _("Invited")
    ACTIVE = "active", _("Active")
    LEFT = "left", _("Left")


# Raised when what an audit event carries changes its meaning, so that whoever exports events can tell them apart.
AUDIT_SCHEMA = 1


class AuditVerb(models.TextChoices):
    """What was done, as `noun.verb`. The noun is the area by which the log is filtered."""

    ACCOUNT_DEACTIVATED = "account.deactivated"
    ACCOUNT_CLOSING_ASKED = "account.closing_asked"
    ACCOUNT_ERASED = "account.erased"
    ACCOUNT_EXPORTED = "account.exported"
    ACCOUNT_GROUP_ADDED = "account.group_added"
    ACCOUNT_GROUP_REMOVED = "account.group_removed"
    ACCOUNT_KEPT = "account.kept"
    ACCOUNT_REACTIVATED = "account.reactivated"
    ACCOUNT_SECOND_FACTOR_REMOVED = "account.second_factor_removed"
    ACCOUNT_STAFF_GRANTED = "account.staff_granted"
    ACCOUNT_STAFF_WITHDRAWN = "account.staff_withdrawn"
    ANALYSIS_REFRESH_STARTED = "analysis.refresh_started"
    ANALYSIS_REFRESH_STOPPED = "analysis.refresh_stopped"
    ANALYSIS_REQUESTED = "analysis.requested"
    CERTIFICATE_CORRECTED = "certificate.corrected"
    CERTIFICATE_REVOKED = "certificate.revoked"
    COHORT_CHANGED = "cohort.changed"
    COHORT_CREATED = "cohort.created"
    COHORT_PEOPLE_ADDED = "cohort.people_added"
    COHORT_PERSON_REMOVED = "cohort.person_removed"
    COHORT_REMINDED = "cohort.reminded"
    EVIDENCE_SHARED = "evidence.shared"
    EVIDENCE_TAKEN_BACK = "evidence.taken_back"
    EXPECTATION_CHANGED = "expectation.changed"
    EXPECTATION_MEASURED = "expectation.measured"
    EXPECTATION_STATED = "expectation.stated"
    EXPECTATION_WITHDRAWN = "expectation.withdrawn"
    FRAMEWORK_BEGUN = "framework.begun"
    FRAMEWORK_CHANGED = "framework.changed"
    FRAMEWORK_PUT_AWAY = "framework.put_away"
    FRAMEWORK_TAKEN_UP = "framework.taken_up"
    GAP_CAUSES_RECORDED = "gap.causes_recorded"
    GAP_CHANGED = "gap.changed"
    GAP_RECORDED = "gap.recorded"
    GAP_REMEASURED = "gap.remeasured"
    IMPORT_APPLIED = "import.applied"
    IMPORT_DISCARDED = "import.discarded"
    IMPORT_MAPPED = "import.mapped"
    IMPORT_RECEIVED = "import.received"
    IMPORT_ROWS_SKIPPED = "import.rows_skipped"
    IMPORT_WITHDRAWN = "import.withdrawn"
    MAIL_RESENT = "mail.resent"
    OBJECTION_RECORDED = "objection.recorded"
    OBJECTION_WITHDRAWN = "objection.withdrawn"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_DISPUTED = "order.disputed"
    ORDER_DISPUTE_LOST = "order.dispute_lost"
    ORDER_DISPUTE_WON = "order.dispute_won"
    ORDER_FAILED = "order.failed"
    ORDER_FLAGGED = "order.flagged"
    ORDER_PAID = "order.paid"
    ORDER_PARTLY_REFUNDED = "order.partly_refunded"
    ORDER_PROCESSING = "order.processing"
    ORDER_REFUNDED = "order.refunded"
    ORDER_REFUND_FAILED = "order.refund_failed"
    ORDER_REOPENED = "order.reopened"
    ORDER_RESTORED = "order.restored"
    ORDER_REVERSED = "order.reversed"
    ORDER_REVIEWED = "order.reviewed"
    ORDER_STARTED = "order.started"
    ORGANISATION_CHANGED = "organisation.changed"
    ORGANISATION_CREATED = "organisation.created"
    OUTCOMES_IMPORTED = "outcomes.imported"
    OUTCOMES_WITHDRAWN = "outcomes.withdrawn"
    AUDIT_EXPORTED = "audit.exported"
    PEOPLE_ADDED = "people.added"
    PEOPLE_EXPORTED = "people.exported"
    PEOPLE_INVITED_AGAIN = "people.invited_again"
    PERSON_CHANGED = "person.changed"
    PERSON_INVITED_AGAIN = "person.invited_again"
    PERSON_JOINED = "person.joined"
    PERSON_LEFT = "person.left"
    PERSON_REINSTATED = "person.reinstated"
    PRICE_SET = "price.set"
    REFUND_ACCEPTED = "refund.accepted"
    REFUND_DECLINED = "refund.declined"
    REFUND_REJECTED = "refund.rejected"
    REFUND_REQUESTED = "refund.requested"
    ROLE_ASSIGNED = "role.assigned"
    ROLE_REMOVED = "role.removed"
    SEAT_ASSIGNED = "seat.assigned"
    SEAT_FREED = "seat.freed"
    SPECIFICATION_APPROVED = "specification.approved"
    SPECIFICATION_CHANGED = "specification.changed"
    SPECIFICATION_WRITTEN = "specification.written"
    TEAM_CREATED = "team.created"
    TEAM_DELETED = "team.deleted"
    TEAM_RENAMED = "team.renamed"


class Fate(models.TextChoices):
    """What becomes of what is held about somebody when they close their account."""

    ERASED = "erased", _("erased")
    ANONYMOUS = "anonymous", _("made anonymous")
    KEPT = "kept", _("kept")
