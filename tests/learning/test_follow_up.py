"""A week after a plan its writer is asked once; a course that was left is mentioned once; by day, and never twice."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail as django_mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from access.models import AccessGrant
from learning import services
from learning.models import ActivityState, Cohort, Enrolment, PlanFollowUp, StalledReminder
from learning.services import follow_up, reminders
from learning.services.follow_up import ask_about_plans, remind_of_stalled_courses
from mail.models import MailDelivery
from mail.services.choices import stop_mails
from mail.services.delivering import render, send
from tests.courses.factories import block, lesson, published_course, uid
from tests.factories import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2027, 6, 15, 12, tzinfo=UTC)
ONE_DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
PLAN = {"if": "Ann sighs", "then": "I ask what she hoped for"}


@pytest.fixture
def course():
    return published_course([[lesson("l1", blocks=[block("plan", "plan1", {"prompt": "Plan"})]), "l2"]], title="Ask first")


def learner(course, zone="", at=NOON, **fields):
    with time_machine.travel(at, tick=False):
        enrolment = services.start_free(user=UserFactory(time_zone=zone, **fields), course=course)
        Enrolment.objects.filter(pk=enrolment.pk).update(started_at=at, last_seen_at=at)
    enrolment.refresh_from_db()
    return enrolment


def write(enrolment, data=PLAN, at=NOON):
    with time_machine.travel(at, tick=False):
        return services.save_entry(enrolment=enrolment, block_id=uid("plan1"), data=data)


def asked(at):
    before = PlanFollowUp.objects.count()
    with time_machine.travel(at, tick=False):
        ask_about_plans()
    return PlanFollowUp.objects.count() - before


def reminded(at):
    before = StalledReminder.objects.count()
    with time_machine.travel(at, tick=False):
        remind_of_stalled_courses()
    return StalledReminder.objects.count() - before


def send_at(at):
    with time_machine.travel(at, tick=False):
        send(MailDelivery.objects.values_list("pk", flat=True))
    return [one.state for one in MailDelivery.objects.order_by("pk")]


# Plans ----------------------------------------------------------------------------------------------------------------


def test_a_plan_is_asked_about_once_a_week_after_it_was_written(course):
    write(learner(course))
    assert [asked(NOON + days * ONE_DAY) for days in range(20)] == [0] * 7 + [1] + [0] * 12
    [delivery] = MailDelivery.objects.all()
    assert (delivery.priority, delivery.organisation) == ("bulk", None)


def test_the_week_begins_when_it_was_last_changed(course):
    enrolment = learner(course)
    write(enrolment)
    write(enrolment, PLAN | {"then": "I wait"}, at=NOON + 3 * ONE_DAY)
    assert [asked(NOON + days * ONE_DAY) for days in (7, 9, 10)] == [0, 0, 1]
    write(enrolment, PLAN, at=NOON + 11 * ONE_DAY)
    assert asked(NOON + 18 * ONE_DAY) == 0


def test_plans_of_long_ago_are_left_alone(course):
    write(learner(course))
    assert asked(NOON + 15 * ONE_DAY) == 0


@pytest.mark.parametrize("data", [{"if": "Ann sighs", "then": ""}, {"if": "", "then": "I ask"}, {"if": "", "then": ""}])
def test_half_a_plan_is_not_asked_about(course, data):
    write(learner(course), data)
    assert asked(NOON + WEEK) == 0


def test_batches_ask_about_every_plan(course, monkeypatch):
    monkeypatch.setattr(follow_up, "BATCH", 2)
    for _n in range(5):
        write(learner(course))
    write(learner(course), {"if": "half", "then": ""})
    assert asked(NOON + WEEK) == 5


def test_who_stopped_them_or_has_no_account_any_more_is_not_asked(course):
    stopped, closed = learner(course), learner(course, is_active=False)
    write(stopped)
    write(closed)
    stop_mails(user_id=stopped.user_id, choice="plans")
    assert asked(NOON + WEEK) == 0


@pytest.mark.parametrize(
    ("zone", "at", "read_at"),
    [
        ("", "2027-06-22T12:00:00Z", "2027-06-22T12:00:00Z"),
        ("America/New_York", "2027-06-22T22:30:00Z", "2027-06-23T12:00:00Z"),
        ("Asia/Tokyo", "2027-06-22T15:30:00Z", "2027-06-22T23:00:00Z"),
        ("America/New_York", "2027-11-07T05:30:00Z", "2027-11-07T13:00:00Z"),  # the night in which clocks go back
    ],
)
def test_by_night_the_question_waits_for_the_morning_of_its_reader(course, zone, at, read_at):
    moment = datetime.fromisoformat(at.replace("Z", "+00:00"))
    write(learner(course, zone), at=moment - WEEK - timedelta(hours=1))
    assert asked(at) == 1
    not_before = MailDelivery.objects.get().not_before
    assert (not_before or moment) == datetime.fromisoformat(read_at.replace("Z", "+00:00"))


def test_the_mail_shows_the_plan_and_how_to_stop_and_keeps_neither_in_its_row(course):
    write(learner(course, first_name="Zoë"))
    asked(NOON + WEEK)
    delivery = MailDelivery.objects.get()
    message, text = render(delivery), " ".join(render(delivery).body.split())
    assert message.subject == "A week ago you made a plan: did it happen?"
    assert "Dear Zoë," in text
    assert "If Ann sighs then I ask what she hoped for" in text
    assert f"/learn/plans/{PlanFollowUp.objects.get().uuid}/" in text
    assert "Stop e-mails like this: http" in text
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Ann sighs" not in str(delivery.context)


@pytest.mark.parametrize(
    "act",
    [
        lambda note: stop_mails(user_id=note.state.enrolment.user_id, choice="plans"),
        lambda note: follow_up.answer_plan_follow_up(note=note, happened="done", what_done=""),
        lambda note: ActivityState.objects.update(data={}),
        lambda note: note.state.enrolment.user.delete(),
        lambda note: type(note.state.enrolment.user).objects.update(is_active=False),
    ],
    ids=["stopped", "answered", "words erased", "person erased", "account closed"],
)
def test_a_question_that_waits_is_not_sent_once_its_reason_is_gone(course, act):
    write(learner(course))
    asked(NOON + WEEK)
    act(PlanFollowUp.objects.get())
    assert (send_at(NOON + WEEK), django_mail.outbox) == (["cancelled"], [])


def test_killed_between_note_and_mail_asks_nobody_twice(course, monkeypatch):
    write(learner(course))

    def die(_mails):
        raise KeyboardInterrupt

    monkeypatch.setattr(follow_up.mail, "enqueue_in_bulk", die)
    with pytest.raises(KeyboardInterrupt):
        asked(NOON + WEEK)
    assert (PlanFollowUp.objects.count(), MailDelivery.objects.count()) == (0, 0)
    monkeypatch.undo()
    assert (asked(NOON + WEEK), asked(NOON + WEEK)) == (1, 0)


def test_the_database_holds_one_answer_a_plan_and_only_whole_ones(course):
    state = write(learner(course))
    PlanFollowUp.objects.create(state=state)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanFollowUp.objects.create(state=state)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanFollowUp.objects.update(happened="done")


# The page of a plan ---------------------------------------------------------------------------------------------------


@pytest.fixture
def note(course):
    state = write(learner(course))
    with time_machine.travel(NOON + WEEK, tick=False):
        yield PlanFollowUp.objects.create(state=state)


def page_of(note):
    return reverse("plan_follow_up", args=[note.uuid])


def test_the_answer_is_kept_with_the_plan_and_may_be_changed(note, sign_in, course):
    client = sign_in(note.state.enrolment.user)
    assert "I ask what she hoped for" in client.get(page_of(note)).text
    answer = client.post(page_of(note), {"happened": "other", "what_done": "I waited.\r\nThen I asked."}, follow=True)
    assert "Your answer is kept with your plan." in answer.text
    note.refresh_from_db()
    assert (note.happened, note.what_done, note.answered_at is not None) == ("other", "I waited.\nThen I asked.", True)
    first = note.answered_at
    client.post(page_of(note), {"happened": "done", "what_done": "I asked."})
    note.refresh_from_db()
    assert (note.happened, note.answered_at) == ("done", first)
    page = client.get(reverse("courses:lesson", args=[course.slug, "module-1", "l1"]), follow=True)
    assert "How it went:" in page.text
    assert "I asked." in page.text


def test_what_came_of_a_plan_stands_with_it_among_what_one_wrote(note, sign_in, course):
    client, address = sign_in(note.state.enrolment.user), reverse("courses:words", args=[course.slug])
    assert "How it went" not in client.get(address).content.decode()
    follow_up.answer_plan_follow_up(note=note, happened="other", what_done="I waited & called")
    page = client.get(address).content.decode()
    assert "It happened, and I did something else. I waited &amp; called" in page


def test_a_refused_answer_stays_in_the_form(note, sign_in):
    answer = sign_in(note.state.enrolment.user).post(page_of(note), {"what_done": "I waited."})
    assert "Choose one of the three." in answer.text
    assert re.search(r"I waited\.</textarea>", answer.text)
    note.refresh_from_db()
    assert note.answered_at is None


def test_to_anybody_else_a_plan_does_not_exist(note, sign_in, member):
    owner = member(OrganisationFactory(), "owner").user
    for other in (UserFactory(), owner, UserFactory(is_superuser=True)):
        client = sign_in(other)
        assert client.get(page_of(note)).status_code == 404
        assert client.post(page_of(note), {"happened": "done"}).status_code == 404
    assert Client().get(page_of(note)).url.startswith(reverse("account_login"))


# Stalled courses ------------------------------------------------------------------------------------------------------


def test_a_course_that_was_left_is_mentioned_once_after_two_weeks(course):
    learner(course)
    assert [reminded(NOON + days * ONE_DAY) for days in range(30)] == [0] * 14 + [1] + [0] * 15
    [delivery] = MailDelivery.objects.all()
    message = render(delivery)
    assert (message.subject, delivery.priority, delivery.organisation) == ("Where you left off", "bulk", None)
    assert "“Ask first”" in message.body
    assert "We mention it once." in message.body
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_courses_that_were_left_long_ago_are_not_mentioned(course):
    learner(course)
    assert reminded(NOON + 29 * ONE_DAY) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"completed_at": NOON},
        {"started_at": None},
        {"last_seen_at": NOON + 3 * ONE_DAY},
        {"put_away_at": NOON},
    ],
    ids=["finished", "never begun", "seen since", "put away"],
)
def test_nobody_is_reminded_who_is_not_stuck(course, change):
    enrolment = learner(course)
    Enrolment.objects.filter(pk=enrolment.pk).update(**change)
    assert reminded(NOON + 15 * ONE_DAY) == 0


def test_what_was_written_since_counts_as_done(course):
    write(learner(course), at=NOON + 5 * ONE_DAY)
    assert reminded(NOON + 15 * ONE_DAY) == 0


def test_who_stopped_them_or_has_no_account_any_more_is_not_reminded(course):
    stopped = learner(course)
    learner(course, is_active=False)
    stop_mails(user_id=stopped.user_id, choice="stalled_courses")
    assert reminded(NOON + 15 * ONE_DAY) == 0


def test_who_cannot_open_the_course_any_more_is_not_reminded(course):
    learner(course)
    AccessGrant.objects.update(revoked_at=NOON)
    assert reminded(NOON + 15 * ONE_DAY) == 0


@pytest.mark.parametrize(
    ("fields", "count"),
    [({}, 1), ({"due_on": NOON.date() + 90 * ONE_DAY}, 0), ({"sends_reminders": False}, 0), ({"archived_at": NOON}, 0)],
    ids=["no due date", "due date", "reminders off", "archived"],
)
def test_a_due_date_or_an_organisation_that_reminds_nobody_goes_before(course, organisation, member, fields, count):
    enrolment = learner(course)
    member(organisation, user=enrolment.user, email=enrolment.user.email)
    cohort = services.create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    Cohort.objects.filter(pk=cohort.pk).update(**fields)
    Enrolment.objects.filter(pk=enrolment.pk).update(cohort=cohort, organisation=organisation)
    assert reminded(NOON + 15 * ONE_DAY) == count


def test_who_stopped_the_reminders_of_an_organisation_is_not_reminded_of_its_courses(course, organisation, member):
    enrolment = learner(course)
    membership = member(organisation, user=enrolment.user, email=enrolment.user.email)
    Enrolment.objects.filter(pk=enrolment.pk).update(organisation=organisation)
    reminders.stop_reminders(membership=membership)
    assert reminded(NOON + 15 * ONE_DAY) == 0


@pytest.mark.parametrize(
    "act",
    [
        lambda enrolment: Enrolment.objects.update(last_seen_at=NOON + 15 * ONE_DAY + timedelta(hours=1)),
        lambda enrolment: Enrolment.objects.update(completed_at=NOON),
        lambda enrolment: Enrolment.objects.update(put_away_at=NOON),
        lambda enrolment: AccessGrant.objects.update(revoked_at=NOON),
        lambda enrolment: stop_mails(user_id=enrolment.user_id, choice="stalled_courses"),
        lambda enrolment: enrolment.user.delete(),
    ],
    ids=["back", "finished", "put away", "access ended", "stopped", "erased"],
)
def test_a_reminder_that_waits_is_not_sent_once_its_reason_is_gone(course, act):
    enrolment = learner(course)
    reminded(NOON + 15 * ONE_DAY)
    act(enrolment)
    assert (send_at(NOON + 16 * ONE_DAY), django_mail.outbox) == (["cancelled"], [])


def test_a_reminder_that_is_wanted_goes_out_in_the_morning(course):
    learner(course, "America/New_York")
    assert reminded("2027-06-29T23:00:00Z") == 1
    assert send_at("2027-06-30T11:59:00Z") == ["queued"]
    assert send_at("2027-06-30T12:00:00Z") == ["sent"]


# What is held ---------------------------------------------------------------------------------------------------------


def test_what_was_said_about_a_plan_is_given_and_erased(note):
    from accounts.personal_data import privacy_parts

    part = privacy_parts["answers about plans"]
    assert list(part.export(note.state.enrolment.user)) == []
    follow_up.answer_plan_follow_up(note=note, happened="done", what_done="I asked.")
    [exported] = part.export(note.state.enrolment.user)
    assert (exported["happened"], exported["what_done"], exported["course"]) == ("done", "I asked.", "Ask first")
    assert (part.erase(note.state.enrolment.user), part.erase(note.state.enrolment.user)) == (1, 0)
    note.refresh_from_db()
    assert (note.happened, note.what_done) == ("done", "")
