"""Wagtail's panel of checks measures what authors write: how much it is, and what is wrong for who cannot see it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.books import Books
from tests.browser.look import complaints
from tests.browser.stack import Site

AUTHOR, LEILA = "author@accord.example", "leila@northwind.example"
FREE = "/courses/uncover-what-others-expect/"


def checks_of(page: Page) -> Locator:
    page.get_by_role("button", name="Toggle checks").click()
    panel = page.locator("[data-side-panel=checks]")
    expect(panel.get_by_text("Content metrics")).to_be_visible()
    return panel


@pytest.fixture
def opened(as_person: Callable[..., Page], base_url: str, site: Site) -> Callable[[int], Page]:
    """The free course, its first module or its first lesson, in an author's editor."""

    def open_at(depth: int) -> Page:
        page = as_person(AUTHOR)
        page.goto(f"{base_url}/cms/pages/{Books(site).first_under('uncover-what-others-expect', depth)}/edit/")
        return page

    return open_at


@pytest.mark.parametrize("depth", [0, 1, 2], ids=["course", "module", "lesson"])
def test_words_are_counted(opened: Callable[[int], Page], depth: int) -> None:
    words = checks_of(opened(depth)).locator("[data-content-word-count]")
    expect(words).to_have_text(re.compile(r"^[1-9]\d*$"), timeout=40_000)


def test_a_heading_out_of_order_is_found(opened: Callable[[int], Page]) -> None:
    page = opened(2)
    panel = checks_of(page)
    expect(panel.get_by_text("Incorrect heading hierarchy")).to_have_count(0)
    text = page.locator("[contenteditable=true]").first
    text.click()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Home")
    page.keyboard.type("### Too deep")
    expect(panel.get_by_text("Incorrect heading hierarchy")).to_be_visible(timeout=60_000)
    page.keyboard.press("Control+z")


def test_authors_find_the_way_back_from_what_learners_read(as_person: Callable[..., Page], base_url: str) -> None:
    page = as_person(AUTHOR)
    page.goto(f"{base_url}/cms/")
    page.goto(f"{base_url}{FREE}")
    page.get_by_role("link", name="Edit this course").click()
    expect(page.locator("#id_title")).to_have_value("Uncover what others expect")
    complaints(page)
    page.goto(f"{base_url}{FREE}")
    assert complaints(page) == []

    leila = as_person(LEILA)
    leila.goto(f"{base_url}{FREE}")
    expect(leila.get_by_role("link", name="Edit this course")).to_have_count(0)
