"""My learning lists what somebody may learn, whether or not they have begun."""

import re
import uuid
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from access.services import grant_access, revoke_access
from billing.gateways import gateway_named
from billing.models import TestCheckout
from billing.services import open_checkout, set_price, settle, start_order
from courses.models import Activity, Course
from feedback.answers import Answers
from feedback.services import cancel_round, close_round, save_own_answers
from learning import services
from learning.models import ActivityState, Certificate, Enrolment, PlanFollowUp
from learning.queries import progress
from learning.services import enrol
from practice.models import Agreement, AgreementState, Review
from practice.queries import ReviewSeen
from practice.queries.pairs import waiting_for
from practice.services import answer
from skills.services import load_framework
from tests.courses.factories import published_course, uid
from tests.factories import UserFactory
from tests.feedback import factories as rounds
from tests.practice.pair_people import PairCohort, on_move, take
from tests.skills.factories import AT, measured
from tests.web.learner import SKILLS
from web.my_learning import LearningRow, acts_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(db):
    course = published_course(is_free=False)
    set_price(course_set=course.own_set, kind="person", currency="EUR", amount=14_900)
    return course


def learn(client) -> str:
    return client.get(reverse("learn")).content.decode()


def test_a_course_stands_on_my_learning_from_the_moment_it_is_paid(user, sign_in, course):
    client = sign_in(user)
    assert "Not started yet" not in learn(client)
    order = start_order(buyer=user, course_set=course.own_set, currency="EUR", shown_total=14_900, request_key=uuid.uuid4())
    open_checkout(order)
    TestCheckout.objects.update(state="paid")
    settle(order, gateway=gateway_named("test"))
    text = learn(client)
    assert "Not started yet" in text
    assert f"Next: start “{course.title}”" in text
    assert course.get_absolute_url() in text


def test_what_has_begun_stands_with_its_progress_and_what_was_taken_back_is_gone(user, sign_in, course):
    client = sign_in(user)
    grant_access(user=user, course_set=course.own_set, source="order", source_key="order:1")
    assert "Not started yet" in learn(client)
    enrol(user=user, course=course)
    assert "Not started yet" not in learn(client)
    assert "In progress" in learn(client)
    other = published_course([["m1"]], is_free=False)
    grant_access(user=user, course_set=other.own_set, source="order", source_key="order:2")
    assert "Not started yet" in learn(client)
    revoke_access(source_key="order:2")
    assert "Not started yet" not in learn(client)


@pytest.mark.parametrize("count", [1, 3])
def test_courses_that_have_not_begun_cost_the_same_however_many(user, sign_in, django_assert_num_queries, count):
    client = sign_in(user)
    for number in range(count):
        course = published_course([[f"lesson-{number}"]], is_free=False)
        grant_access(user=user, course_set=course.own_set, source="order", source_key=f"order:{number}")
    learn(client)
    with django_assert_num_queries(16):
        assert learn(client).count("open for you, about") == count


def test_the_menu_of_the_account_leads_to_the_orders(user, sign_in):
    assert f'href="{reverse("billing:orders")}"' in learn(sign_in(user))


# What comes first -----------------------------------------------------------------------------------------------------

NOW = "2027-05-01T12:00:00Z"


def headings(text: str) -> list[str]:
    return re.findall(r"<h2 id=\"([\w-]+)\"", text)


def titles(rows) -> list[str]:
    return [row.course.title for row in rows]


@pytest.fixture
def made():
    """A published free course: `made("Ask")`."""

    def make(title: str, **fields):
        key = title.lower()
        return published_course([[f"{key}-1"], [f"{key}-2"]], key=key, title=title, **fields)

    return make


@pytest.fixture
def in_cohort(organisation):
    """An enrolment through a cohort: `in_cohort(membership, course, due_on=…)`."""

    def put(membership, course, **days):
        cohort = services.create_cohort(organisation=organisation, name=course.title, course=course, actor=None, **days)
        services.add_to_cohort(cohort=cohort, memberships=[membership])
        return Enrolment.objects.get(user=membership.user, course=course)

    return put


def test_my_learning_is_for_whoever_is_signed_in(client, db):
    address = reverse("learn")
    assert client.get(address).url == f"{reverse('account_login')}?next={address}"


def test_my_learning_changes_nothing(user, sign_in):
    assert sign_in(user).post(reverse("learn")).status_code == 405


def test_with_nothing_to_learn_the_page_says_so(user, sign_in):
    text = learn(sign_in(user))
    assert "You have no courses yet." in text
    assert f'href="{reverse("courses:catalogue")}">Browse the courses</a>' in text
    assert headings(text) == ["more"]
    assert reverse("skills") in text


def test_a_course_of_the_catalogue_is_suggested_until_one_is_under_way(user, sign_in, made):
    course = made("Ask")
    made("Bargain")
    client = sign_in(user)
    assert "Next: start “Ask”, about 10 min." in learn(client)
    enrolment = services.start_free(user=user, course=course)
    text = learn(client)
    assert "Next: Lesson ask-1, 5 min." in text
    assert "Next: start" not in text
    for name in ("ask-1", "ask-2"):
        services.finish_activity(enrolment=enrolment, block_id=uid(name))
    assert "Next: start “Bargain”, about 10 min." in learn(client)


def test_what_is_open_and_not_begun_is_suggested_before_the_catalogue(user, sign_in, made):
    made("Ask")
    given = made("Bargain", is_free=False)
    grant_access(user=user, course_set=given.own_set, source="order", source_key="order:1")
    assert "Next: start “Bargain”" in learn(sign_in(user))


def test_sections_stand_in_the_order_due_in_progress_not_started_completed(member, organisation, sign_in, made, in_cohort):
    membership = member(organisation)
    services.start_free(user=membership.user, course=made("Ask"))
    in_cohort(membership, made("Bargain"), due_on=date(2027, 6, 1))
    given = made("Clarify", is_free=False)
    grant_access(user=membership.user, course_set=given.own_set, source="order", source_key="order:1")
    finished = services.start_free(user=membership.user, course=made("Decide"))
    for name in ("decide-1", "decide-2"):
        services.finish_activity(enrolment=finished, block_id=uid(name))
    with time_machine.travel(NOW):
        page = sign_in(membership.user).get(reverse("learn"))
    context = page.context
    assert headings(page.content.decode()) == [
        "completion",
        "due",
        "in-progress",
        "not-started",
        "done",
        "what-you-did",
        "more",
    ]
    assert [titles(context[name]) for name in ("due", "in_progress", "done")] == [["Bargain"], ["Ask"], ["Decide"]]
    assert [course.title for course in context["not_started"]] == ["Clarify"]


def test_what_is_due_stands_by_day_and_the_rest_by_when_it_was_used(member, organisation, sign_in, made, in_cohort):
    membership = member(organisation)
    for title, day in (("Ask", date(2027, 6, 3)), ("Bargain", date(2027, 4, 30)), ("Clarify", date(2027, 6, 2))):
        in_cohort(membership, made(title), due_on=day)
    for day, title in enumerate(("Decide", "Explain", "Frame"), 1):
        enrolment = services.start_free(user=membership.user, course=made(title))
        Enrolment.objects.filter(pk=enrolment.pk).update(last_seen_at=datetime(2027, 4, day, tzinfo=UTC))
    with time_machine.travel(NOW):
        page = sign_in(membership.user).get(reverse("learn"))
        late = [row.is_late for row in page.context["due"]]
    assert titles(page.context["due"]) == ["Bargain", "Clarify", "Ask"]
    assert titles(page.context["in_progress"]) == ["Frame", "Explain", "Decide"]
    assert late == [True, False, False]
    assert page.context["acts"].first.course.title == "Bargain"
    assert page.content.decode().count('<span class="badge badge--danger">was due on') == 1


@pytest.mark.parametrize(("days", "is_late"), [(-1, True), (0, False), (1, False)])
def test_a_course_is_late_from_the_day_after_it_was_due(member, organisation, sign_in, made, in_cohort, days, is_late):
    membership = member(organisation)
    in_cohort(membership, made("Ask"), due_on=date(2027, 5, 1) + timedelta(days=days))
    with time_machine.travel(NOW):
        (row,) = sign_in(membership.user).get(reverse("learn")).context["due"]
        assert row.is_late is is_late


@pytest.mark.parametrize(("days", "is_to_come"), [(0, False), (1, True)])
def test_a_start_day_is_named_as_long_as_it_is_to_come(member, organisation, sign_in, made, in_cohort, days, is_to_come):
    membership = member(organisation)
    day = date(2027, 5, 1) + timedelta(days=days)
    in_cohort(membership, made("Ask"), starts_on=day, due_on=date(2027, 9, 1))
    with time_machine.travel(NOW):
        client = sign_in(membership.user)
        assert (f"starts on {day.day} May 2027" in learn(client)) is is_to_come
        Enrolment.objects.update(started_at=timezone.now())
        assert "starts on" not in learn(client)


def test_what_was_finished_is_neither_due_nor_late(member, organisation, sign_in, made, in_cohort):
    membership = member(organisation)
    enrolment = in_cohort(membership, made("Ask"), due_on=date(2027, 4, 1))
    for name in ("ask-1", "ask-2"):
        services.finish_activity(enrolment=enrolment, block_id=uid(name))
    with time_machine.travel(NOW):
        page = sign_in(membership.user).get(reverse("learn"))
        (row,) = page.context["done"]
        assert (row.due_on, row.is_late, page.context["acts"].first) == (None, False, None)
    assert "due on" not in page.content.decode()


def test_access_that_has_ended_leaves_the_progress_and_no_way_on(user, sign_in, course):
    grant_access(user=user, course_set=course.own_set, source="order", source_key="order:1")
    enrolment = enrol(user=user, course=course)
    services.finish_activity(enrolment=enrolment, block_id=uid("l1"))
    client = sign_in(user)
    assert client.get(reverse("learn")).context["acts"].first.title == "Lesson l2"
    revoke_access(source_key="order:1")
    page = client.get(reverse("learn"))
    assert page.context["in_progress"] == []
    (row,) = page.context["ended"]
    assert (page.context["acts"].first, row.resume, row.lessons_words) == (None, "", "1 of 3 lessons")
    assert "Your access has ended. Your progress is kept." in page.content.decode()
    assert f"/{course.slug}/module-1/" not in page.content.decode()


def test_when_the_lessons_are_done_the_assessment_is_next(user, sign_in):
    course = published_course([["l1"]], has_assessment=True)
    enrolment = services.start_free(user=user, course=course)
    services.finish_activity(enrolment=enrolment, block_id=uid("l1"))
    page = sign_in(user).get(reverse("learn"))
    assert page.context["acts"].first.title == "The assessment after the course"
    assert page.context["acts"].first.address == reverse("assessments:start", args=[enrolment.uuid, "after"])
    assert "Take the assessment" in page.content.decode()


def test_the_starting_point_is_offered_until_somebody_has_begun(user, sign_in):
    enrolment = services.start_free(user=user, course=published_course([["l1"], ["l2"]], has_assessment=True))
    client = sign_in(user)
    assert "Find your starting point" in learn(client)
    services.finish_activity(enrolment=enrolment, block_id=uid("l1"))
    assert "Find your starting point" not in learn(client)


def test_nobody_elses_courses_and_levels_stand_there(user, sign_in, made):
    load_framework(SKILLS)
    other = UserFactory()
    enrolment = services.start_free(user=other, course=made("Ask"))
    for name in ("ask-1", "ask-2"):
        services.finish_activity(enrolment=enrolment, block_id=uid(name))
    grant_access(user=other, course_set=made("Bargain", is_free=False).own_set, source="order", source_key="order:1")
    measured(other, "discover-expectations")
    Course.objects.update(is_listed=False)
    text = learn(sign_in(user))
    assert headings(text) == ["more"]
    assert "Ask" not in text
    assert "Bargain" not in text
    assert headings(learn(sign_in(other))) == ["completion", "not-started", "done", "what-you-did", "skills", "more"]


def test_skills_stand_with_the_first_and_the_newest_share(user, sign_in):
    load_framework(SKILLS)
    measured(user, "negotiate", share=0.4)
    measured(user, "discover-expectations", source="attempt:1")
    measured(user, "discover-expectations", source="attempt:2", occurred_at=AT.replace(month=5), share=0.7)
    page = sign_in(user).get(reverse("learn"))
    assert [(one.skill.slug, one.words) for one in page.context["proficiencies"]] == [
        ("discover-expectations", "70% of your answers agree with the recommended ones, likely 25% to 75%; at first 50%."),
        ("negotiate", "40% of your answers agree with the recommended ones, likely 25% to 75%."),
    ]
    assert "My skills and all the evidence" in page.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_my_learning_costs_the_same_however_many_courses_and_skills(
    member, organisation, sign_in, made, in_cohort, django_assert_num_queries, count
):
    membership = member(organisation)
    load_framework(SKILLS)
    for number in range(count):
        in_cohort(membership, made(f"Due{number}"), due_on=date(2027, 6, 1))
        services.start_free(user=membership.user, course=made(f"Begun{number}"))
        finished = services.start_free(user=membership.user, course=made(f"Done{number}"))
        for name in ("1", "2"):
            services.finish_activity(enrolment=finished, block_id=uid(f"done{number}-{name}"))
        measured(membership.user, "negotiate", source=f"attempt:{number}")
    with time_machine.travel(NOW):
        client = sign_in(membership.user)
        learn(client)
        with django_assert_num_queries(18):
            page = client.get(reverse("learn"))
    assert [len(page.context[name]) for name in ("due", "in_progress", "done")] == [count] * 3


# Acts before shares ---------------------------------------------------------------------------------------------------


def words_of(client) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", learn(client)))


def planned(enrolment, **answer):
    """A plan in `enrolment` that its writer has been asked about."""
    activity, _made = Activity.objects.get_or_create(course=enrolment.course, block_id=uid("plan"), kind="plan")
    data = {"if": "she says fine", "then": "I ask what it means"}
    state = ActivityState.objects.create(enrolment=enrolment, activity=activity, data=data, revision=1)
    return PlanFollowUp.objects.create(state=state, **answer)


def agreed(user, state, **fields):
    return Agreement.objects.create(user=user, state=state, title="Handover", party_name="Bea Lindt", **fields)


def test_each_course_has_one_progress_in_lessons_and_no_percentage(member, organisation, sign_in, made, in_cohort):
    membership = member(organisation)
    enrolment = in_cohort(membership, made("Ask"), due_on=date(2027, 6, 1))
    services.finish_activity(enrolment=enrolment, block_id=uid("ask-1"))
    services.start_free(user=membership.user, course=made("Bargain"))
    with time_machine.travel(NOW):
        client = sign_in(membership.user)
        page, words = learn(client), words_of(client)
    bars = re.findall(r'<progress max="(\d+)" value="(\d+)"', page)
    assert bars == [("2", "1"), ("2", "0")]
    assert ("1 of 2 lessons" in words, "0 of 2 lessons" in words) == (True, True)
    assert "%" not in words


def test_a_course_that_an_act_leads_on_in_has_no_second_way_on(user, sign_in, made):
    for title in ("Ask", "Bargain", "Clarify", "Decide", "Explain", "Frame", "Give"):
        services.start_free(user=user, course=made(title))
    page = sign_in(user).get(reverse("learn"))
    acts = page.context["acts"]
    assert [act.course.title for act in acts.acts] == ["Give", "Frame", "Explain", "Decide", "Clarify"]
    main = page.content.decode().split("<main")[1]
    ways = re.findall(r'href="/courses/\w+/module-1/([\w-]+)/', main)
    assert Counter(ways) == Counter(
        f"{title}-1" for title in ("give", "frame", "explain", "decide", "clarify", "bargain", "ask")
    )


@pytest.mark.parametrize(
    ("days", "words"), [(-1, "was due on 30 April 2027"), (0, "due today"), (1, "due tomorrow"), (2, "due on 3 May 2027")]
)
def test_due_days_are_said_by_the_calendar_of_the_reader(member, organisation, sign_in, made, in_cohort, days, words):
    membership = member(organisation)
    membership.user.time_zone = "Pacific/Auckland"
    membership.user.save()
    in_cohort(membership, made("Ask"), due_on=date(2027, 5, 1) + timedelta(days=days))
    # In Auckland it is the first of May already.
    with time_machine.travel("2027-04-30T20:00:00Z"):
        assert words in words_of(sign_in(membership.user))


def test_what_others_wait_for_comes_before_what_can_wait(member, organisation, sign_in, made, in_cohort):
    membership = member(organisation)
    user = membership.user
    in_cohort(membership, made("Ask"), due_on=date(2027, 6, 1))
    enrolment = services.start_free(user=user, course=made("Bargain"))
    planned(enrolment)
    agreed(user, AgreementState.CORRECTED)
    agreed(UserFactory(), AgreementState.CORRECTED)
    with time_machine.travel(NOW):
        page = sign_in(user).get(reverse("learn"))
    assert [act.title for act in page.context["acts"].acts] == [
        "Lesson ask-1",
        "say how your plan went",
        "see what Bea Lindt corrected",
        "Lesson bargain-1",
    ]
    text = unescape(page.content.decode())
    assert "If she says fine, then I ask what it means" in text
    assert "Say how your plan went" in text
    assert "See what Bea Lindt corrected" in text


def test_what_was_done_is_counted_in_acts_and_nothing_is_said_of_what_was_not(user, sign_in, made):
    client = sign_in(user)
    enrolment = services.start_free(user=user, course=made("Ask"))
    assert "What you have done" not in learn(client)
    services.finish_activity(enrolment=enrolment, block_id=uid("ask-1"))
    assert client.get(reverse("learn")).context["done_figures"] == [("lesson finished", 1)]
    planned(enrolment, happened="done", answered_at=timezone.now())
    agreed(user, AgreementState.CONFIRMED)
    agreed(user, AgreementState.CONFIRMED)
    page = client.get(reverse("learn"))
    assert page.context["done_figures"] == [("lesson finished", 1), ("plan carried out", 1), ("agreements confirmed", 2)]
    assert "say how your plan" not in page.content.decode().lower()


def test_a_plan_that_was_emptied_is_not_asked_about(user, sign_in, made):
    note = planned(services.start_free(user=user, course=made("Ask")))
    ActivityState.objects.filter(pk=note.state_id).update(data={})
    assert "your plan" not in learn(sign_in(user))


def test_a_revoked_certificate_is_called_so(user, sign_in, made):
    enrolment = services.start_free(user=user, course=made("Ask"))
    for name in ("ask-1", "ask-2"):
        services.finish_activity(enrolment=enrolment, block_id=uid(name))
    client = sign_in(user)
    assert "Certificate, revoked" not in learn(client)
    Certificate.objects.update(revoked_at=timezone.now())
    assert "Certificate, revoked" in learn(client)


def test_a_review_day_that_has_come_is_to_be_answered_and_is_not_the_one_to_come():
    today = date(2026, 5, 4)
    agreement = Agreement(title="Handover", party_name="Bea Lindt")
    due, later = (Review(agreement=agreement, due_on=today + timedelta(days=days)) for days in (0, 7))
    acts = acts_of([], [as_seen_on(due, today), as_seen_on(later, today)], [], [])
    assert ([act.address.endswith("#review") for act in acts.acts], acts.review_to_come.review) == ([True], later)


def as_seen_on(review: Review, today: date) -> ReviewSeen:
    return ReviewSeen(review=review, own=None, other=None, has_other_answered=False, is_due=review.due_on <= today)


def test_a_course_was_completed_on_the_day_that_its_certificate_says(user):
    enrolment = enrol(user=user, course=published_course())
    enrolment.completed_at = datetime(2026, 5, 4, 23, 30, tzinfo=UTC)
    row = LearningRow(enrolment, progress(enrolment), is_open=True)
    with timezone.override("Asia/Tokyo"):
        assert row.completed_on == date(2026, 5, 5)
        enrolment.certificate = Certificate(completed_on=date(2026, 5, 4))
        assert row.completed_on == date(2026, 5, 4)


# Rounds and pairs -----------------------------------------------------------------------------------------------------


def acts(client):
    page = client.get(reverse("learn"))
    return [(act.title, act.detail, act.label, act.address, act.due_on) for act in page.context["acts"].acts]


def test_a_round_that_was_not_sent_waits_for_its_learner(user, sign_in):
    found = rounds.drafted(user)
    rounds.drafted()  # of somebody else
    told = (
        "send your round of feedback",
        "not sent yet: nobody has been asked",
        "Go on with it",
        found.get_absolute_url(),
        None,
    )
    assert acts(sign_in(user)) == [told]


def test_a_running_round_waits_for_what_its_learner_says_and_for_nothing_else(user, sign_in):
    found = rounds.running(user)
    client = sign_in(user)
    title, detail = "answer your round of feedback for yourself", "before you know what others say"
    address = reverse("feedback:own", args=[found.uuid])
    assert acts(client) == [(title, detail, "Answer for yourself", address, timezone.localdate() + timedelta(days=20))]
    with time_machine.travel(found.closes_at + timedelta(minutes=1)):
        assert acts(sign_in(user)) == []
    save_own_answers(feedback_round=found, answers=Answers({}))
    assert acts(client) == []


@pytest.mark.parametrize("end", [close_round, cancel_round])
def test_a_round_that_is_over_waits_for_nothing(user, sign_in, end):
    end(feedback_round=rounds.running(user))
    assert acts(sign_in(user)) == []


def test_a_pair_waits_for_a_yes_or_a_no_and_then_for_a_turn(sign_in):
    cohort = PairCohort()
    pair = cohort.proposed()
    first, second = cohort.users
    for user, other in ((first, second), (second, first)):
        [found, *_courses] = acts(sign_in(user))
        title = f"say whether you negotiate with {other.display_name}"
        due = timezone.localdate(pair.due_at)
        assert found == (title, cohort.simulation.title, "Say yes or no", pair.get_absolute_url(), due)
    answer(user=first, uuid=pair.uuid, says_yes=True)
    assert [title for title, *_rest in acts(sign_in(first)) if "negotiate" in title] == []
    answer(user=second, uuid=pair.uuid, says_yes=True)
    pair.refresh_from_db()
    for _turn in range(2):
        seat = on_move(pair)
        other = pair.seats.select_related("user").exclude(pk=seat.pk).get()
        [found, *_courses] = acts(sign_in(seat.user))
        assert found[:3] == (f"take your turn with {other.user.display_name}", cohort.simulation.title, "Take your turn")
        assert [title for title, *_rest in acts(sign_in(other.user)) if "turn" in title] == []
        take(pair, "say", message="What matters most to you?")
    page = sign_in(on_move(pair).user).get(reverse("learn")).content.decode()
    assert "What matters most to you?" not in page
    assert cohort.simulation.title in page


def test_a_pair_that_is_over_or_too_late_waits_for_nothing(sign_in):
    cohort = PairCohort()
    pair = cohort.running()
    user = on_move(pair).user
    with time_machine.travel(pair.due_at + timedelta(minutes=1)):
        assert waiting_for(user, timezone.now()) == []
    assert len(waiting_for(user, timezone.now())) == 1
    take(pair, "walk")
    assert waiting_for(user, timezone.now()) == []


@pytest.mark.parametrize("count", [1, 3])
def test_pairs_cost_the_same_however_many(sign_in, django_assert_num_queries, count):
    first = PairCohort()
    members, course = first.members, first.cohort.course
    for _number in range(count):
        PairCohort(organisation=first.organisation, members=members, course=course).proposed()
    user = members[0].user
    with django_assert_num_queries(4):
        assert len(waiting_for(user, timezone.now())) == count
    stranger = UserFactory()
    with django_assert_num_queries(1):
        assert waiting_for(stranger, timezone.now()) == []
