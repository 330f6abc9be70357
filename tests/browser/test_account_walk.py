"""Somebody looks after their account: a new password by mail, a second factor, its recovery codes, a code instead."""

import re
from collections.abc import Callable

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Page, expect

from tests.browser.lessons import NEW_PASSWORD, new_address, sign_up
from tests.browser.look import look
from tests.browser.people import newest_mail, sign_in

NEWER_PASSWORD = "seven-lanterns-by-the-sea-3"


def choose_new_password(page: Page, base_url: str, email: str) -> None:
    page.goto(f"{base_url}/accounts/password/reset/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()
    look(page, "password-mail-sent")
    address = re.search(r"http://\S+/accounts/password/reset/key/\S+", newest_mail(page, base_url, email, "password"))
    assert address
    page.goto(address.group(0))
    page.get_by_label("New password", exact=True).fill("short")
    page.get_by_label("Confirm new password").fill("short")
    page.get_by_role("button", name="Save new password").click()
    expect(page.locator(".field__error, .errorlist").first).to_be_visible()
    look(page, "password-new-refused")
    page.get_by_label("New password", exact=True).fill(NEWER_PASSWORD)
    page.get_by_label("Confirm new password").fill(NEWER_PASSWORD)
    page.get_by_role("button", name="Save new password").click()
    expect(page.get_by_role("heading", name="Your password has been changed")).to_be_visible()


def code_of(secret: str) -> str:
    """What an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def set_up_second_factor(page: Page, base_url: str) -> str:
    """Returns the key that the app keeps."""
    page.goto(f"{base_url}/accounts/2fa/")
    page.get_by_role("link", name="Set up", exact=True).click()
    if page.get_by_role("heading", name="Confirm that it is you").count():
        look(page, "is-it-you")
        page.get_by_label("Password", exact=True).fill(NEWER_PASSWORD)
        page.get_by_role("button", name="Confirm").click()
    look(page, "second-factor-set-up")
    secret = page.get_by_label("Or enter this key in your app").input_value()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    look(page, "recovery-codes")
    return secret


def test_an_account_gets_a_new_password_and_a_second_factor(as_person: Callable[..., Page], base_url: str) -> None:
    email = new_address("careful")
    page = as_person()
    sign_up(page, base_url, email)
    page.context.clear_cookies()
    choose_new_password(page, base_url, email)
    sign_in(page, base_url, email, NEWER_PASSWORD)
    set_up_second_factor(page, base_url)
    page.goto(f"{base_url}/accounts/2fa/")
    look(page, "second-factor-on")
    page.get_by_role("link", name="Generate new codes").click()
    look(page, "recovery-codes-anew")
    page.goto(f"{base_url}/accounts/2fa/totp/deactivate/")
    look(page, "second-factor-off")

    page.context.clear_cookies()
    page.goto(f"{base_url}/accounts/login/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(NEWER_PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    look(page, "second-factor-asked")


def test_somebody_without_a_password_signs_in_with_a_code(as_person: Callable[..., Page], base_url: str) -> None:
    email = new_address("forgetful")
    page = as_person()
    sign_up(page, base_url, email, NEW_PASSWORD)
    page.context.clear_cookies()
    page.goto(f"{base_url}/accounts/login/code/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_label("Code")).to_be_visible()
    look(page, "sign-in-code-sent")
    page.get_by_label("Code").fill("AAA-AAA")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".field__error, .errorlist").first).to_be_visible()
    look(page, "sign-in-code-wrong")
