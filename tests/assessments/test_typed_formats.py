"""Short texts, points of a scale and composed answers: in an attempt, its result, a lesson and a copy of one's data."""

import pytest
from django.urls import reverse

from assessments.errors import AnswerNotAccepted, InvalidItem
from assessments.models import CheckAnswer, ItemVersion, ScoringRecord
from assessments.privacy import PARTS
from assessments.services import (
    answer_check,
    plan_rescoring,
    rescore,
    save_response,
    start_attempt,
    submit_attempt,
)
from common import fragments
from common.shown import mark_of
from tests.assessments.factories import check, course_with_forms, finish_lessons, give, item, kept, learner, version_ids
from tests.assessments.test_views import page_of, text
from tests.courses.factories import uid

pytestmark = pytest.mark.django_db

WORDINGS = [
    {"id": "w1", "text": "By Friday", "feedback": "It names a day."},
    {"id": "w2", "text": "friday, noon", "feedback": "It names an hour, too."},
    {"id": "w3", "text": "Soon", "feedback": "Nobody can hold you to soon."},
]
POINTS = [
    {"id": f"p{number}", "text": words, "feedback": f"Why {words}"}
    for number, words in enumerate(["never", "seldom", "often", "always"])
]
CHECKLIST = [
    {"id": "day", "text": "It names the day", "feedback": "So that both know when it is late."},
    {"id": "who", "text": "It says who decides", "feedback": ""},
]
MODEL = "Dear Joy,\n\nby *Friday* I tell you <what> we can do."


def of_both():
    """Forms whose first question is a short text and whose second a scale."""
    course = course_with_forms(3)
    for form in "ab":
        item(course, f"{form}1", kind="text", options=WORDINGS, correct=["w1", "w2"])
        item(course, f"{form}2", kind="scale", options=POINTS, correct=["p2"])
    return course


@pytest.fixture
def course():
    return of_both()


@pytest.fixture
def enrolment(course):
    return learner(course)


@pytest.fixture
def attempt(enrolment):
    return start_attempt(enrolment=enrolment, occasion="before")


@pytest.fixture
def client(enrolment, sign_in):
    return sign_in(enrolment.user)


def field(attempt, position=0):
    return f"answer-{version_ids(attempt)[position]}"


# Answering ------------------------------------------------------------------------------------------------------------


def test_the_page_has_a_labelled_field_and_shows_no_wording(client, attempt):
    page = client.get(page_of(attempt)).content.decode()
    name = f"{field(attempt)}--text"
    assert f'<label for="field-{name}">Your answer</label>' in page
    assert f'id="field-{name}" name="{name}" value="" maxlength="200"' in page
    assert f'hx-params="csrfmiddlewaretoken,{name}"' in page
    assert not any(option["text"] in page or f'"{option["id"]}"' in page for option in WORDINGS)
    assert page.count(f'type="radio" name="{field(attempt, 1)}"') == 4
    assert [page.index(point["text"]) for point in POINTS] == sorted(page.index(point["text"]) for point in POINTS)
    assert "With one exception: what you write in your own words is read by authors" in page


def test_a_page_without_typed_answers_says_nothing_of_who_reads_them(db, sign_in):
    attempt = start_attempt(enrolment=learner(course_with_forms()), occasion="before")
    page = sign_in(attempt.user).get(page_of(attempt)).content.decode()
    assert "what you write in your own words" not in page


def test_what_is_typed_is_saved_shown_again_and_taken_back(client, attempt):
    saying = "  When, “exactly”? By Friday, say 12:30  "
    client.post(page_of(attempt), {f"{field(attempt)}--text": saying, field(attempt, 1): "p3", "action": "save"})
    assert kept(attempt)[:2] == [["text:When, “exactly”? By Friday, say 12:30"], ["p3"]]
    page = client.get(page_of(attempt)).content.decode()
    assert 'value="When, “exactly”? By Friday, say 12:30"' in page
    assert 'value="p3" checked' in page
    assert "2 of 3 answered" in text(client.get(page_of(attempt)))
    address = reverse("assessments:save_answer", args=[attempt.uuid, version_ids(attempt)[0]])
    assert "Answer cleared" in client.post(address, {f"{field(attempt)}--text": " "}).content.decode()
    assert kept(attempt)[0] == []


def shown(page, name):
    return page.split(f'name="{name}" value="')[1].split('"')[0]


def test_commas_and_quotes_make_no_page_look_outdated(client, attempt):
    """What a page says it was showing has to come back as it was, however it is spelt."""
    give(attempt, [["text:yes, no, 50 % “perhaps”"], ["p1"], ["b"]])
    page = client.get(page_of(attempt)).content.decode()
    sent = {}
    for position, version_id in enumerate(version_ids(attempt)):
        name = f"answer-{version_id}--text" if position == 0 else f"answer-{version_id}"
        sent[name] = ["yes, no,  90 % “perhaps”", "p1", "b"][position]
        sent[f"shown-{version_id}"] = shown(page, f"shown-{version_id}")
    assert sent[f"shown-{version_ids(attempt)[0]}"] == "text:yes%2C%20no%2C%2050%20%25%20%E2%80%9Cperhaps%E2%80%9D"
    response = client.post(page_of(attempt), sent | {"action": "submit"})
    assert response["Location"] == reverse("assessments:result", args=[attempt.enrolment.uuid])
    assert kept(attempt)[0] == ["text:yes, no, 90 % “perhaps”"]


def test_an_old_tab_overwrites_nothing_that_was_typed_since(client, attempt):
    give(attempt, [["text:a, newer"]])
    version_id = version_ids(attempt)[0]
    old = {f"answer-{version_id}--text": "mine, old", f"shown-{version_id}": "text:older%2C%20text", "action": "save"}
    response = client.post(page_of(attempt), old, follow=True)
    assert kept(attempt)[0] == ["text:a, newer"]
    assert "changed in another tab" in text(response)


def test_too_long_an_answer_is_refused_and_shown_again(client, attempt):
    response = client.post(page_of(attempt), {f"{field(attempt)}--text": "a" * 201, "action": "save"})
    assert response.status_code == 422
    assert "Your answer is longer than can be kept. Shorten it." in text(response)
    assert f'value="{"a" * 201}"' in response.content.decode()


def test_a_point_beyond_the_scale_is_refused(attempt):
    with pytest.raises(AnswerNotAccepted):
        save_response(attempt=attempt, item_version_id=version_ids(attempt)[1], chosen=["p9"])


# Scoring --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "agreed", "credit"),
    [
        ([["text:by FRIDAY."], ["p2"], ["b"]], 3, 3),
        ([["text:Friday, noon"], ["p1"], ["b"]], 2, 2.5),
        ([["text:soon"], ["p0"], []], 0, 0),
        ([["text:on Friday"], ["p3"], ["b"]], 1, 1.5),
    ],
)
def test_a_text_agrees_wholly_or_not_and_a_point_in_part(attempt, answers, agreed, credit):
    give(attempt, answers)
    record = submit_attempt(attempt=attempt)
    assert (record.agreed, record.items) == (agreed, 3)
    assert record.detail["credit"]["total"] == pytest.approx(credit)


def test_a_wording_that_is_accepted_later_is_scored_again_and_told(course, attempt, client):
    give(attempt, [["text:on Friday"], ["p2"], ["b"]])
    submit_attempt(attempt=attempt)
    first = attempt.instrument.key[-1] + "1"
    more = {"id": "w4", "text": "On Friday", "feedback": ""}
    item(course, first, kind="text", options=[*WORDINGS, more], correct=["w1", "w2", "w4"])
    assert plan_rescoring(course=course).questions == [first]
    assert rescore(course=course) == 1
    assert rescore(course=course) == 0
    record = ScoringRecord.objects.in_force().get()
    assert (record.agreed, record.rekeyed) == (3, {"best": 1, "levels": 0, "decided": 0, "agreed": 2})
    page = text(client.get(reverse("assessments:result", args=[attempt.enrolment.uuid])))
    assert "because the author changed which answer is best in 1 question" in page


def test_another_spelling_of_a_wording_is_no_other_key(course, attempt):
    submit_attempt(attempt=attempt)
    for form in "ab":
        respelt = [option | {"text": option["text"].upper() + "."} for option in WORDINGS]
        item(course, f"{form}1", kind="text", options=respelt, correct=["w1", "w2"])
    assert (plan_rescoring(course=course).attempts, rescore(course=course)) == (0, 0)


def test_another_point_of_a_scale_is_another_key_even_where_there_are_two(course, attempt):
    give(attempt, [[], ["p3"], []])
    submit_attempt(attempt=attempt)
    for form in "ab":
        item(course, f"{form}2", kind="scale", options=POINTS, correct=["p2", "p3"])
    assert rescore(course=course) == 1
    assert ScoringRecord.objects.in_force().get().agreed == 1


# The result -----------------------------------------------------------------------------------------------------------


def test_the_result_shows_the_answer_beside_the_authors_with_what_is_said_of_it(course, enrolment, client):
    finish_lessons(enrolment)
    attempt = start_attempt(enrolment=enrolment, occasion="after")
    give(attempt, [["text:soon"], ["p1"], ["b"]])
    submit_attempt(attempt=attempt)
    page = text(client.get(reverse("assessments:result", args=[enrolment.uuid])))
    assert "You: soon The author: “By Friday” or “friday, noon” Nobody can hold you to soon." in page
    assert "seldom You: chosen" in page
    assert "often The author: chosen" in page
    assert "50% in part" in page


def test_of_an_unknown_wording_the_result_says_why_the_first_right_one_is(course, enrolment, client):
    finish_lessons(enrolment)
    attempt = start_attempt(enrolment=enrolment, occasion="after")
    give(attempt, [["text:<b>now</b>"]])
    submit_attempt(attempt=attempt)
    response = client.get(reverse("assessments:result", args=[enrolment.uuid]))
    assert "<b>now</b>" not in response.content.decode()
    assert "It names a day." in text(response)


# In a lesson ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def composed(course):
    return check(course, kind="composed", options=CHECKLIST, correct=[MODEL]).current_version


def lesson(enrolment):
    return f"/courses/{enrolment.course.slug}/m1/l1/"


def answer(client, enrolment, **fields):
    sent = {name.replace("__text", "--text"): value for name, value in fields.items()}
    return client.post(f"{lesson(enrolment)}checks/{uid('c1')}/", sent, follow=True)


def test_the_authors_version_is_seen_once_something_is_written(client, enrolment, composed):
    before = client.get(lesson(enrolment), follow=True).content.decode()
    assert "Dear Joy" not in before
    assert "It names the day" not in before
    assert "Save and compare" in before
    after = answer(client, enrolment, chosen__text="Dear Joy,\r\nI tell you soon.").content.decode()
    assert "<p>Dear Joy,</p>" in after
    assert "&lt;what&gt;" in after
    assert "Dear Joy,\nI tell you soon.</textarea>" in after
    assert 'type="checkbox" name="chosen" value="tick:day"' in after
    assert "So that both know when it is late." in after
    assert "That is right" not in after


def test_ticks_are_kept_and_every_try_is(client, enrolment, composed):
    answer(client, enrolment, chosen__text="Soon.")
    page = answer(
        client, enrolment, chosen__text="By Friday.", chosen=["tick:day"], shown=mark_of(["text:Soon."])
    ).content.decode()
    assert 'value="tick:day" checked' in page
    assert 'value="tick:who" checked' not in page
    assert list(CheckAnswer.objects.values_list("chosen", "is_correct")) == [
        (["text:Soon."], False),
        (["text:By Friday.", "tick:day"], False),
    ]


def test_ticks_without_an_answer_are_none(client, enrolment, composed):
    response = answer(client, enrolment, chosen=["tick:day"])
    assert "Write your answer first." in text(response)
    assert not CheckAnswer.objects.exists()


def test_nobodys_words_are_kept_by_a_process(client, enrolment, composed, settings):
    settings.ACCORD_KEEPS_FRAGMENTS = True
    fragments.forget()
    answer(client, enrolment, chosen__text="A word of my own.")
    client.get(lesson(enrolment), follow=True)
    kept = "".join(str(part) for fragment in fragments._kept.values() for part in fragment.parts)
    fragments.forget()
    assert kept
    assert "A word of my own" not in kept


def test_a_short_text_in_a_lesson_says_what_is_known_of_it(client, course, enrolment):
    check(course, kind="text", options=WORDINGS, correct=["w1"])
    assert "By Friday" not in client.get(lesson(enrolment), follow=True).content.decode()
    page = answer(client, enrolment, chosen__text="soon!")
    assert "That is none of the answers that the author knows as right." in text(page)
    assert "You: soon! The author: “By Friday” Nobody can hold you to soon." in text(page)
    assert "That is right." in text(answer(client, enrolment, chosen__text="by friday"))


def test_a_scale_in_a_lesson_says_how_near_it_was(client, course, enrolment):
    check(course, kind="scale", options=POINTS, correct=["p2"])
    assert "50% of it agrees." in text(answer(client, enrolment, chosen="p1"))
    assert "That is right." in text(answer(client, enrolment, chosen="p2"))


def test_what_was_written_to_an_earlier_version_is_shown_in_words(client, course, enrolment, composed):
    answer(client, enrolment, chosen__text="One.\nTwo.", chosen=["tick:who"])
    check(course, kind="composed", prompt="Another question?", options=CHECKLIST, correct=[MODEL])
    page = text(client.get(lesson(enrolment), follow=True))
    assert "You answered an earlier version of this question: One. Two. Ticked: It says who decides" in page
    assert "Dear Joy" not in page


def test_a_composed_answer_is_for_lessons_alone(course):
    with pytest.raises(InvalidItem, match="Ask it in a lesson"):
        item(course, "a1", kind="composed", options=CHECKLIST, correct=[MODEL])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "text", "options": [], "correct": []}, "at least one wording"),
        ({"kind": "text", "options": WORDINGS, "correct": []}, "needs a key"),
        ({"kind": "scale", "options": POINTS, "correct": ["p0", "p2"]}, "must be neighbours"),
        ({"kind": "scale", "options": POINTS[:2], "correct": ["p0"]}, "at least three points"),
        ({"kind": "composed", "options": CHECKLIST, "correct": []}, "needs its author’s version"),
    ],
)
def test_what_cannot_be_asked_is_refused(course, fields, words):
    with pytest.raises(InvalidItem, match=words):
        check(course, **fields)


# What is held of somebody ---------------------------------------------------------------------------------------------


def test_a_copy_of_ones_data_has_what_was_written(course, enrolment, attempt, composed):
    give(attempt, [["text:on Friday"]])
    answer_check(enrolment=enrolment, item_uuid=composed.item.uuid, chosen=["text:Dear Joy", "tick:day"], block_id=uid("c1"))
    rows = {part.name: part.export(enrolment.user) for part in PARTS}
    [attempted] = rows["assessments"]
    [checked] = rows["answers in lessons"]
    assert attempted["answers"][0]["chosen"] == ["on Friday"]
    assert (checked["chosen"], checked["is_correct"]) == (["Dear Joy", "Ticked: It names the day"], None)


def test_versions_know_that_they_are_typed(course):
    kinds = {version.kind: version.is_typed for version in ItemVersion.objects.filter(item__current_version__isnull=False)}
    assert (kinds["text"], kinds["scale"], kinds["single"]) == (True, False, False)


def test_an_older_tab_does_not_replace_a_newer_composed_answer(client, enrolment, composed):
    address = f"{lesson(enrolment)}checks/{uid('c1')}/"
    client.post(address, {"chosen--text": "The newer, longer answer"})
    answer = CheckAnswer.objects.get()
    older = client.post(address, {"chosen--text": "Words of the older tab"})
    assert (older.status_code, CheckAnswer.objects.count()) == (422, 1)
    page = " ".join(older.content.decode().split())
    assert "Words of the older tab</textarea>" in page
    assert "The newer, longer answer</textarea>" in page
    mark = mark_of(answer.chosen)
    assert f'name="shown" value="{mark}"' in page
    assert client.post(address, {"chosen--text": "Words of the older tab", "shown": mark}).status_code == 302
    assert CheckAnswer.objects.count() == 2
