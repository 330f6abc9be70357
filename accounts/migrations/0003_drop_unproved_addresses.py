"""Accounts that have proved an address keep the proved ones only.

Until 0.2.0 an author could write any address into their account in the pages of the CMS; who was then invited at that address
found somebody else's account behind it.
"""

from django.conf import settings
from django.db import migrations


def drop_unproved_addresses(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    EmailAddress = apps.get_model("account", "EmailAddress")
    proved = EmailAddress.objects.filter(verified=True)
    for user in User.objects.filter(pk__in=proved.values("user")).iterator(chunk_size=1000):
        own = list(proved.filter(user=user).order_by("-primary", "pk"))
        if user.email in {address.email for address in own}:
            continue
        EmailAddress.objects.filter(user=user, primary=True).exclude(pk=own[0].pk).update(primary=False)
        EmailAddress.objects.filter(pk=own[0].pk).update(primary=True)
        User.objects.filter(pk=user.pk).update(email=own[0].email)
    EmailAddress.objects.filter(verified=False, user__in=proved.values("user")).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_audit_verbs_of_accounts"),
        ("account", "0009_emailaddress_unique_primary_email"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(drop_unproved_addresses, migrations.RunPython.noop)]
