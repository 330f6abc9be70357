"""A question is written, tried in the preview, reviewed and published, and the autosave of an open tab undoes nothing."""

import re
from collections.abc import Callable

from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.editing import AUTHOR, PATIENCE, REVIEWER, open_preview, said, stored

QUESTIONS = "/cms/snippets/assessments/item/"


def preview(page: Page) -> FrameLocator:
    if not page.locator("#w-preview-iframe").is_visible():
        open_preview(page)
    return page.frame_locator("#w-preview-iframe")


def write(page: Page, words: str) -> None:
    """Until autosave has stored it."""
    page.locator("#id_prompt").fill(words)
    with page.expect_response(lambda answer: stored(answer, words), timeout=PATIENCE):
        page.keyboard.press("Tab")


def choose(page: Page, act: str) -> None:
    acts = page.get_by_role("navigation", name="Actions (footer)")
    acts.get_by_role("button", name="More actions").click()
    acts.get_by_role("button", name=re.compile(f"^{act}$", re.IGNORECASE)).click()


def test_a_question_is_reworded_tried_reviewed_and_published(as_person: Callable[..., Page], base_url: str) -> None:
    page = as_person(AUTHOR)
    page.goto(f"{base_url}{QUESTIONS}?kind=single")
    page.locator("td.title a, td .title-wrapper a").nth(7).click()
    page.get_by_role("button", name="Actions").first.click()
    page.get_by_role("link", name="Edit").last.click()
    expect(page).to_have_url(re.compile(r"/cms/snippets/cms/questiondraft/edit/\d+/"))
    draft = page.url
    before = page.locator("#id_prompt").input_value()
    wording = "What should you say first, and to whom?" if "say first" not in before else "What should you ask first of all?"
    shown = preview(page)
    write(page, wording)
    expect(shown.get_by_text(wording).last).to_be_visible(timeout=PATIENCE)
    page.wait_for_timeout(1500)  # the preview loads again once more where something was still on its way
    shown.locator("input[type=radio]").first.check()
    shown.get_by_role("button", name="Show what learners read afterwards").click()
    expect(shown.get_by_text("Your answer")).to_be_visible()
    expect(shown.get_by_text("The author’s choice")).to_have_count(1)
    choose(page, "Submit to Review before publishing")
    expect(said(page)).to_contain_text("submitted for moderation")

    review = as_person(REVIEWER)
    review.goto(draft)
    expect(review.locator("#id_prompt")).to_have_value(wording)
    choose(review, "Approve and publish")
    expect(said(review)).to_contain_text("updated")
    page.goto(draft)
    page.get_by_role("button", name="Actions").first.click()
    page.get_by_role("link", name="The question as it is asked").first.click()
    expect(page.get_by_text(wording)).to_be_visible()


def test_what_is_unfinished_says_so_beside_its_field(as_person: Callable[..., Page], base_url: str) -> None:
    page = as_person(REVIEWER)
    page.goto(f"{base_url}/cms/snippets/cms/questiondraft/add/")
    write(page, "What should come next here?")
    expect(page).to_have_url(re.compile(r"/questiondraft/edit/\d+/"), timeout=PATIENCE)
    choose(page, "Publish")
    expect(said(page)).to_contain_text("It was not published. Your draft is saved")
    expect(page.get_by_role("region", name="Answers").get_by_text("Write the answers.")).to_be_visible()
    expect(preview(page).get_by_text("Choose the relationship that it is about.")).to_be_visible()
