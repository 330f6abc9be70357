"""With the second factor required: somebody with rights is led to set one up, signs in with a passkey, and ends other sessions."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from demo.people import PASSWORD
from tests.browser.look import look
from tests.browser.people import sign_in
from tests.browser.stack import running_site

OPERATOR = "operator@accord.example"


@pytest.fixture(scope="module")
def strict_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site of its own by name: browsers keep no passkeys for a number."""
    with running_site(tmp_path_factory.mktemp("strict"), ACCORD_REQUIRE_SECOND_FACTOR="1") as site:
        yield site.url.replace("127.0.0.1", "localhost")


def give_device(page: Page) -> None:
    """A device with a fingerprint reader that always says yes."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def confirm_password(page: Page) -> None:
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def test_an_operator_sets_up_a_passkey_and_signs_in_with_it(as_person: Callable[..., Page], strict_url: str) -> None:
    page = as_person()
    give_device(page)
    sign_in(page, strict_url, OPERATOR, start=f"{strict_url}/accounts/login/?next=/admin/")
    expect(page.get_by_role("heading", name="Set up two-step sign-in")).to_be_visible()
    look(page, "second-factor-needed")
    page.goto(f"{strict_url}/admin/accounts/user/")
    expect(page.get_by_role("heading", name="Set up two-step sign-in")).to_be_visible()
    page.get_by_role("link", name="Add a passkey").click()
    confirm_password(page)
    expect(page.get_by_role("heading", name="Add a passkey")).to_be_visible()
    look(page, "passkey-add")
    page.get_by_label("Name of this passkey").fill("My laptop")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    look(page, "recovery-codes-first")
    page.get_by_role("link", name="I have kept the codes: go on").click()
    expect(page).to_have_url(re.compile("/admin/accounts/user/$"))

    page.goto(f"{strict_url}/accounts/2fa/webauthn/")
    expect(page.get_by_text("My laptop").first).to_be_visible()
    look(page, "passkeys")
    page.goto(f"{strict_url}/accounts/2fa/")
    look(page, "second-factor-with-passkey")

    page.context.clear_cookies()
    page.goto(f"{strict_url}/accounts/login/")
    look(page, "sign-in-with-passkey")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    page.goto(f"{strict_url}/admin/")
    expect(page).to_have_url(re.compile("/admin/$"))

    page.context.clear_cookies()
    sign_in(page, strict_url, OPERATOR)
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    look(page, "second-factor-by-passkey")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda url: "/2fa/" not in url)

    page.goto(f"{strict_url}/accounts/sessions/")
    look(page, "sessions")
    expect(page.get_by_role("button", name="Sign out in")).to_have_count(2)
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.get_by_text("You were signed out in 2 other browsers.")).to_be_visible()
    expect(page.get_by_role("button", name="Sign out in")).to_have_count(0)


def test_a_device_that_refuses_is_told_of(as_person: Callable[..., Page], strict_url: str) -> None:
    page = as_person()
    page.goto(f"{strict_url}/accounts/login/")
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"isUserVerified": False}})
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("Your device did not confirm a passkey.")).to_be_visible()
    look(page, "passkey-refused")
