"""50,000 invitations go out to a mail server that takes them: checks of small files and receipts do not wait for them."""

import time
import uuid

from benchmarks.faults.site import (
    Browser,
    check,
    mail_server,
    make_organisation,
    make_users,
    paid_order,
    payments,
    say,
    site,
    table,
    tell,
    until,
)

INVITED, ROUNDS = 50_000, 12
MAX_CHECK, MAX_RECEIPT = 5, 5


def run() -> list[str]:
    with payments() as (fake, keys), mail_server() as smtp, site(smtp.port, **keys) as started:
        from mail.models import MailDelivery

        organisation, admin = make_organisation("acme")
        buyers = make_users("buyer", ROUNDS)
        console = Browser(started, admin)
        invite_everybody(organisation, admin)
        until(lambda: len(smtp.mails) > 100, 120)
        before, began, checks, receipts = len(smtp.mails), time.monotonic(), [], []
        for buyer in buyers:
            checks.append(check(console, organisation, table(f"row{len(checks)}-", 2)))
            order, event = paid_order(fake, buyer)
            paid = time.monotonic()
            tell(console, event)
            receipt = MailDelivery.objects.filter(template="receipt", about=f"order:{order.uuid}", state="sent")
            if until(receipt.exists, 60):
                receipts.append(time.monotonic() - paid)
            time.sleep(1)
        rate = (len(smtp.mails) - before) / (time.monotonic() - began)
        bulk = MailDelivery.objects.filter(priority="bulk")
        left, failed = bulk.filter(state__in=["queued", "sending"]).count(), bulk.filter(state="failed").count()
        print(f"invitations: {INVITED - left - failed:,} of {INVITED:,} sent, {rate:,.0f} mails a second, {failed} failed")
        say("check of two rows", checks, "s")
        say("receipt, from the payment", receipts, "s")
    problems = [f"a check took {took:.1f} s" for took in checks if took > MAX_CHECK]
    problems += [f"a receipt took {took:.1f} s" for took in receipts if took > MAX_RECEIPT]
    if len(receipts) != ROUNDS:
        problems.append(f"{ROUNDS - len(receipts)} receipts were not sent")
    if failed or not left or not rate:
        problems.append(f"{failed} invitations failed, {left} were left, {rate:.0f} mails a second")
    return problems


def invite_everybody(organisation, admin) -> None:
    from django.utils import timezone

    from accounts.models import Membership
    from accounts.services.invitations import invite
    from mail.services import send_bulk_after_commit

    now = timezone.now()
    people = Membership.objects.bulk_create(
        [
            Membership(
                organisation=organisation, email=f"p{n}@example.org", first_name=f"P{n}", state="invited", invited_at=now
            )
            for n in range(INVITED)
        ],
        batch_size=1000,
    )
    invite(organisation=organisation, memberships=people, actor=admin, batch=uuid.uuid4())
    send_bulk_after_commit(organisation.pk)
