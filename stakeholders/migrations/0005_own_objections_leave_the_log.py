"""The log of an organisation no longer says when a member left their data out, or took part again: the minute named them."""

from django.db import migrations

VERBS = ("objection.recorded", "objection.withdrawn")


def forget_own_acts(apps, schema_editor):
    """Those of members are about the organisation and have no actor; what was recorded for somebody is about an objection.

    No event depends on another one, and the objections themselves say what was done.
    """
    AuditEvent = apps.get_model("accounts", "AuditEvent")
    AuditEvent.objects.filter(verb__in=VERBS, actor=None, target_type="accounts.organisation").delete()


class Migration(migrations.Migration):

    dependencies = [
        ('stakeholders', '0004_objections'),
        ('accounts', '0015_verbs_of_asking_again'),
    ]

    operations = [
        migrations.RunPython(forget_own_acts, migrations.RunPython.noop),
    ]
