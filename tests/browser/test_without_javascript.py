"""The learner's path with scripts switched off: everything is a page and a form."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.lessons import NEW_PASSWORD, QUESTIONS, expect_results, finish_lesson, new_address, sign_up
from tests.browser.people import sign_in

FREE = "/courses/uncover-what-others-expect/"
WITH_REFLECTION = "who-else-expects-something"


def test_a_learner_needs_no_scripts(as_person: Callable[..., Page], base_url: str) -> None:
    page = as_person(java_script_enabled=False)
    email = new_address("plain")
    sign_up(page, base_url, email)
    page.context.clear_cookies()
    sign_in(page, base_url, email, NEW_PASSWORD)
    page.goto(base_url + FREE)
    page.get_by_role("button", name="Start this course").click()
    take_the_assessment_before(page, base_url)
    read_the_first_lesson(page, base_url)
    write_a_reflection(page, base_url)
    page.goto(f"{base_url}/learn/")
    expect(page.get_by_role("main")).to_contain_text("1 of 14 lessons")


def take_the_assessment_before(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/learn/")
    page.get_by_role("main").locator("a[href^='/assessments/'][href$='/before/']").first.click()
    page.get_by_role("button", name=f"Start the {QUESTIONS} questions").click()
    questions = page.locator("fieldset.choices")
    expect(questions).to_have_count(QUESTIONS)
    for number in range(QUESTIONS - 1):
        questions.nth(number).get_by_role("radio").first.check()
    page.get_by_role("button", name="Submit my answers").click()
    expect(page.get_by_text("Nothing has been submitted yet.")).to_be_visible()
    expect(questions.first.get_by_role("radio").first).to_be_checked()
    questions.nth(QUESTIONS - 1).get_by_role("radio").first.check()
    page.get_by_role("button", name="Submit my answers").click()
    expect_results(page, 1)


def read_the_first_lesson(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/learn/")
    page.get_by_role("main").get_by_role("link", name=re.compile("^(Continue|Start)")).first.click()
    checks = page.locator(".activity:has(form.choices-form)")
    checks.first.get_by_role("button", name="Check my answer").click()
    expect(checks.first.get_by_role("alert")).to_have_text("Choose an answer first.")
    for number in range(checks.count()):
        check = checks.nth(number)
        check.locator("input[name=chosen]").first.check()
        check.get_by_role("button", name="Check my answer").click()
        expect(check.locator(".choice__feedback")).to_be_visible()
        expect(check.get_by_role("button", name="Answer again")).to_be_visible()
    finish_lesson(page)


def write_a_reflection(page: Page, base_url: str) -> None:
    page.goto(base_url + FREE)
    address = page.locator(f"a[href*='/{WITH_REFLECTION}/']").first.get_attribute("href")
    page.goto(f"{base_url}{address}")
    reflection = page.locator(".activity", has_text="Reflection").first
    reflection.get_by_role("textbox").fill("The night shift expects a note before six.")
    reflection.get_by_role("button", name="Save").click()
    expect(reflection.get_by_role("status")).to_contain_text(re.compile("saved", re.IGNORECASE))
    page.goto(f"{base_url}{address}")
    expect(reflection.get_by_role("textbox")).to_have_value("The night shift expects a note before six.")
