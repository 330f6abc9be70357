"""A course from its first word to its schedule, in the editor as it is: autosave on, the preview open, two people.

Django's client sends what a test tells it to; only a browser shows what the editor sends by itself. After each step the
database is asked: live is live, a draft is somebody's, and each act wrote to each person once.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Response, Route, expect

from tests.browser.books import Books
from tests.browser.editing import AUTHOR, PATIENCE, REVIEWER, add, edit, open_preview, said, stored, typed, wait_until

# A site that is kept (`ACCORD_BROWSER_SITE`) may have the course of an earlier run.
NUMBER = f"{datetime.now(UTC):%H%M%S}"
COURSE, SLUG, COPY = f"Say it {NUMBER}", f"say-it-{NUMBER}", f"say-it-again-{NUMBER}"
MODULE, LESSON = f"first-hear-{NUMBER}", f"one-question-{NUMBER}"


@pytest.fixture
def one_mail(books: Books) -> Callable[..., Any]:
    """`with`-less: call before an act, then the answer with who was to be written to."""

    def begin() -> Callable[..., None]:
        before = books.mails()

        def check(**expected: int) -> None:
            after = books.mails()
            people = {"author": AUTHOR, "reviewer": REVIEWER}
            written = {name: after.get(email, 0) - before.get(email, 0) for name, email in people.items()}
            assert written == {"author": 0, "reviewer": 0} | expected

        return check

    return begin


def is_still_a_draft(books: Books, slug: str) -> None:
    page = books.page(slug)
    assert (page["live"], page["live_revision_id"]) == (0, None)


def is_live_and_nothing_else(books: Books, slug: str) -> None:
    page = books.page(slug)
    assert (page["live"], page["has_unpublished_changes"]) == (1, 0)
    assert page["live_revision_id"] == page["latest_revision_id"] is not None


def choose(page: Page, act: str, **options: bool) -> None:
    acts = page.get_by_role("navigation", name="Actions (footer)")
    acts.get_by_role("button", name="More actions").click()
    acts.get_by_role("button", name=re.compile(f"^{act}$", re.IGNORECASE)).click(**options)


def submit(page: Page, act: str = "Submit to Review before publishing") -> None:
    choose(page, act)
    expect(said(page)).to_contain_text("submitted for moderation")


def approve(page: Page, base_url: str, books: Books, slug: str) -> None:
    edit(page, base_url, books, slug)
    choose(page, "Approve and publish")
    expect(said(page)).to_contain_text("has been updated")


def test_a_course_from_its_first_word_to_its_schedule(
    editor: Callable[[str], Page], base_url: str, books: Books, one_mail: Callable[[], Callable[..., None]]
) -> None:
    wen, ruth = editor(AUTHOR), editor(REVIEWER)
    courses = books.courses()
    [index] = books.rows("SELECT page_ptr_id AS id FROM cms_courseindexpage")

    # Wen opens the preview once; the editor keeps it open from then on.
    edit(wen, base_url, books, "uncover-what-others-expect")
    open_preview(wen)

    add(wen, base_url, "coursepage", index["id"], title=COURSE, summary="You say it so that they hear it.")
    preview = wen.frame_locator("#w-preview-iframe")
    expect(preview.get_by_role("heading", name=COURSE)).to_be_visible(timeout=PATIENCE)
    is_still_a_draft(books, SLUG)
    assert books.courses() == courses | {SLUG}
    wen.locator("[contenteditable=true]").first.click()
    wen.keyboard.type("A short course.")
    typed(wen, audience="Anyone who asks.", outcomes="Say it\nMean it\nDo it")

    # She leaves a comment on the summary, then asks for review.
    wen.get_by_role("button", name="Toggle comments").click()
    summary = wen.locator("[data-contentpath=summary]")
    summary.hover()
    summary.locator("[data-component=add-comment-button]").first.click()
    wen.get_by_placeholder("Enter your comments").fill("Is this short enough?")
    with wen.expect_response(lambda answer: stored(answer, "Is this short enough?"), timeout=PATIENCE):
        wen.get_by_role("button", name="Comment", exact=True).click()
    comments = "SELECT text FROM wagtailcore_comment WHERE page_id = ?"
    assert [row["text"] for row in books.rows(comments, books.page(SLUG)["id"])] == ["Is this short enough?"]
    check = one_mail()
    submit(wen)
    check(reviewer=1)
    assert books.state(SLUG) == "in_progress"
    is_still_a_draft(books, SLUG)

    # Ruth sends it back with a word, Wen mends it at once and asks again.
    edit(ruth, base_url, books, SLUG)
    check = one_mail()
    choose(ruth, "Request changes")
    ruth.locator(".modal-dialog textarea").fill("Say who hears it.")
    ruth.locator(".modal-dialog").get_by_role("button", name="Request changes").click()
    expect(said(ruth)).to_contain_text("has been updated")
    check(author=1)
    assert books.state(SLUG) == "needs_changes"
    is_still_a_draft(books, SLUG)
    assert [row["text"] for row in books.rows(comments, books.page(SLUG)["id"])] == ["Is this short enough?"]

    edit(wen, base_url, books, SLUG)
    open_preview(wen)  # the editor opens the panel that was open last
    wen.locator("#id_audience").fill("Anyone who asks, and who is asked.")
    check = one_mail()
    # At once: what was typed last is on its way by itself or with this, and is there once.
    submit(wen, "Resubmit to Review before publishing")
    check(reviewer=1)
    [draft] = books.rows("SELECT content FROM wagtailcore_revision WHERE id = ?", books.page(SLUG)["latest_revision_id"])
    assert "and who is asked." in draft["content"]
    assert books.state(SLUG) == "in_progress"

    check = one_mail()
    approve(ruth, base_url, books, SLUG)
    check(author=1)
    is_live_and_nothing_else(books, SLUG)
    assert books.state(SLUG) == "approved"

    # A module and a lesson.
    add(wen, base_url, "modulepage", books.page(SLUG)["id"], title=f"First hear {NUMBER}", outcome="Name what they want")
    submit(wen)
    approve(ruth, base_url, books, MODULE)
    is_live_and_nothing_else(books, MODULE)

    add(wen, base_url, "lessonpage", books.page(MODULE)["id"], title=f"One question {NUMBER}", sources="Seen at work")
    add_block(wen, "Image")
    submit_refused_for_the_picture(wen)
    remove_block(wen)
    submit(wen)
    is_still_a_draft(books, LESSON)

    # Ruth compares the version with an empty picture to the last one.
    page_id = books.page(LESSON)["id"]
    ruth.goto(f"{base_url}/cms/pages/{page_id}/history/")
    answer = ruth.goto(f"{base_url}/cms/pages/{page_id}/revisions/compare/earliest...latest/")
    assert answer is not None
    assert answer.status == 200

    # She approves it for a time to come. The page goes live by itself, and the course with it.
    schedule(ruth, base_url, books, LESSON)
    page = books.page(LESSON)
    assert (page["live"], page["live_revision_id"]) == (0, None)
    assert books.published(SLUG) == 0
    wait_until(ruth, lambda: books.page(LESSON)["live"] == 1, seconds=240)
    is_live_and_nothing_else(books, LESSON)
    wait_until(ruth, lambda: books.published(SLUG) == 1, seconds=60)

    # A copy is a draft of its own.
    ruth.goto(f"{base_url}/cms/pages/{books.page(SLUG)['id']}/copy/")
    expect(ruth.get_by_label("Alias")).to_have_count(0)
    ruth.locator("#id_new_title").fill("Say it again")
    ruth.locator("#id_new_slug").fill(COPY)
    ruth.get_by_label("Copy subpages").check()
    ruth.get_by_role("button", name="Copy this page").click()
    expect(said(ruth)).to_contain_text("copied")
    is_still_a_draft(books, COPY)
    assert books.page(COPY)["translation_key"] != books.page(SLUG)["translation_key"]
    is_live_and_nothing_else(books, SLUG)


def add_block(page: Page, name: str) -> None:
    page.get_by_role("button", name="Insert a block").first.click()
    with page.expect_response(lambda answer: stored(answer, '"body-0-type"') and answer.ok, timeout=PATIENCE):
        page.get_by_role("option", name=re.compile(f"^{name}")).first.click()


def remove_block(page: Page) -> None:
    page.get_by_role("button", name="Delete").first.click()
    expect(page.locator("input[name=body-0-deleted]")).to_have_value("1")


def submit_refused_for_the_picture(page: Page) -> None:
    choose(page, "Submit to Review before publishing")
    expect(said(page)).to_contain_text("could not be saved due to validation errors")


def schedule(page: Page, base_url: str, books: Books, slug: str) -> None:
    """Approve for a time one to two minutes away, by the clock of the reviewer: the field knows no seconds."""
    edit(page, base_url, books, slug)
    page.get_by_role("button", name="Toggle status").click()
    page.get_by_role("button", name=re.compile("Set schedule|Edit schedule")).click()
    at = datetime.now(ZoneInfo("Europe/Lisbon")) + timedelta(minutes=2)
    calendar = page.locator(".xdsoft_datetimepicker:visible")
    page.locator("#id_go_live_at").fill(at.strftime("%Y-%m-%d %H:%M"))
    # It opens a moment after the field is entered, and lies over the button until one clicks beside it. (Tab would
    # enter the next field, whose own calendar opens a moment later.)
    expect(calendar).to_have_count(1)
    page.get_by_role("dialog").get_by_role("heading").first.click()
    expect(calendar).to_have_count(0)
    page.get_by_role("button", name="Save schedule").click()
    expect(said(page)).to_contain_text("has been updated")
    choose(page, "Approve and publish")
    expect(said(page)).to_contain_text("has been updated")


@pytest.mark.parametrize("script", ["with our script", "by the server alone"])
def test_an_approval_whose_answer_takes_its_time(
    as_person: Callable[..., Page], base_url: str, books: Books, one_mail: Callable[[], Callable[..., None]], script: str
) -> None:
    """Half a second after the click Wagtail's autosave sends the approval once more, unless it is kept from it."""
    slug = f"slow-{script[0]}-{NUMBER}"
    [index] = books.rows("SELECT page_ptr_id AS id FROM cms_courseindexpage")
    wen, ruth = as_person(AUTHOR), as_person(REVIEWER)
    wen.goto(f"{base_url}/cms/pages/add/cms/coursepage/{index['id']}/")
    typed(wen, title=f"Slow {script[0]} {NUMBER}")
    expect(wen).to_have_url(re.compile(r"/cms/pages/\d+/edit/"))
    wen.locator("[contenteditable=true]").first.click()
    wen.keyboard.type("A short course.")
    typed(wen, summary="Say it.", audience="Anyone.", outcomes="Say it\nMean it\nDo it")
    submit(wen)

    held: list[Route] = []
    repeated: list[int] = []
    if script == "by the server alone":
        ruth.route(re.compile(r"/js/editing\b.*\.js"), lambda route: route.abort())
    edit(ruth, base_url, books, slug)
    ruth.route(re.compile(r"/edit/$"), lambda route: held.append(route) if is_sent_by_hand(route) else route.continue_())
    ruth.on("response", lambda answer: repeated.append(answer.status) if repeats_the_approval(answer) else None)
    check = one_mail()
    choose(ruth, "Approve and publish", no_wait_after=True)
    wait_until(ruth, lambda: bool(held), seconds=20)
    if script == "by the server alone":
        wait_until(ruth, lambda: bool(repeated), seconds=20)
        assert set(repeated) == {409}
    else:
        # As long as it takes there: what does not come can only be waited for.
        ruth.wait_for_timeout(2_500)
        assert repeated == []
    is_still_a_draft(books, slug)
    held[0].continue_()
    expect(said(ruth)).to_contain_text("has been updated")
    check(author=1)
    is_live_and_nothing_else(books, slug)
    assert books.state(slug) == "approved"


def is_sent_by_hand(route: Route) -> bool:
    return route.request.method == "POST" and route.request.headers.get("accept") != "application/json"


def repeats_the_approval(answer: Response) -> bool:
    request = answer.request
    is_autosave = request.method == "POST" and request.headers.get("accept") == "application/json"
    return is_autosave and "action-workflow-action" in (request.post_data or "")
