import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from access import services as access_services
from assessments.models import CheckAnswer, Item, ItemVersion
from courses import services as course_services
from learning import services
from learning.models import ActivityState, Certificate, Enrolment
from tests.courses.factories import content, lesson, uid
from tests.factories import UserFactory
from tests.web.learner import address, enrolled, rich_course

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return rich_course()


@pytest.fixture
def learner(user, course, sign_in):
    """A signed-in client of somebody on the course."""
    enrolled(user, course)
    return sign_in(user)


def html(response) -> str:
    return response.content.decode()


# Who may read ---------------------------------------------------------------------------------------------------------


def test_visitors_read_samples_only(client, course):
    assert "This is a sample lesson" in html(client.get(address("l1")))
    response = client.get(address("l2"), follow=True)
    assert response.redirect_chain == [("/courses/rich/", 302)]
    assert "part of a free course. Start the course to read it." in html(response)


def test_somebody_without_a_grant_reads_why(sign_in):
    rich_course(is_free=False)
    response = sign_in(UserFactory()).get(address("l2"), follow=True)
    assert response.redirect_chain == [("/courses/rich/", 302)]
    assert "opens once you have bought the course" in html(response)


def test_access_that_has_ended_says_so_and_keeps_progress(user, course, learner):
    access_services.revoke_access(source_key="course:rich")
    rich = Enrolment.objects.get()
    assert learner.get(address("l2")).status_code == 302
    assert learner.get(address("l1")).status_code == 200
    page = html(learner.get("/courses/rich/"))
    assert "Your access has ended." in page
    assert Enrolment.objects.get() == rich


def test_a_grant_without_enrolment_enrols_on_opening(user, course, sign_in):
    access_services.grant_access(user=user, course_set=course.sets.get(), source="order", source_key="order:1")
    assert sign_in(user).get(address("l2")).status_code == 200
    assert Enrolment.objects.get().user == user


def test_a_lesson_that_moved_is_found_at_its_new_address(course, learner):
    response = learner.get(reverse("courses:lesson", args=["rich", "module-2", "l1"]))
    assert (response.status_code, response["Location"]) == (302, address("l1"))


def test_a_lesson_that_does_not_exist_is_not_found(course, learner):
    assert learner.get(address("l9")).status_code == 404
    assert learner.get("/courses/none/module-1/l1/").status_code == 404


def test_a_withdrawn_course_exists_only_for_those_on_it(course, learner, client):
    course_services.unpublish(course=course)
    assert learner.get(address("l2")).status_code == 200
    assert client.get(address("l1")).status_code == 404
    assert client.get("/courses/rich/").status_code == 404


# The page -------------------------------------------------------------------------------------------------------------


def test_the_page_has_text_outline_and_ways_on(learner):
    page = html(learner.get(address("l2")))
    assert "Text of l2." in page
    assert f'id="b-{uid("l2-text")}"' in page
    assert f'rel="prev" href="{address("l1")}"' in page
    assert f'rel="next" href="{address("l3")}"' in page
    assert "The &lt;last&gt; one" in page
    assert 'aria-current="page"' in page
    assert "Only you can read this." in page


def outline(page):
    """Address of each lesson in the outline by its title, None where it is locked."""
    entries = re.findall(r"<li>(.*?)</li>", page.split('id="outline"')[1].split("</div>")[0], re.DOTALL)
    found = {}
    for entry in entries:
        link = re.search(r'<a href="([^"]+)"', entry)
        assert (link is None) == ("locked" in entry)
        found[re.search(r"<span>(.*?)</span>", entry)[1]] = link and link[1]
    return found


def test_the_outline_of_a_visitor_leads_to_samples_and_locks_the_others(client, course, learner):
    titles = "Lesson l1", "Lesson l2", "The &lt;last&gt; one"
    assert outline(html(client.get(address("l1")))) == dict(zip(titles, (address("l1"), None, None), strict=True))
    addresses = (address("l1"), address("l2"), address("l3"))
    assert outline(html(learner.get(address("l1")))) == dict(zip(titles, addresses, strict=True))


def test_a_check_whose_question_is_gone_is_left_out(user, course, learner):
    course_services.publish_version(
        course=course, content=content([[lesson("l1", checks=["c1", "gone"], sample=True), "l2"], ["l3"]])
    )
    page = html(learner.get(address("l1")))
    assert f'id="b-{uid("c1")}"' in page
    assert uid("gone") not in page
    assert page.count(">Check: What does she know?</a>") == 1


def test_the_notes_tell_the_checks_of_a_lesson_apart(course, learner):
    version = Item.objects.get(course=course, key="c1").current_version
    ItemVersion.objects.filter(pk=version.pk).update(prompt="Who of **these four** people said what they expected <of you>?")
    notes = html(learner.get(address("l1"))).split('<aside class="lesson__notes')[1]
    assert ">Check: Who of these four people said what…</a>" in notes


def test_what_was_opened_and_never_saved_is_not_called_saved(user, course, learner):
    activity = course.activities.get(block_id=uid("r1"))
    state = ActivityState.objects.create(enrolment=Enrolment.objects.get(), activity=activity)
    page = html(learner.get(address("l2")))
    assert (">saved</span>" in page, "Saved " in page) == (False, False)
    services.save_entry(enrolment=state.enrolment, block_id=uid("r1"), data={"text": "words"}, revision=0)
    page = html(learner.get(address("l2")))
    assert (page.count(">saved</span>"), page.count("Saved ")) == (1, 1)


def test_the_page_carries_no_inline_script_or_style(learner):
    for name in ("l1", "l2", "l3"):
        page = html(learner.get(address(name)))
        assert " style=" not in page
        assert " onclick=" not in page
        assert "<script>" not in page


@pytest.mark.parametrize("size", [3, 60])
def test_the_page_takes_seven_queries_whatever_the_size_of_the_course(user, course, sign_in, size, django_assert_num_queries):
    names = [f"m{n}" for n in range(size)]
    course_services.publish_version(
        course=course, content=content([[lesson("l1", checks=["c1"], sample=True), *names[:9]], names[9:]])
    )
    client = sign_in(user)
    enrolment = enrolled(user, course)
    client.get(address("l1"))
    services.finish_activity(enrolment=enrolment, block_id=uid("m1"))
    client.post(address("l1", "checks", uid("c1")), {"chosen": "a"})
    with django_assert_num_queries(7):
        response = client.get(address("l1"))
    assert response.status_code == 200


def test_a_lesson_with_everything_stays_within_eight_queries(learner, django_assert_max_num_queries):
    learner.post(address("l2", "entries", uid("r1")), {"text": "words", "revision": "0"})
    with django_assert_max_num_queries(8):
        learner.get(address("l2"))


# Answering ------------------------------------------------------------------------------------------------------------


def test_an_answer_without_scripts_comes_back_to_its_place(learner):
    response = learner.post(address("l1", "checks", uid("c1")), {"chosen": "a"})
    assert (response.status_code, response["Location"]) == (302, f"{address('l1')}#b-{uid('c1')}")
    page = html(learner.get(address("l1")))
    assert "Silence is weak evidence." in page
    assert 'value="a" checked' in page
    assert "choice--wrong" in page
    assert "Answer again" in page


def test_an_answer_with_htmx_returns_the_check_and_the_progress(learner):
    response = learner.post(address("l1", "checks", uid("c1")), {"chosen": "b"}, headers={"HX-Request": "true"})
    page = html(response)
    assert page.lstrip().startswith('<div class="activity"')
    assert "choice--right" in page
    assert '<progress max="100" value="25"' in page
    assert page.count('hx-swap-oob="true"') == 4
    assert Enrolment.objects.get().percentage == 25


def test_an_answer_with_htmx_asks_for_the_progress_once(learner, django_assert_num_queries):
    for chosen, queries in (("a", 15), ("b", 14)):
        with django_assert_num_queries(queries):
            learner.post(address("l1", "checks", uid("c1")), {"chosen": chosen}, headers={"HX-Request": "true"})


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["plain", "script"])
def test_an_answer_reaches_a_check_that_moved_to_another_lesson_meanwhile(course, learner, headers):
    text = content([[lesson("l1"), lesson("l2")], [lesson("l3", checks=["c1"])]])
    course_services.publish_version(course=course, content=text)
    response = learner.post(address("l1", "checks", uid("c1")), {"chosen": "b"}, headers=headers)
    assert response.status_code == (200 if headers else 302)
    assert headers or response["Location"] == f"{address('l3')}#b-{uid('c1')}"
    assert CheckAnswer.objects.get().chosen == ["b"]


def test_answering_without_a_choice_asks_for_one(learner):
    response = learner.post(address("l1", "checks", uid("c1")), {}, follow=True)
    assert html(response).count("Choose an answer first.") == 2
    fragment = learner.post(address("l1", "checks", uid("c1")), {}, headers={"HX-Request": "true"})
    assert "Choose an answer first." in html(fragment)
    assert CheckAnswer.objects.count() == 0


def test_several_may_be_chosen_where_several_are_right(user, sign_in):
    course = rich_course(kind="multiple")
    enrolled(user, course)
    client = sign_in(user)
    client.post(address("l1", "checks", uid("c1")), {"chosen": ["a", "b"]})
    assert CheckAnswer.objects.get().is_correct is True
    assert html(client.get(address("l1"))).count('type="checkbox"') == 3


def test_a_visitor_tries_a_check_and_nothing_is_kept(client, course):
    page = html(client.post(address("l1", "checks", uid("c1")), {"chosen": "a"}))
    assert "Silence is weak evidence." in page
    assert "Text of l1." in page
    fragment = html(client.post(address("l1", "checks", uid("c1")), {"chosen": "b"}, headers={"HX-Request": "true"}))
    assert "choice--right" in fragment
    assert CheckAnswer.objects.count() == 0


def test_a_visitor_cannot_answer_in_a_closed_lesson(client, course):
    assert client.post(address("l2", "checks", uid("c1")), {"chosen": "a"}).status_code == 302
    assert CheckAnswer.objects.count() == 0


# Writing --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "fields", "data"),
    [
        ("r1", {"text": "Halima\r\nand I"}, {"text": "Halima\nand I"}),
        ("p1", {"if": "they are silent", "then": "I ask"}, {"if": "they are silent", "then": "I ask"}),
        (
            "w1",
            {"cell-0-who": "Anjali", "cell-0-what": "Tables", "cell-3-who": "Tom", "cell-1-other": "x"},
            {
                "rows": [
                    {"who": "Anjali", "what": "Tables"},
                    {"who": "", "what": ""},
                    {"who": "", "what": ""},
                    {"who": "Tom", "what": ""},
                ]
            },
        ),
    ],
)
def test_words_are_saved_without_scripts(learner, name, fields, data):
    response = learner.post(address("l2", "entries", uid(name)), fields | {"revision": "0"})
    assert (response.status_code, response["Location"]) == (302, f"{address('l2')}#b-{uid(name)}")
    assert ActivityState.objects.get().data == data
    page = html(learner.get(address("l2")))
    assert all(text in page for text in fields.values() if text != "x" and "\r" not in text)


def test_saved_is_said_with_the_time_of_the_server(user, learner, sign_in):
    with time_machine.travel("2027-03-05T14:03:00Z", tick=False):
        learner = sign_in(user)
        response = learner.post(
            address("l2", "entries", uid("r1")), {"text": "words", "revision": "0"}, headers={"Accept": "application/json"}
        )
    assert json.loads(response.content) == {"revision": 1, "words": "Saved 14:03"}
    assert "Saved 5 Mar 2027, 14:03" in html(learner.get(address("l2")))


def test_two_tabs_lose_no_words_with_scripts(learner):
    there = address("l2", "entries", uid("r1"))
    learner.post(there, {"text": "first tab", "revision": "0"}, headers={"Accept": "application/json"})
    response = learner.post(there, {"text": "second tab", "revision": "0"}, headers={"Accept": "application/json"})
    answer = json.loads(response.content)
    assert (response.status_code, answer["revision"]) == (409, 1)
    assert "first tab" in answer["other"]
    assert ActivityState.objects.get().data == {"text": "first tab"}


def test_two_tabs_lose_no_words_without_scripts(learner):
    there = address("l2", "entries", uid("r1"))
    learner.post(there, {"text": "first tab", "revision": "0"})
    response = learner.post(there, {"text": "second tab", "revision": "0"})
    page = html(response)
    assert response.status_code == 409
    assert "first tab" in page
    assert ">second tab</textarea>" in page
    assert "Not saved yet." in page
    assert '<input type="hidden" name="revision" value="1">' in page
    learner.post(there, {"text": "second tab", "revision": "1"})
    assert ActivityState.objects.get().data == {"text": "second tab"}


def test_two_tabs_of_a_worksheet_show_both(learner):
    there = address("l2", "entries", uid("w1"))
    learner.post(there, {"cell-0-who": "Anjali", "revision": "0"})
    page = html(learner.post(there, {"cell-0-who": "Tom", "revision": "0"}))
    assert "Anjali" in page
    assert ">Tom</textarea>" in page


def test_what_is_too_long_stays_on_the_page(learner):
    there = address("l2", "entries", uid("r1"))
    long = "x" * 100_001
    response = learner.post(there, {"text": long, "revision": "0"})
    assert response.status_code == 422
    assert long in html(response)
    assert learner.post(there, {"text": long}, headers={"Accept": "application/json"}).status_code == 422
    assert ActivityState.objects.filter(revision__gt=0).count() == 0


def test_words_sent_after_the_session_ended_are_filled_in_again(user, learner, client, sign_in):
    token = html(learner.get(address("l2"))).split('name="kept-for" value="')[1].split('"')[0]
    there = address("l2", "entries", uid("r1"))
    response = client.post(there, {"text": "written signed out", "kept-for": token, "revision": "0"})
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = html(client.get(there))
    assert ">written signed out</textarea>" in page
    assert "has not been saved yet" in page
    assert client.get(there)["Location"] == f"{address('l2')}#b-{uid('r1')}"


def test_a_script_hears_that_the_session_has_ended(client, course):
    response = client.post(address("l2", "entries", uid("r1")), {"text": "x"}, headers={"HX-Request": "true"})
    assert response.status_code == 401


def test_words_of_somebody_else_are_never_shown(learner, course, sign_in):
    learner.post(address("l2", "entries", uid("r1")), {"text": "my secret", "revision": "0"})
    other = UserFactory()
    enrolled(other, course)
    assert "my secret" not in html(sign_in(other).get(address("l2")))


def test_writing_where_nothing_can_be_written_is_not_found(learner):
    assert learner.post(address("l1", "entries", uid("c1")), {"text": "x"}).status_code == 404
    assert learner.post(address("l1", "entries", uid("nothing")), {"text": "x"}).status_code == 404


# Finishing and coming back --------------------------------------------------------------------------------------------


def test_finishing_goes_on_to_the_next_lesson_and_says_what_is_open(learner):
    response = learner.post(address("l1", "finish"), follow=True)
    assert response.redirect_chain == [(address("l2"), 302)]
    assert "One knowledge check in “Lesson l1” is still open." in html(response)
    assert Enrolment.objects.get().percentage == 25


def test_a_finished_lesson_that_is_shown_again_leads_on(learner):
    learner.post(address("l1", "checks", uid("c1")), {"chosen": "a"})
    for name in ("l1", "l2", "l3"):
        learner.post(address(name, "finish"))
    leads_to = {}
    for name in ("l1", "l2", "l3"):
        finish = html(learner.get(address(name))).split('id="finish"')[1].split("</div>")[0]
        leads_to[name] = re.findall(r'button--primary" href="([^"]+)"', finish)
    assert leads_to == {"l1": [address("l2")], "l2": [address("l3")], "l3": ["/courses/rich/"]}


def test_finishing_everything_shows_what_was_completed_and_the_certificate(learner):
    learner.post(address("l1", "checks", uid("c1")), {"chosen": "a"})
    for name in ("l1", "l2", "l3"):
        response = learner.post(address(name, "finish"))
    assert response["Location"] == f"/learn/{Enrolment.objects.get().uuid}/completed/"
    page = html(learner.get(response["Location"]))
    assert "You have completed" in page
    assert f'href="{Certificate.objects.get().get_absolute_url()}"' in page


def test_the_last_lesson_leads_to_the_assessment_that_is_left(user, sign_in):
    enrolment = enrolled(user, rich_course(has_assessment=True))
    client = sign_in(user)
    client.post(address("l1", "checks", uid("c1")), {"chosen": "a"})
    for name in ("l1", "l2", "l3"):
        response = client.post(address(name, "finish"))
    assert response["Location"] == reverse("assessments:start", args=[enrolment.uuid, "after"])


def test_finishing_needs_the_course(client, course):
    assert client.post(address("l1", "finish"))["Location"].startswith("/accounts/login/")


def test_the_position_is_remembered_and_resumed(user, learner):
    learner.get(address("l2"))
    assert learner.post(address("l2", "position"), {"block": uid("r1")}).status_code == 204
    assert learner.post(address("l2", "position"), {"block": "nonsense"}).status_code == 204
    assert str(Enrolment.objects.get().last_block_id) == uid("r1")
    assert f'href="{address("l2")}#b-{uid("r1")}"' in html(learner.get("/learn/"))
    assert f'href="{address("l2")}#b-{uid("r1")}"' in html(learner.get("/courses/rich/"))
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        learner.get(address("l2"))
    assert str(Enrolment.objects.get().last_block_id) == uid("r1")


def test_a_visitor_leaves_no_trace(client, course):
    assert client.post(address("l1", "position"), {"block": uid("c1")}).status_code == 204
    assert Enrolment.objects.count() == 0


def test_a_lesson_changed_by_its_author_keeps_the_learner(user, course, learner):
    learner.post(address("l1", "checks", uid("c1")), {"chosen": "b"})
    course_services.publish_version(course=course, content=content([[lesson("l1", title="New name"), "l2"], ["l3"]]))
    page = html(learner.get(address("l1")))
    assert "New name" in page
    assert Enrolment.objects.get().percentage == 25
