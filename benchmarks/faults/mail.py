"""A mail server that takes connections and says nothing: pages, checks and payments do not notice."""

import time

from benchmarks.faults.site import (
    Browser,
    asked_again_and_again,
    check,
    mail_server,
    make_organisation,
    make_user_with_password,
    say,
    site,
    table,
)

MAX_HEALTHZ, MAX_RESET, MAX_CHECK = 100, 1000, 5
ALONE, LASTS = 15, 45


def run() -> list[str]:
    problems: list[str] = []
    with mail_server(hangs=True) as smtp, site(smtp.port) as started:
        from mail.models import MailDelivery
        from mail.services import enqueue_mail

        organisation, admin = make_organisation("acme")
        user = make_user_with_password("ann")
        console, visitor, prober = Browser(started, admin), Browser(started), Browser(started)
        # The first check imports what it needs.
        say("first check of two rows, before", [check(console, organisation, table("first", 2))], "s")
        with asked_again_and_again(lambda: prober.get("/healthz"), 0.05) as before:
            time.sleep(ALONE)
        say("/healthz, before", before)
        visitor.get("/accounts/password/reset/")
        with asked_again_and_again(lambda: prober.get("/healthz"), 0.05) as health:
            began = time.monotonic()
            answer = visitor.post("/accounts/password/reset/", {"email": user.email})
            reset = 1000 * (time.monotonic() - began)
            for number in range(6):
                about = {"course_title": "A course", "inviter": "", "days": 30, "first_name": "P"}
                enqueue_mail(
                    template="invitation", recipient=f"p{number}@example.org", context=about, organisation=organisation
                )
            checks = []
            while time.monotonic() - began < LASTS:
                checks.append(check(console, organisation, table(f"row{len(checks)}-", 2)))
                time.sleep(1)
        print(f"password reset: answered with {answer.status_code} within {reset:,.0f} ms")
        say("/healthz", health)
        say("check of two rows", checks, "s")
        waiting = MailDelivery.objects.filter(state__in=["queued", "sending"]).count()
        print(f"mails that wait: {waiting}; connections to the server: {smtp.connections}")
    if answer.status_code != 302 or reset > MAX_RESET:
        problems.append(f"the reset took {reset:,.0f} ms, with {answer.status_code}")
    if max(health) > MAX_HEALTHZ:
        problems.append(f"/healthz took {max(health):,.0f} ms")
    if max(checks) > MAX_CHECK:
        problems.append(f"a check of two rows took {max(checks):,.1f} s")
    if waiting != 7 or not smtp.connections:
        problems.append(f"{waiting} of 7 mails wait")
    return problems
