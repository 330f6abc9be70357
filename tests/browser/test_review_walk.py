"""The whole life of an agreement: written, confirmed, read again, reviewed by both on the day, and the next day agreed on."""

import datetime as dt
import subprocess
import sys
import zoneinfo
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.look import look
from tests.browser.people import link_in, newest_mail
from tests.browser.stack import ROOT, Site, environment_of

LEARNER, PARTY = "leila@northwind.example", "hana@supplier.example"
TITLE = "Deliveries before the weekend"


def run_on(site: Site, code: str) -> None:
    """As the scheduler does hourly, or a person in their profile: here without waiting for either."""
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", code]
    subprocess.run(command, cwd=ROOT, env=environment_of(site.var), capture_output=True, text=True, check=True)


def zone_at_noon() -> str:
    """A time zone in which people are written to now, whatever the time is here."""
    ahead = 12 - dt.datetime.now(dt.UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def write_and_send(page: Page, base_url: str, day: dt.date) -> str:
    page.goto(f"{base_url}/agreements/new/")
    page.get_by_label("What it is about").fill(TITLE)
    page.get_by_label("Who it is with").fill("Hana Brandt")
    page.get_by_label("Their e-mail address").fill(PARTY)
    page.get_by_label("What they expect of me").fill("The list by Thursday noon.")
    page.get_by_label("What I expect of them").fill("A call when it cannot be done.")
    page.get_by_label("Review date").fill(day.isoformat())
    page.get_by_role("button", name="Save and review").click()
    page.get_by_role("button", name="Send to Hana Brandt").click()
    expect(page.get_by_text("has not answered yet")).to_be_visible()
    return page.url


def confirm(party: Page, base_url: str) -> None:
    party.goto(link_in(newest_mail(party, base_url, PARTY, "asks what you expect")))
    party.get_by_role("button", name="Yes, confirm it").click()
    expect(party.get_by_role("heading", name="Thank you")).to_be_visible()
    look(party, "stakeholder-confirmed")
    copy = newest_mail(party, base_url, PARTY, "a copy for you")
    assert "The list by Thursday noon." in copy
    look(party, "mail-agreement-copy")


def answer(page: Page, verdict: str, words: str) -> None:
    page.get_by_label(verdict, exact=True).check()
    page.get_by_label("What has changed").fill(words)
    page.get_by_role("button", name="Save your answer").click()


def test_an_agreement_is_made_kept_and_renewed(as_person: Callable[..., Page], base_url: str, site: Site) -> None:
    zone = zone_at_noon()
    run_on(site, f"from accounts.models import User; User.objects.filter(email='{LEARNER}').update(time_zone='{zone}')")
    today = dt.datetime.now(zoneinfo.ZoneInfo(zone)).date()
    learner, party = as_person(LEARNER), as_person()
    agreement = write_and_send(learner, base_url, today)
    confirm(party, base_url)

    # The day has come: both are asked, each answers alone.
    run_on(site, "from practice.services import ask_about_reviews; ask_about_reviews()")
    party.goto(link_in(newest_mail(party, base_url, PARTY, "Review day")))
    expect(party.get_by_role("heading", name=TITLE, level=1)).to_be_visible()
    look(party, "review-party-asked")
    answer(party, "Partly kept", "Two lists came on Friday.")
    expect(party.get_by_text("Thank you. Your answer has been saved.")).to_be_visible()
    look(party, "review-party-answered")
    learner.goto(f"{base_url}/learn/")
    expect(learner.get_by_text(f"Next: review your agreement “{TITLE}”")).to_be_visible()
    look(learner, "learning-review-due")
    learner.get_by_role("link", name="Say whether it was kept").click()
    expect(learner.get_by_text("Hana Brandt has answered.")).to_be_visible()
    expect(learner.get_by_text("Two lists came on Friday.")).to_have_count(0)
    look(learner, "review-learner-asked")
    answer(learner, "Kept", "We moved the deadline to Thursday.")

    # Side by side for both, then the next day.
    expect(learner.get_by_text("Two lists came on Friday.")).to_be_visible()
    expect(learner.get_by_text("Seen differently").first).to_be_visible()
    look(learner, "review-compared")
    learner.get_by_label("Next review day").fill((today + dt.timedelta(days=90)).isoformat())
    learner.get_by_role("button", name="Set the next review day").click()
    expect(learner.get_by_text("The next review day is set.")).to_be_visible()
    expect(learner.get_by_role("heading", name="Earlier reviews")).to_be_visible()
    look(learner, "review-next")
    newest_mail(party, base_url, PARTY, "Your next review day")
    party.goto(link_in(newest_mail(party, base_url, PARTY, "Review day")))
    party.get_by_text("Seen differently").click()
    expect(party.get_by_text("We moved the deadline to Thursday.")).to_be_visible()
    look(party, "review-party-next")
    with party.expect_download() as download:
        party.get_by_role("link", name="Add it to your calendar").click()
    assert b"BEGIN:VEVENT" in download.value.path().read_bytes()

    # One click for whoever wants no more of these mails; deleting closes the page.
    party.get_by_role("button", name="Stop e-mails about this agreement").click()
    expect(party.get_by_text("You get no more e-mails about this agreement.")).to_be_visible()
    learner.goto(f"{base_url}/accounts/profile/")
    look(learner, "profile-mails")
    learner.goto(f"{base_url}/agreements/")
    look(learner, "agreements-reviewed")
    learner.goto(agreement)
    learner.get_by_role("link", name="Delete this agreement").click()
    learner.get_by_role("button", name="Delete agreement").click()
    party.reload()
    expect(party.get_by_role("heading", name="This link was cancelled")).to_be_visible()
    run_on(site, f"from accounts.models import User; User.objects.filter(email='{LEARNER}').update(time_zone='')")
