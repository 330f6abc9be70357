"""Ines, corporate admin: forty colleagues from a file, a cohort, fifty seats."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console import COHORT, CONSOLE, FREE, PAID, free_seats, upload_people
from tests.browser.look import look
from tests.browser.people import newest_mail
from tests.browser.stack import Site

INES = "ines@northwind.example"
HEAD = "email,first_name,last_name,person_id,team"


def people_csv(**rows: str) -> str:
    """Twenty good rows; `row17="…"` replaces the row that a spreadsheet shows as number 17."""
    lines = [HEAD] + [f"p{n}@broken.example,Given{n},Family{n},BR{n},Team 01" for n in range(2, 22)]
    for name, text in rows.items():
        lines[int(name.removeprefix("row")) - 1] = text
    return "\n".join(lines) + "\n"


def as_file(text: str, encoding: str = "utf-8") -> dict:
    return {"name": "broken.csv", "mimeType": "text/csv", "buffer": text.encode(encoding)}


def how_many_people(page: Page, base_url: str) -> str:
    page.goto(f"{base_url}{CONSOLE}people/")
    return page.locator(".console__state").inner_text()


def test_forty_colleagues_from_a_file_are_invited_and_added_to_a_cohort(
    as_person: Callable[..., Page], base_url: str, colleagues: list[dict[str, str]]
) -> None:
    page = as_person(INES)
    page.goto(f"{base_url}{CONSOLE}")
    page.get_by_role("main").get_by_role("link", name=COHORT).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(COHORT)
    expect(page.get_by_role("main").get_by_role("link", name=FREE)).to_be_visible()
    expect(page.locator("#cohort-list tbody tr")).to_have_count(40)
    page.get_by_role("searchbox").fill(colleagues[6]["email"])
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("#cohort-list tbody tr")).to_have_count(1)
    mail = newest_mail(page, base_url, colleagues[6]["email"])
    assert "Northwind Care" in mail


def test_the_same_file_again_changes_nothing(
    as_person: Callable[..., Page], base_url: str, site: Site, colleagues: list
) -> None:
    page = as_person(INES)
    upload_people(page, base_url, site.var / "demo" / "colleagues.csv", cohort=COHORT, course=FREE)
    expect(page.get_by_text("This file contains nothing new.")).to_be_visible()


@pytest.mark.parametrize(
    ("row", "column", "value", "remedy"),
    [
        ("p17-at-broken.example,Seventeen,Person,BR17,Team 01", "email", "p17-at-broken.example", "address"),
        (",Seventeen,Person,BR17,Team 01", "email", "", "address"),
        ("P3@Broken.example,Seventeen,Person,BR17,Team 01", "email", "P3@Broken.example", "row 3"),
    ],
    ids=["not an address", "no address", "somebody of another row"],
)
def test_a_wrong_row_is_named_with_its_remedy_and_nothing_is_applied(
    as_person: Callable[..., Page], base_url: str, row: str, column: str, value: str, remedy: str
) -> None:
    page = as_person(INES)
    before = how_many_people(page, base_url)
    upload_people(page, base_url, as_file(people_csv(row17=row)))
    expect(page.get_by_text("The file cannot be imported as it is. Nothing was changed.")).to_be_visible()
    problems = page.get_by_role("main").locator("tbody tr")
    expect(problems).to_have_count(1)
    expect(problems.locator("th")).to_have_text(re.compile(r"^(Row )?17$"))
    cells = problems.locator("td")
    assert [cells.nth(0).inner_text(), cells.nth(1).inner_text()] == [column, value]
    assert remedy in cells.nth(2).inner_text()
    expect(page.get_by_role("link", name="Upload corrected file")).to_be_visible()
    assert how_many_people(page, base_url) == before


def test_a_file_in_the_encoding_of_an_old_spreadsheet_is_read_and_says_so(
    as_person: Callable[..., Page], base_url: str
) -> None:
    page = as_person(INES)
    before = how_many_people(page, base_url)
    text = people_csv(row17="p17@broken.example,Zoë,Müller,BR17,Team 01").replace(",", ";")
    upload_people(page, base_url, as_file(text, "cp1252"))
    expect(page.get_by_text("The file is valid. Nothing has been changed yet.")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(re.compile("windows-1252|cp1252", re.IGNORECASE))
    assert how_many_people(page, base_url) == before


def test_a_file_that_is_no_table_is_turned_away_with_the_reason(as_person: Callable[..., Page], base_url: str) -> None:
    page = as_person(INES)
    page.goto(f"{base_url}{CONSOLE}people/import/")
    picture = {"name": "people.csv", "mimeType": "text/csv", "buffer": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20}
    page.get_by_label("File", exact=True).set_input_files(picture)
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator(".field__error, .callout--danger").first).to_be_visible()


def test_fifty_seats_are_bought_through_the_test_gateway_and_given_to_people(
    as_person: Callable[..., Page], base_url: str
) -> None:
    page = as_person(INES)
    free, bought = free_seats(page, base_url)
    page.get_by_role("main").get_by_role("link", name="Buy seats").click()
    page.get_by_label("Course", exact=True).select_option(label=PAID)
    page.get_by_label("Number of seats").fill("50")
    page.get_by_role("button", name=re.compile("^Buy 50 seats for ")).click()
    expect(page.get_by_text("Test gateway: no real payments").first).to_be_visible()
    page.get_by_role("button", name=re.compile("^Pay [€$£]")).click()
    expect(page.get_by_text("Paid. Thank you.")).to_be_visible(timeout=30_000)
    assert free_seats(page, base_url) == (free + 50, bought + 50)

    page.goto(f"{base_url}{CONSOLE}cohorts/new/")
    page.get_by_label("Name", exact=True).fill("Negotiators")
    page.get_by_label("Course", exact=True).select_option(label=PAID)
    page.get_by_role("button", name="Create cohort").click()
    expect(page.locator(".console__state")).to_contain_text(f"{free + 50} seats are available")
    for number in range(3):
        page.locator("input[name=person]").nth(number).check()
    expect(page.locator("[data-selection-count]")).to_have_text("3")
    page.get_by_role("button", name="Add to cohort").click()
    expect(page.get_by_text("3 people were added to the cohort.")).to_be_visible()
    assert free_seats(page, base_url) == (free + 47, bought + 50)
    expect(page.locator("#holders")).to_be_visible()
    look(page, "seats-held")
    if (free_one := page.get_by_role("link", name=re.compile("^Release this seat"))).count():
        free_one.first.click()
        look(page, "seat-free")


def test_more_people_than_seats_are_refused_with_the_number_that_is_missing(
    as_person: Callable[..., Page], base_url: str, colleagues: list
) -> None:
    page = as_person(INES)
    before = free_seats(page, base_url)
    page.goto(f"{base_url}{CONSOLE}cohorts/new/")
    page.get_by_label("Name", exact=True).fill("Everybody at once")
    page.get_by_label("Course", exact=True).select_option(label=PAID)
    page.get_by_role("button", name="Create cohort").click()
    page.get_by_role("button", name=re.compile("^Add all ")).click()
    expect(page.locator("#messages")).to_contain_text(re.compile(r"\d+ .*seat"))
    assert free_seats(page, base_url) == before
