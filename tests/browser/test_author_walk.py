"""Wen writes, Ruth reviews, and Leila, half-way through the course, keeps her place."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import sign_in

AUTHOR, REVIEWER, LEILA = "author@accord.example", "reviewer@accord.example", "leila@northwind.example"
LESSON = "A summary they can correct"
SENTENCE = "Read the five lines aloud before you send them."
FREE = "/courses/uncover-what-others-expect/"


def percentage(page: Page, base_url: str) -> str:
    page.goto(f"{base_url}/learn/")
    card = page.get_by_role("article").filter(has_text="Uncover what others expect")
    return card.get_by_role("progressbar").get_attribute("value") or ""


def open_lesson(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}{FREE}")
    page.goto(base_url + (page.locator("details a", has_text=LESSON).get_attribute("href") or ""))
    expect(page.get_by_role("heading", name=LESSON, level=1)).to_be_visible()


def edit_lesson(page: Page, base_url: str, lesson: str = LESSON) -> None:
    link = page.get_by_role("main").get_by_role("link", name=lesson).first
    for _try in range(60):
        # On a site that has just been filled, the worker is still writing the index.
        page.goto(f"{base_url}/cms/pages/search/?{urlencode({'q': lesson})}")
        if link.count():
            break
    link.click()
    expect(page.get_by_role("heading", name="Lesson", exact=True)).to_be_visible()


def submit_a_sentence(page: Page, base_url: str) -> None:
    edit_lesson(page, base_url)
    page.get_by_role("button", name="Toggle preview").click()
    preview = page.frame_locator("#w-preview-iframe")
    expect(preview.get_by_role("heading", name=LESSON)).to_be_visible(timeout=30_000)
    text = page.locator("[contenteditable=true]").first
    text.click()
    page.keyboard.press("Control+Home")
    page.keyboard.type(f"{SENTENCE} ")
    expect(text).to_contain_text(SENTENCE)
    wait_for_preview(page)
    expect(preview.get_by_role("heading", name=LESSON)).to_be_visible()
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Submit to Review before publishing").click()
    expect(page.locator(".messages")).to_contain_text("submitted for moderation")


def wait_for_preview(page: Page) -> None:
    """The panel looks for changes now and then, and may have looked before the editor handed its text over: type on."""
    shown = page.frame_locator("#w-preview-iframe").get_by_role("main")
    for _try in range(6):
        try:
            expect(shown).to_contain_text(SENTENCE, timeout=8_000)
        except AssertionError:
            page.keyboard.type(" ")
        else:
            return
    expect(shown).to_contain_text(SENTENCE)


def approve(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/cms/")
    expect(page.get_by_role("heading", name="Awaiting your review")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name=LESSON).first.click()
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name=re.compile("^Approve and publish$", re.IGNORECASE)).click()
    expect(page.locator(".messages")).to_contain_text(f"Page '{LESSON}' has been updated")


def test_a_sentence_is_written_previewed_reviewed_and_read_half_way_through(
    as_person: Callable[..., Page], base_url: str
) -> None:
    leila = as_person(LEILA)
    before = percentage(leila, base_url)
    open_lesson(leila, base_url)
    expect(leila.get_by_role("main")).not_to_contain_text(SENTENCE)

    submit_a_sentence(as_person(AUTHOR), base_url)
    leila.reload()
    expect(leila.get_by_role("main")).not_to_contain_text(SENTENCE)

    approve(as_person(REVIEWER), base_url)
    for _try in range(80):
        leila.reload()
        if leila.get_by_text(SENTENCE).count():
            break
        leila.wait_for_timeout(250)
    expect(leila.get_by_role("main")).to_contain_text(SENTENCE)
    assert percentage(leila, base_url) == before


@pytest.mark.parametrize("path", ["/cms/login/", "/admin/login/", "/_util/login/"])
def test_there_is_one_way_to_sign_in(as_person: Callable[..., Page], base_url: str, path: str) -> None:
    page = as_person()
    page.goto(base_url + path)
    expect(page).to_have_url(re.compile(r"/accounts/login/"))
    expect(page.get_by_label("Password", exact=True)).to_be_visible()


def test_there_is_one_way_to_a_new_password(as_person: Callable[..., Page], base_url: str) -> None:
    page = as_person()
    page.goto(f"{base_url}/cms/password_reset/")
    expect(page).to_have_url(f"{base_url}/accounts/password/reset/")


def test_an_author_who_is_sent_to_sign_in_comes_back_to_the_authoring_pages(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/cms/")
    sign_in(page, base_url, AUTHOR, start=page.url)
    expect(page).to_have_url(f"{base_url}/cms/")


@pytest.mark.parametrize("path", ["/cms/", "/cms/login/", "/cms/pages/", "/admin/"])
def test_a_learner_is_refused_the_authoring_pages(as_person: Callable[..., Page], base_url: str, path: str) -> None:
    page = as_person(LEILA)
    response = page.goto(base_url + path)
    assert response is not None
    assert response.status == 403
    expect(page.get_by_role("heading", level=1)).to_have_text("You do not have access to this page")


def test_an_author_whose_session_ends_keeps_the_text(
    as_person: Callable[..., Page], base_url: str, browser: Browser, browser_context_args: dict
) -> None:
    """Autosave says what happened, another tab signs in, and the page that was open saves; or the form comes back."""
    with browser.new_context(**browser_context_args) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        sign_in(page, base_url, AUTHOR)
        edit_lesson(page, base_url, "A twenty-minute interview")
        address, sources = page.url, page.locator("#id_sources")
        context.clear_cookies(name="sessionid")
        sources.fill("Read once")
        notice = page.get_by_role("alert").filter(has_text="You have been signed out")
        expect(notice).to_be_visible()

        with context.expect_page() as opened:
            notice.get_by_role("link", name="Sign in in another tab").click()
        sign_in(opened.value, base_url, AUTHOR, start=opened.value.url)
        page.bring_to_front()
        expect(page.get_by_role("alert").filter(has_text="You are signed in again")).to_be_visible()
        # What was on its way meanwhile may still be refused.
        with page.expect_response(lambda answer: answer.url == address and answer.request.method == "POST" and answer.ok):
            sources.fill("Read twice")
        page.goto(address)
        expect(sources).to_have_value("Read twice")

        # Sent at once, before anything said that the session has ended.
        context.clear_cookies(name="sessionid")
        sources.fill("Read three times")
        page.evaluate("document.querySelector('form[data-edit-form]').submit()")
        expect(page).to_have_url(re.compile("/accounts/login/"))
        sign_in(page, base_url, AUTHOR, start=page.url)
        expect(page.get_by_role("heading", name="Your text is still here")).to_be_visible()
        page.get_by_role("button", name="Save as a draft").click()
        expect(page.locator(".messages")).to_contain_text("has been updated")
        page.goto(address)
        expect(sources).to_have_value("Read three times")
