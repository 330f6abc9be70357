"""The Back button: after signing out it shows nothing of anybody, and while signed in it gives back what was typed.

In both kinds of Chromium: with the pages of before kept in memory, as people have it, and without, as Playwright starts it.
"""

import stat
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserType, Page, expect

from tests.browser.console import CONSOLE
from tests.browser.people import Sessions, sign_in
from tests.browser.stack import Site

INES, LEILA = "ines@northwind.example", "leila@northwind.example"
LESSON = "/courses/uncover-what-others-expect/map-who-expects-what/known-assumed-unknown/"
LOADED = "new Promise((done) => document.readyState === 'complete' ? done() : addEventListener('load', () => done()))"
TYPED = "Words that are nowhere but in this field"


@pytest.fixture(scope="module", params=["kept in memory", "asked for again"])
def chromium(request: pytest.FixtureRequest, browser_type: BrowserType, browser_type_launch_args: dict) -> Iterator[Browser]:
    options = {"ignore_default_args": ["--disable-back-forward-cache"]} if request.param == "kept in memory" else {}
    with browser_type.launch(**browser_type_launch_args, **options) as browser:
        yield browser


@pytest.fixture
def page_of(chromium: Browser, sessions: Sessions, browser_context_args: dict) -> Iterator[Callable[[str], Page]]:
    """`page_of(email)`: a page of somebody signed in; without an address, of nobody yet."""
    opened = []

    def page_of(email: str = "") -> Page:
        state = {"storage_state": sessions.state(email)} if email else {}
        opened.append(chromium.new_context(**browser_context_args | state))
        opened[-1].set_default_timeout(15_000)
        page = opened[-1].new_page()
        page.on("dialog", lambda dialog: dialog.accept())  # whether to leave without having saved
        return page

    yield page_of
    for context in opened:
        context.close()


def back(page: Page) -> None:
    page.go_back(wait_until="commit")  # a page that was kept in memory does not load
    page.evaluate(LOADED)


def sign_out(page: Page) -> None:
    page.locator("details[data-menu] > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Start free").first).to_be_visible()


def test_back_after_signing_out_shows_nothing_of_anybody(page_of: Callable[..., Page], base_url: str) -> None:
    page = page_of()
    sign_in(page, base_url, INES)
    paths = ["/learn/", LESSON, "/courses/", "/accounts/profile/", f"{CONSOLE}people/"]
    for path in paths:
        page.goto(base_url + path)
        expect(page.get_by_text("Signed in as Ines")).to_be_attached()
    sign_out(page)
    for path in reversed(paths):
        back(page)
        assert "Signed in as" not in page.content(), path
        assert "Ines" not in page.get_by_role("main").inner_text(), path


@pytest.mark.parametrize(
    ("email", "path", "field"),
    [
        pytest.param(LEILA, LESSON, "textarea[name=text]", id="reflection"),
        pytest.param(LEILA, "/accounts/profile/", "input[name=first_name]", id="profile"),
        pytest.param(INES, f"{CONSOLE}people/add/", "input[name=first_name]", id="console"),
        pytest.param(INES, f"{CONSOLE}needs/new/", "input[name=title]", id="console-gap"),
    ],
)
def test_back_gives_back_what_was_typed(page_of: Callable[..., Page], base_url: str, email: str, path: str, field: str) -> None:
    page = page_of(email)
    page.goto(base_url + path)
    before = page.locator(field).first.input_value()
    page.locator(field).first.fill(TYPED)
    page.goto(f"{base_url}/courses/")
    back(page)
    expect(page.locator(field).first).to_have_value(TYPED)
    # As it was, for whoever comes next on a site that is kept between runs.
    page.locator(field).first.fill(before)


def test_the_running_site_keeps_its_files_to_itself(site: Site) -> None:
    """All that broker, web, worker, scheduler and launcher have written by now."""
    kept = [site.var, *(path for path in site.var.rglob("*") if path.relative_to(site.var).parts[0] != "static")]
    names = {path.name.removesuffix(".dat") for path in kept}  # of the schedule, where there is no other kind of database
    assert {"accord.sqlite3", "accord.sqlite3-wal", "web.log", "celerybeat-schedule", "launcher.lock", "secret_key"} <= names
    assert [path for path in kept if not path.is_symlink() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)] == []
