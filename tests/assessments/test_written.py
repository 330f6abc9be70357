"""Answers in one's own words: words counted, limits kept without losing text, saved as they are typed."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from assessments.errors import AnswerNotAccepted, InvalidItem
from assessments.formats import FORMATS, Fault, NotAccepted, Question, Refusal
from assessments.formats.written import MOST_CHARACTERS, key_of_limits, terms_of, within, words_in
from assessments.models import Response
from assessments.privacy import PARTS
from assessments.services import save_response, start_attempt, submit_attempt
from assessments.sheets import minutes_for, sheet_of
from tests.assessments.factories import course_with_forms, item, learner
from tests.rating.factories import open_question, text_version

LONG = "One two three, four; five – six seven. Eight nine ten eleven twelve."
QUESTION = Question((), ("fewest:3", "most:10"))


@pytest.mark.parametrize(
    ("text", "words"), [("", 0), ("We ask.", 2), ("a – b", 2), ("it's 5 o'clock", 3), ("well-known\n\nfacts", 2), ("—", 0)]
)
def test_words_are_what_stands_between_blanks_and_can_be_read(text, words):
    assert words_in(text) == words


@given(st.text(st.characters(categories=["L", "N", "P", "Z"]) | st.just("\n"), max_size=200), st.integers(1, 20))
def test_a_text_cut_at_a_limit_is_whole_together_and_never_over_it(text, most):
    read, cut = within(text, most)

    assert [*read.split(), *cut.split()] == text.split()
    assert words_in(read) == min(words_in(text), most)


@pytest.mark.parametrize(("words", "is_complete"), [(2, False), (3, True), (10, True), (11, False)])
def test_an_answer_is_finished_between_its_limits(words, is_complete):
    assert FORMATS["open"].is_complete(QUESTION, ["word " * words]) is is_complete


def test_no_key_says_what_it_is_worth():
    assert FORMATS["open"].agrees(QUESTION, [LONG]) is False
    assert FORMATS["open"].credit(QUESTION, [LONG]) == 0.0


@pytest.mark.django_db
@pytest.mark.parametrize("correct", [["fewest:10", "most:10"], ["most:10"], ["fewest:a", "most:b"], key_of_limits(1, 5000)])
def test_a_question_whose_limits_nobody_could_keep_is_refused(correct):
    course = course_with_forms()
    with pytest.raises(InvalidItem, match="fewest and the most words"):
        item(course, "open-1", kind="open", options=[], correct=correct)


BY_FILE = Question((), ("by:file", "kinds:pdf+txt", "megabytes:4"))
BY_AUDIO = Question((), ("by:audio", "minutes:3"))
ID = "0123456789abcdef" * 2


@pytest.mark.parametrize("question", [BY_FILE, BY_AUDIO])
def test_a_file_is_an_answer_by_its_id_alone(question):
    form = FORMATS["open"]

    assert form.accept(question, [ID]) == [ID]
    assert form.accept(question, []) == []
    assert (form.is_complete(question, [ID]), form.is_complete(question, [])) == (True, False)
    assert (form.agrees(question, [ID]), form.credit(question, [ID]), form.fault(question)) == (False, 0.0, None)
    for answer in (["We ask first."], [ID.upper()], [f"{ID}0"]):
        with pytest.raises(NotAccepted) as error:
            form.accept(question, answer)
        assert error.value.refusal == Refusal.UNKNOWN
    with pytest.raises(NotAccepted) as error:
        form.accept(question, [ID, ID[::-1]])
    assert error.value.refusal == Refusal.SEVERAL


@pytest.mark.parametrize("key", [BY_FILE.key, BY_AUDIO.key, QUESTION.key])
def test_a_key_says_what_an_answer_should_be_and_is_written_as_it_was_read(key):
    assert tuple(terms_of(key).key) == key


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        (["by:file", "kinds:exe", "megabytes:4"], Fault.NO_KINDS),
        (["by:file", "kinds:", "megabytes:4"], Fault.NO_KINDS),
        (["by:file", "kinds:pdf", "megabytes:0"], Fault.NO_KINDS),
        (["by:file", "kinds:pdf", "megabytes:51"], Fault.NO_KINDS),
        (["by:audio", "minutes:0"], Fault.NO_MINUTES),
        (["by:audio", "minutes:11"], Fault.NO_MINUTES),
        (["by:smoke"], Fault.NO_LIMITS),
        (["by:file"], Fault.NO_LIMITS),
    ],
)
def test_a_key_that_says_too_little_or_too_much_is_no_key(key, fault):
    assert FORMATS["open"].fault(Question((), tuple(key))) is fault


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("correct", "words"),
    [
        (["by:file", "kinds:exe", "megabytes:4"], "needs the kinds of files that answer it"),
        (["by:audio", "minutes:11"], "needs how many minutes an answer may take"),
    ],
)
def test_a_question_that_no_file_could_answer_is_refused(correct, words):
    with pytest.raises(InvalidItem, match=words):
        item(course_with_forms(), "open-1", kind="open", options=[], correct=correct)


def test_a_sitting_with_a_text_takes_longer():
    assert (minutes_for(12), minutes_for(13, 1), minutes_for(1, 1)) == (15, 25, 10)


@pytest.fixture
def attempt(db):
    question = open_question()
    return start_attempt(enrolment=learner(question.course), occasion="before")


def kept(attempt):
    return Response.objects.get(attempt=attempt, item_version=text_version(attempt)).chosen


def test_a_text_over_the_limit_is_kept_whole_and_said_to_be_too_long(client, attempt):
    client.force_login(attempt.user)
    version = text_version(attempt)
    field = f"answer-{version.pk}"

    saved = client.post(reverse("assessments:save_answer", args=[attempt.uuid, version.pk]), {field: LONG})

    assert kept(attempt) == [LONG]
    assert "Your text is saved, but it has 12 words. At most 10 are read" in saved.content.decode()


def test_a_page_without_javascript_saves_what_was_typed_with_its_lines(client, attempt):
    client.force_login(attempt.user)
    version, address = text_version(attempt), reverse("assessments:attempt", args=[attempt.uuid])

    client.post(address, {f"answer-{version.pk}": "One, two\r\n\r\nthree", f"shown-{version.pk}": "", "action": "save"})
    page = client.get(address).content.decode()

    assert kept(attempt) == ["One, two\n\nthree"]
    assert "One, two\n\nthree</textarea>" in page
    assert "Answer in your own words, in 3 to 10 words." in page
    assert "read by two raters, or three, who are not told who wrote it" in page


def test_an_old_tab_never_overwrites_a_newer_text(client, attempt):
    client.force_login(attempt.user)
    version, address = text_version(attempt), reverse("assessments:attempt", args=[attempt.uuid])
    save_response(attempt=attempt, item_version_id=version.pk, chosen="old, text one")
    shown = sheet_of(attempt).question(version.pk).shown_value
    save_response(attempt=attempt, item_version_id=version.pk, chosen="newer, text two")

    untouched = {f"answer-{version.pk}": "old, text one", f"shown-{version.pk}": shown, "action": "save"}
    client.post(address, untouched)
    assert kept(attempt) == ["newer, text two"]
    answer = client.post(address, untouched | {f"answer-{version.pk}": "old, text one and more"})

    assert kept(attempt) == ["newer, text two"]
    assert "differing=5" in answer["Location"]


def test_a_text_that_nobody_would_read_is_refused_and_stays_on_the_page(client, attempt):
    client.force_login(attempt.user)
    version, address = text_version(attempt), reverse("assessments:attempt", args=[attempt.uuid])
    far_too_long = "word " * (MOST_CHARACTERS // 5 + 1)

    page = client.post(address, {f"answer-{version.pk}": far_too_long, f"shown-{version.pk}": "", "action": "save"})

    assert page.status_code == 422
    assert "has more than 20,000 characters" in page.content.decode()
    assert far_too_long in page.content.decode()
    with pytest.raises(AnswerNotAccepted):
        save_response(attempt=attempt, item_version_id=version.pk, chosen=far_too_long)


def test_an_unfinished_text_is_named_before_the_sitting_ends_and_can_be_submitted_as_it_is(client, attempt):
    client.force_login(attempt.user)
    version, address = text_version(attempt), reverse("assessments:attempt", args=[attempt.uuid])
    save_response(attempt=attempt, item_version_id=version.pk, chosen="Too short")

    review = client.post(address, {"action": "submit"})
    client.post(address, {"action": "submit-open"})

    attempt.refresh_from_db()
    assert "review=1" in review["Location"]
    assert (attempt.submitted_at is not None, kept(attempt)) == (True, ["Too short"])


@pytest.mark.django_db
def test_the_start_page_counts_the_text(client):
    question = open_question()
    enrolment = learner(question.course)
    client.force_login(enrolment.user)

    page = client.get(reverse("assessments:start", args=[enrolment.uuid, "before"])).content.decode()

    assert "5 questions" in page
    assert "At the end you also write an answer in your own words." in page
    assert "Start the 5 questions" in page


def test_a_copy_of_ones_data_has_the_text(attempt):
    save_response(attempt=attempt, item_version_id=text_version(attempt).pk, chosen="We ask them first.")
    submit_attempt(attempt=attempt)
    part = next(part for part in PARTS if part.name == "assessments")

    [row] = part.export(attempt.user)

    assert row["answers"][-1]["chosen"] == ["We ask them first."]
