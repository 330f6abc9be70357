"""What you wrote: everything somebody left in a course, for as long as they have an account."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from access import services as access_services
from assessments.models import CheckAnswer
from assessments.services import start_attempt, upsert_item
from courses import services as course_services
from learning import services
from learning.models import ActivityState, Enrolment
from practice.models import Agreement
from tests.courses.factories import block, content, lesson, uid
from tests.factories import OrganisationFactory, UserFactory
from tests.web.learner import OPTIONS, address, enrolled, rich_course

pytestmark = pytest.mark.django_db
WORDS = reverse("courses:words", args=["rich"])
JSON = {"Accept": "application/json"}
WHO, WHAT = {"id": "who", "label": "Who", "hint": ""}, {"id": "what", "label": "What", "hint": ""}


@pytest.fixture
def course():
    return rich_course()


@pytest.fixture
def learner(user, course, sign_in):
    enrolled(user, course)
    return sign_in(user)


def html(response) -> str:
    return response.content.decode()


def entry(name: str) -> str:
    return address("l2", "entries", uid(name))


def sheet(*columns, rows: int = 2):
    return block("worksheet", "w1", {"title": "Inventory", "intro": "", "columns": list(columns), "rows": rows})


def republish(course, *blocks, lessons=("l1",)):
    """The course with these blocks in its second lesson, or without that lesson."""
    first = [lesson("l1", checks=["c1"], sample=True)]
    second = [lesson("l2", blocks=list(blocks))] if blocks else []
    course_services.publish_version(course=course, content=content([first + second, ["l3"]]))
    course.refresh_from_db()


def write(learner, name: str, **fields):
    response = learner.post(entry(name), {"revision": "0"} | fields)
    assert response.status_code == 302
    return response


# Columns that were removed --------------------------------------------------------------------------------------------


def test_a_removed_column_keeps_its_words_and_returns_with_them(course, learner):
    write(learner, "w1", **{"cell-0-who": "Anjali", "cell-0-what": "Tables", "cell-1-what": "Chairs"})
    republish(course, sheet(WHO))
    page = html(learner.get(address("l2")))
    assert "From an earlier version of this worksheet" in page
    assert "Row 1, What:" in page
    assert page.count("Chairs") == 1
    assert 'name="cell-0-what"' not in page
    write(learner, "w1", **{"cell-0-who": "Anjali B.", "revision": "1"})
    assert ActivityState.objects.get().data == {"rows": [{"what": "Tables", "who": "Anjali B."}, {"what": "Chairs", "who": ""}]}
    republish(course, sheet(WHO, WHAT))
    page = html(learner.get(address("l2")))
    assert ">Tables</textarea>" in page
    assert ">Chairs</textarea>" in page
    assert "From an earlier version" not in page


def test_clearing_every_field_leaves_what_stands_in_removed_columns(course, learner):
    write(learner, "w1", **{"cell-0-who": "Anjali", "cell-2-what": "Chairs"})
    republish(course, sheet(WHO))
    write(learner, "w1", **{"cell-0-who": "", "revision": "1"})
    assert ActivityState.objects.get().data == {
        "rows": [{"who": "", "what": ""}, {"who": "", "what": ""}, {"who": "", "what": "Chairs"}]
    }
    assert "Row 3, What:" in html(learner.get(address("l2")))


def test_a_page_that_was_open_when_a_column_was_removed_saves_it_too(course, learner):
    republish(course, sheet(WHO))
    write(learner, "w1", **{"cell-0-who": "Anjali", "cell-0-what": "Tables", "cell-0-none": "of no version"})
    assert ActivityState.objects.get().data == {"rows": [{"who": "Anjali", "what": "Tables"}]}


def test_a_page_without_a_column_that_returned_meanwhile_does_not_empty_it(course, learner):
    write(learner, "w1", **{"cell-0-who": "Anjali", "cell-0-what": "Tables"})
    write(learner, "w1", **{"cell-0-who": "Anjali B.", "revision": "1"})
    assert ActivityState.objects.get().data == {"rows": [{"who": "Anjali B.", "what": "Tables"}]}


def test_clearing_a_worksheet_empties_it(course, learner):
    write(learner, "w1", **{"cell-0-who": "Anjali", "cell-0-what": "Tables"})
    write(learner, "w1", **{"cell-0-who": "", "cell-0-what": "", "cell-1-who": "", "revision": "1"})
    assert ActivityState.objects.get().data == {"rows": []}
    assert "You have not written anything" in html(learner.get(WORDS))


def test_columns_of_several_earlier_versions_are_kept_under_their_names(course, learner):
    write(learner, "w1", **{"cell-0-who": "Anjali", "cell-0-what": "Tables"})
    republish(course, sheet({"id": "when", "label": "When", "hint": ""}))
    write(learner, "w1", **{"cell-0-when": "Monday", "revision": "1"})
    republish(course, sheet({"id": "where", "label": "Where", "hint": ""}))
    page = html(learner.get(address("l2")))
    assert all(f"Row 1, {label}:" in page for label in ("Who", "What", "When"))


def test_words_that_could_not_be_saved_stand_beside_those_of_removed_columns(course, learner):
    write(learner, "w1", **{"cell-0-who": "Anjali", "cell-0-what": "Tables"})
    republish(course, sheet(WHO))
    page = html(learner.post(entry("w1"), {"cell-0-who": "Tom", "revision": "0"}))
    assert ">Tom</textarea>" in page
    assert "Anjali" in page
    assert "Tables" in page


def test_two_tabs_that_say_the_same_are_no_conflict_after_a_column_is_gone(course, learner):
    write(learner, "w1", **{"cell-0-who": "Anjali", "cell-0-what": "Tables"})
    republish(course, sheet(WHO))
    again = learner.post(entry("w1"), {"cell-0-who": "Anjali", "revision": "0"}, headers=JSON)
    assert (again.status_code, json.loads(again.content)["revision"]) == (200, 1)


# Answers to questions that changed ------------------------------------------------------------------------------------


def ask(course, options, correct=("b",)):
    fields = {"skill_slug": "discover-expectations", "situation": "", "prompt": "What does she know?"}
    upsert_item(
        course=course, key="c1", uuid=uid("item-c1"), use="check", kind="single", options=options, correct=correct, **fields
    )


def test_the_answer_to_an_option_that_was_removed_is_still_shown_with_its_feedback(course, learner):
    learner.post(address("l1", "checks", uid("c1")), {"chosen": "a"})
    ask(course, OPTIONS[1:])
    page = html(learner.get(address("l1")))
    assert "You answered an earlier version of this question:" in page
    assert "They are satisfied." in page
    assert "Silence is weak evidence." in page
    assert "This question has changed since you answered it." in page
    assert " checked" not in page.split('class="choices"')[1].split("</fieldset>")[0]
    learner.post(address("l1", "checks", uid("c1")), {"chosen": "b"})
    assert "earlier version" not in html(learner.get(address("l1")))
    assert CheckAnswer.objects.count() == 2


def test_an_answer_never_turns_into_another_option_that_got_its_letter(course, learner):
    learner.post(address("l1", "checks", uid("c1")), {"chosen": "a"})
    ask(course, [OPTIONS[1] | {"id": "a"}, OPTIONS[0] | {"id": "b"}], correct=("a",))
    page = html(learner.get(address("l1")))
    assert "choice--right" not in page
    assert "You answered an earlier version of this question:" in page


def test_an_answer_stands_where_only_other_options_changed(course, learner):
    learner.post(address("l1", "checks", uid("c1")), {"chosen": "a"})
    ask(course, [OPTIONS[0], OPTIONS[1] | {"text": "Only that nobody has complained."}])
    page = html(learner.get(address("l1")))
    assert 'value="a" checked' in page
    assert "earlier version" not in page


# The page -------------------------------------------------------------------------------------------------------------


def test_it_lists_by_lesson_what_was_written_and_answered(user, course, learner):
    learner.post(address("l1", "checks", uid("c1")), {"chosen": "a"})
    write(learner, "r1", text="My manager")
    write(learner, "p1", **{"if": "she is silent", "then": "I ask"})
    write(learner, "w1", **{"cell-0-who": "Anjali"})
    enrolment = Enrolment.objects.get()
    Agreement.objects.create(
        user=user, enrolment=enrolment, activity=course.activities.get(block_id=uid("a1")), title="Mondays", i_expect="A call"
    )
    page = html(learner.get(WORDS))
    order = ["Lesson l1", "What does she know?", "They are satisfied.", "Lesson l2", "Whom do you choose?", "My manager"]
    order += ["she is silent", "I ask", "Inventory", "Anjali", "Mondays", "A call"]
    positions = [page.index(text) for text in order]
    assert positions == sorted(positions)
    assert f'href="{address("l2")}"' in page
    assert "withdrawn</span>" not in page


def test_words_in_a_lesson_that_was_withdrawn_are_found(course, learner):
    write(learner, "r1", text="My manager")
    republish(course)
    assert learner.get(address("l2")).status_code == 404
    page = html(learner.get(WORDS))
    assert page.index("Lesson l2") < page.index("This lesson is no longer part of the course.") < page.index("My manager")
    assert "Whom do you choose?" in page


def test_words_in_an_exercise_that_was_removed_are_found_with_its_question(course, learner):
    write(learner, "r1", text="My manager")
    write(learner, "w1", **{"cell-0-who": "Anjali", "cell-0-what": "Tables"})
    republish(course, sheet(WHO))
    republish(course, block("plan", "p2", {"prompt": "When?"}))
    page = html(learner.get(WORDS))
    assert page.count("This exercise is no longer part of the lesson.") == 2
    assert "Whom do you choose?" in page
    assert "My manager" in page
    assert "Row 1, What:" in page
    assert "Tables" in page


def test_answers_to_a_check_that_was_removed_are_found(course, learner):
    learner.post(address("l1", "checks", uid("c1")), {"chosen": "a"})
    course_services.publish_version(course=course, content=content([["l1", "l2"]]))
    page = html(learner.get(WORDS))
    assert "This exercise is no longer part of the lesson." in page
    assert "They are satisfied." in page


def test_words_stay_when_access_ends_and_when_the_course_is_withdrawn(course, learner):
    learner.get(address("l2"))
    write(learner, "r1", text="My manager")
    access_services.revoke_access(source_key="course:rich")
    course_services.unpublish(course=course)
    page = html(learner.get(WORDS))
    assert "My manager" in page
    assert address("l2") not in page
    assert "What you wrote" in html(learner.get("/courses/rich/"))
    assert WORDS in html(learner.get(reverse("learn")))


def test_assessments_are_found_also_when_the_course_has_none_any_more(user, sign_in):
    course = rich_course(has_assessment=True)
    enrolment = enrolled(user, course)
    for key in ("a", "b"):
        form(course, key)
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    republish(course, sheet(WHO))
    client = sign_in(user)
    page = html(client.get(WORDS))
    assert reverse("assessments:attempt", args=[attempt.uuid]) in page
    assert client.get(reverse("assessments:attempt", args=[attempt.uuid])).status_code == 200
    attempt.submitted_at = timezone.now() - timedelta(days=1)
    attempt.save()
    assert reverse("assessments:result", args=[enrolment.uuid]) in html(client.get(WORDS))


def form(course, key):
    from assessments.services import upsert_instrument

    fields = {"kind": "single", "skill_slug": "discover-expectations", "situation": "", "prompt": "What?", "correct": ["b"]}
    upsert_item(course=course, key=f"item-{key}", uuid=uid(f"item-{key}"), use="form", options=OPTIONS, **fields)
    upsert_instrument(course=course, key=key, title=key, item_keys=[f"item-{key}"])


def test_nothing_written_is_said(learner):
    assert "You have not written anything in this course yet." in html(learner.get(WORDS))


def test_it_is_its_writers_alone(course, learner, client, sign_in):
    write(learner, "r1", text="My manager")
    assert client.get(WORDS).url == f"{reverse('account_login')}?next={WORDS}"
    stranger = sign_in(UserFactory())
    assert stranger.get(WORDS).status_code == 404
    other = UserFactory()
    enrolled(other, course)
    assert "My manager" not in html(sign_in(other).get(WORDS))


def test_words_for_two_organisations_say_for_which(user, course, learner):
    write(learner, "r1", text="On my own")
    organisation = OrganisationFactory(name="Northwind")
    second = services.enrol(user=user, course=course, organisation=organisation)
    services.save_entry(enrolment=second, block_id=uid("r1"), data={"text": "At work"})
    page = html(learner.get(WORDS))
    assert "On my own" in page
    assert "At work" in page
    assert page.count("for Northwind") == 1


def test_what_was_written_is_never_read_as_markup(course, learner):
    write(learner, "r1", text="<b>bold</b>")
    write(learner, "w1", **{"cell-0-what": "<i>x</i>"})
    republish(course, sheet(WHO))
    for page in (html(learner.get(WORDS)),):
        assert "<b>bold</b>" not in page
        assert "<i>x</i>" not in page
        assert "&lt;i&gt;x&lt;/i&gt;" in page


@pytest.mark.parametrize("count", [1, 3])
def test_it_takes_the_same_queries_however_much_there_is(course, learner, count, django_assert_num_queries):
    learner.post(address("l1", "checks", uid("c1")), {"chosen": "a"})
    for name, fields in (("r1", {"text": "a"}), ("p1", {"if": "b"}), ("w1", {"cell-0-who": "c"}))[:count]:
        write(learner, name, **fields)
    learner.get(WORDS)
    with django_assert_num_queries(11):
        learner.get(WORDS)


# Words for an exercise that is gone while they are written ------------------------------------------------------------


@pytest.mark.parametrize("what", ["exercise", "lesson", "access"])
def test_words_are_saved_when_their_exercise_goes_while_they_are_written(course, learner, what):
    if what == "access":
        access_services.revoke_access(source_key="course:rich")
    else:
        republish(course, *([sheet(WHO)] if what == "exercise" else []))
    saved = learner.post(entry("r1"), {"text": "My manager", "revision": "0"}, headers=JSON)
    assert (saved.status_code, json.loads(saved.content)["revision"]) == (200, 1)
    assert "“What you wrote”" in json.loads(saved.content)["words"]
    plain = learner.post(entry("r1"), {"text": "My manager and I", "revision": "1"})
    assert (plain.status_code, plain.url) == (302, WORDS)
    page = html(learner.get(WORDS))
    assert "My manager and I" in page
    assert "What you wrote in it has been saved here." in page


def test_words_are_saved_when_the_address_of_their_lesson_changes_while_they_are_written(course, learner):
    renamed = lesson("l2", blocks=[block("reflection", "r1", {"prompt": "Whom?"})]) | {"slug": "renamed"}
    course_services.publish_version(course=course, content=content([["l1", renamed], ["l3"]]))
    response = write(learner, "r1", text="My manager")
    assert response.url == f"/courses/rich/module-1/renamed/#b-{uid('r1')}"
    assert ActivityState.objects.get().data == {"text": "My manager"}


def test_two_tabs_lose_no_words_of_an_exercise_that_is_gone(course, learner):
    write(learner, "r1", text="first tab")
    republish(course)
    answer = json.loads(learner.post(entry("r1"), {"text": "second tab", "revision": "0"}, headers=JSON).content)
    assert (answer["revision"], "first tab" in answer["other"]) == (1, True)
    response = learner.post(entry("r1"), {"text": "second tab", "revision": "0"})
    page = html(response)
    assert (response.status_code, "first tab" in page, "second tab" in page) == (409, True, True)
    assert 'name="revision"' not in page
    assert learner.post(entry("r1"), {"text": "second tab"}).url == WORDS
    assert ActivityState.objects.get().data == {"text": "second tab"}


def test_what_is_too_long_for_an_exercise_that_is_gone_stays_on_the_page(course, learner):
    republish(course)
    long = "x" * 100_001
    response = learner.post(entry("r1"), {"text": long, "revision": "0"})
    assert (response.status_code, long in html(response)) == (422, True)
    assert learner.post(entry("r1"), {"text": long}, headers=JSON).status_code == 422


def test_words_sent_after_the_session_ended_are_offered_when_their_exercise_is_gone(user, course, learner, client):
    token = html(learner.get(address("l2"))).split('name="kept-for" value="')[1].split('"')[0]
    client.post(entry("r1"), {"text": "written signed out", "kept-for": token, "revision": "0"})
    republish(course)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = html(client.get(entry("r1")))
    assert "has not been saved yet" in page
    assert '<input type="hidden" name="text" value="written signed out">' in page
    assert ActivityState.objects.count() == 0


def test_nothing_is_kept_of_strangers_and_of_what_was_no_exercise(course, learner, sign_in):
    republish(course)
    assert sign_in(UserFactory()).post(entry("r1"), {"text": "x"}).status_code == 404
    for name in ("c1", "a1", "none"):
        assert learner.post(entry(name), {"text": "x"}).status_code == 404
    assert ActivityState.objects.count() == 0
