"""One of the forty colleagues: from the invitation to an agreement that a stakeholder has corrected."""

import datetime as dt
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.console import CONSOLE
from tests.browser.lessons import (
    NEW_PASSWORD,
    QUESTIONS,
    answer_checks,
    expect_results,
    find_assessment,
    finish_lesson,
    go_through_course,
    open_certificate,
    submit_assessment,
    take_assessment,
)
from tests.browser.look import look
from tests.browser.people import link_in, newest_mail

FREE = "/courses/uncover-what-others-expect/"


def accept_invitation(page: Page, base_url: str, email: str) -> None:
    page.goto(link_in(newest_mail(page, base_url, email)))
    expect(page.get_by_role("heading", name="Northwind Care invites you")).to_be_visible()
    look(page, "invitation")
    page.get_by_label("Choose a password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Join Northwind Care").click()
    page.wait_for_url("**/learn/")


def leave_in_the_middle(page: Page) -> str:
    """Read as far as the fourth block of the lesson, and close the page; returns where that was."""
    block = page.locator("[data-block]").nth(3)
    identity = block.get_attribute("data-block")
    told = re.compile(rf"block={identity}")
    with page.expect_request(
        lambda request: request.url.endswith("/position/") and told.search(request.post_data or "")
    ) as request:
        block.evaluate("element => element.scrollIntoView({ block: 'start', behavior: 'instant' })")
    request.value.response()
    address = f"{page.url.split('#')[0]}#b-{identity}"
    page.close()
    return address


def write_agreement(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/agreements/new/")
    page.get_by_label("What it is about").fill("Changes to the rota")
    page.get_by_label("Who it is with").fill("Maria Sand")
    page.get_by_label("Their e-mail address").fill("maria@family.example")
    page.get_by_label("What they expect of me").fill("A call before noon on the day before any change.")
    page.get_by_label("What I expect of them").fill("A number that somebody answers.")
    page.get_by_label("Review date").fill((dt.datetime.now(dt.UTC).date() + dt.timedelta(days=60)).isoformat())
    expect(page.get_by_text("Draft saved at")).to_be_visible()
    look(page, "agreement-written")
    page.get_by_role("button", name="Save and review").click()
    look(page, "agreement-draft")
    page.get_by_role("button", name="Send to Maria Sand").click()
    expect(page.get_by_text("has not answered yet")).to_be_visible()
    look(page, "agreement-sent")


def correct_it(page: Page, base_url: str) -> None:
    """As the stakeholder, who has no account."""
    page.goto(link_in(newest_mail(page, base_url, "maria@family.example")))
    expect(page.get_by_role("heading", name="Changes to the rota", level=1)).to_be_visible()
    look(page, "stakeholder")
    page.get_by_text("Not quite: say it in your own words").click()
    page.get_by_label("What you expect", exact=True).fill("A message, not a call, before noon on the day before.")
    look(page, "stakeholder-correcting")
    page.get_by_role("button", name="Send correction").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    look(page, "stakeholder-thanked")


def test_a_colleague_goes_from_the_invitation_to_a_corrected_agreement(
    as_person: Callable[..., Page], base_url: str, colleagues: list[dict[str, str]]
) -> None:
    me = colleagues[0]
    name = f"{me['first_name']} {me['last_name']}"
    page = as_person()
    accept_invitation(page, base_url, me["email"])
    expect(page.get_by_role("main").get_by_role("heading", name="Uncover what others expect")).to_be_visible()

    find_assessment(page, base_url, "before")
    look(page, "assessment-start")
    page.get_by_role("button", name=f"Start the {QUESTIONS} questions").click()
    page.locator("fieldset.choices").first.get_by_role("radio").first.check()
    expect(page.get_by_text(f"1 of {QUESTIONS} answered")).to_be_visible()
    look(page, "assessment-under-way")
    submit_assessment(page)
    expect_results(page, 1)
    look(page, "result-before")
    page.goto(f"{base_url}/skills/")
    look(page, "levels-with-evidence")
    page.get_by_role("main").get_by_role("link", name="Discover expectations").click()
    expect(page.get_by_role("heading", name="What would settle it soonest")).to_be_visible()
    look(page, "skill-with-evidence")
    page.get_by_role("link", name="Assessment before", exact=False).first.click()
    expect_results(page, 1)

    # The first lesson with its feedback; then away from the middle of the second, and back exactly there.
    page.goto(f"{base_url}/learn/")
    page.get_by_role("main").get_by_role("link", name=re.compile("^(Continue|Start)")).first.click()
    assert answer_checks(page) >= 1
    look(page, "lesson-answered")
    finish_lesson(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    left = leave_in_the_middle(page)
    page = page.context.new_page()
    page.goto(f"{base_url}/learn/")
    page.get_by_role("main").get_by_role("link", name="Continue").first.click()
    page.wait_for_url(left)
    expect(page.locator(f"#{left.split('#')[1]}")).to_be_in_viewport()

    assert go_through_course(page, base_url + FREE) == 14
    take_assessment(page, base_url, "after")
    expect_results(page, 2)
    look(page, "result-both")
    certificate = open_certificate(page, base_url, name)
    look(page, "certificate")
    stranger = as_person()
    stranger.goto(certificate)
    expect(stranger.get_by_role("main").get_by_text(name, exact=True)).to_be_visible()
    expect(stranger.get_by_text("This certificate is genuine")).to_be_visible()
    look(stranger, "certificate-stranger")
    page.get_by_role("link", name="Correct the name").click()
    look(page, "certificate-name")
    page.goto(f"{base_url}/learn/")
    look(page, "learning-done")
    page.get_by_role("link", name=re.compile("^What you completed")).click()
    expect(page.get_by_role("heading", level=1, name=re.compile("^You have completed"))).to_be_visible()
    look(page, "completed")
    page.goto(f"{base_url}/learn/")

    write_agreement(page, base_url)
    agreement = page.url
    correct_it(as_person(), base_url)
    page.goto(agreement)
    expect(page.get_by_role("heading", name="What Maria Sand corrected")).to_be_visible()
    expect(page.locator("ins").filter(has_text="message").first).to_be_visible()
    look(page, "agreement-corrected")
    page.goto(f"{base_url}/agreements/")
    look(page, "agreements-some")
    page.goto(agreement)
    page.get_by_role("link", name="Delete this agreement").click()
    look(page, "agreement-delete")


def test_the_employer_sees_that_a_colleague_has_begun_and_nothing_else(as_person: Callable[..., Page], base_url: str) -> None:
    page = as_person("ines@northwind.example")
    page.goto(f"{base_url}{CONSOLE}cohorts/")
    page.get_by_role("main").get_by_role("link", name="Ward coordinators, spring").click()
    row = page.locator("#cohort-list tr", has_text="Leila Haddad")
    expect(row).not_to_contain_text("%")
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Leila Haddad")
    expect(page.get_by_role("main")).not_to_contain_text(
        re.compile(rf"level \d|reflection text|\d+ of {QUESTIONS}", re.IGNORECASE)
    )
