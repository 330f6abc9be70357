"""Assessments that organisations give to cohorts: who may give, who may take, when, how often, and what each of them sees."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.enums import MembershipState, Role
from accounts.models import AuditEvent
from assessments.alone import counts_of, given_to, place_of_assigned
from assessments.errors import AlreadyAssigned, AssessmentNotOpen, InvalidSettings
from assessments.models import AssignedInstrument, AssignedRelease, AssignmentNotice, Attempt
from assessments.queries import comparison
from assessments.scoring import mean_interval
from assessments.scoring.blueprint import Blueprint, Cell
from assessments.services import (
    AloneSettings,
    Asks,
    AssignedSettings,
    Plan,
    assign_instrument,
    change_assigned,
    give_extra_time,
    group_result,
    save_response,
    start_alone,
    start_attempt,
    submit_attempt,
    upsert_alone,
    withdraw_assigned,
)
from assessments.services.changes import release_changes_of
from assessments.services.notices import send_notices
from assessments.services.timing import submit_overdue
from assessments.settling import result_addresses
from learning.models import Enrolment, StoppedReminders
from learning.services import add_to_cohort, archive_cohort, create_cohort, remove_from_cohort
from mail.models import MailDelivery
from mail.services.delivering import render, send
from skills.models import Evidence
from tests.assessments.calibrated import bank_item
from tests.assessments.factories import SKILLS, course_with_forms, skills, version_ids
from tests.assessments.test_views import text
from tests.factories import MembershipFactory, OrganisationFactory, RoleAssignmentFactory, UserFactory

pytestmark = pytest.mark.django_db
TEN = datetime(2027, 3, 1, 10, tzinfo=UTC)
TODAY = TEN.date()


@pytest.fixture
def organisation():
    return OrganisationFactory(name="Northwind Care", time_zone="Europe/London")


@pytest.fixture
def cohort(organisation):
    return create_cohort(organisation=organisation, name="Spring", course=course_with_forms(), actor=None)


def drawn_instrument(count=4, bank=24, key="interests", **settings):
    skills()
    for number in range(bank):
        bank_item(f"k{number:02}")
    plan = Plan(Blueprint((Cell(SKILLS[0], count),)))
    return upsert_alone(key=key, title="Where are you?", asks=Asks(plan=plan), settings=AloneSettings(**settings))


def member(cohort, **fields):
    added = MembershipFactory(organisation=cohort.organisation, **fields)
    add_to_cohort(cohort=cohort, memberships=[added])
    return added


def given(cohort, instrument=None, **settings):
    return assign_instrument(
        cohort=cohort, instrument=instrument or drawn_instrument(), settings=AssignedSettings(**settings), actor=None
    )


def begin(membership, assigned):
    return start_alone(place_of_assigned(membership.user, assigned.uuid))


def finish(attempt, right=4):
    for place, version in enumerate(version_ids(attempt)):
        save_response(attempt=attempt, item_version_id=version, chosen="b" if place < right else "d")
    submit_attempt(attempt=attempt)
    return attempt


# Taking it ----------------------------------------------------------------------------------------------------------------


def test_a_member_of_the_cohort_takes_it_and_it_is_evidence(cohort):
    one = member(cohort)
    attempt = finish(begin(one, given(cohort)))
    assert (attempt.occasion, attempt.number, attempt.counts_in_groups) == ("assigned", 1, True)
    assert Evidence.objects.get().label == "Where are you?"
    assert result_addresses(one.user, [attempt.uuid]) == {attempt.uuid: reverse("assessments:sitting", args=[attempt.uuid])}


def test_it_is_no_before_and_no_after_of_the_course(cohort):
    one = member(cohort)
    enrolment = Enrolment.objects.get(user=one.user)
    finish(begin(one, given(cohort)))
    assert comparison(enrolment).results == []
    attempt = start_attempt(enrolment=enrolment, occasion="before")
    finish(attempt)
    found = comparison(enrolment)
    assert (found.before.attempt, found.after, found.change) == (attempt, None, None)
    assert [row.began for row in release_changes_of(cohort.organisation)] == [1, 1]


def test_whoever_is_in_no_cohort_with_it_finds_nothing(cohort, sign_in):
    assigned = given(cohort)
    address = reverse("assessments:assigned", args=[assigned.uuid])
    colleague = MembershipFactory(organisation=cohort.organisation)
    left = member(cohort)
    type(left).objects.filter(pk=left.pk).update(state=MembershipState.LEFT)
    for user in (UserFactory(), colleague.user, left.user):
        assert sign_in(user).get(address).status_code == 404
        assert sign_in(user).post(address).status_code == 404
    assert not Attempt.objects.exists()


def test_days_minutes_and_extra_time_are_those_of_the_organisation_and_the_learner(cohort):
    one, other = member(cohort), member(cohort)
    give_extra_time(membership=one, percent=50, actor=None)
    assigned = given(cohort, opens_on=TODAY, closes_on=TODAY + timedelta(days=2), time_limit=20)
    with time_machine.travel(TEN - timedelta(days=1), tick=False), pytest.raises(AssessmentNotOpen, match="opens on 1 March"):
        begin(one, assigned)
    with time_machine.travel(TEN, tick=False):
        assert begin(one, assigned).due_at == TEN + timedelta(minutes=30)
        assert begin(other, assigned).due_at == TEN + timedelta(minutes=20)
    with (
        time_machine.travel(TEN + timedelta(days=3), tick=False),
        pytest.raises(AssessmentNotOpen, match="closed after 3 March"),
    ):
        begin(member(cohort), assigned)


def test_more_days_give_more_time_and_fewer_take_none(cohort):
    one = member(cohort)
    assigned = given(cohort, closes_on=TODAY)
    with time_machine.travel(TEN, tick=False):
        attempt = begin(one, assigned)
        assert attempt.due_at == datetime(2027, 3, 2, tzinfo=UTC)
        change_assigned(assigned=assigned, settings=AssignedSettings(closes_on=TODAY + timedelta(days=7)), actor=None)
        attempt.refresh_from_db()
        assert attempt.due_at == datetime(2027, 3, 9, tzinfo=UTC)
        change_assigned(assigned=assigned, settings=AssignedSettings(closes_on=TODAY), actor=None)
        attempt.refresh_from_db()
    assert attempt.due_at == datetime(2027, 3, 9, tzinfo=UTC)


def test_time_that_runs_out_submits_it(cohort):
    one = member(cohort)
    with time_machine.travel(TEN, tick=False):
        attempt = begin(one, given(cohort, time_limit=10))
    with time_machine.travel(TEN + timedelta(minutes=11), tick=False):
        submit_overdue()
    attempt.refresh_from_db()
    assert (attempt.submitted_at, attempt.is_closed_by_time) == (TEN + timedelta(minutes=10), True)


# Several attempts ---------------------------------------------------------------------------------------------------------


def test_one_attempt_is_allowed_unless_the_author_allows_more(cohort):
    one, assigned = member(cohort), given(cohort)
    finish(begin(one, assigned))
    with pytest.raises(AssessmentNotOpen, match="It can be taken once"):
        begin(one, assigned)


def test_attempts_wait_for_each_other_and_ask_other_questions(cohort):
    one = member(cohort)
    assigned = given(cohort, drawn_instrument(attempts_allowed=3, wait_days=14))
    met = []
    for number, later in enumerate((0, 14, 28), start=1):
        with time_machine.travel(TEN + timedelta(days=later), tick=False):
            attempt = finish(begin(one, assigned))
            assert attempt.number == number
            met += attempt.items.values_list("item_id", flat=True)
        with (
            time_machine.travel(TEN + timedelta(days=later + 13, hours=23), tick=False),
            pytest.raises(
                AssessmentNotOpen, match="3 times, as often" if number == 3 else "You can take this assessment again from"
            ),
        ):
            begin(one, assigned)
    assert (len(met), len(set(met))) == (12, 12)


def test_a_repeat_of_questions_is_told_and_no_evidence(cohort, sign_in):
    """Six questions, four asked: the second attempt repeats two."""
    one = member(cohort)
    assigned = given(cohort, drawn_instrument(bank=6, attempts_allowed=2))
    finish(begin(one, assigned))
    second = finish(begin(one, assigned))
    assert Evidence.objects.count() == 1
    words = text(sign_in(one.user).get(reverse("assessments:sitting", args=[second.uuid])))
    assert "It repeated questions that you had met before." in words


@pytest.mark.parametrize(
    ("counts", "number", "said"), [("first", 1, "Your first attempt counts"), ("latest", 2, "Your latest")]
)
def test_which_attempt_counts_is_said_and_kept_to(cohort, sign_in, counts, number, said):
    one = member(cohort)
    assigned = given(cohort, drawn_instrument(attempts_allowed=2, counts=counts))
    client = sign_in(one.user)
    address = reverse("assessments:assigned", args=[assigned.uuid])
    assert said in text(client.get(address))
    attempts = [finish(begin(one, assigned), right=right) for right in (1, 3)]
    for attempt in attempts:
        words = text(client.get(reverse("assessments:sitting", args=[attempt.uuid])))
        assert ("It is the one that counts." in words) == (attempt.number == number)


def test_keys_are_shown_once_no_attempt_is_left(cohort, sign_in):
    one = member(cohort)
    assigned = given(cohort, drawn_instrument(attempts_allowed=2))
    client = sign_in(one.user)
    pages = []
    for _attempt in range(2):
        attempt = finish(begin(one, assigned))
        pages.append(text(client.get(reverse("assessments:sitting", args=[attempt.uuid]))))
    assert ["Because b" in page for page in pages] == [False, True]


# What the organisation does -----------------------------------------------------------------------------------------------


def test_a_cohort_has_an_assessment_once(cohort):
    instrument = drawn_instrument()
    assigned = given(cohort, instrument)
    with pytest.raises(AlreadyAssigned):
        given(cohort, instrument)
    withdraw_assigned(assigned=assigned, actor=None)
    withdraw_assigned(assigned=assigned, actor=None)
    assert given(cohort, instrument).pk != assigned.pk
    assert AuditEvent.objects.filter(summary__startswith="Withdrew the assessment").count() == 1


def test_what_was_withdrawn_is_begun_no_more_and_may_be_finished(cohort):
    one, other, assigned = member(cohort), member(cohort), given(cohort)
    attempt = begin(one, assigned)
    withdraw_assigned(assigned=assigned, actor=None)
    with pytest.raises(AssessmentNotOpen, match="withdrawn"):
        begin(other, assigned)
    assert begin(one, assigned).pk == attempt.pk
    finished = finish(attempt)
    assert finished.created_at < finished.submitted_at <= timezone.now()


def test_an_archived_cohort_takes_nothing_and_begins_nothing(cohort):
    one, instrument = member(cohort), drawn_instrument()
    assigned = given(cohort, instrument)
    archive_cohort(cohort=cohort, actor=None)
    with pytest.raises(AssessmentNotOpen):
        begin(one, assigned)
    assert given_to(one.user) == []


def test_whoever_is_removed_keeps_the_result_and_begins_nothing(cohort, sign_in):
    one, assigned = member(cohort), given(cohort)
    attempt = finish(begin(one, assigned))
    remove_from_cohort(cohort=cohort, membership=one, actor=None)
    client = sign_in(one.user)
    assert client.get(reverse("assessments:assigned", args=[assigned.uuid])).status_code == 404
    assert client.get(reverse("assessments:sitting", args=[attempt.uuid])).status_code == 200


def test_settings_that_do_not_fit_are_refused(cohort):
    instrument = drawn_instrument()
    for settings in ({"opens_on": TODAY, "closes_on": TODAY - timedelta(days=1)}, {"time_limit": 0}):
        with pytest.raises(InvalidSettings):
            given(cohort, instrument, **settings)
    assert not AssignedInstrument.objects.exists()


# In the console -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.ADMIN, 200), (Role.LND_PARTNER, 200), (Role.OWNER, 200), (Role.MANAGER, 403), (Role.BILLING, 403)],
)
def test_who_gives_assessments(cohort, sign_in, role, status):
    staff = RoleAssignmentFactory(membership__organisation=cohort.organisation, role=role).membership
    assigned = given(cohort)
    client = sign_in(staff.user)
    slug = cohort.organisation.slug
    for name, uuid in (
        ("cohort_assessments", cohort.uuid),
        ("assign_assessment", cohort.uuid),
        ("assigned_assessment", assigned.uuid),
        ("assigned_edit", assigned.uuid),
        ("assigned_withdraw", assigned.uuid),
    ):
        assert client.get(reverse(f"org:{name}", args=[slug, uuid])).status_code == status, name


def test_another_organisation_finds_none_of_it(cohort, sign_in):
    assigned = given(cohort)
    staff = RoleAssignmentFactory(role=Role.OWNER).membership
    client = sign_in(staff.user)
    slug = staff.organisation.slug
    for name, uuid in (
        ("cohort_assessments", cohort.uuid),
        ("assign_assessment", cohort.uuid),
        ("assigned_assessment", assigned.uuid),
        ("assigned_edit", assigned.uuid),
        ("assigned_withdraw", assigned.uuid),
    ):
        address = reverse(f"org:{name}", args=[slug, uuid])
        assert (client.get(address).status_code, client.post(address).status_code) in {(404, 404), (404, 405)}, name
    assigned.refresh_from_db()
    assert assigned.withdrawn_at is None


def test_giving_changing_and_withdrawing_in_the_console(cohort, sign_in):
    staff = RoleAssignmentFactory(membership__organisation=cohort.organisation, role=Role.LND_PARTNER).membership
    client, slug, instrument = sign_in(staff.user), cohort.organisation.slug, drawn_instrument()
    one = member(cohort)
    address = reverse("org:assign_assessment", args=[slug, cohort.uuid])
    page = client.get(address)
    assert "Where are you? (4 questions)" in text(page)
    assert f'href="{reverse("org:cohort_assessments", args=[slug, cohort.uuid])}">Cancel' in page.content.decode()
    last = timezone.localdate() + timedelta(days=9)
    answer = client.post(address, {"instrument": instrument.pk, "closes_on": last.isoformat(), "time_limit": "0"})
    assert answer.status_code == 200
    assert f'value="{last.isoformat()}"' in answer.content.decode(), "what was typed is kept"
    client.post(address, {"instrument": instrument.pk, "closes_on": last.isoformat(), "time_limit": "20", "sends_mail": "on"})
    assigned = AssignedInstrument.objects.get()
    assert (assigned.closes_on, assigned.time_limit, assigned.sends_mail) == (last, 20, True)
    finish(begin(one, assigned))
    page = text(client.get(reverse("org:assigned_assessment", args=[slug, assigned.uuid])))
    assert "1 of 1 have finished; 0 are taking it" in page
    assert "Shown once ten people have finished." in page
    client.post(reverse("org:assigned_edit", args=[slug, assigned.uuid]), {"closes_on": last.isoformat(), "time_limit": "30"})
    assigned.refresh_from_db()
    assert (assigned.time_limit, assigned.sends_mail) == (30, False)
    withdraw = reverse("org:assigned_withdraw", args=[slug, assigned.uuid])
    leads_back = reverse("org:assigned_assessment", args=[slug, assigned.uuid])
    assert f'href="{leads_back}">Cancel' in client.get(withdraw).content.decode()
    client.post(withdraw)
    assigned.refresh_from_db()
    assert timezone.now() - timedelta(minutes=5) < assigned.withdrawn_at <= timezone.now()


def test_my_learning_shows_what_was_given_until_it_is_done(cohort, sign_in):
    one, assigned = member(cohort), given(cohort, closes_on=timezone.localdate() + timedelta(days=5))
    client = sign_in(one.user)
    words = text(client.get(reverse("learn")))
    assert "Next: the assessment “Where are you?”" in words
    attempt = finish(begin(one, assigned))
    page = client.get(reverse("learn"))
    assert "Next: the assessment" not in text(page)
    assert reverse("assessments:sitting", args=[attempt.uuid]) in page.content.decode()


def test_the_page_says_who_sees_what(cohort, sign_in):
    one, assigned = member(cohort), given(cohort)
    words = text(sign_in(one.user).get(reverse("assessments:assigned", args=[assigned.uuid])))
    assert (
        "Only you can see your answers and your result. Northwind Care can see whether you have begun and finished this "
        "assessment, and the mean result of groups of ten people or more; nothing else about you." in words
    )


# Groups of ten or more ----------------------------------------------------------------------------------------------------


def test_no_mean_of_nine_and_one_of_ten(cohort):
    assigned = given(cohort)
    shares = [1, 2, 3, 4, 1, 2, 3, 4, 2]
    for right in shares:
        finish(begin(member(cohort), assigned), right=right)
    assert group_result(assigned) is None
    finish(begin(member(cohort), assigned), right=4)
    found = group_result(assigned)
    values = [right / 4 for right in [*shares, 4]]
    interval = mean_interval(values)
    assert (found.people, found.is_adaptive, found.is_provisional) == (10, False, True)
    assert found.mean.mean == pytest.approx(sum(values) / 10)
    assert (found.mean.low, found.mean.high) == (pytest.approx(interval.low), pytest.approx(interval.high))


def test_a_mean_stays_until_ten_others_are_in_it(cohort):
    """So that nobody is read from the difference of two: names and days stand beside it."""
    assigned = given(cohort)
    for _person in range(10):
        finish(begin(member(cohort), assigned), right=2)
    assert group_result(assigned).mean.mean == pytest.approx(0.5)
    for number in range(1, 11):
        finish(begin(member(cohort), assigned), right=4)
        assert group_result(assigned).people == (20 if number == 10 else 10)
    assert group_result(assigned).mean.mean == pytest.approx(0.75)
    assert AssignedRelease.objects.count() == 2


def test_whoever_was_erased_takes_nobody_else_out_of_the_dark(cohort):
    assigned = given(cohort)
    people = [member(cohort) for _person in range(10)]
    for one in people:
        finish(begin(one, assigned), right=2)
    group_result(assigned)
    Enrolment.objects.filter(user=people[0].user).delete()
    for _person in range(9):
        finish(begin(member(cohort), assigned), right=4)
    assert group_result(assigned).people == 10
    assert AssignedRelease.objects.count() == 1


def test_the_interval_of_a_mean_is_students():
    """Student (1908), The probable error of a mean, Biometrika 6, 1–25, table of section IX: additional hours of sleep by
    hyoscyamine in ten patients; t.test of R says 1.58 with 0.70 to 2.46 for the differences.
    """
    gained = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    found = mean_interval(gained)
    assert (round(found.low, 4), round(found.high, 4)) == (0.7001, 2.4599)


# E-mails ------------------------------------------------------------------------------------------------------------------


def notices_at(moment):
    with time_machine.travel(moment, tick=False):
        before = set(AssignmentNotice.objects.values_list("pk", flat=True))
        send_notices()
        return sorted(AssignmentNotice.objects.exclude(pk__in=before).values_list("membership", "reason"))


def test_people_are_told_when_it_opens_and_before_it_closes_once_each(cohort):
    one, other = member(cohort), member(cohort)
    assigned = given(cohort, opens_on=TODAY, closes_on=TODAY + timedelta(days=10))
    assert notices_at(TEN - timedelta(days=1)) == []
    assert notices_at(TEN.replace(hour=3)) == [], "nobody is written to by night"
    assert notices_at(TEN) == [(one.pk, "open"), (other.pk, "open")]
    assert notices_at(TEN + timedelta(hours=1)) == []
    with time_machine.travel(TEN + timedelta(days=2), tick=False):
        finish(begin(one, assigned))
    assert notices_at(TEN + timedelta(days=6)) == []
    assert notices_at(TEN + timedelta(days=7)) == [(other.pk, "closing")]
    assert notices_at(TEN + timedelta(days=8)) == []
    assert notices_at(TEN + timedelta(days=11)) == []


def test_no_mail_where_none_is_wanted(cohort):
    stopped = member(cohort)
    StoppedReminders.objects.create(membership=stopped)
    given(cohort, opens_on=TODAY)
    assert notices_at(TEN) == []
    given(cohort, drawn_instrument(key="silent"), opens_on=TODAY, sends_mail=False)
    one = member(cohort)
    assert notices_at(TEN) == [(one.pk, "open")], "of the first alone"


def test_what_the_mail_says(cohort):
    member(cohort, first_name="Leila")
    assigned = given(cohort, opens_on=TODAY, closes_on=TODAY + timedelta(days=10))
    with time_machine.travel(TEN, tick=False):
        send_notices()
        delivery = MailDelivery.objects.get(template="assessment_assigned")
        message = render(delivery)
    assert message.subject == "Northwind Care gave you an assessment: “Where are you?”"
    assert "Dear Leila," in message.body
    assert "You have until the end of 11 March 2027." in message.body
    assert reverse("assessments:assigned", args=[assigned.uuid]) in message.body
    assert "Only you see your answers and your result." in message.body
    assert "Stop reminders:" in message.body


def test_a_mail_whose_reason_is_gone_is_not_sent(cohort):
    one, assigned = member(cohort), given(cohort, opens_on=TODAY)
    with time_machine.travel(TEN, tick=False):
        send_notices()
        finish(begin(one, assigned))
        send([MailDelivery.objects.get(template="assessment_assigned").pk])
    assert mail.outbox == []


def test_counts_take_one_query(cohort, django_assert_num_queries):
    assigned = given(cohort)
    begin(member(cohort), assigned)
    finish(begin(member(cohort), assigned))
    member(cohort)
    with django_assert_num_queries(1):
        found = counts_of(assigned)
    assert (found.people, found.began, found.finished, found.under_way) == (3, 2, 1, 1)
