"""The four pictures of the README, taken from a fresh demonstration: `python -m tests.browser.make_screenshots`."""

import argparse
import contextlib
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser import test_author_walk as author
from tests.browser import test_partner_walk as partner
from tests.browser.console import COHORT, CONSOLE, enrol_colleagues
from tests.browser.people import Sessions
from tests.browser.stack import CHROMIUM, LAUNCH, ROOT, Site, running_site

FOLDER = ROOT / "docs" / "screenshots"
SIZE = {"width": 1280, "height": 880}
MAX_BYTES = 200_000
SHOWN_LESSON = "Which comes first"

expect.set_options(timeout=30_000)


def admin(page: Page, site: Site) -> None:
    page.goto(f"{site.url}{CONSOLE}cohorts/")
    if not page.get_by_role("link", name=COHORT).count():
        enrol_colleagues(page, site.url, site.var)
    page.goto(f"{site.url}{CONSOLE}cohorts/")
    page.get_by_role("main").get_by_role("link", name="Ward coordinators, spring").click()
    expect(page.locator("#cohort-list tbody tr").first).to_be_visible()


def learner(page: Page, site: Site) -> None:
    """A check in the middle of a lesson, answered, with its feedback."""
    page.goto(f"{site.url}/learn/")
    page.get_by_role("main").get_by_role("link", name="Continue").first.click()
    check = page.locator(".activity:has(form.choices-form)").first
    check.locator("input[name=chosen]").nth(1).check()
    check.get_by_role("button", name="Check my answer").click()
    expect(check.locator(".choice__feedback")).to_be_visible()
    check.evaluate("element => window.scrollTo(0, element.getBoundingClientRect().top + window.scrollY - 90)")


def write(page: Page, site: Site) -> None:
    """A lesson under the author's hands, with its preview beside it."""
    author.edit_lesson(page, site.url, SHOWN_LESSON)
    page.get_by_role("button", name="Toggle preview").click()
    expect(page.frame_locator("#w-preview-iframe").get_by_role("heading", name=SHOWN_LESSON)).to_be_visible()


def ask(page: Page, site: Site) -> None:
    """The report on colleagues, from its answer to its picture."""
    page.goto(f"{site.url}{CONSOLE}outcomes/")
    if page.get_by_text("No data on who stays and who leaves").count():
        partner.upload(page, site.url, "people", site.var / "demo" / "people.csv")
        partner.apply(page)
    partner.ask(page, site.url, "Employee retention", "role", "Ask what families expect before it changes")


PICTURES = {
    "admin": ("ines@northwind.example", admin),
    "learner": ("leila@northwind.example", learner),
    "author": ("author@accord.example", write),
    "partner": ("tomasz@northwind.example", ask),
}


def save(picture: bytes, target: Path) -> None:
    """As small as a palette makes it: these are flat colours and text."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(colors=128, dither=Image.Dither.NONE).save(target, optimize=True)
    if target.stat().st_size > MAX_BYTES:
        raise SystemExit(f"{target.name} has {target.stat().st_size:,} bytes, more than {MAX_BYTES:,}.")
    print(f"{target.relative_to(ROOT)}: {image.width} × {image.height}, {target.stat().st_size:,} bytes")


def take(site: Site, names: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver, driver.chromium.launch(executable_path=CHROMIUM, args=LAUNCH) as browser:
        sessions = Sessions(browser, site.url, {"viewport": SIZE, "locale": "en-GB", "timezone_id": "Europe/Lisbon"})
        for name in names:
            who, go_there = PICTURES[name]
            with contextlib.closing(sessions.open(who)) as context:
                page = context.new_page()
                go_there(page, site)
                save(page.screenshot(animations="disabled"), FOLDER / f"{name}.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *PICTURES], help="which of the four; all of them when left out")
    parser.add_argument("--site", nargs=2, metavar=("ADDRESS", "FOLDER"), help="a demonstration that runs already")
    chosen = parser.parse_args()
    names = chosen.names or list(PICTURES)
    if chosen.site:
        take(Site(chosen.site[0], Path(chosen.site[1])), names)
        return
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder)) as site:
        take(site, names)


if __name__ == "__main__":
    main()
