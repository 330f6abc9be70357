"""A file that calls things otherwise and holds a wrong row, brought all the same: matched, explained, divided, taken back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console import CONSOLE
from tests.browser.look import look

TOMASZ = "tomasz@northwind.example"
ROWS = [
    "Kennziffer;Beginn;Ende;Grund;Standort",
    "W0017;2020-01-15;2023-05-31;Kündigung;Graz",
    "W0018;2020-02-01;;;Linz",
    "W0019;2020-02-30;;;Graz",
]
COLUMNS = {"Kennziffer": "person_id", "Beginn": "hire_date", "Ende": "exit_date", "Grund": "exit_kind"}


def match(page: Page, named: dict[str, str]) -> None:
    for theirs, ours in named.items():
        page.get_by_label(theirs, exact=True).select_option(value=ours)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_file_is_matched_divided_applied_and_taken_back(as_person: Callable[..., Page], base_url: str, scripts: bool) -> None:
    page = as_person(TOMASZ, java_script_enabled=scripts)
    look_at = look if scripts else lambda _page, _name: None
    header, *rows = ROWS
    if not scripts:
        header = header.replace("Standort", "Lage")  # what was said the first time is known for that header
    text = "\n".join([header, *rows]) + "\n"

    page.goto(f"{base_url}{CONSOLE}outcomes/import/?kind=people")
    page.locator("input[type=file]").set_input_files({"name": "personal.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("Do its columns have different names?")).to_be_visible(timeout=60_000)
    look_at(page, "file-columns-unknown")
    page.get_by_role("link", name="Map columns").click()
    match(page, COLUMNS | {"Ende": "hire_date"})
    page.get_by_role("button", name="Save and check the file").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("“Beginn” is already mapped to hire_date.")
    look_at(page, "file-match-refused")
    match(page, COLUMNS)
    page.get_by_role("button", name="Save and check the file").click()

    page.get_by_role("link", name="Map values").click(timeout=60_000)
    match(page, {"Kündigung": "voluntary"})
    look_at(page, "file-match-words")
    page.get_by_role("button", name="Save and check the file").click()

    page.get_by_role("link", name="Skip 1 row and import the other 2").click(timeout=60_000)
    look_at(page, "file-set-aside")
    page.get_by_role("button", name="Skip 1 row and import the other 2").click()
    expect(page.get_by_text("1 of 3 rows was skipped.")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Look at what these data can say before a question is asked.")).to_be_visible()
    expect(page.locator(".console__state")).to_contain_text("2 new, 1 skipped")
    expect(page.get_by_text("“Kündigung” in exit_kind is read as voluntary.")).to_be_visible()
    look_at(page, "file-divided")
    page.get_by_role("button", name="Withdraw this import").click()
    expect(page.locator(".console__state")).to_contain_text("Nothing from this file remains in your data", timeout=60_000)
