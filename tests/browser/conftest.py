"""The real thing in a real browser: `make run` over an empty folder, and Debian's Chromium."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from tests.browser import console
from tests.browser.books import Books
from tests.browser.editing import PATIENCE
from tests.browser.look import PICTURES, WIDTHS
from tests.browser.people import Sessions
from tests.browser.stack import CHROMIUM, LAUNCH, Site, running_site

expect.set_options(timeout=15_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.path).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if kept := os.environ.get("ACCORD_BROWSER_SITE"):
        # While writing tests: "<address> <folder>" of a `make run` that stays. What earlier tests did is still there.
        url, folder = kept.split()
        yield Site(url, Path(folder))
        return
    if not Path(CHROMIUM).exists():
        pytest.fail(f"No browser at {CHROMIUM}: install Debian's chromium, or set CHROMIUM.")
    with running_site(tmp_path_factory.mktemp("accord")) as site:
        yield site


@pytest.fixture(scope="session")
def base_url(site: Site) -> str:
    return site.url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": LAUNCH}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    return browser_context_args | {"viewport": WIDTHS["desk"], "locale": "en-GB", "timezone_id": "Europe/Lisbon"}


@pytest.fixture(scope="session")
def sessions(browser: Browser, base_url: str, browser_context_args: dict) -> Sessions:
    return Sessions(browser, base_url, browser_context_args)


@pytest.fixture
def as_person(sessions: Sessions) -> Iterator[Callable[..., Page]]:
    """`as_person("leila@northwind.example")` is a page of hers; `as_person()` a page of somebody without an account."""
    opened: list[BrowserContext] = []

    def page_of(email: str = "", **options: Any) -> Page:
        opened.append(sessions.open(email, **options))
        return opened[-1].new_page()

    yield page_of
    for context in opened:
        context.close()


@pytest.fixture(scope="session")
def colleagues(sessions: Sessions, base_url: str, site: Site) -> list[dict[str, str]]:
    """The forty of the file, uploaded, invited and added to a cohort of the free course by the corporate admin."""
    with sessions.open("ines@northwind.example") as context:
        page = context.new_page()
        page.goto(f"{base_url}{console.CONSOLE}cohorts/")
        if not page.get_by_role("link", name=console.COHORT).count():  # there already when the site is kept
            console.enrol_colleagues(page, base_url, site.var)
    return console.colleagues(site.var)


@pytest.fixture(scope="module")
def books(site: Site) -> Books:
    return Books(site)


@pytest.fixture
def failures() -> list[str]:
    return []


@pytest.fixture
def editor(as_person: Callable[..., Page], failures: list[str]) -> Iterator[Callable[[str], Page]]:
    """A person's page; what the server answers with an error, and acts that come by themselves, are kept."""

    def of(email: str) -> Page:
        page = as_person(email)
        page.set_default_timeout(PATIENCE)

        def look(answer: Response) -> None:
            request = answer.request
            if "/cms/" in request.url and answer.status >= 400:
                failures.append(f"{answer.status} {request.method} {request.url}")
            sent_by_itself = request.method == "POST" and request.headers.get("accept") == "application/json"
            if sent_by_itself and "action-" in (request.post_data or ""):
                failures.append(f"an act by itself: {request.url}")

        page.on("response", look)
        return page

    yield of
    assert failures == []


@pytest.fixture(scope="session", autouse=True)
def _fresh_pictures() -> None:
    # Of several processes the first, long before any of them has a site to take pictures of.
    is_first = os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0"
    if PICTURES is not None and is_first and "ACCORD_BROWSER_SITE" not in os.environ:
        shutil.rmtree(PICTURES, ignore_errors=True)
