"""Without a mouse: past the header, through a check, and into the menu of a phone."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.look import WIDTHS

LEILA = "leila@northwind.example"
FREE = "/courses/uncover-what-others-expect/"
MAX_TABS = 60


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until something that matches has the focus."""
    for _press in range(MAX_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{MAX_TABS} times Tab did not lead to {selector}")


def outline_width(page: Page) -> float:
    return page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")


def test_the_first_tab_leads_past_the_header(page: Page, base_url: str) -> None:
    page.goto(base_url)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.getElementById('main').contains(document.activeElement)") is True
    assert outline_width(page) >= 2


def test_a_check_is_answered_with_the_keyboard_alone(as_person: Callable[..., Page], base_url: str) -> None:
    page = as_person(LEILA)
    page.goto(base_url + FREE)
    page.goto(base_url + (page.locator("details .list a").first.get_attribute("href") or ""))
    tab_to(page, ".activity input[name=chosen]")
    assert outline_width(page) >= 2
    page.keyboard.press("ArrowDown")
    chosen = page.evaluate("document.activeElement.value")
    tab_to(page, ".activity button[type=submit]")
    page.keyboard.press("Enter")
    check = page.locator(".activity:has(form.choices-form)").first
    expect(check.locator(f"input[value='{chosen}']")).to_be_checked()
    expect(check.locator(".choice__feedback")).to_be_visible()
    # What a screen reader reads next is the verdict, not the top of the page.
    expect(check.get_by_role("status")).to_be_focused()


def test_the_menu_of_a_phone_opens_and_closes_with_the_keyboard(as_person: Callable[..., Page], base_url: str) -> None:
    page = as_person(LEILA, viewport=WIDTHS["phone"])
    page.goto(f"{base_url}/learn/")
    tab_to(page, "[data-menu] summary")
    panel = page.locator(".site-menu__panel")
    expect(panel).not_to_be_visible()
    page.keyboard.press("Enter")
    expect(panel).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('.site-menu__panel').contains(document.activeElement)") is True
    page.keyboard.press("Escape")
    expect(panel).not_to_be_visible()
    expect(page.locator("[data-menu] summary")).to_be_focused()
    page.keyboard.press("Enter")
    panel.get_by_role("button", name="Sign out").focus()
    expect(panel.get_by_role("button", name="Sign out")).to_be_focused()


def test_the_switch_of_light_and_dark_says_what_it_does(page: Page, base_url: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(base_url)
    switch = page.locator("[data-theme-switch]")
    expect(switch).to_have_text("Light mode")
    page.emulate_media(color_scheme="light")
    expect(switch).to_have_text("Dark mode")
    switch.press("Enter")
    expect(switch).to_have_text("Light mode")
    page.reload()
    expect(switch).to_have_text("Light mode")
