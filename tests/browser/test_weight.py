"""What a page costs somebody who has never been here: every byte over the wire, headers and fonts included."""

from collections.abc import Callable

from playwright.sync_api import Page

COURSE = "/courses/uncover-what-others-expect/"
MOST = 120_000


def bytes_of(page: Page, address: str) -> dict[str, int]:
    """Bytes of each answer, as Chromium counts what arrives, from an empty cache."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.clearBrowserCache")
    addresses: dict[str, str] = {}
    weights: dict[str, int] = {}
    wire.on("Network.requestWillBeSent", lambda event: addresses.update({event["requestId"]: event["request"]["url"]}))
    wire.on("Network.loadingFinished", lambda event: weights.update({event["requestId"]: int(event["encodedDataLength"])}))
    page.goto(address, wait_until="networkidle")
    return {addresses[request]: weight for request, weight in weights.items()}


def test_a_lesson_on_a_first_visit_weighs_at_most_120_kilobytes(as_person: Callable[..., Page], base_url: str) -> None:
    page = as_person("leila@northwind.example")
    page.goto(base_url + COURSE)
    lessons = page.locator(".outline a, main ol a").evaluate_all("links => links.map(link => link.href)")
    heavy = {}
    for address in sorted({link.split("#")[0] for link in lessons if COURSE in link}):
        weights = bytes_of(as_person("leila@northwind.example"), address)
        assert any(name.endswith(".woff2") for name in weights), weights
        assert any("/css/" in name for name in weights), weights
        if sum(weights.values()) > MOST:
            heavy[address] = weights
        print(address, sum(weights.values()))
    assert lessons
    assert heavy == {}
