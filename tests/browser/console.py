"""Steps in the console that several walks share."""

import csv
import re
from pathlib import Path

from playwright.sync_api import Page, expect

CONSOLE = "/org/northwind-care/"
COHORT = "Home care, autumn"
FREE = "Uncover what others expect"
PAID = "Warn in time (demonstration)"


def colleagues(var: Path) -> list[dict[str, str]]:
    """The forty whom the demonstration leaves to be uploaded."""
    with (var / "demo" / "colleagues.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def upload_people(page: Page, base_url: str, file: Path | dict, *, cohort: str = "", course: str = "") -> None:
    """Choose a file of people and wait until it has been checked whole."""
    page.goto(f"{base_url}{CONSOLE}people/import/")
    page.get_by_label("File", exact=True).set_input_files(file)
    if course:
        page.get_by_role("combobox", name=re.compile("^Course")).select_option(label=course)
    page.get_by_role("textbox", name=re.compile("^Cohort")).fill(cohort)
    page.get_by_role("button", name="Check the file").click()
    checked(page)


def checked(page: Page) -> None:
    """The progress page turns into its result by itself."""
    expect(page.get_by_role("heading", name="File details", exact=True)).to_be_visible(timeout=60_000)


def enrol_colleagues(page: Page, base_url: str, var: Path) -> None:
    """All forty, from their file, in a cohort of the free course."""
    upload_people(page, base_url, var / "demo" / "colleagues.csv", cohort=COHORT, course=FREE)
    expect(page.get_by_text("The file is valid. Nothing has been changed yet.")).to_be_visible()
    expect(page.get_by_text("40 people will be invited by e-mail when you continue.")).to_be_visible()
    page.get_by_role("button", name="Enrol 40 people").click()
    expect(page.get_by_text("40 people were invited by e-mail, 40 added to a cohort.")).to_be_visible(timeout=60_000)


def free_seats(page: Page, base_url: str) -> tuple[int, int]:
    """Free and bought, as the seats page says in its first sentence; none of none before the first purchase."""
    page.goto(f"{base_url}{CONSOLE}seats/")
    said = re.search(r"(\d+) of (\d+) seats? (?:are|is) available", page.locator(".console__state").inner_text())
    return (int(said.group(1)), int(said.group(2))) if said else (0, 0)
