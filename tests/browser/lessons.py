"""Steps that several walks share."""

import re
import secrets

from playwright.sync_api import Page, expect

from tests.browser.people import newest_mail

QUESTIONS = 20
"""Of either form of the free course."""

NEW_PASSWORD = "quiet-harbour-lights-7"


def new_address(name: str) -> str:
    """An address nobody has signed up with, also on a site that is kept between runs."""
    return f"{name}.{secrets.token_hex(3)}@visitor.example"


def sign_up(page: Page, base_url: str, email: str, password: str = NEW_PASSWORD) -> None:
    """Make an account by the form and confirm the address with the code from the mailbox."""
    page.goto(f"{base_url}/accounts/signup/")
    page.get_by_label("First name").fill("Noor")
    page.get_by_label("Last name").fill("Vermeulen")
    page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Confirm your e-mail address")).to_be_visible()
    confirm_address(page, base_url, email)


def confirm_address(page: Page, base_url: str, email: str) -> None:
    here = page.url
    mail = newest_mail(page, base_url, email)
    code = re.search(r"^\s*([A-Z0-9]{3,}(?:-[A-Z0-9]{3,})?)\s*$", mail, re.MULTILINE)
    assert code, mail
    page.goto(here)
    page.get_by_label("Code").fill(code.group(1))
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.get_by_role("heading", name="Confirm your e-mail address")).not_to_be_visible()


def answer_checks(page: Page) -> int:
    """Answer every check of the lesson that is open, by its first option, and wait for the feedback beside it."""
    expect(page.locator("footer.lesson__foot")).to_be_visible()
    checks = page.locator(".activity:has(form.choices-form)")
    for number in range(checks.count()):
        check = checks.nth(number)
        check.locator("input[name=chosen]").first.check()
        check.get_by_role("button", name=re.compile("Check my answer|Answer again")).click()
        expect(check.locator(".choice__feedback").first).to_be_visible()
    return checks.count()


def finish_lesson(page: Page) -> None:
    """Press it, and wait for the page that comes next."""
    read = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("button", name="Finish this lesson").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(read)


def go_through_course(page: Page, course_url: str) -> int:
    """Answer every check and finish every lesson that is not finished; returns how many lessons there were."""
    page.goto(course_url)
    lessons = page.locator("details .list a")
    addresses = [lessons.nth(n).get_attribute("href") for n in range(lessons.count())]
    for address in addresses:
        page.goto(page.url.split("/courses/")[0] + address)
        answer_checks(page)
        if page.get_by_role("button", name=re.compile("Finish this lesson")).count():
            finish_lesson(page)
    return len(addresses)


def answer_assessment(page: Page) -> int:
    """Choose the first option of every question, one a screen, and submit."""
    questions = page.locator("fieldset.choices")
    visible = questions.filter(visible=True)
    # The click that led here may still be on its way.
    expect(visible).to_have_count(1)
    count = questions.count()
    page.get_by_role("navigation", name="Questions").get_by_role("link", name="Question 1", exact=False).first.click()
    for number in range(count):
        expect(questions.nth(number)).to_be_visible()
        expect(visible).to_have_count(1)
        questions.nth(number).get_by_role("radio").first.check()
        if number == 1:
            page.go_back()
            expect(questions.nth(0)).to_be_visible()
            page.go_forward()
        questions.nth(number).get_by_role("link", name=re.compile("^(Next question|Go to the end)$")).click()
    expect(page.get_by_text(f"{count} of {count} answered")).to_be_visible()
    expect(visible).to_have_count(0)
    page.get_by_role("button", name="Submit my answers").click()
    return count


def find_assessment(page: Page, base_url: str, occasion: str) -> None:
    """From My learning to the page that says what awaits: before or after the course."""
    page.goto(f"{base_url}/learn/")
    page.get_by_role("main").locator(f"a[href^='/assessments/'][href$='/{occasion}/']").first.click()
    expect(page.get_by_role("button", name=f"Start the {QUESTIONS} questions")).to_be_visible()


def take_assessment(page: Page, base_url: str, occasion: str) -> None:
    """From My learning to the submitted answers."""
    find_assessment(page, base_url, occasion)
    page.get_by_role("button", name=f"Start the {QUESTIONS} questions").click()
    submit_assessment(page)


def submit_assessment(page: Page) -> None:
    assert answer_assessment(page) == QUESTIONS
    expect(page.get_by_role("heading", name="Your results", level=1)).to_be_visible()


def expect_results(page: Page, count: int) -> None:
    """One or two results, each with its interval; provisional, and no level."""
    rows = page.get_by_role("table").first.locator("tbody tr")
    expect(rows).to_have_count(count)
    for number in range(count):
        expect(rows.nth(number)).to_contain_text(re.compile(rf"\d+ of {QUESTIONS}\s+\d+ to \d+"))
    likely = re.compile(r"Your answers look most like level [1-5][;,] ")
    expect(page.get_by_role("main")).to_contain_text(likely)
    expect(page.get_by_text("Provisional", exact=True)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("it awards no level")


def open_certificate(page: Page, base_url: str, name: str) -> str:
    """The address of the certificate, whose page and PDF are there."""
    page.goto(f"{base_url}/learn/")
    page.get_by_role("link", name="Certificate", exact=True).click()
    expect(page.get_by_role("main").get_by_text(name, exact=True)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    return page.url
