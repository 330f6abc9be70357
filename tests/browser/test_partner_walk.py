"""Tomasz, L&D partner: from a gap to what became of colleagues and customers."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.console import CONSOLE, FREE
from tests.browser.look import look
from tests.browser.stack import Site

TOMASZ = "tomasz@northwind.example"
GAP = "Handover calls end without an agreement"
PLAN = "Ask before the handover"
STATEMENT = "We know who calls whom"
CAUSES = ("Information", "Resources", "Incentives", "Capacity", "Motives")


def record_gap(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}{CONSOLE}needs/")
    page.get_by_role("main").get_by_role("link", name="Record a gap").click()
    page.get_by_label("The gap in a few words").fill(GAP)
    page.get_by_label("Whose performance").fill("Evening coordinators")
    page.get_by_label("Who is affected").select_option(label="Partners")
    page.get_by_label("Measure").fill("Handovers with an agreed next step")
    page.get_by_label("Unit").fill("%")
    page.get_by_label("Target").fill("90")
    page.get_by_label("Current value").fill("95")
    page.get_by_role("button", name="Save gap").click()
    expect(page.locator(".field--invalid")).to_contain_text("There is no gap")
    page.get_by_label("Current value").fill("61")
    page.get_by_role("button", name="Save gap").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(GAP)


def record_causes(page: Page) -> None:
    page.get_by_role("main").get_by_role("link", name="Review the causes").click()
    for factor in CAUSES:
        page.get_by_role("group", name=re.compile(f"^{factor}")).get_by_label("What did you find?").select_option("not")
    knowledge = page.get_by_role("group", name=re.compile("^Knowledge"))
    knowledge.get_by_label("What did you find?").select_option(label="Main cause")
    knowledge.get_by_label("Evidence for").fill("Seven of nine could not say what the clinic needs to hear.")
    page.get_by_role("button", name="Save causes").click()
    expect(page.get_by_text("Training can close this gap.")).to_be_visible()
    look(page, "gap-with-causes")


def write_specification(page: Page) -> None:
    page.get_by_role("main").get_by_role("link", name="Write a specification").click()
    page.get_by_label("Specification name").fill(PLAN)
    page.get_by_label("Skill", exact=True).select_option(index=1)
    page.get_by_role("combobox", name=re.compile("^Course")).select_option(label=FREE)
    cohort = page.get_by_role("combobox", name=re.compile("^Cohort"))
    cohort.select_option(value=cohort.locator("option", has_text="Ward coordinators, spring").get_attribute("value") or "")
    page.get_by_label("Number of people").fill("13")
    page.get_by_label("How it will be evaluated").fill("The share of the three months after, beside the morning shift.")
    page.get_by_role("button", name=re.compile("^Save specification")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(PLAN)


def state_expectation(page: Page) -> None:
    page.get_by_role("main").get_by_role("link", name="Add an expectation").click()
    look(page, "expectation-new")
    page.get_by_label("Who expects it").select_option(label="Partners")
    page.get_by_label("Name or role").fill("District clinic")
    page.get_by_label("The expectation, in their words").fill(STATEMENT)
    page.get_by_label("Measure").fill("Handovers with a named caller")
    page.get_by_label("Unit").fill("%")
    page.get_by_label("Baseline").fill("61")
    page.get_by_label("Target").fill("90")
    page.get_by_label("Due date", exact=True).fill("2026-10-31")
    page.get_by_role("button", name="Save expectation").click()
    expect(page.get_by_role("main").locator("tbody tr", has_text=STATEMENT)).to_contain_text("61 %")


def measure_expectation(page: Page) -> None:
    page.get_by_role("link", name=f"Record the value {STATEMENT}").click()
    page.get_by_label("Measured value").fill("93")
    page.get_by_label("Measured on").fill("2026-11-02")
    page.get_by_role("button", name="Save value").click()
    expect(page.get_by_role("main").locator("tbody tr", has_text=STATEMENT)).to_contain_text("Met")


def upload(page: Page, base_url: str, kind: str, file: Path) -> None:
    """Choose a file, and wait until it has been checked whole."""
    page.goto(f"{base_url}{CONSOLE}outcomes/import/?kind={kind}")
    expect(page.get_by_label("File contents")).to_have_value(kind)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("The file is valid. Nothing has been changed yet.")).to_be_visible(timeout=120_000)


def apply(page: Page) -> None:
    page.get_by_role("button", name=re.compile(r"^Import [\d,]+ rows$")).click()
    expect(page.get_by_text("Look at what these data can say before a question is asked.")).to_be_visible(timeout=120_000)


def adjust_for(page: Page, outcome: str, column: str) -> None:
    """Tick a column, in the list of those whom the question is about; with several lists that one may have to be opened."""
    columns = page.get_by_role("group", name="Adjust for").first
    group = {"Employee retention": "Employees", "Customer retention": "Customers"}[outcome]
    shown = columns.locator("details", has_text=group)
    if shown.count() and shown.get_attribute("open") is None:
        shown.locator("summary").click()
    columns.get_by_role("checkbox", name=re.compile(f"^{column} known for")).locator("visible=true").check()


def ask(page: Page, base_url: str, outcome: str, column: str, specification: str = PLAN) -> None:
    page.goto(f"{base_url}{CONSOLE}outcomes/")
    page.get_by_label("What to analyse", exact=True).select_option(label=outcome)
    # Colleagues complete courses of Accord in other walks; there is something to choose then.
    course = page.get_by_label("Training elsewhere, from the people file")
    if course.count():
        course.check()
    adjust_for(page, outcome, column)
    page.get_by_label("Specification").select_option(label=specification)
    page.get_by_role("button", name="Run analysis").click()
    expect(page.locator(".report__answer")).to_be_visible(timeout=120_000)


def expect_report(page: Page) -> None:
    """A sentence, the warning, the picture, its table, and what was expected."""
    assert len(page.locator(".report__answer").inner_text()) > 40
    expect(page.locator(".callout--caution").filter(has_text=re.compile("choose|chose"))).to_be_visible()
    figure = page.get_by_role("figure").filter(has_text="Retention of everyone, with 95% confidence interval")
    expect(figure.locator("svg:visible")).to_have_count(1)
    figure.get_by_text("Show the numbers as a table").click()
    assert figure.locator("tbody tr").count() > 12
    row = page.get_by_role("main").locator("tbody tr", has_text=STATEMENT)
    expect(row).to_contain_text("Met")


def test_the_partner_closes_the_loop_from_a_gap_to_what_came_of_it(
    as_person: Callable[..., Page], base_url: str, site: Site
) -> None:
    page = as_person(TOMASZ)
    record_gap(page, base_url)
    record_causes(page)
    write_specification(page)
    page.get_by_role("main").get_by_role("link", name="Edit", exact=True).click()
    look(page, "specification-change")
    page.get_by_role("button", name=re.compile("^Save specification")).click()
    state_expectation(page)
    look(page, "specification-draft")
    page.get_by_role("link", name=f"Edit {STATEMENT}").click()
    look(page, "expectation-change")
    page.get_by_role("button", name="Save expectation").click()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.locator(".console__state")).to_contain_text("0 of 1 expectation measured")
    measure_expectation(page)
    look(page, "specification-measured")

    for kind in ("people", "customers"):
        upload(page, base_url, kind, site.var / "demo" / f"{kind}.csv")
        look(page, f"outcomes-{kind}-checked")
        apply(page)
    page.get_by_role("link", name="Change what is said").click()
    look(page, "outcomes-window")
    page.goto(f"{base_url}{CONSOLE}outcomes/data/")
    expect(page.get_by_role("heading", name="What these data can say")).to_be_visible()
    look(page, "outcomes-data")
    ask(page, base_url, "Employee retention", "role")
    expect_report(page)
    look(page, "report-colleagues")
    ask(page, base_url, "Customer retention", "segment")
    expect_report(page)
    look(page, "report-customers")
    page.goto(f"{base_url}{CONSOLE}outcomes/")
    expect(page.get_by_role("heading", name="Latest results")).to_be_visible()
    look(page, "outcomes-answered")


def test_a_date_that_does_not_exist_is_named_with_its_row_and_remedy(as_person: Callable[..., Page], base_url: str) -> None:
    page = as_person(TOMASZ)
    rows = [f"X{n},2020-01-15,,2023-01-01,2026-06-30" for n in range(2, 22)]
    rows[15] = "X17,2020-01-15,2023-02-30,2023-01-01,2026-06-30"
    text = "\n".join(["person_id,hire_date,exit_date,observed_from,observed_until", *rows]) + "\n"
    page.goto(f"{base_url}{CONSOLE}outcomes/import/?kind=people")
    page.locator("input[type=file]").set_input_files({"name": "wrong.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("The file cannot be imported as it is. Nothing was changed.")).to_be_visible(timeout=60_000)
    problem = page.get_by_role("main").locator("tbody tr")
    expect(problem).to_have_count(1)
    expect(problem).to_contain_text(re.compile(r"17\s*exit_date\s*2023-02-30\s*\S"))
    look(page, "outcomes-refused")
