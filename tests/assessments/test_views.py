import re

import pytest
from django.urls import reverse

from assessments.models import Attempt, Response
from assessments.services import save_response, start_attempt, submit_attempt
from assessments.sheets import sheet_of
from tests.assessments.factories import course_with_forms, finish_lessons, learner, version_ids
from tests.factories import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrolment():
    return learner(course_with_forms(), OrganisationFactory(name="Northwind Care"))


@pytest.fixture
def client(enrolment, sign_in):
    return sign_in(enrolment.user)


@pytest.fixture
def attempt(enrolment):
    return start_attempt(enrolment=enrolment, occasion="before")


def address(name, *args):
    return reverse(f"assessments:{name}", args=args)


def page_of(attempt):
    return address("attempt", attempt.uuid)


def fields(attempt, *chosen, shown=()):
    """What a browser sends: the answers on the page, and what the page was showing."""
    posted = {}
    for position, version_id in enumerate(version_ids(attempt)):
        posted[f"shown-{version_id}"] = shown[position] if position < len(shown) else ""
        if position < len(chosen) and chosen[position]:
            posted[f"answer-{version_id}"] = chosen[position]
    return posted


def answers(attempt):
    kept = dict(attempt.responses.values_list("item_version_id", "chosen"))
    return [kept.get(version_id, []) for version_id in version_ids(attempt)]


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# Beginning ------------------------------------------------------------------------------------------------------------


def test_start_page_says_what_it_is_how_long_it_takes_and_who_sees_it(client, enrolment):
    words = text(client.get(address("start", enrolment.uuid, "before")))
    assert "4 questions" in words
    assert "about 5 min, no time limit" in words
    assert (
        "Only you can see your answers and your result. Northwind Care can see whether you have started and finished" in words
    )
    assert "No level is awarded" in words


def test_start_page_changes_nothing(client, enrolment):
    client.get(address("start", enrolment.uuid, "before"))
    assert Attempt.objects.count() == 0


def test_begin_leads_to_the_questions(client, enrolment):
    response = client.post(address("start", enrolment.uuid, "before"))
    assert (response.status_code, response["Location"]) == (302, page_of(Attempt.objects.get()))


def test_occasion_that_is_not_open_says_why(client, enrolment):
    response = client.post(address("start", enrolment.uuid, "after"), follow=True)
    assert "This assessment opens once you have finished the lessons and their knowledge checks." in text(response)
    assert Attempt.objects.count() == 0


def test_unknown_occasion_does_not_exist(client, enrolment):
    assert client.get(address("start", enrolment.uuid, "during")).status_code == 404


def test_begun_attempt_is_offered_to_continue(client, attempt, enrolment):
    response = client.get(address("start", enrolment.uuid, "before"))
    assert page_of(attempt) in response.content.decode()


def test_submitted_occasion_leads_to_the_result(client, attempt, enrolment):
    submit_attempt(attempt=attempt)
    assert client.get(address("start", enrolment.uuid, "before"))["Location"] == address("result", enrolment.uuid)


# Answering ------------------------------------------------------------------------------------------------------------


def test_page_shows_the_answers_given_so_far(client, attempt):
    save_response(attempt=attempt, item_version_id=version_ids(attempt)[1], chosen="c")
    html = client.get(page_of(attempt)).content.decode()
    assert re.findall(r'name="(answer-\d+)" value="(\w)"\s+checked', html) == [(f"answer-{version_ids(attempt)[1]}", "c")]
    assert "1 of 4 answered" in html


def test_page_is_the_first_showing_of_its_items(client, attempt):
    client.get(address("start", attempt.enrolment.uuid, "before"))
    assert set(attempt.items.values_list("shown_at", flat=True)) == {None}
    client.get(page_of(attempt))
    shown = set(attempt.items.values_list("shown_at", flat=True))
    client.get(page_of(attempt))
    assert None not in shown
    assert (len(shown), set(attempt.items.values_list("shown_at", flat=True))) == (1, shown)


def test_options_stand_in_an_order_that_stays(attempt, enrolment):
    orders = {tuple(option.id for option in sheet_of(attempt).questions[0].options) for _visit in range(3)}
    assert len(orders) == 1


def test_learners_get_the_options_in_different_orders(enrolment):
    orders = set()
    for _learner in range(12):
        attempt = start_attempt(enrolment=learner(enrolment.course), occasion="before")
        orders |= {tuple(option.id for option in question.options) for question in sheet_of(attempt).questions}
    assert len(orders) > 6


def test_page_never_tells_the_key(client, attempt):
    html = client.get(page_of(attempt)).content.decode()
    assert "Because" not in html
    assert "correct" not in html


def test_one_answer_is_saved_as_it_is_given(client, attempt):
    response = client.post(
        address("save_answer", attempt.uuid, version_ids(attempt)[0]),
        {f"answer-{version_ids(attempt)[0]}": "b"},
        headers={"HX-Request": "true"},
    )
    html = response.content.decode()
    assert answers(attempt) == [["b"], [], [], []]
    assert f'name="shown-{version_ids(attempt)[0]}" value="b"' in html
    assert "Saved at" in html
    assert "1 of 4 answered" in html
    assert "<html" not in html


def test_autosave_after_submission_says_so_and_saves_nothing(client, attempt):
    submit_attempt(attempt=attempt)
    first = version_ids(attempt)[0]
    response = client.post(address("save_answer", attempt.uuid, first), {f"answer-{first}": "b"})
    assert "You have submitted this assessment" in text(response)
    assert Response.objects.count() == 0


def test_autosave_without_a_session_is_answered_without_a_page(attempt, client):
    client.logout()
    response = client.post(
        address("save_answer", attempt.uuid, version_ids(attempt)[0]),
        {f"answer-{version_ids(attempt)[0]}": "b"},
        headers={"HX-Request": "true"},
    )
    assert (response.status_code, response.content) == (401, b"")


def test_form_without_javascript_saves_everything(client, attempt):
    response = client.post(page_of(attempt), fields(attempt, "a", "b", None, "d") | {"action": "save"}, follow=True)
    assert answers(attempt) == [["a"], ["b"], [], ["d"]]
    assert "Your answers have been saved." in text(response)


def test_old_tab_does_not_overwrite_what_a_newer_one_saved(client, attempt):
    save_response(attempt=attempt, item_version_id=version_ids(attempt)[0], chosen="c")
    # The old tab was opened while "a" was saved and changes only the second question.
    client.post(page_of(attempt), fields(attempt, "a", "b", shown=["a"]) | {"action": "save"})
    assert answers(attempt) == [["c"], ["b"], [], []]


def test_submit_from_an_old_tab_shows_what_was_changed_elsewhere_first(client, attempt):
    for version_id in version_ids(attempt):
        save_response(attempt=attempt, item_version_id=version_id, chosen="c")
    response = client.post(
        page_of(attempt), fields(attempt, "a", "c", "c", "c", shown=["a", "c", "c", "c"]) | {"action": "submit"}, follow=True
    )
    assert "An answer was changed in another tab or on another device" in text(response)
    assert Attempt.objects.get().submitted_at is None


def test_submit_names_the_open_questions_and_waits(client, attempt):
    response = client.post(page_of(attempt), fields(attempt, "b", None, "b") | {"action": "submit"}, follow=True)
    html = response.content.decode()
    assert "2 questions are unanswered: 2 , 4" in text(response)
    assert 'href="#question-2"' in html
    assert "unanswered questions count as not agreeing" in html
    assert "Submit with 2 unanswered questions" in html
    assert Attempt.objects.get().submitted_at is None


def test_submit_with_open_questions_counts_them_as_not_agreed(client, attempt, enrolment):
    response = client.post(page_of(attempt), fields(attempt, "b", None, "b") | {"action": "submit-open"})
    assert response["Location"] == address("result", enrolment.uuid)
    assert (attempt.scorings.get().agreed, attempt.scorings.get().items) == (2, 4)


def test_submit_with_every_answer_leads_to_the_result(client, attempt, enrolment):
    response = client.post(page_of(attempt), fields(attempt, "b", "b", "b", "b") | {"action": "submit"})
    assert response["Location"] == address("result", enrolment.uuid)
    assert attempt.scorings.get().agreed == 4


def test_submitting_again_changes_nothing_and_says_so(client, attempt):
    client.post(page_of(attempt), fields(attempt, "b", "b", "b", "b") | {"action": "submit"})
    response = client.post(page_of(attempt), fields(attempt, "a", "a", "a", "a") | {"action": "submit"}, follow=True)
    assert "It counts once" in text(response)
    assert attempt.scorings.get().agreed == 4


def test_answers_sent_after_the_session_ended_come_back_after_signing_in(client, attempt, enrolment):
    owner = re.search(r'name="kept-for" value="([^"]+)"', client.get(page_of(attempt)).content.decode()).group(1)
    client.logout()
    posted = fields(attempt, "a", "b") | {"action": "save", "kept-for": owner}
    assert client.post(page_of(attempt), posted)["Location"] == f"{reverse('account_login')}?next={page_of(attempt)}"
    client.force_login(enrolment.user, backend="django.contrib.auth.backends.ModelBackend")
    html = client.get(page_of(attempt)).content.decode()
    assert "You were signed out." in html
    assert len(re.findall(r"\s+checked", html)) == 2
    assert answers(attempt) == [[], [], [], []]


def test_kept_answers_are_not_shown_to_somebody_else(client, attempt, enrolment):
    owner = re.search(r'name="kept-for" value="([^"]+)"', client.get(page_of(attempt)).content.decode()).group(1)
    client.logout()
    client.post(page_of(attempt), fields(attempt, "a") | {"kept-for": owner})
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(page_of(attempt)).status_code == 404


# Results --------------------------------------------------------------------------------------------------------------


def sit(enrolment, occasion, *chosen):
    attempt = start_attempt(enrolment=enrolment, occasion=occasion)
    for version_id, option in zip(version_ids(attempt), chosen, strict=False):
        save_response(attempt=attempt, item_version_id=version_id, chosen=option)
    submit_attempt(attempt=attempt)
    return attempt


def test_result_before_tells_the_total_and_no_item(client, enrolment):
    sit(enrolment, "before", "b", "b", "a")
    response = client.get(address("result", enrolment.uuid))
    words = text(response)
    assert "you agreed with the author on 2 of 4 questions (likely range: 1 to 3)" in words
    assert "Provisional" in words
    assert "it awards no level" in words
    assert "Because" not in words


def test_result_after_shows_both_and_every_question(client, enrolment):
    sit(enrolment, "before", "b", "b", "a", "b")
    finish_lessons(enrolment)
    sit(enrolment, "after", "b", "b", "b", "a")
    response = client.get(address("result", enrolment.uuid))
    words = text(response)
    assert "After the course, you agreed with the author on 3 of 4 questions (likely range: 1 to 4)" in words
    assert "There were too few questions to tell." in words
    assert "This is a change, not the effect of the course" in words
    assert words.count("Your answer") == 8
    assert words.count("The author’s choice") == 8
    assert words.count("Because") == 32


def test_result_draws_both_on_one_scale_without_inline_style(client, enrolment):
    sit(enrolment, "before", "b", "b", "a", "b")
    finish_lessons(enrolment)
    sit(enrolment, "after", "b", "b", "b", "b")
    html = client.get(address("result", enrolment.uuid)).content.decode()
    assert re.findall(r'<circle class="([\w-]+)" cx="([\d.]+)%"', html) == [
        ("level__marker--before", "75.0"),
        ("level__marker", "100.0"),
    ]
    assert "style=" not in html


def test_result_without_any_attempt_leads_to_the_assessment(client, enrolment):
    html = client.get(address("result", enrolment.uuid)).content.decode()
    assert address("start", enrolment.uuid, "before") in html


def test_result_stays_when_access_ends(client, enrolment):
    from access.services import revoke_access

    sit(enrolment, "before", "b")
    revoke_access(source_key=f"course:{enrolment.course.key}")
    assert "you agreed with the author on 1 of 4" in text(client.get(address("result", enrolment.uuid)))


# Nobody else ----------------------------------------------------------------------------------------------------------


def everything(enrolment, attempt):
    return [
        ("get", address("start", enrolment.uuid, "before")),
        ("post", address("start", enrolment.uuid, "before")),
        ("get", page_of(attempt)),
        ("post", page_of(attempt)),
        ("post", address("save_answer", attempt.uuid, version_ids(attempt)[0])),
        ("get", address("result", enrolment.uuid)),
    ]


def test_every_page_is_unknown_to_others_their_employer_included(enrolment, attempt, sign_in, member):
    for other in (
        UserFactory(),
        member(enrolment.organisation, "owner", "admin", "lnd_partner").user,
        UserFactory(is_superuser=True),
    ):
        stranger = sign_in(other)
        statuses = [getattr(stranger, method)(page).status_code for method, page in everything(enrolment, attempt)]
        assert statuses == [404] * 6
    assert answers(attempt) == [[], [], [], []]


def test_every_page_asks_visitors_to_sign_in(enrolment, attempt):
    from django.test import Client

    visitor = Client()
    for method, page in everything(enrolment, attempt):
        response = getattr(visitor, method)(page)
        assert (response.status_code, response["Location"].startswith(reverse("account_login"))) == (302, True)


@pytest.mark.parametrize("length", [1, 3])
def test_attempt_page_takes_the_same_queries_however_long_the_form(sign_in, django_assert_num_queries, length):
    enrolment = learner(course_with_forms(length=length))
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    client = sign_in(enrolment.user)
    with django_assert_num_queries(8):  # one of them keeps when the items were first shown
        client.get(page_of(attempt))
    with django_assert_num_queries(7):
        client.get(page_of(attempt))


@pytest.mark.parametrize("length", [1, 3])
def test_result_page_takes_the_same_queries_however_long_the_form(sign_in, django_assert_num_queries, length):
    enrolment = learner(course_with_forms(length=length))
    sit(enrolment, "before")
    finish_lessons(enrolment)
    sit(enrolment, "after")
    client = sign_in(enrolment.user)
    client.get(address("result", enrolment.uuid))
    with django_assert_num_queries(11):  # one of them asks whether the skills are calibrated
        client.get(address("result", enrolment.uuid))


def test_what_authors_wrote_has_a_direction_of_its_own(client, attempt):
    html = client.get(page_of(attempt)).content.decode()
    assert '<span dir="auto">Text b</span>' in html
    assert '<p dir="auto">A situation.</p>' in html
    assert re.search(r'<p dir="auto"><strong>What about \w+\?</strong></p>', html)
