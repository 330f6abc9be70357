"""Every address is of the account that has proved it, in lower case, and accounts that have proved one keep the proved ones only.

Until 0.2.0 an author could write any address into their account in the pages of the CMS; who was then invited at that address
found somebody else's account behind it. An account that goes by an address which somebody else has proved, and has proved none
itself, keeps everything but the address.
"""

import logging
import uuid
from collections import defaultdict

from django.conf import settings
from django.db import migrations

log = logging.getLogger(__name__)
BATCH = 1000


def settle_addresses(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    EmailAddress = apps.get_model("account", "EmailAddress")
    write_in_lower_case(User, EmailAddress)
    proved = proved_by_user(EmailAddress)
    owners = {email: user for user, emails in proved.items() for email in emails}
    leaving = leaving_accounts(User, proved, owners)
    # One may have what another takes, so all leave before any arrives.
    for user in leaving:
        User.objects.filter(pk=user).update(email=f"{uuid.uuid4().hex}@no-address.invalid")
    for user in leaving:
        if user in proved:
            return_to(User, EmailAddress, user, proved[user][0])
    drop_unproved_rows(EmailAddress, proved, owners)
    report(len(leaving), sum(user not in proved for user in leaving))


def write_in_lower_case(User, EmailAddress):
    """Rows that differ in case only become one: a proved one of the account that goes by it, or else the oldest proved one."""
    rows = defaultdict(list)
    for row in EmailAddress.objects.order_by("pk").values("pk", "user_id", "email", "verified", "primary").iterator(BATCH):
        rows[row["email"].lower()].append(row)
    for email, same in rows.items():
        if len(same) == 1 and same[0]["email"] == email:
            continue
        holder = User.objects.filter(email=email).values_list("pk", flat=True).first()
        keep_one_a_user(EmailAddress, email, same, holder)


def keep_one_a_user(EmailAddress, email, same, holder):
    owner = min((row for row in same if row["verified"]), key=lambda row: (row["user_id"] != holder, row["pk"]), default=None)
    by_user = defaultdict(list)
    for row in same:
        by_user[row["user_id"]].append(row)
    EmailAddress.objects.filter(pk__in=[row["pk"] for row in same]).exclude(verified=False, primary=False).update(
        verified=False, primary=False
    )
    for user, own in by_user.items():
        EmailAddress.objects.filter(pk__in=[row["pk"] for row in own[1:]]).delete()
        EmailAddress.objects.filter(pk=own[0]["pk"]).update(
            email=email,
            verified=owner is not None and user == owner["user_id"],
            primary=any(row["primary"] for row in own),
        )


def proved_by_user(EmailAddress):
    """What each account has proved, first what it should go by."""
    proved = defaultdict(list)
    rows = EmailAddress.objects.filter(verified=True).order_by("-primary", "pk").values_list("user_id", "email")
    for user, email in rows.iterator(BATCH):
        proved[user].append(email)
    return dict(proved)


def leaving_accounts(User, proved, owners):
    """Accounts that go by what they have not proved, where they have proved something else, or somebody else has proved it."""
    return [
        user
        for user, email in User.objects.order_by("pk").values_list("pk", "email").iterator(BATCH)
        if (user in proved or email in owners) and owners.get(email) != user
    ]


def return_to(User, EmailAddress, user, email):
    EmailAddress.objects.filter(user=user, primary=True).exclude(email=email).update(primary=False)
    EmailAddress.objects.filter(user=user, email=email).update(primary=True)
    User.objects.filter(pk=user).update(email=email)


def drop_unproved_rows(EmailAddress, proved, owners):
    """What an account with a proved address only wrote down, and what anybody wrote down that somebody else has proved."""
    rows = EmailAddress.objects.filter(verified=False).values_list("pk", "user_id", "email")
    dropped = [pk for pk, user, email in rows.iterator(BATCH) if user in proved or email in owners]
    for start in range(0, len(dropped), BATCH):
        EmailAddress.objects.filter(pk__in=dropped[start : start + BATCH]).delete()


def report(moved, without):
    if moved:
        log.warning("Accounts that went by an address they had not proved: %d. Now without any address: %d.", moved, without)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_audit_verbs_of_accounts"),
        ("account", "0009_emailaddress_unique_primary_email"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(settle_addresses, migrations.RunPython.noop)]
