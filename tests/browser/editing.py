"""What an author and a reviewer do in the editor."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, Response, expect

from tests.browser.books import Books

AUTHOR, REVIEWER = "author@accord.example", "reviewer@accord.example"
PATIENCE = 40_000


def typed(page: Page, **fields: str) -> None:
    """Fill fields as somebody does who types, and wait until autosave has stored the last of them."""
    for name, words in fields.items():
        page.locator(f"#id_{name}").click()
        page.keyboard.type(words, delay=5)
    with page.expect_response(lambda answer: stored(answer, [*fields.values()][-1].splitlines()[-1]), timeout=PATIENCE):
        page.keyboard.press("Tab")


def open_preview(page: Page) -> None:
    page.get_by_role("button", name="Toggle preview").click()
    expect(page.locator("#w-preview-iframe")).to_be_visible()


def stored(answer: Response, words: str) -> bool:
    request = answer.request
    is_autosave = request.method == "POST" and request.headers.get("accept") == "application/json" and answer.ok
    return is_autosave and words in (request.post_data or "")


def add(page: Page, base_url: str, kind: str, parent: int, **fields: str) -> None:
    page.goto(f"{base_url}/cms/pages/add/cms/{kind}/{parent}/")
    expect(page.locator("#w-preview-iframe")).to_be_visible()
    typed(page, **fields)
    expect(page).to_have_url(re.compile(r"/cms/pages/\d+/edit/"))


def said(page: Page) -> Locator:
    return page.locator(".messages")


def edit(page: Page, base_url: str, books: Books, slug: str) -> None:
    page.goto(f"{base_url}/cms/pages/{books.page(slug)['id']}/edit/")


def wait_until(page: Page, holds: Callable[[], bool], *, seconds: int) -> None:
    for _try in range(seconds * 2):
        if holds():
            return
        page.wait_for_timeout(500)
    assert holds()
