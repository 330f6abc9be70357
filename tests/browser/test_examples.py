"""A half-finished example in the browser, and a figure: what an author would write is there once something is saved."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.lessons import new_address, sign_up
from tests.browser.look import WIDTHS, look, overflow

FREE = "/courses/uncover-what-others-expect/"
LESSON = f"{FREE}map-who-expects-what/map-one-relationship/"
FIGURE = f"{FREE}map-who-expects-what/hope-accept-predict/"
SOFTWARE = re.compile("^The new shift software")
OURS = "How the author would go on"


def begin(page: Page, base_url: str, name: str) -> Locator:
    sign_up(page, base_url, new_address(name))
    page.goto(base_url + FREE)
    page.get_by_role("button", name="Start this course").click()
    page.goto(base_url + LESSON)
    return example(page)


def example(page: Page) -> Locator:
    return page.get_by_role("group", name="Example to complete")


def test_what_is_typed_brings_the_authors_version_and_what_is_taken_out_takes_it_away(page: Page, base_url: str) -> None:
    block = begin(page, base_url, "example")
    field, ours = block.get_by_label(SOFTWARE), block.get_by_text(OURS)
    expect(block).to_contain_text("He said so to her, on Tuesday.")
    expect(ours).to_have_count(0)

    field.fill("He is against it.")
    expect(ours).to_be_visible()
    expect(block).to_contain_text("Nobody has asked him.")
    expect(block).not_to_contain_text("may have meant one course, once")
    expect(field).to_be_focused()

    field.fill("")
    expect(ours).to_have_count(0)
    field.fill("Nobody knows.")
    expect(ours).to_be_visible()
    page.reload()
    expect(example(page).get_by_label(SOFTWARE)).to_have_value("Nobody knows.")
    expect(example(page).get_by_text(OURS)).to_be_visible()


def test_without_a_connection_it_waits(page: Page, base_url: str) -> None:
    block = begin(page, base_url, "offline")
    page.route("**/entries/**", lambda route: route.abort("internetdisconnected"))
    block.get_by_label(SOFTWARE).fill("He is against it.")
    expect(block.locator("[data-entry-status]")).to_contain_text("Not saved: no connection.")
    expect(block.get_by_text(OURS)).to_have_count(0)
    page.unroute("**/entries/**")
    block.get_by_role("button", name="Save").click()
    expect(block.get_by_text(OURS)).to_be_visible()


def test_without_scripts_the_page_comes_back_with_it(as_person: Callable[..., Page], base_url: str) -> None:
    page = as_person(java_script_enabled=False)
    block = begin(page, base_url, "plainexample")
    block.get_by_label(SOFTWARE).fill("He is against it.")
    block.get_by_role("button", name="Save").click()
    expect(example(page).get_by_label(SOFTWARE)).to_have_value("He is against it.")
    expect(example(page).get_by_text(OURS)).to_be_visible()


def test_a_figure_fits_a_phone_and_is_told_in_words(page: Page, base_url: str) -> None:
    begin(page, base_url, "figure")
    page.goto(base_url + FIGURE)
    drawing = page.get_by_role("img", name="Wanjiru's three answers on one line")
    expect(drawing).to_have_attribute("aria-describedby", re.compile("^words-"))
    for size in WIDTHS.values():
        page.set_viewport_size(size)
        assert overflow(page) == 0
        box, letters = drawing.bounding_box(), drawing.get_by_text("can accept").bounding_box()
        assert box
        assert letters
        assert letters["height"] >= 11
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size["width"]
    page.get_by_text("The figure in words").click()
    expect(page.get_by_text("The second, on Friday at eight, is the latest that she can accept.")).to_be_visible()
    look(page, "figure")
