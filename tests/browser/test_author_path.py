"""An author's whole path: a new course with the preview open, two modules, four lessons, one review, open for enrolment.

Nothing on the way is mended by hand or tried again. `ACCORD_BROWSER_TIMES=20` walks it twenty times in a row.
"""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.books import Books
from tests.browser.editing import AUTHOR, PATIENCE, REVIEWER, add, edit, open_preview, said, stored, typed, wait_until
from tests.browser.stack import Site

TIMES = int(os.environ.get("ACCORD_BROWSER_TIMES", "1"))


def write(page: Page, words: str) -> None:
    """A block of text, kept by autosave."""
    page.get_by_role("button", name="Insert a block").first.click()
    page.get_by_role("option", name=re.compile("^Text")).first.click()
    text = page.locator("[data-contentpath=body] [contenteditable=true]").first
    text.click()
    with page.expect_response(lambda answer: stored(answer, words), timeout=PATIENCE):
        page.keyboard.type(words)


def desk(page: Page, base_url: str, course: int, act: str) -> None:
    page.goto(f"{base_url}/cms/course/{course}/")
    page.get_by_role("main").get_by_role("button", name=act, exact=True).click()
    expect(said(page)).to_be_visible()


@pytest.mark.parametrize("time", range(TIMES))
def test_from_a_new_course_to_open_for_enrolment(
    editor: Callable[[str], Page],
    as_person: Callable[..., Page],
    site: Site,
    base_url: str,
    books: Books,
    time: int,
) -> None:
    wen, ruth = editor(AUTHOR), editor(REVIEWER)
    number = f"{datetime.now(UTC):%H%M%S}-{time}"
    [index] = books.rows("SELECT page_ptr_id AS id FROM cms_courseindexpage")
    edit(wen, base_url, books, "uncover-what-others-expect")
    open_preview(wen)

    title, slug = f"Ask first {number}", f"ask-first-{number}"
    add(wen, base_url, "coursepage", index["id"], title=title, summary="You ask before you promise.")
    wen.locator("[contenteditable=true]").first.click()
    wen.keyboard.type("A short course.")
    wen.get_by_label("Free", exact=True).check()
    typed(wen, audience="Anyone who promises.", outcomes="Ask before you promise\nWait\nSay it back")
    course = books.page(slug)["id"]
    lessons = []
    for module in ("First", "Then"):
        add(wen, base_url, "modulepage", course, title=f"{module} {number}", outcome="Name what they want")
        parent = books.page(f"{module.lower()}-{number}")["id"]
        for lesson in ("ask", "listen"):
            name = f"{module} {lesson} {number}"
            add(wen, base_url, "lessonpage", parent, title=name, sources="Seen at work")
            write(wen, f"{name}: one question, and then wait.")
            expect(wen.frame_locator("#w-preview-iframe").get_by_role("heading", name=name)).to_be_visible(timeout=PATIENCE)
            lessons.append(name)

    desk(wen, base_url, course, "Submit all for review")
    assert books.page(slug)["live"] == 0
    desk(ruth, base_url, course, "Approve all")
    wait_until(ruth, lambda: books.published(slug) == 1, seconds=60)
    visitor = as_person()
    answer = visitor.goto(f"{base_url}/courses/{slug}/")
    assert answer is not None
    assert answer.status == 404
    desk(ruth, base_url, course, "Open for enrolment")

    visitor.goto(f"{base_url}/courses/{slug}/")
    for lesson in lessons:
        expect(visitor.get_by_role("main").get_by_text(lesson, exact=True).first).to_be_attached()
    leila = as_person("leila@northwind.example")
    leila.goto(f"{base_url}/courses/{slug}/")
    leila.get_by_role("button", name="Start this course").first.click()
    leila.goto(f"{base_url}/courses/{slug}/first-{number}/first-ask-{number}/")
    expect(leila.get_by_role("main")).to_contain_text(f"{lessons[0]}: one question, and then wait.")
    drafts = "SELECT count(*) AS n FROM wagtailcore_page WHERE path LIKE ? AND (live = 0 OR has_unpublished_changes = 1)"
    assert books.rows(drafts, f"{books.page(slug)['path']}%")[0]["n"] == 0
