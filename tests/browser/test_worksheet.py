"""A worksheet in the browser: rows are added, moved, deleted and put back, with scripts and without, wide and narrow."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.lessons import new_address, sign_up
from tests.browser.look import WIDTHS, look, overflow

FREE = "/courses/uncover-what-others-expect/"
LESSON = f"{FREE}map-who-expects-what/map-one-relationship/"
SAVED = re.compile("^Saved")
# Of the inventory of one relationship.
WHO, WHAT, STATUS = "Who expects it", "What they expect", "Known, assumed or unknown"


def begin(page: Page, base_url: str, name: str) -> None:
    """Somebody new on the free course, in the lesson with the inventory."""
    sign_up(page, base_url, new_address(name))
    page.goto(base_url + FREE)
    page.get_by_role("button", name="Start this course").click()
    page.goto(base_url + LESSON)


def sheet(page: Page) -> Locator:
    return page.locator(".activity--wide")


def rows(page: Page) -> Locator:
    return sheet(page).locator("[data-rows] > tr:not(.is-deleted)")


def field(page: Page, label: str, row: int) -> Locator:
    return rows(page).get_by_label(f"{label}, row {row}", exact=True)


def expect_people(page: Page, *names: str) -> None:
    """Who stands in the first rows; those after them are empty."""
    for number, name in enumerate(names, start=1):
        expect(field(page, WHO, number)).to_have_value(name)
    expect(field(page, WHO, len(names) + 1)).to_have_value("")


def expect_saved(page: Page) -> None:
    expect(sheet(page).locator("[data-entry-status]")).to_have_text(SAVED)


def fill(page: Page, *names: str) -> None:
    for number, name in enumerate(names, start=1):
        field(page, WHO, number).fill(name)


def button(page: Page, name: str) -> Locator:
    """What is only heard of a name begins after a space for some readers."""
    return sheet(page).get_by_role("button", name=re.compile(f"^{name.replace(': ', ' ?: ')}$"))


def press(page: Page, name: str) -> None:
    """By keyboard, from the button itself."""
    pressed = button(page, name)
    pressed.focus()
    pressed.press("Enter")


def saving(page: Page, act: Callable[[], None]) -> None:
    """Do it, and wait until the server has said that it is kept."""
    with page.expect_response(lambda response: "/entries/" in response.url and response.ok):
        act()
    expect_saved(page)


def test_rows_are_added_moved_deleted_and_put_back_by_keyboard(page: Page, base_url: str) -> None:
    begin(page, base_url, "sheet")
    saving(page, lambda: fill(page, "Anjali", "Tom", "Mia"))
    expect(rows(page)).to_have_count(4)
    saving(page, lambda: field(page, STATUS, 2).select_option("Assumed"))
    said = sheet(page).locator("[data-sheet-status]")

    saving(page, lambda: press(page, "Move row 2 up"))
    expect(said).to_have_text("This is now row 1 of 4.")
    expect(button(page, "Move row 1 down")).to_be_focused()
    expect_people(page, "Tom", "Anjali", "Mia")
    expect(field(page, STATUS, 1)).to_have_value("Assumed")

    saving(page, lambda: press(page, "Delete row 1"))
    expect(said).to_have_text("Row 1 is deleted. You can put it back.")
    expect_people(page, "Anjali", "Mia")
    undo = button(page, "Put it back")
    expect(undo).to_be_focused()
    saving(page, lambda: undo.press("Enter"))
    expect_people(page, "Tom", "Anjali", "Mia")
    expect(field(page, WHO, 1)).to_be_focused()

    saving(page, lambda: press(page, "Delete row 2"))
    page.reload()
    expect_people(page, "Tom", "Mia")
    look(page, "worksheet")
    saving(page, lambda: press(page, "Put back: Anjali"))
    expect_people(page, "Tom", "Anjali", "Mia")
    page.reload()
    expect_people(page, "Tom", "Anjali", "Mia")

    press(page, "Add a row")
    expect(field(page, WHO, 5)).to_be_focused()
    saving(page, lambda: press(page, "Delete row 3"))
    page.reload()
    saving(page, lambda: press(page, "Delete permanently: Mia"))
    page.reload()
    expect_people(page, "Tom", "Anjali")
    expect(sheet(page).get_by_text("Deleted rows")).to_have_count(0)


def test_a_draft_that_was_not_saved_comes_back_as_it_was_arranged(page: Page, base_url: str) -> None:
    begin(page, base_url, "draft")
    saving(page, lambda: fill(page, "Anjali", "Tom"))
    page.route("**/entries/**", lambda route: route.abort("internetdisconnected"))
    field(page, WHO, 3).fill("Mia")
    press(page, "Move row 3 up")
    press(page, "Delete row 1")
    expect(sheet(page).locator("[data-entry-status]")).to_contain_text("Not saved: no connection.")
    page.unroute("**/entries/**")
    page.once("dialog", lambda dialog: dialog.accept())
    with page.expect_response(lambda response: "/entries/" in response.url and response.ok):
        page.goto(base_url + LESSON)
    expect_people(page, "Mia", "Tom")
    page.reload()
    expect_people(page, "Mia", "Tom")
    expect(button(page, "Put back: Anjali")).to_be_visible()


def test_a_draft_adds_no_empty_row_above_what_was_saved(page: Page, base_url: str) -> None:
    """The page numbers the empty row at the end of a saved sheet otherwise than the draft did that grew from the one before."""
    begin(page, base_url, "above")
    saving(page, lambda: fill(page, "Anjali", "Tom", "Mia"))
    page.reload()
    saving(page, lambda: field(page, WHO, 4).fill("Noor"))
    page.route("**/entries/**", lambda route: route.abort("internetdisconnected"))
    field(page, STATUS, 1).select_option("Assumed")
    press(page, "Delete row 2")
    expect(sheet(page).locator("[data-entry-status]")).to_contain_text("Not saved: no connection.")
    page.unroute("**/entries/**")
    page.once("dialog", lambda dialog: dialog.accept())
    with page.expect_response(lambda response: "/entries/" in response.url and response.ok):
        page.goto(base_url + LESSON)
    expect_people(page, "Anjali", "Mia", "Noor")
    expect(sheet(page).locator("[data-rows] > tr").nth(1)).to_contain_text("Row deleted.")
    page.reload()
    expect_people(page, "Anjali", "Mia", "Noor")
    saving(page, lambda: press(page, "Put back: Tom"))
    expect_people(page, "Anjali", "Tom", "Mia", "Noor")


def test_a_worksheet_needs_no_scripts(as_person: Callable[..., Page], base_url: str) -> None:
    page = as_person(java_script_enabled=False)
    begin(page, base_url, "plainsheet")
    fill(page, "Anjali", "Tom", "Mia")
    field(page, STATUS, 1).select_option("Known")
    button(page, "Add a row").click()
    expect_people(page, "Anjali", "Tom", "Mia")
    field(page, WHO, 4).fill("Ben")
    press(page, "Move row 4 up")
    expect_people(page, "Anjali", "Tom", "Ben", "Mia")
    press(page, "Delete row 2")
    expect_people(page, "Anjali", "Ben", "Mia")
    expect(button(page, "Put back: Tom")).to_be_visible()
    press(page, "Put back: Tom")
    expect_people(page, "Anjali", "Tom", "Ben", "Mia")
    expect(field(page, STATUS, 1)).to_have_value("Known")


def test_a_row_is_a_line_on_a_screen_a_card_on_a_phone_and_a_line_on_paper(page: Page, base_url: str) -> None:
    begin(page, base_url, "widths")
    long = "What they said to me word for word, and it was a lot. " * 6
    saving(page, lambda: field(page, WHAT, 1).fill(long))
    first, last = field(page, WHO, 1), button(page, "Delete row 1")

    def is_one_line() -> bool:
        boxes = first.bounding_box(), last.bounding_box()
        assert boxes[0]
        assert boxes[1]
        return abs(boxes[0]["y"] - boxes[1]["y"]) < 20

    page.set_viewport_size(WIDTHS["desk"])
    assert is_one_line()
    assert overflow(page) == 0
    page.set_viewport_size(WIDTHS["phone"])
    assert not is_one_line()
    assert overflow(page) == 0
    page.set_viewport_size({"width": 670, "height": 900})
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    copy = sheet(page).locator(".print-copy").nth(1)
    expect(copy).to_have_text(long)
    assert copy.evaluate("element => element.scrollHeight <= element.clientHeight + 1")
    cells = sheet(page).locator("[data-rows] > tr").first.locator("td:visible")
    tops = {round(cell.evaluate("cell => cell.getBoundingClientRect().top")) for cell in cells.all()}
    assert len(tops) == 1
