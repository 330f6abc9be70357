"""Files and recordings as answers, in a browser: saved by themselves, refused unsent, sent again once there is a way."""

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from assessments.models import AnswerFile
from assessments.services import start_attempt
from tests.assessments import files
from tests.assessments.factories import course_with_forms, learner
from tests.browser.test_clock import _database_beside_a_loop  # noqa: F401 - a fixture
from tests.rating.factories import file_question

pytestmark = pytest.mark.django_db(transaction=True)

# A tone in place of a microphone.
TONE = """navigator.mediaDevices.getUserMedia = async () => {
  const context = new AudioContext(), end = context.createMediaStreamDestination(), tone = context.createOscillator();
  tone.connect(end); tone.start(); return end.stream; };"""
REFUSED = """navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("", "NotAllowedError"); };"""
NOWHERE = "delete window.MediaRecorder;"


@pytest.fixture
def attempt(transactional_db):
    course = course_with_forms()
    file_question(course, "open-1")
    file_question(course, "open-2", by="audio")
    return start_attempt(enrolment=learner(course), occasion="before")


@pytest.fixture
def opened(attempt, browser: Browser, live_server):
    client = Client()
    client.force_login(attempt.user)
    context = browser.new_context(base_url=live_server.url)
    cookie = client.cookies["sessionid"]
    context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])

    def page_at(number: int, script: str = "") -> Page:
        page = context.new_page()
        if script:
            page.add_init_script(script)
        page.goto(reverse("assessments:attempt", args=[attempt.uuid]) + f"#question-{number}")
        return page

    yield page_at
    context.close()


def pdf(name="plan.pdf", data=None):
    return {"name": name, "mimeType": "application/pdf", "buffer": files.pdf() if data is None else data}


def kinds():
    return list(AnswerFile.objects.order_by("pk").values_list("kind", flat=True))


def test_a_file_is_saved_by_itself_replaced_and_removed_and_the_focus_stays(opened):
    page = opened(5)
    field, said = page.locator("#upload-5"), page.locator("#saved-5 [data-status]")
    field.focus()
    field.set_input_files(pdf())
    expect(said).to_contain_text("Saved at")
    expect(page.locator("#answered")).to_contain_text("1 of 6 answered")
    expect(page.locator("#file-5 bdi")).to_have_text("plan.pdf")
    expect(page.locator("#upload-5")).to_be_focused()
    assert page.locator("#upload-5").evaluate("field => field.files.length") == 0

    page.locator("#upload-5").set_input_files(pdf("second.pdf"))
    expect(page.locator("#file-5 bdi")).to_have_text("second.pdf")
    assert kinds() == ["pdf"]
    page.get_by_role("button", name="Remove the file").click()

    expect(said).to_have_text("File removed")
    assert kinds() == []


def test_what_is_too_large_is_not_sent_and_what_is_refused_says_why(opened):
    page = opened(5)
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    said = page.locator("#saved-5 [data-status]")

    page.locator("#upload-5").set_input_files(pdf(data=b"%PDF-1.7" + b" " * 1024 * 1024))
    expect(said).to_contain_text("This file is too large")
    assert sent == []
    page.locator("#upload-5").set_input_files(pdf(data=files.webm()))

    expect(said).to_contain_text("This is a file of the kind WebM.")
    expect(page.locator("#upload-5")).to_have_attribute("aria-invalid", "true")
    assert kinds() == []


def test_a_file_that_could_not_be_sent_is_sent_once_there_is_a_way(opened):
    page = opened(5)
    page.context.set_offline(True)
    page.locator("#upload-5").set_input_files(pdf())
    expect(page.locator("#saved-5 [data-status]")).to_contain_text("the connection was lost")

    page.context.set_offline(False)

    expect(page.locator("#saved-5 [data-status]")).to_contain_text("Saved at")
    assert kinds() == ["pdf"]


def test_an_answer_is_recorded_and_played(opened):
    page = opened(6, TONE)
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("#saved-6 [data-status]")).to_have_text("Recording.")
    expect(page.get_by_role("button", name="Stop and save")).to_be_focused()
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Stop and save").click()

    expect(page.locator("#saved-6 [data-status]")).to_contain_text("Saved at")
    expect(page.get_by_role("button", name="Record again")).to_be_visible()
    played = page.locator("#file-6 audio").evaluate("async audio => { await audio.play(); audio.pause(); return audio.error; }")
    assert (played, kinds()) == (None, ["webm"])


def test_what_is_being_recorded_is_saved_before_the_time_ends(opened):
    page = opened(6, TONE)
    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_timeout(1200)

    page.evaluate("document.dispatchEvent(new CustomEvent('timeending'))")  # as the clock does five seconds before

    expect(page.locator("#saved-6 [data-status]")).to_contain_text("Saved at")
    assert kinds() == ["webm"]


def test_a_recording_is_discarded(opened):
    page = opened(6, TONE)
    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Discard").click()

    expect(page.get_by_role("button", name="Record", exact=True)).to_be_focused()
    page.wait_for_timeout(500)
    assert kinds() == []


def test_without_a_microphone_a_recording_is_uploaded(opened):
    page = opened(6, REFUSED)
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("#saved-6 [data-status]")).to_contain_text("does not let this page use the microphone")

    elsewhere = opened(6, NOWHERE)
    expect(elsewhere.locator("[data-recorder]")).to_be_hidden()
    elsewhere.locator("#upload-6").set_input_files({"name": "mine.mp3", "mimeType": "audio/mpeg", "buffer": files.mp3()})

    expect(elsewhere.locator("#file-6 bdi")).to_have_text("mine.mp3")
    assert kinds() == ["mp3"]
