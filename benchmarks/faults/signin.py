"""40,000 rows are applied on SQLite: people sign in meanwhile."""

import time

from benchmarks.faults.site import (
    PASSWORD,
    Browser,
    apply,
    asked_again_and_again,
    mail_server,
    make_organisation,
    make_user_with_password,
    say,
    site,
    state_of,
    table,
    until,
    upload,
)

ROWS, MAX_SECONDS = 40_000, 1


def run() -> list[str]:
    problems: list[str] = []
    with mail_server() as smtp, site(smtp.port) as started:
        organisation, admin = make_organisation("acme")
        user = make_user_with_password("ann")
        console, answers = Browser(started, admin), []

        def sign_in() -> None:
            answers.append(Browser(started).post("/accounts/login/", {"login": user.email, "password": PASSWORD}).status_code)

        with asked_again_and_again(sign_in, 1.2) as alone:
            time.sleep(12)
        say("sign-in before", alone)
        staged = upload(console, organisation, table("p", ROWS))
        if not until(lambda: state_of(staged) == "ready", 600):
            return [f"the file was not checked: {state_of(staged)}"]
        answers.clear()
        with asked_again_and_again(sign_in, 1.2) as took:
            began = time.monotonic()
            apply(console, staged)
            if not until(lambda: state_of(staged) == "applied", 1200):
                problems.append(f"the import was not applied: {state_of(staged)}")
            seconds = time.monotonic() - began
        print(f"{ROWS:,} rows applied within {seconds:,.0f} s")
        say("sign-in meanwhile", took)
    if refused := [status for status in answers if status != 302]:
        problems.append(f"{len(refused)} of {len(answers)} sign-ins were answered with {sorted(set(refused))}")
    if max(took) > 1000 * MAX_SECONDS:
        problems.append(f"a sign-in took {max(took) / 1000:.1f} s")
    return problems
