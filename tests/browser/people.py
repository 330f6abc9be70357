"""Who sits at the browser: signing in once for the whole run, and reading mail."""

import re
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from demo.people import PASSWORD
from tests.browser.look import listen


def sign_in(page: Page, base_url: str, email: str, password: str = PASSWORD, start: str = "") -> None:
    """By the form, as everybody does; from the page `start` when a page has sent them there."""
    page.goto(start or f"{base_url}/accounts/login/")
    page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)


class Sessions:
    """Who has signed in, kept for the whole run: signing in is limited, as it should be, and slow by design."""

    def __init__(self, browser: Browser, base_url: str, context_args: dict) -> None:
        self.browser, self.base_url, self.context_args = browser, base_url, context_args
        self.known: dict[str, Any] = {}

    def open(self, email: str = "", **options: Any) -> BrowserContext:
        """A context of its own, signed in as `email`; as a visitor when there is none."""
        state = {"storage_state": self.state(email)} if email else {}
        context = self.browser.new_context(**(self.context_args | state | options))
        context.set_default_timeout(15_000)
        listen(context)
        return context

    def state(self, email: str) -> Any:
        if email not in self.known:
            with self.browser.new_context(**self.context_args) as context:
                sign_in(context.new_page(), self.base_url, email)
                self.known[email] = context.storage_state()
        return self.known[email]


def newest_mail(page: Page, base_url: str, recipient: str, subject: str = "") -> str:
    """Text of the newest mail to `recipient` in the mailbox of the demonstration; waits until it has arrived."""
    entry = page.locator("main th[scope=row] a")
    entry = entry.filter(has_text=re.compile(subject or r"\S", re.IGNORECASE)).first
    for _try in range(60):
        page.goto(f"{base_url}/demo/mailbox/?to={recipient}")
        if entry.count():
            break
        page.wait_for_timeout(250)
    entry.click()
    expect(page).to_have_url(re.compile(r"/demo/mailbox/[^?/]+/$"))
    return page.get_by_role("main").inner_text()


def link_in(text: str) -> str:
    """The one link of a mail."""
    found = re.search(r"http://127\.0\.0\.1:\d+/l/\S+", text)
    assert found, text
    return found.group(0)
