"""A learner practises: an interview by keyboard, a negotiation with scripts switched off, and both are left and resumed."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.look import look

LEILA = "leila@northwind.example"


def test_an_interview_by_keyboard_alone(as_person: Callable[..., Page], base_url: str) -> None:
    page = as_person(LEILA)
    page.goto(f"{base_url}/practice/s1-lunch/")
    page.get_by_role("button", name=re.compile("^Sit down with")).press("Enter")
    expect(page.get_by_role("heading", name="What do you say?")).to_be_visible()
    look(page, "interview-begun")
    first = page.locator(".says button").first
    words = first.evaluate("button => button.firstChild.textContent.trim()")
    first.press("Enter")
    expect(page.locator(".talk__line--you")).to_contain_text(words)
    # What was answered has the focus, and the next thing to say is one Tab away.
    expect(page.locator("#now")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(".says button").first).to_be_focused()
    for _turn in range(2):
        page.keyboard.press("Enter")
        expect(page.locator("#now")).to_be_focused()
        page.keyboard.press("Tab")
    talk = page.url.partition("#")[0]
    page.goto(f"{base_url}/practice/")
    page.get_by_role("link", name="Continue").first.click()
    expect(page.locator(".talk__line--you")).to_have_count(3)
    page.get_by_role("button", name="Say thank you, and end the talk").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("expect?")
    page.get_by_label("On your map").first.select_option("assumed")
    page.get_by_label("What is the limit?").first.fill("<b>Tuesday</b> – 11:30")
    page.get_by_role("button", name="Save for later").press("Enter")
    expect(page.get_by_label("What is the limit?").first).to_have_value("<b>Tuesday</b> – 11:30")
    look(page, "interview-map")
    page.get_by_role("button", name=re.compile("^Show it to")).press("Enter")
    expect(page.get_by_role("heading", name="How the talk went")).to_be_visible()
    expect(page.get_by_text("One thing you did not hear")).to_be_visible()
    look(page, "interview-marked")
    page.get_by_role("button", name="Try again with what you know").press("Enter")
    expect(page.get_by_role("heading", name="What do you say?")).to_be_visible()
    assert page.url.partition("#")[0] != talk


def test_a_negotiation_without_scripts(as_person: Callable[..., Page], base_url: str) -> None:
    page = as_person(LEILA, java_script_enabled=False)
    page.goto(f"{base_url}/practice/n1-night-deliveries/")
    page.get_by_role("button", name=re.compile("^Sit down with")).click()
    page.locator("button[value=ask_priorities]").click()
    page.get_by_label("What lies behind one of the issues").select_option(index=2)
    page.get_by_role("button", name="Ask about it").click()
    expect(page.locator(".talk__line--you")).to_have_count(2)
    page.get_by_text("Offer two or three packages at once").click()
    page.get_by_role("button", name="Offer these").click()
    expect(page.locator(".talk__line--you")).to_have_count(3)
    other = page.context.new_page()
    other.goto(page.url)
    page.locator("button[value=offer]").click()
    other.locator("button[value=ask_limit]").click()
    expect(other.get_by_text("This talk has gone on in another window.")).to_be_visible()
    expect(other.locator(".talk__line--you")).to_have_count(4)
    for _round in range(4):
        page.locator("button[value=offer]").click()
    expect(page.get_by_role("heading", name="The rounds are used up")).to_be_visible()
    page.get_by_role("button", name="Accept their offer").click()
    expect(page.get_by_role("heading", name="You have a deal")).to_be_visible()


def test_a_negotiation_looks_right(as_person: Callable[..., Page], base_url: str) -> None:
    page = as_person(LEILA)
    page.goto(f"{base_url}/practice/n4-evening-room/")
    page.get_by_role("button", name=re.compile("^Sit down with")).click()
    page.locator("button[value=ask_priorities]").click()
    page.locator("button[value=offer]").click()
    look(page, "negotiation-under-way")
    page.get_by_text("Walk away", exact=True).first.click()
    page.locator("button[value=walk]").click()
    expect(page.get_by_role("heading", name="You walked away")).to_be_visible()
    expect(page.get_by_text("That was right")).to_be_visible()
    look(page, "negotiation-ended")
