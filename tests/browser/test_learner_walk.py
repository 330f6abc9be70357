"""Somebody without an organisation signs up alone, takes the free course to its certificate, and buys a paid one."""

import re

from playwright.sync_api import Page, expect

from tests.browser.lessons import (
    answer_checks,
    expect_results,
    finish_lesson,
    go_through_course,
    new_address,
    open_certificate,
    sign_up,
    take_assessment,
)
from tests.browser.look import look

FREE = "/courses/uncover-what-others-expect/"
PAID = "/courses/warn-in-time/"


def test_a_visitor_takes_the_free_course_to_its_certificate(page: Page, base_url: str) -> None:
    sign_up(page, base_url, new_address("noor"))
    page.goto(f"{base_url}/learn/")
    look(page, "learning-new")
    page.goto(base_url + FREE)
    page.get_by_role("button", name="Start this course").click()

    take_assessment(page, base_url, "before")
    expect_results(page, 1)

    # Read, answer, leave, come back exactly there.
    page.goto(base_url + FREE)
    page.get_by_role("link", name=re.compile("^(Continue where you left off|Start with the first lesson)")).first.click()
    assert answer_checks(page) >= 1
    finish_lesson(page)
    second = page.url.split("#")[0]
    page.goto(f"{base_url}/learn/")
    page.get_by_role("main").get_by_role("link", name="Continue").first.click()
    assert page.url.split("#")[0] == second

    assert go_through_course(page, base_url + FREE) == 14
    take_assessment(page, base_url, "after")
    expect(page.get_by_text("This is a change, not the effect of the course").first).to_be_visible()
    expect_results(page, 2)
    certificate = open_certificate(page, base_url, "Noor Vermeulen")
    page.context.clear_cookies()
    page.goto(certificate)
    expect(page.get_by_role("main").get_by_text("Noor Vermeulen", exact=True)).to_be_visible()


def test_a_visitor_buys_a_course_through_the_test_gateway(page: Page, base_url: str) -> None:
    sign_up(page, base_url, new_address("buyer"))
    page.goto(base_url + PAID)
    page.get_by_role("link", name=re.compile("Buy", re.IGNORECASE)).first.click()
    page.get_by_role("button", name=re.compile("Buy for")).click()
    expect(page.get_by_text("Test gateway: no real payments").first).to_be_visible()
    look(page, "checkout")
    page.get_by_role("button", name="Decline the payment").click()
    expect(page.get_by_text("The payment was declined.")).to_be_visible()
    look(page, "order-declined")
    page.get_by_role("link", name="Order again").click()
    page.get_by_role("button", name=re.compile("Buy for")).click()
    page.get_by_role("button", name=re.compile("^Pay [€$£]")).click()
    expect(page.get_by_text("Paid. Thank you.")).to_be_visible(timeout=30_000)
    look(page, "order-paid")
    page.get_by_role("link", name="Receipt").click()
    page.wait_for_url("**/receipt/")
    look(page, "receipt")
    page.goto(f"{base_url}/billing/orders/")
    look(page, "orders-some")
    page.goto(base_url + PAID)
    page.get_by_role("button", name="Start this course").click()
    page.goto(base_url + PAID)
    page.locator("details .list a").nth(1).click()
    assert answer_checks(page) >= 1


def choose(page: Page, button: str, words: str) -> None:
    """A button of the test gateway's page, and the order until it says `words`."""
    page.get_by_role("link", name="Choose what the test gateway does with this payment").click()
    page.get_by_role("button", name=button).click()
    page.wait_for_url("**/billing/orders/**")
    shown = page.get_by_text(words).first
    # The gateway's message is worked on by the worker, after the page has been given.
    for _attempt in range(20):
        if shown.is_visible():
            break
        page.reload()
    expect(shown).to_be_visible()


def test_money_that_takes_its_time_and_comes_back_is_told_on_the_order(page: Page, base_url: str) -> None:
    sign_up(page, base_url, new_address("returns"))
    page.goto(base_url + PAID)
    page.get_by_role("link", name=re.compile("Buy", re.IGNORECASE)).first.click()
    page.get_by_role("button", name=re.compile("Buy for")).click()
    page.get_by_role("button", name="Pay later by bank transfer").click()
    expect(page.get_by_text("Your payment is under way.")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^(Pay|Cancel)"))).to_have_count(0)
    look(page, "order-under-way")
    choose(page, "Let the transfer arrive", "Paid. Thank you.")
    page.goto(f"{base_url}/learn/")
    expect(page.get_by_role("heading", name="Not started yet")).to_be_visible()
    look(page, "learning-bought")
    page.get_by_text("Menu and account").locator("..").click()
    page.get_by_role("link", name="My orders").click()
    page.get_by_role("link", name=re.compile("^1 ×")).click()
    choose(page, "half of it", "Net paid")
    look(page, "order-partly-refunded")
    page.get_by_role("link", name="Ask for a refund").click()
    look(page, "refund")
    page.get_by_label("Why do you want a refund?").fill("It is about another trade.")
    page.get_by_role("button", name=re.compile("^Ask for a refund of ")).click()
    expect(page.get_by_text("A refund was requested on")).to_be_visible()
    look(page, "order-refund-requested")
    choose(page, "Dispute", "This payment is disputed.")
    look(page, "order-disputed")
    page.get_by_role("link", name="Choose what the test gateway does with this payment").click()
    look(page, "checkout-disputed")
    page.go_back()
    choose(page, "Decide the dispute for the buyer", "This payment was charged back.")
    look(page, "order-charged-back")
    page.get_by_role("link", name="Receipt").click()
    look(page, "receipt-charged-back")
    page.goto(f"{base_url}/billing/orders/")
    look(page, "orders-charged-back")
