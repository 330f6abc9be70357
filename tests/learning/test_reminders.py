"""Reminders of cohorts: when, whom, once, by day, and how they are stopped."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse

from access.enums import SeatState
from access.models import Seat
from access.services import add_seats
from accounts.enums import MembershipState
from accounts.models import AuditEvent, Organisation
from accounts.services.people import mark_as_left
from jobs.models import Job
from learning import services
from learning.enums import ReminderReason
from learning.models import Cohort, CohortMembership, Enrolment, Reminder, StoppedReminders
from learning.services import reminders
from learning.services.reminders import KIND, occasion_on, send_reminders
from mail.links import address_of
from mail.models import MailDelivery
from mail.services.delivering import render, send
from tests.courses.factories import published_course
from tests.factories import MembershipFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
DUE = date(2027, 6, 15)
NOON = datetime(2027, 6, 15, 12, tzinfo=UTC)
WEEK = timedelta(weeks=1)


@pytest.fixture
def organisation(organisation):
    organisation.time_zone = "Europe/London"
    organisation.save()
    return organisation


@pytest.fixture
def cohort(organisation):
    course = published_course([["a"]], title="Ask first")
    return services.create_cohort(organisation=organisation, name="Spring", course=course, actor=None, due_on=DUE)


def place(cohort, *, zone="", added=NOON - 30 * timedelta(days=1), **fields):
    """Somebody in the cohort who was added a month before the due day."""
    member = MembershipFactory(organisation=cohort.organisation, **fields)
    if member.user:
        member.user.time_zone = zone
        member.user.save()
    services.add_to_cohort(cohort=cohort, memberships=[member])
    CohortMembership.objects.filter(membership=member).update(created_at=added)
    return member


def learned(member, **instants):
    Enrolment.objects.filter(user=member.user).update(**instants)


def run(at):
    """The task at that hour; who was reminded by it, and why."""
    before = set(Reminder.objects.values_list("pk", flat=True))
    with time_machine.travel(at, tick=False):
        send_reminders()
    return {(row.membership_id, str(row.reason)) for row in Reminder.objects.exclude(pk__in=before)}


@pytest.mark.parametrize(
    ("starts_on", "due_on", "day", "reason"),
    [
        (None, DUE, DUE - timedelta(days=8), None),
        (None, DUE, DUE - WEEK, "before"),
        (None, DUE, DUE - timedelta(days=1), "before"),
        (None, DUE, DUE, "due"),
        (None, DUE, DUE + timedelta(days=1), None),
        (None, DUE, DUE + timedelta(days=6), None),
        (None, DUE, DUE + WEEK, "after"),
        (None, DUE, DUE + 2 * WEEK, None),
        (DUE - timedelta(days=3), DUE, DUE - timedelta(days=4), None),
        (DUE - timedelta(days=3), DUE, DUE - timedelta(days=3), "start"),
        (DUE - timedelta(days=3), DUE, DUE - timedelta(days=1), "before"),
        (DUE, DUE, DUE, "due"),
        (DUE, None, DUE - timedelta(days=1), None),
        (DUE, None, DUE, "start"),
        (DUE, None, DUE + timedelta(days=1), "start"),
        (DUE, None, DUE + timedelta(days=2), None),
        (None, None, DUE, None),
    ],
)
def test_what_people_are_reminded_of_on_a_day(starts_on, due_on, day, reason):
    occasion = occasion_on(Cohort(starts_on=starts_on, due_on=due_on), day)
    assert (str(occasion.reason) if occasion else None) == reason


def test_each_occasion_reminds_once(cohort):
    member = place(cohort)
    everything = [
        run(NOON + days * timedelta(days=1) + hours * timedelta(hours=1)) for days in range(-20, 30) for hours in (0, 1)
    ]
    assert [found for found in everything if found] == [
        {(member.pk, "before")},
        {(member.pk, "due")},
        {(member.pk, "after")},
    ]
    assert MailDelivery.objects.filter(template=KIND).count() == 3


def test_a_moved_due_day_is_spoken_of_anew(cohort):
    member = place(cohort)
    assert run(NOON) == {(member.pk, "due")}
    Cohort.objects.filter(pk=cohort.pk).update(due_on=DUE + timedelta(days=3))
    assert run(NOON + timedelta(days=3)) == {(member.pk, "due")}


def test_only_those_who_have_joined_and_not_finished(cohort):
    waiting, late, done = place(cohort), place(cohort), place(cohort)
    learned(late, started_at=NOON - WEEK)
    learned(done, started_at=NOON - WEEK, completed_at=NOON - WEEK)
    place(cohort, state=MembershipState.INVITED)
    gone = place(cohort)
    gone.state = MembershipState.LEFT
    gone.save()
    closed = place(cohort)
    closed.user.is_active = False
    closed.user.save()
    assert run(NOON) == {(waiting.pk, "due"), (late.pk, "due")}


def test_the_start_speaks_to_those_who_have_not_begun(cohort):
    Cohort.objects.filter(pk=cohort.pk).update(starts_on=DUE, due_on=None)
    idle, begun = place(cohort), place(cohort)
    learned(begun, started_at=NOON - WEEK)
    assert run(NOON) == {(idle.pk, "start")}


def test_who_was_added_a_moment_ago_has_just_been_written_to(cohort):
    new, older = place(cohort, added=NOON - WEEK - timedelta(days=1)), place(cohort)
    assert run(NOON - WEEK) == {(older.pk, "before")}
    assert run(NOON) == {(new.pk, "due"), (older.pk, "due")}


@pytest.mark.parametrize(
    ("zone", "at", "is_reminded"),
    [
        ("", "2027-06-15T06:30:00Z", False),  # half past seven in London
        ("", "2027-06-15T07:00:00Z", True),
        ("", "2027-06-15T16:59:00Z", True),
        ("", "2027-06-15T17:00:00Z", False),
        ("America/New_York", "2027-06-15T11:00:00Z", False),  # seven in the morning
        ("America/New_York", "2027-06-15T21:00:00Z", True),
        ("Asia/Tokyo", "2027-06-14T23:30:00Z", True),  # the fifteenth there
        ("Asia/Tokyo", "2027-06-15T10:00:00Z", False),  # seven in the evening
        ("Pacific/Kiritimati", "2027-06-14T18:30:00Z", True),
        ("Nowhere/Else", "2027-06-15T12:00:00Z", True),  # the organisation's
    ],
)
def test_people_are_written_to_by_day_where_they_are(cohort, zone, at, is_reminded):
    place(cohort, zone=zone)
    assert bool(run(at)) == is_reminded


def test_a_cohort_without_reminders_sends_none(cohort):
    place(cohort)
    Cohort.objects.update(sends_reminders=False)
    assert run(NOON) == set()


def test_batches_remind_everybody_once(cohort, monkeypatch):
    monkeypatch.setattr(reminders, "BATCH", 2)
    members = [place(cohort) for _n in range(5)]
    assert run(NOON) == {(member.pk, "due") for member in members}
    assert MailDelivery.objects.filter(template=KIND).values("batch").distinct().count() == 1


def test_how_many_were_reminded_is_counted_over_batches_and_zones(cohort, monkeypatch):
    monkeypatch.setattr(reminders, "BATCH", 2)
    for zone in ("", "", "", "Europe/Paris"):
        place(cohort, zone=zone)
    assert reminders.remind_those_awake(cohort, NOON) == 4


# The mail -------------------------------------------------------------------------------------------------------------


def sent(cohort, **instants):
    """The message of the reminder on the due day."""
    member = place(cohort, first_name="Zoë")
    if instants:
        learned(member, **instants)
    run(NOON)
    return member, render(MailDelivery.objects.get(template=KIND))


def test_the_mail_says_what_when_and_how_to_stop(cohort):
    member, message = sent(cohort, started_at=NOON - WEEK)
    assert message.subject == "“Ask first” is due today"
    assert message.to == [member.user.email]
    text = " ".join(message.body.split())
    assert "Dear Zoë," in text
    assert "Continue where you left off" in text
    assert "enrolled you in this course with a group" in text
    assert "Stop course reminders: http" in text
    assert f"http://testserver{cohort.course.get_absolute_url()}" in text or cohort.course.get_absolute_url() in text
    link = address_of(MailDelivery.objects.get(template=KIND).link)
    assert link in text
    assert message.extra_headers["List-Unsubscribe"] == f"<{link}>"
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_what_is_obligatory_offers_no_way_to_stop(cohort):
    Cohort.objects.update(is_obligatory=True)
    _member, message = sent(cohort)
    assert "The course is mandatory, so you will be reminded until you have finished it." in message.body
    assert "/l/" not in message.body
    assert "List-Unsubscribe" not in message.extra_headers


@pytest.mark.parametrize(
    ("reason", "context", "subject"),
    [
        ("start", {"starts_today": True, "start_day": "3 May"}, "“X” starts today"),
        ("start", {"starts_today": False, "start_day": "3 May"}, "“X” started on 3 May"),
        ("before", {"due_day": "15 June 2027"}, "“X” is due on 15 June 2027"),
        ("after", {"due_day": "15 June 2027", "is_past": True}, "“X” was due on 15 June 2027"),
        ("asked", {"due_day": ""}, "Your course “X”"),
    ],
)
def test_subjects_by_reason(organisation, reason, context, subject):
    more = {"course_title": "X", "course_path": "/x/", "is_past": False, "is_obligatory": False, "first_name": ""}
    delivery = MailDelivery(
        template=KIND, recipient="a@b.example", organisation=organisation, context=more | {"reason": reason, **context}
    )
    assert render(delivery).subject == subject


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, ("“Ask first” starts today", "has chosen today as the start of “Ask first”.")),
        (1, ("“Ask first” started on 15 June", "chose 15 June as the start of “Ask first”.")),
    ],
)
def test_a_start_reminder_says_today_on_that_day_only(cohort, days, said):
    Cohort.objects.update(starts_on=DUE, due_on=None)
    place(cohort)
    run(NOON + days * timedelta(days=1))
    message = render(MailDelivery.objects.get(template=KIND))
    assert (message.subject, said[1] in message.body, said[1] in message.alternatives[0].content) == (said[0], True, True)


def test_a_programs_button_stops_them_without_cookie_and_page(cohort):
    member, _message = sent(cohort)
    address = address_of(MailDelivery.objects.get(template=KIND).link)
    path = address[address.index("/l/") :]
    client = Client(enforce_csrf_checks=True)
    for _again in range(2):
        answer = client.post(path, {"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.content) == (200, b"")
    assert StoppedReminders.objects.get().membership == member
    assert run(NOON + WEEK) == set()


def test_the_page_shows_on_get_and_acts_on_post(cohort):
    member, _message = sent(cohort)
    address = address_of(MailDelivery.objects.get(template=KIND).link)
    path, client = address[address.index("/l/") :], Client()
    page = client.get(path).content.decode()
    assert "Stop course reminders?" in page
    assert "will only send you reminders about mandatory courses." in page
    assert not StoppedReminders.objects.exists()
    assert "Course reminders are off" in client.post(path, {"action": "stop"}).content.decode()
    assert StoppedReminders.objects.filter(membership=member).exists()
    assert "Course reminders are on again" in client.post(path, {"action": "want"}).content.decode()
    assert not StoppedReminders.objects.exists()


def test_the_link_works_for_as_long_as_it_says(cohort):
    sent(cohort)
    link = MailDelivery.objects.get(template=KIND).link
    assert link.expires_at == NOON + timedelta(days=reminders.LINK_DAYS)


def test_other_links_have_no_such_button(organisation, member):
    from accounts.services.people import add_person
    from mail.models import MailLink

    add_person(organisation=organisation, actor=member(organisation, "admin").user, email="ann@example.org")
    address = address_of(MailLink.objects.get())
    client = Client(enforce_csrf_checks=True)
    assert client.post(address[address.index("/l/") :], {"List-Unsubscribe": "One-Click"}).status_code == 404
    assert client.post("/l/made-up/", {"List-Unsubscribe": "One-Click"}).status_code == 404
    assert client.post(address[address.index("/l/") :], {"first_name": "A"}).status_code == 403  # no token of the form


def test_stopping_keeps_back_what_has_not_gone_out_but_not_what_is_obligatory(cohort):
    member = place(cohort)
    run(NOON)
    MailDelivery.objects.filter(template=KIND).update(state="queued")
    reminders.stop_reminders(membership=member)
    assert MailDelivery.objects.get(template=KIND).state == "cancelled"
    Cohort.objects.update(is_obligatory=True)
    assert run(NOON + WEEK) == {(member.pk, "after")}


# By hand --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def admin(organisation, member):
    return member(organisation, "admin").user


def at(cohort):
    return reverse("org:cohort_remind", args=[cohort.organisation.slug, cohort.uuid])


def test_an_admin_reads_first_whom_it_reminds(cohort, admin, sign_in):
    stopped, asked, _third = place(cohort), place(cohort), place(cohort)
    reminders.stop_reminders(membership=stopped)
    client = sign_in(admin)
    Reminder.objects.create(cohort=cohort, membership=asked, reason=ReminderReason.ASKED, day=datetime.now(tz=UTC).date())
    page = client.get(at(cohort)).content.decode()
    assert "Remind 1 person?" in page
    assert "1 person has stopped reminders. They are reminded of mandatory courses only." in page
    assert "1 person was reminded today already and will not be e-mailed again." in page
    assert not MailDelivery.objects.filter(template=KIND).exists()


def test_asking_twice_reminds_once_and_is_on_record(cohort, admin, sign_in):
    member = place(cohort)
    client = sign_in(admin)
    assert "1 person is being reminded." in client.post(at(cohort), follow=True).content.decode()
    assert "has been reminded today" in client.post(at(cohort), follow=True).content.decode()
    assert [row.membership for row in Reminder.objects.all()] == [member]
    assert AuditEvent.objects.get(verb="cohort.reminded").after == {"count": 1}


def test_the_cohort_says_how_far_its_own_reminders_are(cohort, admin, sign_in):
    for _n in range(3):
        place(cohort)
    client = sign_in(admin)
    assert "reminders sent." not in client.get(cohort.get_absolute_url()).content.decode()
    reminders.remind_unfinished(cohort=cohort, actor=admin)
    waiting = MailDelivery.objects.filter(template=KIND)
    waiting.filter(pk=waiting.first().pk).update(state="sent")
    assert "1 of 3 reminders sent." in client.get(cohort.get_absolute_url()).content.decode()
    other = services.create_cohort(organisation=cohort.organisation, name="Other", course=cohort.course, actor=None)
    services.add_to_cohort(cohort=other, memberships=[row.membership for row in cohort.memberships.all()])
    assert "reminders sent." not in client.get(other.get_absolute_url()).content.decode()
    waiting.update(state="sent")
    assert "reminders sent." not in client.get(cohort.get_absolute_url()).content.decode()


def test_hundreds_are_reminded_by_a_job(cohort, admin, sign_in, monkeypatch):
    monkeypatch.setattr("learning.views.cohorts.MAX_IN_REQUEST", 1)
    members = [place(cohort) for _n in range(3)]
    from jobs.services import perform

    sign_in(admin).post(at(cohort))
    perform(Job.objects.get().pk)
    assert Job.objects.get().result["reminded"] == 3
    assert {row.membership_id for row in Reminder.objects.all()} == {member.pk for member in members}


def test_a_job_that_was_killed_counts_on_and_is_on_record_once(cohort, admin, sign_in, monkeypatch):
    monkeypatch.setattr("learning.views.cohorts.MAX_IN_REQUEST", 1)
    monkeypatch.setattr(reminders, "BATCH", 2)
    members = [place(cohort) for _n in range(5)]
    remind_some, calls = reminders._remind_some, []

    def die_in_the_second(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise SystemExit
        return remind_some(*args, **kwargs)

    monkeypatch.setattr(reminders, "_remind_some", die_in_the_second)
    from jobs.services import perform

    sign_in(admin).post(at(cohort))
    with pytest.raises(SystemExit):
        perform(Job.objects.get().pk, runner="the task")
    assert Reminder.objects.count() == 2
    perform(Job.objects.get().pk, runner="the task")
    job = Job.objects.get()
    assert (job.attempts, job.done, job.total, job.result["reminded"]) == (2, 5, 5, 5)
    assert sorted(Reminder.objects.values_list("membership", flat=True)) == sorted(member.pk for member in members)
    assert AuditEvent.objects.get(verb="cohort.reminded").after == {"count": 5}
    assert len(set(MailDelivery.objects.filter(template=KIND).values_list("batch", flat=True)) - {None}) == 1


@pytest.mark.parametrize(
    ("zone", "hours"), [("Pacific/Auckland", (22, 26)), ("America/Los_Angeles", (17, 24.5)), ("Europe/London", (9, 16))]
)
def test_once_a_day_is_a_day_where_the_organisation_is(cohort, admin, zone, hours):
    cohort.organisation.time_zone = zone
    cohort.organisation.save()
    place(cohort)
    counts = []
    for hour in (*hours, hours[0] + 24):
        with time_machine.travel(datetime(2027, 6, 15, tzinfo=UTC) + timedelta(hours=hour), tick=False):
            counts.append(reminders.preview(cohort).people)
            reminders.remind_unfinished(cohort=cohort, actor=admin)
    assert counts == [1, 0, 1]


@pytest.mark.parametrize(
    ("zone", "at", "is_past"),
    [
        ("America/Los_Angeles", "2027-06-16T00:30", False),  # the afternoon of the due day there
        ("Pacific/Auckland", "2027-06-15T22:00", True),  # the morning after it there
        ("Europe/London", "2027-06-15T21:00", True),  # its evening, so that the mail is read the morning after
        ("Europe/London", "2027-06-15T12:00", False),
    ],
)
def test_a_day_has_passed_where_and_when_the_mail_is_read(cohort, admin, zone, at, is_past):
    place(cohort, zone=zone)
    with time_machine.travel(datetime.fromisoformat(at).replace(tzinfo=UTC), tick=False):
        reminders.remind_unfinished(cohort=cohort, actor=admin)
    assert MailDelivery.objects.get(template=KIND).context["is_past"] is is_past


@pytest.mark.parametrize(("hour", "until"), [(22, "2027-06-16T07:00"), (3, "2027-06-15T07:00"), (12, None)])
def test_what_is_asked_for_by_night_waits_for_the_morning(cohort, admin, hour, until):
    place(cohort)
    with time_machine.travel(datetime(2027, 6, 15, hour, tzinfo=UTC), tick=False):
        reminders.remind_unfinished(cohort=cohort, actor=admin)
    not_before = MailDelivery.objects.get(template=KIND).not_before
    assert (not_before and not_before.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")) == until


def test_the_outbox_waits_for_that_morning(cohort, admin):
    place(cohort)
    with time_machine.travel(datetime(2027, 6, 15, 22, tzinfo=UTC), tick=False):
        reminders.remind_unfinished(cohort=cohort, actor=admin)
    assert not mail.outbox


# The reason has gone -----------------------------------------------------------------------------------------------------

NIGHT = datetime(2027, 6, 14, 22, tzinfo=UTC)


def send_at(at):
    """Everything that is due is sent; the reminders' states, and who got one."""
    with time_machine.travel(at, tick=False):
        send(MailDelivery.objects.order_by("pk").values_list("pk", flat=True))
    reminded = MailDelivery.objects.filter(template=KIND).order_by("pk")
    got = [message.to[0] for message in mail.outbox if "Ask first" in message.subject]
    return [str(delivery.state) for delivery in reminded], got


def leave(member, cohort):
    mark_as_left(membership=member, actor=None)


def close(member, cohort):
    member.user.is_active = False
    member.user.save()


REASONS_GONE = [
    lambda member, cohort: services.remove_from_cohort(cohort=cohort, membership=member, actor=None),
    leave,
    close,
    lambda member, cohort: learned(member, started_at=NOON - WEEK, completed_at=NOON),
    lambda member, cohort: services.archive_cohort(cohort=cohort, actor=None),
    lambda member, cohort: cohort.delete(),
    lambda member, cohort: StoppedReminders.objects.create(membership=member),
]


@pytest.mark.parametrize("ends", REASONS_GONE, ids=["removed", "left", "closed", "finished", "archived", "deleted", "stopped"])
def test_what_waited_for_the_morning_is_not_sent_once_its_reason_has_gone(cohort, admin, ends):
    member = place(cohort)
    with time_machine.travel(NIGHT, tick=False):
        reminders.remind_unfinished(cohort=cohort, actor=admin)
        ends(member, cohort)
    assert send_at(NOON) == (["cancelled"], [])


def test_what_waited_is_sent_where_its_reason_is_still_there_and_counted_without_the_others(cohort, admin):
    gone, here, later = place(cohort), place(cohort), place(cohort, zone="America/Los_Angeles")
    with time_machine.travel(NIGHT, tick=False):
        reminders.remind_unfinished(cohort=cohort, actor=admin)
        services.remove_from_cohort(cohort=cohort, membership=gone, actor=None)
        MailDelivery.objects.filter(recipient=later.user.email).update(not_before=NOON + timedelta(hours=4))
    assert send_at(NOON) == (["cancelled", "sent", "queued"], [here.user.email])
    with time_machine.travel(NIGHT, tick=False):
        progress = reminders.mail_progress(cohort)
    assert (progress.sent, progress.undelivered, progress.total) == (1, 0, 2)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "sent"),
        ({"sends_reminders": False}, "cancelled"),
        ({"due_on": DUE + WEEK}, "cancelled"),
        ({"due_on": None}, "cancelled"),
    ],
)
def test_a_reminder_that_waits_for_the_mail_server_goes_by_the_cohort_as_it_is(cohort, changes, state):
    place(cohort)
    run(NOON)
    Cohort.objects.update(**changes)
    assert send_at(NOON + timedelta(hours=1))[0] == [state]


def test_the_start_is_not_news_to_who_has_begun_meanwhile(cohort):
    Cohort.objects.update(starts_on=DUE, due_on=None)
    member = place(cohort)
    run(NOON)
    learned(member, started_at=NOON)
    assert send_at(NOON + timedelta(hours=1))[0] == ["cancelled"]


# Without a seat ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def paid(organisation):
    """A cohort of a paid course with one seat, due on the day."""
    course = published_course([["a"]], title="Ask first", is_free=False)
    add_seats(organisation=organisation, course_set=course.sets.get(), quantity=1, source_key="order:1")
    return services.create_cohort(organisation=organisation, name="Paid", course=course, actor=None, due_on=DUE)


def without_seat(cohort):
    member = place(cohort)
    Seat.objects.filter(membership=member).update(membership=None, state=SeatState.FREE)
    return member


def test_who_has_no_seat_is_not_reminded_of_what_they_cannot_open(paid):
    without_seat(paid)
    seated = place(paid)
    assert Seat.objects.get().membership == seated
    assert run(NOON) == {(seated.pk, "due")}


def test_the_page_counts_those_without_a_seat(paid, admin, sign_in):
    without_seat(paid)
    place(paid)
    page = sign_in(admin).get(at(paid)).content.decode()
    assert "Remind 1 person?" in page
    assert "1 person has no seat and is not reminded." in page
    assert "was reminded today" not in page


def test_a_seat_that_was_taken_back_in_the_night_ends_the_reminder(paid, admin):
    place(paid)
    with time_machine.travel(NIGHT, tick=False):
        reminders.remind_unfinished(cohort=paid, actor=admin)
        Seat.objects.update(membership=None, state=SeatState.FREE)
    assert send_at(NOON) == (["cancelled"], [])


@pytest.mark.parametrize("role", ["billing", "lnd_partner", "manager"])
def test_who_does_not_manage_people_reminds_nobody(cohort, organisation, member, sign_in, role):
    place(cohort)
    client = sign_in(member(organisation, role).user)
    assert client.get(at(cohort)).status_code == 403
    assert client.post(at(cohort)).status_code == 403
    assert not Reminder.objects.exists()


def test_the_form_says_how_people_are_reminded(cohort, admin, sign_in):
    client = sign_in(admin)
    address = reverse("org:cohort_edit", args=[cohort.organisation.slug, cohort.uuid])
    fields = {"name": "Spring", "due_on": DUE.isoformat(), "is_obligatory": "on"}
    assert client.post(address, fields).status_code == 302
    cohort.refresh_from_db()
    assert (cohort.sends_reminders, cohort.is_obligatory) == (False, True)
    assert AuditEvent.objects.get(verb="cohort.changed").after == {"sends_reminders": False, "is_obligatory": True}


def test_an_import_of_people_in_one_organisation_keeps_no_other_from_being_reminded(cohort, caplog):
    other = OrganisationFactory(time_zone="Europe/London")
    theirs = services.create_cohort(organisation=other, name="Spring", course=cohort.course, actor=None, due_on=DUE)
    held, free = place(cohort), place(theirs)
    Organisation.objects.filter(pk=cohort.organisation_id).update(people_held_at=NOON)
    with caplog.at_level("WARNING"):
        assert run(NOON) == {(free.pk, "due")}
    assert caplog.messages == []
    Organisation.objects.filter(pk=cohort.organisation_id).update(people_held_at=None)
    assert run(NOON) == {(held.pk, "due")}
