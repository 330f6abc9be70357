"""Every page that has an address: as narrow as a phone and on a desk, light and dark, for everybody who may see it.

Pages that exist only in the middle of something (an invitation, a payment, an assessment under way, the report on an
upload) are looked at by the walks that get there, with the same measure. Addresses that begin with @ are arranged.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console import CONSOLE
from tests.browser.look import WIDTHS, complaints, look, problems
from tests.browser.people import Sessions
from tests.browser.stack import Site, arrange

NOBODY = ""
INES, TOMASZ, LEILA = "ines@northwind.example", "tomasz@northwind.example", "leila@northwind.example"
AMARA = "amara@northwind.example"
AUTHOR, OPERATOR = "author@accord.example", "operator@accord.example"
FREE = "/courses/uncover-what-others-expect/"
PAID = "/courses/warn-in-time/"
PREVIEW = "/courses/negotiate-mutual-value/"


@dataclass(frozen=True)
class Place:
    """A page, who looks at it, and where: an address, or a page and the first link on it whose address matches."""

    name: str
    who: str
    at: str
    follow: str = ""
    status: int = 200


PLACES = [
    # Everybody
    Place("home", NOBODY, "/"),
    Place("catalogue", NOBODY, "/courses/"),
    Place("catalogue-nothing-found", NOBODY, "/courses/?q=zzzz"),
    Place("course-free", NOBODY, FREE),
    Place("course-paid", NOBODY, PAID),
    Place("course-preview", NOBODY, PREVIEW),
    Place("course-preview-signed-in", LEILA, PREVIEW),
    Place("tell-me", NOBODY, "/tell-me/negotiate-mutual-value/"),
    Place("tell-me-closed", NOBODY, "/tell-me/confirm/no-such-link/", status=410),
    Place("lesson-sample", NOBODY, FREE, follow=rf"^{FREE}[^/]+/[^/]+/$"),
    Place("for-organisations", NOBODY, "/for-organisations/"),
    Place("privacy", NOBODY, "/privacy/"),
    Place("terms", NOBODY, "/terms/"),
    Place("sign-in", NOBODY, "/accounts/login/"),
    Place("sign-up", NOBODY, "/accounts/signup/"),
    Place("sign-in-by-code", NOBODY, "/accounts/login/code/"),
    Place("password-forgotten", NOBODY, "/accounts/password/reset/"),
    Place("not-found", NOBODY, "/no/such/page/", status=404),
    Place("link-unknown", NOBODY, "/l/no-such-link/", status=404),
    Place("link-expired", NOBODY, "@link-expired", status=410),
    Place("link-used", NOBODY, "@link-used", status=410),
    Place("link-revoked", NOBODY, "@link-revoked", status=410),
    Place("invitation-gone", NOBODY, "@invitation-gone", status=410),
    Place("invitation-known", NOBODY, "@invitation-known"),
    Place("invitation-accept", AUTHOR, "@invitation-known"),
    Place("invitation-of-somebody-else", LEILA, "@invitation-known", status=403),
    Place("agreement-gone", NOBODY, "@agreement-gone", status=410),
    Place("reminders-stop", NOBODY, "@reminders-stop"),
    Place("reminders-stopped", NOBODY, "@reminders-stopped"),
    Place("mails-stop", NOBODY, "@mails-stop"),
    Place("password-link-closed", NOBODY, "/accounts/password/reset/key/1-no-such-key/"),
    Place("password-changed", NOBODY, "/accounts/password/reset/key/done/"),
    Place("account-closed", NOBODY, "/accounts/inactive/"),
    Place("mailbox", NOBODY, "/demo/mailbox/"),
    Place("mail", NOBODY, "/demo/mailbox/", follow=r"^/demo/mailbox/[^/?]+/$"),
    # A learner half-way through
    Place("home-signed-in", LEILA, "/"),
    Place("learning", LEILA, "/learn/"),
    Place("levels", LEILA, "/skills/"),
    Place("skill", LEILA, "/skills/discover-expectations/"),
    Place("share-evidence", LEILA, "@share-evidence"),
    Place("practise", LEILA, "/practice/"),
    Place("interview-briefing", LEILA, "/practice/s1-lunch/"),
    Place("negotiation-briefing", LEILA, "/practice/n1-night-deliveries/"),
    Place("course-under-way", LEILA, FREE),
    Place("lesson", LEILA, "/learn/", follow=rf"^{FREE}[^/]+/[^/]+/"),
    Place("plan-follow-up", LEILA, "@plan-follow-up"),
    Place("agreements", LEILA, "/agreements/"),
    Place("agreement-new", LEILA, "/agreements/new/"),
    Place("feedback", LEILA, "/feedback/"),
    Place("feedback-new", LEILA, "/feedback/new/"),
    Place("feedback-round", LEILA, "/feedback/", follow=r"^/feedback/[0-9a-f-]{36}/$"),
    Place("feedback-own", LEILA, "/feedback/", follow=r"^/feedback/[0-9a-f-]{36}/$ /own/$"),
    Place("feedback-end", LEILA, "/feedback/", follow=r"^/feedback/[0-9a-f-]{36}/$ /end/$"),
    Place("feedback-results", LEILA, "@feedback-results"),
    Place("feedback-asked", NOBODY, "@feedback-asked"),
    Place("feedback-over", NOBODY, "@feedback-over", status=410),
    Place("orders", LEILA, "/billing/orders/"),
    Place("buy", LEILA, "/billing/buy/warn-in-time/"),
    Place("profile", LEILA, "/accounts/profile/"),
    Place("account-mail", LEILA, "/accounts/email/"),
    Place("account-password", LEILA, "/accounts/password/change/"),
    Place("account-second-factor", LEILA, "/accounts/2fa/"),
    Place("your-data", LEILA, "/accounts/your-data/"),
    Place("close-account", LEILA, "/accounts/your-data/close/"),
    Place("search", LEILA, "/courses/?q=interest"),
    Place("search-misspelt", NOBODY, "/courses/?q=negotation"),
    Place("sign-out", LEILA, "/accounts/logout/"),
    Place("refused", LEILA, CONSOLE, status=403),
    Place("refused-styleguide", LEILA, "/styleguide/", status=403),
    # The corporate admin
    Place("console", INES, CONSOLE),
    Place("people", INES, f"{CONSOLE}people/"),
    Place("people-left", INES, f"{CONSOLE}people/?state=left"),
    Place("person-add", INES, f"{CONSOLE}people/add/"),
    Place("person", INES, f"{CONSOLE}people/", follow=rf"^{CONSOLE}people/[0-9a-f-]{{36}}/$"),
    Place("person-leave", INES, f"{CONSOLE}people/", follow=rf"^{CONSOLE}people/[0-9a-f-]{{36}}/$ /leave/$"),
    Place("job-waiting", INES, "@job-waiting"),
    Place("job-under-way", INES, "@job-under-way"),
    Place("job-done", INES, "@job-done"),
    Place("job-failed", INES, "@job-failed"),
    Place("people-file", INES, f"{CONSOLE}people/import/"),
    Place("teams", INES, f"{CONSOLE}teams/"),
    Place("team", INES, f"{CONSOLE}teams/", follow=rf"^{CONSOLE}teams/\d+/$"),
    Place("cohorts", INES, f"{CONSOLE}cohorts/"),
    Place("cohort-new", INES, f"{CONSOLE}cohorts/new/"),
    Place("cohort", INES, f"{CONSOLE}cohorts/", follow=rf"^{CONSOLE}cohorts/[0-9a-f-]{{36}}/$"),
    Place("cohort-change", INES, f"{CONSOLE}cohorts/", follow=rf"^{CONSOLE}cohorts/[0-9a-f-]{{36}}/$ /edit/$"),
    Place("cohort-remind", INES, f"{CONSOLE}cohorts/", follow=rf"^{CONSOLE}cohorts/[0-9a-f-]{{36}}/$ /remind/$"),
    Place("cohort-archive", INES, f"{CONSOLE}cohorts/", follow=rf"^{CONSOLE}cohorts/[0-9a-f-]{{36}}/$ /archive/$"),
    Place("cohort-add", INES, f"{CONSOLE}cohorts/", follow=rf"^{CONSOLE}cohorts/[0-9a-f-]{{36}}/$ /add/$"),
    Place("cohort-without-a-space", INES, "@cohort-without-a-space"),
    Place("cohort-without-a-space-change", INES, "@cohort-without-a-space", follow=r"/edit/$"),
    Place("cohort-without-a-space-add", INES, "@cohort-without-a-space", follow=r"/add/$"),
    Place("seats", INES, f"{CONSOLE}seats/"),
    Place("seats-buy", INES, f"{CONSOLE}seats/buy/"),
    Place("seats-quote", INES, f"{CONSOLE}seats/buy/?course=warn-in-time&quantity=50"),
    Place("seats-orders", INES, f"{CONSOLE}seats/orders/"),
    Place("framework", INES, f"{CONSOLE}skills/"),
    Place("shared-evidence", INES, f"{CONSOLE}skills/shared/"),
    Place("settings", INES, f"{CONSOLE}settings/"),
    Place("audit", INES, f"{CONSOLE}audit/"),
    # The L&D partner
    Place("console-partner", TOMASZ, CONSOLE),
    Place("needs", TOMASZ, f"{CONSOLE}needs/"),
    Place("gap-new", TOMASZ, f"{CONSOLE}needs/new/"),
    Place("gap", TOMASZ, f"{CONSOLE}needs/", follow=rf"^{CONSOLE}needs/gaps/[^/]+/$"),
    Place("gap-change", TOMASZ, f"{CONSOLE}needs/", follow=rf"^{CONSOLE}needs/gaps/[^/]+/$ /edit/$"),
    Place("causes", TOMASZ, f"{CONSOLE}needs/", follow=rf"^{CONSOLE}needs/gaps/[^/]+/$ /causes/$"),
    Place("specification-new", TOMASZ, f"{CONSOLE}needs/", follow=rf"^{CONSOLE}needs/gaps/[^/]+/$ /specify/$"),
    Place("specification", TOMASZ, f"{CONSOLE}needs/", follow=rf"^{CONSOLE}needs/specifications/[^/]+/$"),
    Place("measure", TOMASZ, f"{CONSOLE}needs/", follow=rf"^{CONSOLE}needs/specifications/[^/]+/$ /measure/$"),
    Place("outcomes", TOMASZ, f"{CONSOLE}outcomes/"),
    Place("outcomes-file", TOMASZ, f"{CONSOLE}outcomes/import/"),
    Place("outcomes-objections", TOMASZ, f"{CONSOLE}outcomes/objections/"),
    Place("outcomes-of-a-reader", AMARA, f"{CONSOLE}outcomes/"),
    Place("own-team", TOMASZ, "@own-team"),
    Place("run-waiting", TOMASZ, "@run-waiting"),
    Place("run-failed", TOMASZ, "@run-failed"),
    Place("refused-settings", TOMASZ, f"{CONSOLE}settings/", status=403),
    # The operator
    Place("styleguide", OPERATOR, "/styleguide/"),
    Place("declared", OPERATOR, "/declared/"),
    Place("status", OPERATOR, "/status"),
]


@pytest.fixture(scope="module")
def page_of(sessions: Sessions) -> Iterator[Callable[[str], Page]]:
    """One page for each person, kept for all pages."""
    pages: dict[str, Page] = {}

    def page_of(email: str) -> Page:
        if email not in pages:
            pages[email] = sessions.open(email).new_page()
        return pages[email]

    yield page_of
    for page in pages.values():
        page.context.close()


@pytest.fixture(scope="module")
def arranged(site: Site) -> dict[str, dict[str, str]]:
    return arrange(site)


def address_of(page: Page, place: Place, base_url: str, arranged: dict[str, str]) -> str:
    address = arranged[place.at[1:]] if place.at.startswith("@") else place.at
    for pattern in place.follow.split():
        page.goto(base_url + address)
        links = page.get_by_role("main").locator("a[href]").evaluate_all("links => links.map(a => a.getAttribute('href'))")
        matches = [link for link in links if re.search(pattern, link.split("#")[0])]
        assert matches, f"no link like {pattern} on {address}: {links}"
        # Without its fragment: going there again would be no request.
        address = matches[0].split("#")[0]
    return base_url + address


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_the_page_is_fit_for_its_reader(
    page_of: Callable[[str], Page], base_url: str, arranged: dict[str, dict[str, str]], place: Place
) -> None:
    page = page_of(place.who)
    address = address_of(page, place, base_url, arranged["addresses"])
    complaints(page)
    problems_found = []
    for width, size in WIDTHS.items():
        page.set_viewport_size(size)
        response = page.goto(address)
        assert response is not None
        assert response.status == place.status
        problems_found += problems(page, place.name, width)
    assert [*problems_found, *complaints(page)] == []


@pytest.mark.parametrize("status", ["429", "500"])
def test_the_page_after_an_accident_is_fit_too(
    as_person: Callable[..., Page], base_url: str, arranged: dict[str, dict[str, str]], status: str
) -> None:
    page, body = as_person(), arranged["pages"][status]
    page.route("**/accident/", lambda route: route.fulfill(status=int(status), content_type="text/html", body=body))
    page.goto(f"{base_url}/accident/")
    problems_found = [line for line in complaints(page) if f"status of {status}" not in line]
    for width in WIDTHS:
        problems_found += problems(page, f"error-{status}", width)
    assert problems_found == []


@pytest.mark.parametrize("name", ["job-stuck", "job-untaken", "import-stuck"])
def test_the_page_of_stuck_work_is_fit_too(
    as_person: Callable[..., Page], base_url: str, arranged: dict[str, dict[str, str]], name: str
) -> None:
    page, body = as_person(INES), arranged["pages"][name]
    page.route("**/stuck/", lambda route: route.fulfill(content_type="text/html", body=body))
    page.route(re.compile(r"/(jobs|imports)/"), lambda route: route.fulfill(status=204))  # it asks again after a second
    page.goto(f"{base_url}/stuck/")
    expect(page.get_by_text("No progress since")).to_be_visible()
    expect(page.get_by_role("button", name="Start again")).to_be_visible()
    problems_found = complaints(page)
    for width in WIDTHS:
        problems_found += problems(page, name, width)
    assert problems_found == []


def test_the_page_for_an_address_that_is_not_ours_is_fit_too(as_person: Callable[..., Page], base_url: str) -> None:
    page = as_person()
    response = page.goto(base_url.replace("127.0.0.1", "elsewhere.localhost"))
    assert response is not None
    assert response.status == 400
    look(page, "error-400")


def test_a_form_that_is_too_old_says_so(as_person: Callable[..., Page], base_url: str) -> None:
    page = as_person()
    page.goto(f"{base_url}/accounts/login/")
    page.context.clear_cookies()
    page.get_by_label("E-mail address").fill("somebody@visitor.example")
    page.get_by_label("Password", exact=True).fill("whatever it was")
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="This form has expired")).to_be_visible()
    look(page, "error-403-old-form")
