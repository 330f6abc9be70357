"""How an assessment is taken: its time, its days, its layout, and when keys are shown."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from assessments.errors import AssessmentNotOpen, InvalidSettings, TimeIsUp
from assessments.models import Attempt, ExtraTime, Instrument, Response, ScoringRecord
from assessments.queries import any_form, opening
from assessments.services import (
    Settings,
    change_settings,
    give_extra_time,
    give_extra_time_alone,
    save_response,
    start_attempt,
    submit_attempt,
)
from assessments.services.timing import submit_overdue
from assessments.sheets import sheet_of
from assessments.windows import end_of, minutes_with_extra, window_of
from skills.models import Evidence
from tests.assessments.factories import course_with_forms, finish_lessons, learner, version_ids
from tests.assessments.test_views import text
from tests.factories import MembershipFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
TEN = datetime(2027, 3, 1, 10, tzinfo=UTC)


@pytest.fixture
def organisation():
    return OrganisationFactory(name="Northwind Care", time_zone="Pacific/Auckland")


@pytest.fixture
def enrolment(organisation):
    return learner(course_with_forms(), organisation)


def with_settings(enrolment, **settings):
    change_settings(course=enrolment.course, settings=Settings(**settings))


def begun(enrolment, at=TEN):
    with time_machine.travel(at, tick=False):
        return start_attempt(enrolment=enrolment, occasion="before")


def later(minutes=0, seconds=0):
    return time_machine.travel(TEN + timedelta(minutes=minutes, seconds=seconds), tick=False)


def page_of(attempt):
    return reverse("assessments:attempt", args=[attempt.uuid])


# Time -----------------------------------------------------------------------------------------------------------------


def test_without_settings_nothing_ends_a_sitting_and_answers_are_shuffled(enrolment):
    attempt = begun(enrolment)
    assert attempt.due_at is None
    [first, *_rest] = attempt.items.all()
    assert first.option_order == attempt.option_order(first.item_version_id, first.item_version.options)


def test_answers_saved_in_time_count_and_later_ones_do_not(enrolment):
    with_settings(enrolment, time_limit=30)
    attempt = begun(enrolment)
    first, second, *_rest = version_ids(attempt)
    with later(minutes=30, seconds=29):
        save_response(attempt=attempt, item_version_id=first, chosen="b")
    with later(minutes=30, seconds=31), pytest.raises(TimeIsUp):
        save_response(attempt=attempt, item_version_id=second, chosen="b")
    with later(minutes=55):
        record = submit_attempt(attempt=attempt)
    attempt.refresh_from_db()
    assert (record.agreed, attempt.is_closed_by_time) == (1, True)
    assert attempt.submitted_at == TEN + timedelta(minutes=30), "it ended when its time did, whenever that was noticed"


def test_who_never_comes_back_is_scored_once(enrolment):
    with_settings(enrolment, time_limit=30)
    attempt = begun(enrolment)
    with later(minutes=1):
        save_response(attempt=attempt, item_version_id=version_ids(attempt)[0], chosen="b")
    with later(minutes=29):
        submit_overdue()
        assert not ScoringRecord.objects.exists()
    with later(minutes=31):
        submit_overdue()
        submit_overdue()
    assert ScoringRecord.objects.get().agreed == 1
    assert set(Evidence.objects.values_list("occurred_at", flat=True)) == {TEN + timedelta(minutes=30)}


def test_a_sitting_that_ran_out_is_scored_before_the_next_one_closes_it(enrolment):
    with_settings(enrolment, time_limit=30)
    before = begun(enrolment)
    finish_lessons(enrolment)
    with later(minutes=40):
        start_attempt(enrolment=enrolment, occasion="after")
    ended = Attempt.objects.get(pk=before.pk)
    assert (ended.submitted_at is not None, ended.is_closed_by_time, ended.scorings.count()) == (True, True, 1)


def test_coming_back_late_leads_to_the_result_and_names_what_does_not_count(enrolment, sign_in):
    with_settings(enrolment, time_limit=30)
    with later():
        client = sign_in(enrolment.user)
        client.post(reverse("assessments:start", args=[enrolment.uuid, "before"]))
    attempt = Attempt.objects.get()
    first = version_ids(attempt)[0]
    with later(minutes=31):
        posted = {f"answer-{first}": "b", f"shown-{first}": "", "action": "time-up"}
        answer = client.post(page_of(attempt), posted, follow=True)
    words = answer.content.decode()
    assert "Your answer to question 1 arrived after the time" in words
    assert "your time ran out" in words
    assert not Response.objects.exists()
    assert ScoringRecord.objects.count() == 1


def test_the_clock_of_the_page_hands_in_what_is_on_it(enrolment, sign_in):
    with_settings(enrolment, time_limit=30)
    with later():
        client = sign_in(enrolment.user)
        client.post(reverse("assessments:start", args=[enrolment.uuid, "before"]))
    attempt = Attempt.objects.get()
    first = version_ids(attempt)[0]
    with later(minutes=20):
        assert 'data-clock="600"' in client.get(page_of(attempt)).content.decode()
    with later(minutes=30, seconds=2):
        client.post(page_of(attempt), {f"answer-{first}": "b", f"shown-{first}": "", "action": "time-up"})
    assert ScoringRecord.objects.get().agreed == 1


def test_an_answer_saved_by_the_page_after_the_time_leads_to_the_result(enrolment, sign_in):
    with_settings(enrolment, time_limit=30)
    attempt = begun(enrolment)
    first = version_ids(attempt)[0]
    with later(minutes=31):
        client = sign_in(enrolment.user)
        answer = client.post(reverse("assessments:save_answer", args=[attempt.uuid, first]), {f"answer-{first}": "b"})
    assert "Your time is up" in answer.content.decode()
    assert answer["HX-Redirect"] == page_of(attempt)


def test_extra_time_rounds_up_and_days_may_be_short():
    assert minutes_with_extra(30, 25) == 38
    assert minutes_with_extra(30, 0) == 30
    zone = ZoneInfo("Europe/Berlin")
    assert end_of(date(2027, 3, 28), zone) - end_of(date(2027, 3, 27), zone) == timedelta(hours=23)


def test_extra_time_is_of_the_organisation_that_gave_it_and_reaches_a_sitting_under_way(enrolment, organisation):
    with_settings(enrolment, time_limit=30)
    membership = MembershipFactory(organisation=organisation, user=enrolment.user)
    attempt = begun(enrolment)
    give_extra_time(membership=membership, percent=50, actor=None)
    attempt.refresh_from_db()
    assert attempt.due_at == TEN + timedelta(minutes=45)
    give_extra_time(membership=membership, percent=0, actor=None)
    attempt.refresh_from_db()
    assert attempt.due_at == TEN + timedelta(minutes=45), "nobody's end comes nearer"
    assert not ExtraTime.objects.exists()
    said = AuditEvent.objects.filter(target_id=str(membership.uuid)).values_list("summary", "before", "after")
    assert list(said) == [("Changed the extra time in assessments", {}, {})] * 2


def test_extra_time_given_alone_does_not_count_in_an_organisation(enrolment):
    with_settings(enrolment, time_limit=30)
    give_extra_time_alone(user=enrolment.user, percent=100)
    assert begun(enrolment).due_at == TEN + timedelta(minutes=30)


def test_other_settings_give_a_sitting_under_way_more_time_and_never_less(enrolment):
    with_settings(enrolment, time_limit=30)
    attempt = begun(enrolment)
    for limit, minutes in ((20, 30), (40, 40)):
        with_settings(enrolment, time_limit=limit)
        attempt.refresh_from_db()
        assert attempt.due_at == TEN + timedelta(minutes=minutes)
    with_settings(enrolment)
    attempt.refresh_from_db()
    assert attempt.due_at is None


# Who sets it ----------------------------------------------------------------------------------------------------------


def test_extra_time_is_set_and_seen_by_those_who_manage_people_alone(enrolment, organisation, member, sign_in):
    with_settings(enrolment, time_limit=30)
    membership = MembershipFactory(organisation=organisation, user=enrolment.user)
    address = reverse("org:extra_time", args=[organisation.slug, membership.uuid])
    person = reverse("org:person", args=[organisation.slug, membership.uuid])
    admin, partner = (sign_in(member(organisation, role).user) for role in ("admin", "lnd_partner"))
    assert address in admin.get(person).content.decode()
    assert admin.post(address, {"percent": "301"}).status_code == 200
    assert admin.post(address, {"percent": "25"}).status_code == 302
    assert ExtraTime.objects.get().percent == 25
    assert address not in partner.get(person).content.decode()
    assert partner.get(address).status_code == 403


# Days -----------------------------------------------------------------------------------------------------------------


def test_days_are_those_of_the_organisation(enrolment):
    with_settings(enrolment, opens_on=date(2027, 3, 2), closes_on=date(2027, 3, 2))
    with time_machine.travel("2027-03-01 10:59Z", tick=False), pytest.raises(AssessmentNotOpen, match="opens on"):
        start_attempt(enrolment=enrolment, occasion="before")
    with time_machine.travel("2027-03-02 11:00Z", tick=False):
        assert "closed after" in opening(enrolment, "before").reason
    attempt = begun(enrolment, at=datetime(2027, 3, 1, 11, tzinfo=UTC))  # midnight in Auckland
    assert attempt.due_at == datetime(2027, 3, 2, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    "chosen",
    [{"time_limit": 0}, {"opens_on": date(2027, 3, 2), "closes_on": date(2027, 3, 1)}, {"review": "closed"}],
)
def test_settings_that_do_not_fit_together_change_nothing(enrolment, chosen):
    with pytest.raises(InvalidSettings):
        with_settings(enrolment, **chosen)
    assert set(Instrument.objects.values_list("time_limit", "review")) == {(None, "after_course")}


# Layout ---------------------------------------------------------------------------------------------------------------


def test_answers_that_are_not_shuffled_stand_as_the_author_wrote_them(enrolment):
    with_settings(enrolment, shuffles_options=False)
    attempt = begun(enrolment)
    assert {tuple(option.id for option in question.options) for question in sheet_of(attempt).questions} == {tuple("abcd")}


def test_a_question_on_a_page_of_its_own_is_saved_on_the_way_to_the_next(enrolment, sign_in):
    with_settings(enrolment, presentation="single")
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    client, (first, second, *_rest) = sign_in(enrolment.user), version_ids(attempt)
    page = client.get(page_of(attempt)).content.decode()
    assert f"answer-{first}" in page
    assert f"answer-{second}" not in page
    assert [entry.shown_at is None for entry in attempt.items.all()] == [False, True, True, True]
    moved = client.post(f"{page_of(attempt)}?question=1", {f"answer-{first}": "b", f"shown-{first}": "", "to": "2"})
    assert moved["Location"] == f"{page_of(attempt)}?question=2"
    review = client.post(moved["Location"], {f"answer-{second}": "a", f"shown-{second}": "", "to": "review"})
    assert "2 questions are unanswered" in client.get(review["Location"]).content.decode()
    client.post(review["Location"], {"action": "submit-open"})
    assert ScoringRecord.objects.get().agreed == 1


def test_all_on_one_page_has_no_screens(enrolment, sign_in):
    with_settings(enrolment, presentation="page")
    page = sign_in(enrolment.user).get(page_of(begun(enrolment))).content.decode()
    assert page.count("<fieldset") == 4
    assert "screens.js" not in page


# Keys -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "moment", "is_shown"),
    [
        ({}, TEN, False),
        ({"review": "submitted"}, TEN, True),
        ({"review": "never"}, TEN, False),
        ({"review": "closed", "closes_on": date(2027, 3, 5)}, TEN, False),
        ({"review": "closed", "closes_on": date(2027, 3, 5)}, TEN + timedelta(days=9), True),
    ],
)
def test_keys_are_shown_when_the_rule_says_so(enrolment, sign_in, chosen, moment, is_shown):
    with_settings(enrolment, **chosen)
    attempt = begun(enrolment)
    with later(minutes=1):
        submit_attempt(attempt=attempt)
    with time_machine.travel(moment, tick=False):
        client = sign_in(enrolment.user)
        page = client.get(reverse("assessments:result", args=[enrolment.uuid])).content.decode()
    assert ("The author’s choice" in page) == is_shown


def test_keys_that_are_never_shown_stay_hidden_after_the_course(enrolment, sign_in):
    with_settings(enrolment, review="never")
    finish_lessons(enrolment)
    submit_attempt(attempt=start_attempt(enrolment=enrolment, occasion="after"))
    page = sign_in(enrolment.user).get(reverse("assessments:result", args=[enrolment.uuid])).content.decode()
    assert "The author’s choice" not in page
    assert "is not shown for this assessment" in page


# By whose clock ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reader", "own"),
    [
        ("Europe/Lisbon", " (Auckland time), which is 2 March 2027, 11:00 in your time"),
        ("America/New_York", " (Auckland time), which is 2 March 2027, 06:00 in your time"),
        ("Pacific/Auckland", ""),
    ],
)
def test_the_last_day_is_told_by_its_clock_and_the_readers(enrolment, sign_in, reader, own):
    with_settings(enrolment, closes_on=date(2027, 3, 2))
    enrolment.user.time_zone = reader
    enrolment.user.save()
    with time_machine.travel(TEN, tick=False):
        page = text(sign_in(enrolment.user).get(reverse("assessments:start", args=[enrolment.uuid, "before"])))
    assert f"until the end of 2 March 2027{own}" in page
    assert "Pacific/" not in page
    assert own or "Auckland" not in page


def test_days_of_the_site_are_told_by_its_clock_too(sign_in):
    alone = learner(course_with_forms())
    with_settings(alone, opens_on=date(2027, 3, 2), closes_on=date(2027, 3, 2))
    with time_machine.travel(TEN, tick=False), timezone.override("Asia/Tokyo"):
        assert opening(alone, "before").reason == "This assessment opens on 2 March 2027 (UTC)."
        assert (
            window_of(any_form(alone.course), alone).last_day == "2 March 2027 (UTC), which is 3 March 2027, 09:00 in your time"
        )
    with time_machine.travel(TEN + timedelta(days=5), tick=False), timezone.override("UTC"):
        assert opening(alone, "before").reason == "This assessment closed after 2 March 2027."
