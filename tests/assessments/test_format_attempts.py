"""Questions of every format in an attempt, its result, a lesson and a copy of one's data: nothing is lost on the way."""

import json
import re

import pytest
import time_machine
from django.urls import reverse

from assessments import queries
from assessments.answers import in_words, parts_of
from assessments.errors import AnswerNotAccepted, InvalidItem
from assessments.models import CheckAnswer, Item, ItemVersion, Response
from assessments.privacy import PARTS
from assessments.services import (
    answer_check,
    record_shown,
    rescore,
    save_response,
    start_attempt,
    submit_attempt,
)
from assessments.sheets import sheet_of
from tests.assessments.factories import (
    check,
    course_with_forms,
    finish_lessons,
    give,
    item,
    kept,
    learner,
    options,
    version_ids,
)
from tests.assessments.test_views import page_of, text
from tests.courses.factories import uid

pytestmark = pytest.mark.django_db

RATINGS = ["a:5", "b:1", "c:3", "d:2"]
PLACES = ["a:2", "b:1", "c:4", "d:3"]
KINDS = {
    "1": {"kind": "rate", "correct": RATINGS},
    "2": {"kind": "best-worst", "correct": RATINGS},
    "3": {"kind": "order", "correct": PLACES},
    "4": {"kind": "lines", "correct": ["b", "d"]},
}
RIGHT = [RATINGS, ["best:a", "worst:b"], PLACES, ["b", "d"], ["b"]]
PARTLY = [["a:4", "b:1", "c:3", "d:2"], ["best:a", "worst:d"], ["a:1", "b:2", "c:4", "d:3"], ["b"], ["b"]]
EARNED = [1 - 0.25 / 4, (3 + 4) / 8, 5 / 6, 0.5, 1]


def of_all_formats():
    """A course whose forms ask a question of each format; the fifth is a single choice with levels, of the second skill."""
    course = course_with_forms(5)
    for form in "ab":
        for number, fields in KINDS.items():
            item(course, f"{form}{number}", **fields)
    return course


@pytest.fixture
def course():
    return of_all_formats()


@pytest.fixture
def enrolment(course):
    return learner(course)


@pytest.fixture
def attempt(enrolment):
    return start_attempt(enrolment=enrolment, occasion="before")


@pytest.fixture
def client(enrolment, sign_in):
    return sign_in(enrolment.user)


def posted(attempt, answers, *, shown=()):
    """What a browser without JavaScript sends: a field for each part, lists without a choice as well."""
    fields = {}
    for position, version_id in enumerate(version_ids(attempt)):
        chosen = answers[position] if position < len(answers) else []
        fields[f"shown-{version_id}"] = ",".join(sorted(shown[position])) if position < len(shown) else ""
        if position == 2:
            fields |= {f"answer-{version_id}-{step}": "" for step in "abcd"}
        for part in chosen:
            slot = part.partition(":")[0]
            name = f"answer-{version_id}-{slot}" if ":" in part else f"answer-{version_id}"
            fields.setdefault(name, [])
            fields[name] = part if ":" in part else [*fields[name], part]
    return fields


# Answering ------------------------------------------------------------------------------------------------------------


def test_the_page_has_fields_for_every_part_and_says_what_to_do(client, attempt):
    page = client.get(page_of(attempt)).content.decode()
    rate, both, order, lines, _single = version_ids(attempt)
    assert page.count(f'type="radio" name="answer-{rate}-') == 20
    assert page.count(f'type="radio" name="answer-{both}-') == 8
    assert page.count(f'name="answer-{order}-') == 4
    assert page.count(f'type="checkbox" name="answer-{lines}"') == 4
    assert "Rate every answer from 1 (very ineffective) to 5 (very effective)." in page
    assert f'hx-params="csrfmiddlewaretoken,answer-{both}-best,answer-{both}-worst"' in page


ASKS_FOR_MORE = "Some questions ask you to rate, order, match or mark things instead"


def test_the_start_page_says_that_some_questions_ask_for_more_than_a_choice(client, enrolment):
    assert ASKS_FOR_MORE in text(client.get(reverse("assessments:start", args=[enrolment.uuid, "before"])))


def test_the_start_page_of_choices_alone_does_not(db, sign_in):
    enrolment = learner(course_with_forms())
    page = sign_in(enrolment.user).get(reverse("assessments:start", args=[enrolment.uuid, "before"]))
    assert ASKS_FOR_MORE not in text(page)


def test_without_javascript_a_form_keeps_whole_and_unfinished_answers_and_shows_them_again(client, attempt):
    given = [["a:4", "c:2"], ["best:a"], ["a:1", "b:1"], ["d", "a"], []]
    assert client.post(page_of(attempt), posted(attempt, given) | {"action": "save"}).status_code == 302
    assert kept(attempt) == [["a:4", "c:2"], ["best:a"], ["a:1", "b:1"], ["a", "d"], []]
    page = client.get(page_of(attempt)).content.decode()
    assert 'value="a:4" checked' in page
    assert 'value="best:a" checked' in page
    assert page.count('value="a:1" selected') == 1
    words = text(client.get(page_of(attempt)))
    assert "1 of 5 answered" in words
    assert "Not finished yet: rate every answer." in words
    assert "Not finished yet: give every step a place of its own." in words


def test_an_unfinished_answer_waits_and_is_named_before_it_is_submitted(client, attempt):
    given = [["a:4"], *RIGHT[1:]]
    response = client.post(page_of(attempt), posted(attempt, given) | {"action": "submit"}, follow=True)
    assert "1 question is not answered, or only in part: 1 ." in text(response)
    assert queries.under_way([attempt.enrolment])[attempt.enrolment_id].answered == 4
    attempt.refresh_from_db()
    assert attempt.submitted_at is None


def test_each_part_is_saved_by_itself(client, attempt):
    version_id = version_ids(attempt)[0]
    address = reverse("assessments:save_answer", args=[attempt.uuid, version_id])
    client.post(address, {f"answer-{version_id}-a": "a:4"})
    saved = client.post(address, {f"answer-{version_id}-a": "a:4", f"answer-{version_id}-b": "b:1"})
    assert "Not finished yet" in saved.content.decode()
    saved = client.post(address, {f"answer-{version_id}-{part[0]}": part for part in RATINGS})
    assert "Not finished yet" not in saved.content.decode()
    assert kept(attempt)[0] == RATINGS


def test_one_answer_as_best_and_as_worst_is_refused_and_everything_that_was_sent_is_shown_again(client, attempt):
    given = [RATINGS, ["best:c", "worst:c"], PLACES, ["d"], ["b"]]
    response = client.post(page_of(attempt), posted(attempt, given) | {"action": "save"})
    assert response.status_code == 422
    page = response.content.decode()
    assert "Question 2 : You chose the same answer as best and as worst." in text(response)
    assert 'href="#question-2"' in page
    for value in ("a:5", "best:c", "worst:c", "d"):
        assert f'value="{value}" checked' in page
    assert page.count(" selected") == 4
    assert kept(attempt) == [[], [], [], [], []]


def test_a_refused_page_of_an_old_tab_shows_what_a_newer_one_has_saved_meanwhile(client, attempt):
    give(attempt, [["a:4"]])
    old = posted(attempt, [["a:1"], ["best:c", "worst:c"]], shown=[["a:1"]])
    page = client.post(page_of(attempt), old | {"action": "save"}).content.decode()
    assert 'value="a:4" checked' in page
    assert 'value="a:1" checked' not in page
    assert 'value="worst:c" checked' in page


def test_autosave_refuses_it_as_well_and_keeps_the_answer_before(client, attempt):
    version_id = version_ids(attempt)[1]
    save_response(attempt=attempt, item_version_id=version_id, chosen=["best:a", "worst:b"])
    address = reverse("assessments:save_answer", args=[attempt.uuid, version_id])
    saved = client.post(address, {f"answer-{version_id}-best": "best:b", f"answer-{version_id}-worst": "worst:b"})
    assert "Choose another one as either of them." in saved.content.decode()
    assert kept(attempt)[1] == ["best:a", "worst:b"]


def test_an_old_tab_overwrites_nothing_and_says_what_another_one_changed(client, attempt):
    give(attempt, RIGHT)
    old = posted(attempt, [["a:1"], ["best:b"], ["a:4"], ["a"], ["a"]], shown=[["a:1"], ["best:b"], ["a:4"], ["a"], ["a"]])
    response = client.post(page_of(attempt), old | {"action": "submit"}, follow=True)
    assert kept(attempt) == RIGHT
    assert "5 answers were changed in another tab" in text(response)


def test_steps_are_mixed_for_each_learner_until_they_have_places(course, attempt):
    version = ItemVersion.objects.get(pk=version_ids(attempt)[2])
    first, again = (
        [row.id for row in sheet_of(start_attempt(enrolment=attempt.enrolment, occasion="before")).question(version.pk).rows()]
        for _visit in range(2)
    )
    assert first == again
    orders = {
        tuple(row.id for row in sheet_of(start_attempt(enrolment=learner(course), occasion="before")).questions[2].rows())
        for _learner in range(6)
    }
    assert len(orders) > 1
    save_response(attempt=attempt, item_version_id=version.pk, chosen=["a:4", "b:3", "c:2", "d:1"])
    assert [row.id for row in sheet_of(queries.attempt_of(attempt.enrolment, "before")).question(version.pk).rows()] == list(
        "dcba"
    )


def test_lines_stay_in_their_order(attempt):
    assert [row.id for row in sheet_of(attempt).questions[3].rows()] == list("abcd")


# Scoring --------------------------------------------------------------------------------------------------------------


def test_a_part_is_counted_beside_agreement_and_never_as_agreement(attempt):
    give(attempt, PARTLY)
    record = submit_attempt(attempt=attempt)
    assert (record.agreed, record.items) == (1, 5)
    assert record.detail["credit"]["total"] == pytest.approx(sum(EARNED), abs=1e-3)
    assert record.detail["credit"]["low"] < sum(EARNED) < record.detail["credit"]["high"]


def test_whole_answers_agree(attempt):
    give(attempt, RIGHT)
    record = submit_attempt(attempt=attempt)
    assert (record.agreed, record.detail["credit"]["total"]) == (5, 5)


def test_questions_left_open_or_unfinished_earn_nothing(attempt):
    give(attempt, [RATINGS[:3], ["best:a"], ["b:1"], [], []])
    record = submit_attempt(attempt=attempt)
    assert (record.agreed, record.detail["credit"]["total"]) == (0, 0)


def test_a_form_of_choices_says_nothing_of_parts():
    enrolment = learner(course_with_forms())
    assert "credit" not in submit_attempt(attempt=start_attempt(enrolment=enrolment, occasion="before")).detail


def test_only_choices_with_levels_place_somebody(course):
    levels = [option | {"level": level} for option, level in zip(options(), (1, 3, 2, 1), strict=True)]
    for form in "ab":
        item(course, f"{form}5", options=levels)
    attempt = start_attempt(enrolment=learner(course), occasion="before")
    give(attempt, RIGHT)
    record = submit_attempt(attempt=attempt)
    assert [part["placement"]["items"] for part in record.detail["skills"].values() if "placement" in part] == [1]


def test_ratings_are_no_levels(course):
    levels = [option | {"level": 1} for option in options()]
    with pytest.raises(InvalidItem, match="so it needs to be single choice"):
        item(course, "a1", kind="rate", correct=RATINGS, options=levels)


def test_result_shows_each_part_beside_the_key_and_says_what_the_number_is(client, enrolment):
    for occasion in ("before", "after"):
        sitting = start_attempt(enrolment=enrolment, occasion=occasion)
        give(sitting, PARTLY)
        submit_attempt(attempt=sitting)
        finish_lessons(enrolment)
    words = text(client.get(reverse("assessments:result", args=[enrolment.uuid])))
    assert "1 of 5" in words
    assert "Counted with the part that agrees:" in words
    assert "4.1 of 5 (likely range:" in words
    assert "94% in part" in words
    assert "You: 4, effective" in words
    assert "The author: 5, very effective" in words
    assert "The author: worst" in words
    assert "You: place 1" in words
    assert "The author: marked" in words


def test_a_new_key_scores_ratings_again(course, attempt):
    give(attempt, PARTLY)
    submit_attempt(attempt=attempt)
    for form in "ab":
        item(course, f"{form}1", kind="rate", correct=["a:4", "b:1", "c:3", "d:2"])
    assert rescore(course=course) == 1
    record = attempt.scorings.in_force().get()
    assert record.agreed == 2
    assert record.detail["credit"]["total"] == pytest.approx(sum(EARNED) - EARNED[0] + 1, abs=1e-3)


def test_another_format_is_another_question(course, attempt):
    """Answers stay with the format in which they were given, and no key of another one scores them."""
    give(attempt, PARTLY)
    submit_attempt(attempt=attempt)
    for form in "ab":
        item(course, f"{form}1", kind="best-worst", correct=RATINGS)
    assert Item.objects.get(course=course, key="a1").current_version.kind == "best-worst"
    assert rescore(course=course) == 0
    assert "You: 4, effective" not in str(sheet_of(attempt).questions[0])
    assert sheet_of(attempt).questions[0].parts[0].answer == "4, effective"


def test_versions_of_before_there_were_formats_keep_that_of_their_item(course):
    asked = item(course, "old")
    ItemVersion.objects.filter(item=asked).update(kind="")
    old = Item.objects.get(pk=asked.pk)
    assert (old.current_version.format, old.current_version.is_choice) == ("single", True)
    changed = item(course, "old", kind="rate", correct=RATINGS)
    assert [version.kind for version in changed.versions.order_by("number")] == ["single", "rate"]


def test_thirty_questions_of_all_formats_are_submitted_in_fifteen_queries(django_assert_max_num_queries):
    course = course_with_forms(30)
    for form in "ab":
        for number in range(1, 30):
            item(course, f"{form}{number}", **KINDS[str(number % 4 + 1)])
    attempt = start_attempt(enrolment=learner(course), occasion="before")
    give(attempt, [RIGHT[number % 4] for number in range(1, 30)])
    with django_assert_max_num_queries(15):
        submit_attempt(attempt=attempt)


def test_a_copy_of_ones_data_says_in_words_what_was_answered(enrolment, attempt):
    give(attempt, PARTLY)
    submit_attempt(attempt=attempt)
    part = next(part for part in PARTS if part.name == "assessments")
    [row] = part.export(enrolment.user)
    said = [answer["chosen"] for answer in row["answers"]]
    assert said[0][0] == "Text a: 4, effective"
    assert said[1] == ["Text a: best", "Text d: worst"]
    assert said[2] == ["Text a: place 1", "Text b: place 2", "Text d: place 3", "Text c: place 4"]
    assert said[3] == ["Text b"]
    assert row["scores"][0]["with_parts"] == pytest.approx(sum(EARNED), abs=1e-3)


def test_a_copy_of_ones_data_says_when_each_question_was_shown_and_answered(enrolment, attempt):
    with time_machine.travel("2027-03-01 10:00Z", tick=False):
        record_shown(attempt=attempt, positions=[1, 2])
    first = version_ids(attempt)[0]
    for at, rating in (("2027-03-01 10:01Z", "a:4"), ("2027-03-01 10:05Z", "a:5")):
        with time_machine.travel(at, tick=False):
            save_response(attempt=attempt, item_version_id=first, chosen=[rating])
    part = next(part for part in PARTS if part.name == "assessments")
    [row] = part.export(enrolment.user)
    told = [(one["shown_at"], one["first_answered_at"], one["last_answered_at"]) for one in row["answers"]]
    assert told[0] == ("2027-03-01T10:00:00+00:00", "2027-03-01T10:01:00+00:00", "2027-03-01T10:05:00+00:00")
    assert told[1] == ("2027-03-01T10:00:00+00:00", None, None)
    assert told[2] == (None, None, None)
    assert (len(told), row["answers"][1]["chosen"]) == (5, [])


# Knowledge checks -----------------------------------------------------------------------------------------------------


def test_a_check_takes_a_whole_answer_and_keeps_it(course, enrolment):
    check(course, kind="rate", correct=RATINGS)
    sent = {"enrolment": enrolment, "item_uuid": uid("item-c1"), "block_id": uid("c1")}
    with pytest.raises(AnswerNotAccepted, match="rate every answer"):
        answer_check(**sent, chosen=["a:5"])
    assert not CheckAnswer.objects.exists()
    assert answer_check(**sent, chosen=PARTLY[0]).is_correct is False
    assert answer_check(**sent, chosen=RATINGS).is_correct is True
    assert list(CheckAnswer.objects.values_list("chosen", flat=True)) == [PARTLY[0], RATINGS]


def lesson_page(course):
    return course.get_absolute_url() + "module-1/l1/"


@pytest.mark.parametrize(
    ("kind", "correct", "unfinished", "partly", "said"),
    [
        ("rate", RATINGS, ["a:4"], PARTLY[0], "94% of it agrees."),
        ("best-worst", RATINGS, ["best:a"], PARTLY[1], "88% of it agrees."),
        ("order", PLACES, ["a:1", "b:2"], PARTLY[2], "83% of it agrees."),
        ("rank", RATINGS, ["a:1", "b:2"], ["a:1", "b:4", "c:3", "d:2"], "83% of it agrees."),
        ("lines", ["b", "d"], [], PARTLY[3], "50% of it agrees."),
    ],
)
def test_a_lesson_shows_an_unfinished_answer_again_and_a_whole_one_beside_the_key(
    course, enrolment, client, kind, correct, unfinished, partly, said
):
    check(course, kind=kind, correct=correct)
    address = f"{lesson_page(course)}checks/{uid('c1')}/"
    names = {"chosen": partly} if kind == "lines" else {f"chosen-{part.partition(':')[0]}": part for part in partly}
    if unfinished:
        some = {f"chosen-{part.partition(':')[0]}": part for part in unfinished}
        refused = client.post(address, some)
        assert refused.status_code == 422
        assert "Not finished yet" in text(refused)
        assert f'value="{unfinished[0]}" {"selected" if kind in ("order", "rank") else "checked"}' in refused.content.decode()
    shown = client.post(address, names, follow=True)
    assert said in text(shown)
    assert "The author:" in text(shown)
    assert Response.objects.count() == 0
    assert json.dumps(CheckAnswer.objects.get().chosen) == json.dumps(partly)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "rate", "correct": RATINGS}, "Rate the answers first."),
        ({"kind": "best-worst", "correct": RATINGS}, "Choose the best and the worst answer first."),
        ({"kind": "order", "correct": PLACES}, "Put the steps into order first."),
        ({"kind": "rank", "correct": RATINGS}, "Rank the answers first."),
        ({"kind": "lines", "correct": ["b", "d"]}, "Mark the lines that fit first."),
        ({"kind": "lines", "correct": ["b"]}, "Mark a line first."),
        ({"kind": "multiple", "correct": ["b", "d"]}, "Choose an answer first."),
    ],
)
def test_a_check_that_is_sent_empty_asks_for_what_its_format_takes(course, client, fields, words):
    check(course, **fields)
    address = f"{lesson_page(course)}checks/{uid('c1')}/"
    told = text(client.post(address, {}, follow=True))
    assert told.count(words) == 2
    assert words in text(client.post(address, {}, headers={"HX-Request": "true"}))
    assert words == "Choose an answer first." or "Choose an answer first." not in told


def test_a_ranking_stands_beside_the_places_by_the_key(course):
    question = item(course, "rk", kind="rank", correct=["a:5", "b:1", "c:3", "d:3"]).current_version
    parts = parts_of(question, ["a:1", "b:3", "c:2", "d:4"])
    assert [(part.answer, part.key, part.agrees) for part in parts] == [
        ("place 1", "place 1", True),
        ("place 2", "place 2", True),
        ("place 4", "place 2", False),
        ("place 3", "place 4", False),
    ]
    assert [line.partition(": ")[2] for line in in_words(question, ["a:1", "b:3", "c:2", "d:4"])] == [
        f"place {n}" for n in (1, 2, 3, 4)
    ]


def first_button(page: str) -> str:
    """The button that Enter presses in the form of the answers: the first one in the page that belongs to it."""
    form = page.index('id="answers"')
    buttons = [found for found in re.finditer(r"<button\b[^>]*>", page) if found.start() > form or 'form="answers"' in found[0]]
    return min(buttons, key=lambda found: found.start())[0]


def test_enter_in_an_answer_saves_and_submits_nothing(client, attempt):
    page = client.get(reverse("assessments:attempt", args=[attempt.uuid])).content.decode()
    button = first_button(page)
    assert ('name="action" value="save"' in button, 'tabindex="-1"' in button) == (True, True)
    assert page.count('value="submit"') == 1


def test_enter_goes_on_where_each_question_has_its_page(client, attempt):
    type(attempt.instrument).objects.filter(pk=attempt.instrument_id).update(presentation="single")
    address = reverse("assessments:attempt", args=[attempt.uuid])
    n = attempt.items.count()
    assert 'name="to" value="2"' in first_button(client.get(f"{address}?question=1").content.decode())
    assert 'name="to" value="review"' in first_button(client.get(f"{address}?question={n}").content.decode())
    assert 'name="action" value="save"' in first_button(client.get(f"{address}?review=1").content.decode())
