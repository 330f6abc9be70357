"""A learner whose session ends, whose connection fails, who prints, who travels: what they read, and that nothing is lost."""

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.lessons import NEW_PASSWORD, new_address, sign_up
from tests.browser.look import complaints, look, overflow

FREE = "/courses/uncover-what-others-expect/"
CHECK = ".activity:has(form.choices-form)"
LONG = "\n".join(f"Line {number} of what I think of this." for number in range(1, 91))


def begin(page: Page, base_url: str, name: str) -> str:
    """Somebody new in the first lesson of the free course; returns their address."""
    email = new_address(name)
    sign_up(page, base_url, email)
    page.goto(base_url + FREE)
    page.get_by_role("button", name="Start this course").click()
    page.goto(base_url + FREE)
    page.locator("details .list a").first.click()
    expect(page.locator("footer.lesson__foot")).to_be_visible()
    return email


def lesson_with(page: Page, base_url: str, part: str) -> None:
    """The first lesson that has `part`."""
    page.goto(base_url + FREE)
    lessons = page.locator("details .list a")
    for address in [lessons.nth(n).get_attribute("href") for n in range(lessons.count())]:
        page.goto(f"{base_url}{address}")
        if page.locator(part).count():
            return
    raise AssertionError(f"No lesson has {part}.")


def sign_out_elsewhere(context: BrowserContext) -> None:
    context.clear_cookies(name="sessionid")


def press_check(page: Page) -> None:
    check = page.locator(CHECK).first
    check.locator("input[name=chosen]").nth(1).check()
    check.get_by_role("button", name="Check my answer").click()


def sign_in_again(page: Page, email: str) -> None:
    expect(page.get_by_text("You have been signed out. Sign in again: what you sent is kept.")).to_be_visible()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_an_answer_survives_an_ended_session(page: Page, base_url: str) -> None:
    """On the first lesson, which is a sample, and on one that is not."""
    email = begin(page, base_url, "signedout")
    for number in (0, 2):
        page.goto(base_url + FREE)
        page.locator("details .list a").nth(number).click()
        sign_out_elsewhere(page.context)
        press_check(page)
        note = page.locator(".request-failed")
        expect(note).to_contain_text("You have been signed out, so this was not saved.")
        expect(note).to_be_focused()
        expect(page.locator("h1")).to_have_count(1)
        expect(page.locator(f"{CHECK} >> nth=0").locator("input[name=chosen]").nth(1)).to_be_checked()
        if number == 0:
            complaints(page)  # of htmx, about the answer that it was meant to get
            look(page, "check-signed-out")
        note.get_by_role("button", name="Sign in again").click()
        sign_in_again(page, email)
        check = page.locator(CHECK).first
        expect(check.locator(".choice__feedback").first).to_be_visible()
        expect(check.locator("input[name=chosen]").nth(1)).to_be_checked()
        expect(page.get_by_text("It has been saved now.")).to_be_visible()


def failing(kind: str) -> Callable[[Route], None]:
    """No connection, or an answer of the server with this status."""

    def fail(route: Route) -> None:
        if kind == "offline":
            route.abort("internetdisconnected")
        else:
            route.fulfill(status=int(kind), body="<!doctype html><h1>An error page</h1>", content_type="text/html")

    return fail


def test_what_fails_is_said_where_it_was_pressed(page: Page, base_url: str) -> None:
    begin(page, base_url, "offline")
    said = {
        "offline": "The server did not respond",
        "500": "Something went wrong on our side.",
        "429": "There were too many requests in a short time",
    }
    for kind, words in said.items():
        page.route("**/checks/**", failing(kind))
        press_check(page)
        note = page.locator(f"{CHECK} .request-failed")
        expect(note).to_contain_text(words)
        expect(note).to_be_in_viewport()
        expect(note).to_be_focused()
        assert note.get_attribute("role") == "alert"
        page.unroute("**/checks/**")
    press_check(page)
    expect(page.locator(f"{CHECK} .choice__feedback").first).to_be_visible()
    expect(page.locator(".request-failed")).to_have_count(0)


CLIPPED = """() => [...document.querySelectorAll("main *")].filter((element) => {
  if (!element.checkVisibility({ visibilityProperty: true }) || element.closest("svg, .visually-hidden")) return false;
  const style = getComputedStyle(element);
  const cuts = (value) => value !== "visible";
  const isArea = element.tagName === "TEXTAREA";
  return (isArea || cuts(style.overflowY)) && element.scrollHeight > element.clientHeight + 2
    || (isArea || cuts(style.overflowX)) && element.scrollWidth > element.clientWidth + 2;
}).map((element) => `${element.tagName} ${element.className} ${element.scrollWidth} × ${element.scrollHeight}`)"""


def clipped_in_print(page: Page, *, announced: bool = True) -> list[str]:
    """What a printer would leave out. A4 is about 670 CSS pixels wide between its margins."""
    page.set_viewport_size({"width": 672, "height": 960})
    page.emulate_media(media="print")
    if announced:
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
    found = page.evaluate(CLIPPED)
    if announced:
        page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


def test_what_is_printed_is_whole(page: Page, base_url: str) -> None:
    begin(page, base_url, "printer")
    for part in ("form:has(textarea[name=text])", "form:has([data-row])"):
        lesson_with(page, base_url, part)
        page.locator(part).locator("textarea").first.fill(LONG)
        expect(page.locator(part).locator("[data-entry-status]")).to_contain_text("Saved")
        assert clipped_in_print(page) == []
        page.locator(part).locator("textarea").first.evaluate("(area) => { area.style.maxBlockSize = '40rem'; }")
        assert len(clipped_in_print(page, announced=False)) == 1, "what is cut is found"
        # A browser whose fields do not grow.
        page.evaluate("document.querySelectorAll('textarea').forEach((area) => { area.style.fieldSizing = 'fixed'; })")
        assert clipped_in_print(page) == []
        page.reload()
        assert clipped_in_print(page, announced=False) == []
    page.goto(f"{base_url}/agreements/new/")
    page.get_by_label("What it is about").fill("Handover on Fridays")
    page.get_by_label("What they expect of me").fill(LONG)
    page.get_by_role("button", name="Save and review").click()
    expect(page.get_by_role("heading", name="Your text")).to_be_visible()
    own = [f"{base_url}{path}" for path in ("/learn/", f"{FREE}what-you-wrote/", "/billing/orders/", FREE)]
    for address in (page.url, f"{page.url}edit/", *own):
        response = page.goto(address)
        assert response is not None
        assert (address, response.status, clipped_in_print(page)) == (address, 200, [])


def test_folded_parts_are_folded_again_after_printing(page: Page, base_url: str) -> None:
    begin(page, base_url, "folded")
    press_check(page)
    folded = page.locator(f"{CHECK} details")
    expect(folded).to_have_count(1)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert folded.get_attribute("open") is not None
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert folded.get_attribute("open") is None


def test_the_time_zone_is_found_at_sign_up_and_a_traveller_is_asked(
    as_person: Callable[..., Page], base_url: str, page: Page
) -> None:
    home = as_person(timezone_id="America/New_York")
    email = new_address("traveller")
    sign_up(home, base_url, email)
    home.goto(f"{base_url}/accounts/profile/")
    expect(home.get_by_label("Time zone")).to_have_value("America/New_York")
    expect(home.locator("[data-time-zone-own]")).to_be_hidden()

    away = as_person(timezone_id="Asia/Tokyo")
    away.goto(f"{base_url}/accounts/login/?next=/learn/")
    away.get_by_label("E-mail address").fill(email)
    away.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    away.get_by_role("button", name="Sign in", exact=True).click()
    question = away.get_by_role("complementary", name="Which time to show")
    expect(question).to_contain_text(re.compile(r"By your device it is .*\(Tokyo\), by your profile .*\(New York\)\."))
    look(away, "time-zone-asked")
    question.get_by_role("button", name="Keep the time of my profile").click()
    away.goto(f"{base_url}/accounts/profile/")
    expect(away.get_by_label("Time zone")).to_have_value("America/New_York")
    expect(away.locator("[data-time-zone-own]")).to_be_hidden()
    away.evaluate("localStorage.clear()")
    away.goto(f"{base_url}/learn/")
    question.get_by_role("button", name="Use the time of my device").click()
    expect(away.get_by_text("Dates and times are now shown as in Tokyo.")).to_be_visible()
    assert away.url == f"{base_url}/learn/"
    # Whoever leaves it to the browser again is found again.
    away.goto(f"{base_url}/accounts/profile/")
    away.get_by_label("Time zone").select_option("")
    with away.expect_response("**/accounts/time-zone/"):
        away.get_by_role("button", name="Save", exact=True).first.click()
    away.goto(f"{base_url}/accounts/profile/")
    expect(away.get_by_label("Time zone")).to_have_value("Asia/Tokyo")


def test_a_name_without_spaces_stays_in_the_window(page: Page, base_url: str) -> None:
    begin(page, base_url, "longname")
    page.goto(f"{base_url}/accounts/profile/")
    page.get_by_label("First name").fill("W" * 140)
    page.get_by_label("Last name").fill("m" * 140)
    page.get_by_role("button", name="Save", exact=True).first.click()
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{base_url}/learn/")
        page.get_by_text("Menu and account").locator("..").click()
        box = page.locator(".site-menu__panel").bounding_box()
        assert box is not None
        assert (box["x"] >= 0, box["x"] + box["width"] <= width, overflow(page)) == (True, True, 0)


def test_what_is_too_long_is_counted_and_stays_in_the_field(page: Page, base_url: str) -> None:
    begin(page, base_url, "longtext")
    lesson_with(page, base_url, "form:has(textarea[name=text])")
    form = page.locator("form:has(textarea[name=text])").first
    area, counter = form.locator("textarea"), form.locator("[data-entry-counter]")
    area.fill("x" * 1000)
    expect(counter).to_be_hidden()
    area.fill("x" * 100_001)
    expect(counter).to_have_text("100,001 of 100,000 characters")
    expect(form.locator("[data-entry-status]")).to_contain_text("Not saved: this has 100,001 characters; the limit is 100,000.")
    assert len(area.input_value()) == 100_001
    area.fill("x" * 100_000)
    expect(form.locator("[data-entry-status]")).to_contain_text("Saved")


def test_a_skill_check_is_saved_answer_by_answer(page: Page, context: BrowserContext, base_url: str) -> None:
    """Without an account: whoever leaves the page, or loses the connection, finds what they chose."""
    page.goto(f"{base_url}/skill-check/")
    page.get_by_role("button", name="Start", exact=False).first.click()
    first, second = (page.locator("fieldset.choices").nth(number) for number in (0, 1))
    first.locator("input[type=radio]").nth(1).check()
    expect(first.locator("[data-status]")).to_have_text("Saved")
    context.set_offline(True)
    second.locator("input[type=radio]").nth(2).check()
    expect(second.get_by_text("Not saved: the connection was lost.")).to_be_visible()
    context.set_offline(False)
    expect(second.locator("[data-status]")).to_have_text("Saved")
    page.goto(f"{base_url}/courses/")
    page.goto(f"{base_url}/skill-check/questions/")
    expect(first.locator("input[type=radio]").nth(1)).to_be_checked()
    expect(second.locator("input[type=radio]").nth(2)).to_be_checked()
