"""Completing a course is a moment: whatever act did it, what was completed comes first, once, and is found again."""

from datetime import date

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from assessments.services import save_responses, start_attempt
from common.page_links import PageLink, page_links
from courses.services import publish_version
from learning import services
from learning.completions import WHAT_YOU_WROTE
from learning.kinds import NextAct, NextActKind, next_act_kinds
from learning.models import Certificate, Enrolment
from learning.services.progress import settle_enrolments_later
from mail.models import Contact, MailDelivery
from practice.models import Agreement, AgreementRevision, AgreementState, Review
from tests.assessments import factories as forms
from tests.courses.factories import content, published_course, republish, uid
from tests.factories import CourseFactory, UserFactory
from tests.web.learner import address, enrolled, rich_course

pytestmark = pytest.mark.django_db
SAID = "You have completed “"


def html(response) -> str:
    return response.content.decode()


@pytest.fixture
def enrolment(user):
    return enrolled(user, rich_course())


@pytest.fixture
def learner(user, enrolment, sign_in):
    """A signed-in client of somebody who has one check left."""
    for name in ("l1", "l2", "l3"):
        services.finish_activity(enrolment=enrolment, block_id=uid(name))
    return sign_in(user)


def completed(enrolment: Enrolment) -> str:
    return f"/learn/{enrolment.uuid}/completed/"


def test_the_last_lesson_leads_to_what_was_completed(sign_in, user, enrolment):
    for name in ("l1", "l2", "c1"):
        services.finish_activity(enrolment=enrolment, block_id=uid(name))
    response = sign_in(user).post(address("l3", "finish"), follow=True)
    assert response.redirect_chain == [(completed(enrolment), 302)]
    page = html(response)
    assert f"{SAID}Course of tests”." in page
    assert "2 modules, 3 lessons." in page
    assert f'href="{Certificate.objects.get().get_absolute_url()}"' in page


def test_the_last_check_without_scripts_leads_there_and_back_to_its_feedback(learner, enrolment):
    response = learner.post(address("l1", "checks", uid("c1")), {"chosen": "a"}, follow=True)
    assert response.request["PATH_INFO"] == completed(enrolment)
    assert SAID in html(response)
    assert f'href="{address("l1")}#b-{uid("c1")}"' in html(response)


def test_the_last_check_with_scripts_shows_it_above_the_check_and_keeps_the_feedback(learner, enrolment):
    page = html(learner.post(address("l1", "checks", uid("c1")), {"chosen": "a"}, headers={"HX-Request": "true"}))
    assert "Silence is weak evidence." in page
    assert page.index(SAID) < page.index(f'id="b-{uid("c1")}"')
    assert page.count("autofocus") == 1  # one focus: on the panel
    assert page.index("autofocus") < page.index(SAID)
    assert f'href="{Certificate.objects.get().get_absolute_url()}"' in page
    assert SAID not in html(learner.get("/learn/"))
    assert SAID not in html(learner.post(address("l1", "checks", uid("c1")), {"chosen": "b"}, headers={"HX-Request": "true"}))


def test_the_assessment_after_the_course_shows_it_above_the_result(sign_in):
    course = forms.course_with_forms()
    enrolment = forms.learner(course)
    forms.finish_lessons(enrolment)
    attempt = start_attempt(enrolment=enrolment, occasion="after")
    save_responses(attempt=attempt, answers=dict.fromkeys(forms.version_ids(attempt), "b"))
    browser, page_of = sign_in(enrolment.user), reverse("assessments:attempt", args=[attempt.uuid])
    given = {f"answer-{pk}": "b" for pk in forms.version_ids(attempt)}
    response = browser.post(page_of, given | {"action": "submit"}, follow=True)
    page = html(response)
    assert response.redirect_chain == [(reverse("assessments:result", args=[enrolment.uuid]), 302)]
    assert page.index(SAID) < page.index("Your results</h1>")
    assert f'href="{Certificate.objects.get().get_absolute_url()}"' in page
    assert "The assessment after the course was taken." in page
    again = html(browser.get(response.redirect_chain[0][0]))
    assert SAID not in again
    assert f'href="{completed(enrolment)}"' in again


def test_the_moment_comes_once_and_what_was_completed_is_found_again(learner, user, enrolment):
    learner.post(address("l1", "checks", uid("c1")), {"chosen": "a"}, follow=True)
    mine = html(learner.get("/learn/"))
    assert SAID not in mine
    assert f'href="{completed(enrolment)}"' in mine
    assert f'href="{completed(enrolment)}"' in html(learner.get("/courses/rich/"))
    assert SAID in html(learner.get(completed(enrolment)))


def test_who_was_not_there_is_told_by_mail_and_on_their_next_visit(
    user, sign_in, enrolment, django_capture_on_commit_callbacks
):
    for name in ("l1", "c1", "l2"):
        services.finish_activity(enrolment=enrolment, block_id=uid(name))
    with django_capture_on_commit_callbacks(execute=True):
        republish(enrolment.course, [["l1", "l2"]], checks={"l1": ["c1"]})
    enrolment.refresh_from_db()
    assert enrolment.completed_at is not None
    [message] = mail.outbox
    assert (message.to, message.subject) == ([user.email], "You have completed “Course of tests”")
    assert completed(enrolment) in message.body
    settle_enrolments_later(enrolment.course_id)
    assert MailDelivery.objects.filter(template="course_completed").count() == 1
    browser = sign_in(user)
    assert SAID in html(browser.get("/learn/"))
    assert SAID not in html(browser.get("/learn/"))


def test_nobody_is_written_to_whose_page_was_there_or_whose_account_is_closed(learner, enrolment, user):
    learner.post(address("l1", "checks", uid("c1")), {"chosen": "a"})
    gone = enrolled(UserFactory(is_active=False), enrolment.course)
    for name in ("l1", "c1", "l2"):
        services.finish_activity(enrolment=gone, block_id=uid(name))
    republish(enrolment.course, [["l1", "l2"]], checks={"l1": ["c1"]})
    services.settle_enrolments(course=enrolment.course)
    gone.refresh_from_db()
    assert gone.completed_at is not None
    assert not MailDelivery.objects.filter(template="course_completed").exists()


def test_it_is_there_for_its_learner_alone(client, learner, enrolment, sign_in):
    learner.post(address("l1", "checks", uid("c1")), {"chosen": "a"})
    assert sign_in(UserFactory()).get(completed(enrolment)).status_code == 404
    assert client.get(completed(enrolment)).status_code == 302


def test_what_is_not_completed_has_no_such_page(learner, enrolment):
    response = learner.get(completed(enrolment))
    assert (response.status_code, response["Location"]) == (302, "/courses/rich/")
    enrolment.refresh_from_db()
    assert enrolment.completion_shown_at is None


def test_no_address_of_another_site_is_offered_as_the_way_back(learner, enrolment):
    learner.post(address("l1", "checks", uid("c1")), {"chosen": "a"})
    for elsewhere in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        assert "Back to your last answer" not in html(learner.get(completed(enrolment), {"back": elsewhere}))


def test_a_preview_that_is_read_to_its_end_says_so(sign_in, user):
    course = published_course([["l1"]], modules_planned=4)
    enrolled(user, course)
    lesson = reverse("courses:lesson", args=[course.slug, "module-1", "l1"])
    response = sign_in(user).post(f"{lesson}finish/", follow=True)
    assert "You have finished all that is here of “Course of tests”." in html(response)
    assert SAID not in html(response)
    words = "The modules to follow open for you when they appear."
    assert words in html(sign_in(user).get("/learn/"))
    assert words in html(sign_in(user).get(course.get_absolute_url()))


# What to do with it ---------------------------------------------------------------------------------------------------


@pytest.fixture
def page_after(learner, enrolment):
    learner.post(address("l1", "checks", uid("c1")), {"chosen": "a"})
    return lambda: html(learner.get(completed(enrolment)))


def test_what_was_written_is_counted_and_led_to_where_it_is_together(enrolment, page_after):
    services.save_entry(enrolment=enrolment, block_id=uid("r1"), data={"text": "My words"})
    assert "You wrote in one place of the course." in page_after()
    registered = page_links.get(WHAT_YOU_WROTE)
    if registered is not None:
        page_links.unregister(WHAT_YOU_WROTE)
    page_links.register(PageLink(WHAT_YOU_WROTE, "courses:course"))
    try:
        page = page_after()
    finally:
        page_links.unregister(WHAT_YOU_WROTE)
        if registered is not None:
            page_links.register(registered)
    assert "What you wrote</a>" in page
    assert "You find it in the lessons." not in page


def agreement(enrolment: Enrolment, **fields) -> Agreement:
    return Agreement.objects.create(
        user=enrolment.user, enrolment=enrolment, title="Breakfast", party_name="Ines Costa", **fields
    )


def reviewed(agreement: Agreement, day: date) -> Review:
    contact, _new = Contact.objects.get_or_create(email="ines@example.org")
    revision = AgreementRevision.objects.create(
        agreement=agreement, number=1, contact=contact, title=agreement.title, they_expect="x", i_expect="y", review_on=day
    )
    return Review.objects.create(agreement=agreement, revision=revision, number=1, due_on=day)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (AgreementState.SENT, "“Breakfast” waits for Ines Costa."),
        (AgreementState.DRAFT, "“Breakfast” is not agreed with Ines Costa yet."),
        (AgreementState.CORRECTED, "Finish your agreement"),
    ],
)
def test_an_agreement_that_is_not_agreed_yet_is_the_next_act(enrolment, page_after, state, words):
    agreed = agreement(enrolment, state=state)
    page = page_after()
    assert words in page
    assert f'href="{agreed.get_absolute_url()}"' in page


@pytest.mark.parametrize(
    ("day", "words", "anchor"),
    [
        (date(2100, 1, 12), "Review your agreement on 12 January 2100", ""),
        (date(2020, 1, 12), "Say whether your agreement was kept", "#review"),
    ],
)
def test_the_review_day_of_an_agreement_is_the_next_act(enrolment, page_after, day, words, anchor):
    agreed = agreement(enrolment, state=AgreementState.CONFIRMED)
    reviewed(agreed, day)
    page = page_after()
    assert words in page
    assert f'href="{agreed.get_absolute_url()}{anchor}"' in page


def test_agreements_of_others_and_reviews_that_are_closed_are_no_act(enrolment, page_after):
    Agreement.objects.create(user=UserFactory(), title="Foreign", state=AgreementState.DRAFT, enrolment=enrolment)
    review = reviewed(agreement(enrolment, state=AgreementState.CONFIRMED), date(2020, 1, 1))
    Review.objects.filter(pk=review.pk).update(closed_at=timezone.now())
    assert "What to do with it" not in page_after()


def test_the_next_course_is_an_act_free_before_paid(enrolment, page_after):
    course = published_course([["l9"]], title="Another course", key="another")
    paid = CourseFactory(is_listed=True, is_free=False, title="A paid one", current_version=course.current_version)
    page = page_after()
    assert "Take the next course: Another course" in page
    assert paid.title not in page


def test_the_authors_question_for_the_manager_is_an_act(sign_in, user):
    text = content([["l9"]], title="Asked about")
    text["modules"][0]["manager_questions"] = ["What did you hear?", "What will you ask?"]
    course = CourseFactory(is_free=True, is_listed=True)
    publish_version(course=course, content=text)
    course.refresh_from_db()
    enrolment = enrolled(user, course)
    services.finish_activity(enrolment=enrolment, block_id=uid("l9"))
    page = html(sign_in(user).get(completed(enrolment)))
    assert "Talk about it with your manager or a colleague" in page
    assert "They could ask you: “What will you ask?”" in page


def test_apps_may_declare_acts_of_their_own(enrolment, page_after):
    next_act_kinds.register(NextActKind("own", 1, lambda enrolment: NextAct("Call them", "Today.")))
    try:
        page = page_after()
    finally:
        next_act_kinds.unregister("own")
    assert page.index("Call them") < page.index("</ul>", page.index("What to do with it"))
