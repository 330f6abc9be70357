"""Uploading, asking and reading become three rights. An L&D partner had all three, so each of them becomes a data steward too."""

from django.db import migrations, models

PARTNER, STEWARD = "lnd_partner", "data_steward"
SUMMARY = "Assigned the role “Data steward”, because an L&D partner could upload before this update"


def make_partners_stewards(apps, schema_editor):
    """Nothing is taken from anybody by the update; an owner takes the second role away where two people share the work."""
    RoleAssignment = apps.get_model("accounts", "RoleAssignment")
    AuditEvent = apps.get_model("accounts", "AuditEvent")
    Membership = apps.get_model("accounts", "Membership")
    stewards = RoleAssignment.objects.filter(role=STEWARD).values("membership")
    partners = Membership.objects.filter(roles__role=PARTNER).exclude(pk__in=stewards).distinct()
    for membership in list(partners):
        RoleAssignment.objects.create(membership=membership, role=STEWARD)
        AuditEvent.objects.create(
            organisation_id=membership.organisation_id,
            schema=1,
            verb="role.assigned",
            target_type="accounts.membership",
            target_id=str(membership.uuid),
            person=membership,
            summary=SUMMARY,
            after={"role": STEWARD, "team": ""},
        )


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0013_closing_accounts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='auditevent',
            name='verb',
            field=models.CharField(choices=[('account.deactivated', 'Account Deactivated'), ('account.closing_asked', 'Account Closing Asked'), ('account.erased', 'Account Erased'), ('account.exported', 'Account Exported'), ('account.group_added', 'Account Group Added'), ('account.group_removed', 'Account Group Removed'), ('account.kept', 'Account Kept'), ('account.reactivated', 'Account Reactivated'), ('account.second_factor_removed', 'Account Second Factor Removed'), ('account.staff_granted', 'Account Staff Granted'), ('account.staff_withdrawn', 'Account Staff Withdrawn'), ('analysis.requested', 'Analysis Requested'), ('certificate.corrected', 'Certificate Corrected'), ('certificate.revoked', 'Certificate Revoked'), ('cohort.changed', 'Cohort Changed'), ('cohort.created', 'Cohort Created'), ('cohort.people_added', 'Cohort People Added'), ('cohort.person_removed', 'Cohort Person Removed'), ('cohort.reminded', 'Cohort Reminded'), ('expectation.changed', 'Expectation Changed'), ('expectation.measured', 'Expectation Measured'), ('expectation.stated', 'Expectation Stated'), ('expectation.withdrawn', 'Expectation Withdrawn'), ('gap.causes_recorded', 'Gap Causes Recorded'), ('gap.changed', 'Gap Changed'), ('gap.recorded', 'Gap Recorded'), ('gap.remeasured', 'Gap Remeasured'), ('import.applied', 'Import Applied'), ('import.discarded', 'Import Discarded'), ('import.mapped', 'Import Mapped'), ('import.received', 'Import Received'), ('import.rows_skipped', 'Import Rows Skipped'), ('import.withdrawn', 'Import Withdrawn'), ('mail.resent', 'Mail Resent'), ('objection.recorded', 'Objection Recorded'), ('objection.withdrawn', 'Objection Withdrawn'), ('order.cancelled', 'Order Cancelled'), ('order.disputed', 'Order Disputed'), ('order.dispute_lost', 'Order Dispute Lost'), ('order.dispute_won', 'Order Dispute Won'), ('order.failed', 'Order Failed'), ('order.flagged', 'Order Flagged'), ('order.paid', 'Order Paid'), ('order.partly_refunded', 'Order Partly Refunded'), ('order.processing', 'Order Processing'), ('order.refunded', 'Order Refunded'), ('order.refund_failed', 'Order Refund Failed'), ('order.reopened', 'Order Reopened'), ('order.restored', 'Order Restored'), ('order.reversed', 'Order Reversed'), ('order.reviewed', 'Order Reviewed'), ('order.started', 'Order Started'), ('organisation.changed', 'Organisation Changed'), ('organisation.created', 'Organisation Created'), ('outcomes.imported', 'Outcomes Imported'), ('outcomes.withdrawn', 'Outcomes Withdrawn'), ('audit.exported', 'Audit Exported'), ('people.added', 'People Added'), ('people.exported', 'People Exported'), ('people.invited_again', 'People Invited Again'), ('person.changed', 'Person Changed'), ('person.invited_again', 'Person Invited Again'), ('person.joined', 'Person Joined'), ('person.left', 'Person Left'), ('person.reinstated', 'Person Reinstated'), ('price.set', 'Price Set'), ('refund.accepted', 'Refund Accepted'), ('refund.declined', 'Refund Declined'), ('refund.rejected', 'Refund Rejected'), ('refund.requested', 'Refund Requested'), ('role.assigned', 'Role Assigned'), ('role.removed', 'Role Removed'), ('seat.assigned', 'Seat Assigned'), ('seat.freed', 'Seat Freed'), ('specification.approved', 'Specification Approved'), ('specification.changed', 'Specification Changed'), ('specification.written', 'Specification Written'), ('team.created', 'Team Created'), ('team.deleted', 'Team Deleted'), ('team.renamed', 'Team Renamed')], help_text='What was done, as `noun.verb`, such as cohort.created.', max_length=60),
        ),
        migrations.AlterField(
            model_name='roleassignment',
            name='role',
            field=models.CharField(choices=[('owner', 'Owner'), ('admin', 'Administrator'), ('lnd_partner', 'L&D partner'), ('data_steward', 'Data steward'), ('outcomes_reader', 'Reader of outcomes'), ('manager', 'Team manager'), ('billing', 'Billing')], max_length=20),
        ),
        migrations.RunPython(make_partners_stewards, migrations.RunPython.noop),
    ]
