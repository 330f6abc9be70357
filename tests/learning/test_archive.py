"""Archived cohorts: out of the way, with nothing taken from their people."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from access.models import Seat
from access.queries import may_open
from access.services import add_seats
from accounts.models import AuditEvent
from jobs.services import perform
from learning import queries, services
from learning.errors import CohortArchived, CohortNameTaken
from learning.figures import count_figures
from learning.models import Cohort, CohortMembership, Enrolment, KeptFigures, Reminder
from learning.queries import course_cells
from learning.services import reminders
from learning.services.cohorts import assign_cohort_seats
from learning.services.seats import give_seats
from needs.forms import SpecificationForm
from tests.courses.factories import published_course
from tests.factories import MembershipFactory
from tests.learning.test_enrolling import check, problems

pytestmark = pytest.mark.django_db
DUE = date(2027, 6, 15)


@pytest.fixture(autouse=True)
def _after_the_due_day():
    with time_machine.travel("2027-06-23T12:00:00Z", tick=False):
        yield


@pytest.fixture
def course():
    return published_course([["a"]], is_free=False)


@pytest.fixture
def cohort(organisation, course):
    """Spring, which is over: one has finished, and one has not begun and lost the seat."""
    add_seats(organisation=organisation, course_set=course.sets.get(), quantity=3, source_key="order:1")
    cohort = services.create_cohort(organisation=organisation, name="Spring", course=course, actor=None, due_on=DUE)
    people = MembershipFactory.create_batch(2, organisation=organisation)
    services.add_to_cohort(cohort=cohort, memberships=people)
    long_ago = timezone.now() - timedelta(days=30)
    CohortMembership.objects.update(created_at=long_ago)
    done = Enrolment.objects.filter(user=people[0].user)
    done.update(started_at=timezone.now() - timedelta(days=9), completed_at=timezone.now() - timedelta(days=2))
    return cohort


@pytest.fixture
def people(cohort):
    return list(cohort.organisation.memberships.filter(cohort_memberships__cohort=cohort).order_by("pk"))


@pytest.fixture
def client(organisation, member, sign_in):
    return sign_in(member(organisation, "admin").user)


def at(page, cohort, **query):
    return reverse(f"org:{page}", args=[cohort.organisation.slug, cohort.uuid])


def archive(cohort):
    return services.archive_cohort(cohort=cohort, actor=None)


def test_archiving_is_recorded_once_and_undone(cohort, user):
    for _time in range(2):
        archived = services.archive_cohort(cohort=cohort, actor=user)
    assert archived.is_archived
    for _time in range(2):
        restored = services.restore_cohort(cohort=cohort, actor=user)
    assert not restored.is_archived
    events = AuditEvent.objects.filter(verb="cohort.changed").order_by("pk").values_list("summary", "before", "after", "actor")
    assert list(events) == [
        ("Archived the cohort “Spring”", {"archived": False}, {"archived": True}, user.pk),
        ("Restored the cohort “Spring” from the archive", {"archived": True}, {"archived": False}, user.pk),
    ]


def test_it_is_out_of_the_list_and_found_under_archived(cohort, client):
    listed = reverse("org:cohorts", args=[cohort.organisation.slug])
    assert "Archived" not in client.get(listed).content.decode()
    asked = client.get(at("cohort_archive", cohort)).content.decode()
    assert "Archive “Spring”?" in asked
    assert not Cohort.objects.archived().exists()
    page = client.post(at("cohort_archive", cohort), follow=True).content.decode()
    assert "“Spring” is archived." in page
    assert "All cohorts are archived." in page
    assert cohort.get_absolute_url() not in page
    assert cohort.get_absolute_url() in client.get(listed, {"show": "archived"}).content.decode()
    assert cohort.get_absolute_url() in client.get(listed, {"show": "archived", "q": "spr"}).content.decode()
    page = client.post(at("cohort_restore", cohort), follow=True).content.decode()
    assert "“Spring” is among your current cohorts again." in page
    assert cohort.get_absolute_url() in client.get(listed).content.decode()


def test_the_overview_says_nothing_of_it_and_is_not_that_of_a_new_organisation(cohort, people, client):
    overview = reverse("org:overview", args=[cohort.organisation.slug])
    assert "“Spring”" in client.get(overview).content.decode()
    archive(cohort)
    page = client.get(overview).content.decode()
    assert "Spring" not in page
    assert "overdue" not in page
    assert "You are set up." not in page
    assert not client.get(overview).context["is_new"]


def test_its_people_are_not_counted_and_what_they_learnt_is(cohort, people):
    before = count_figures(cohort.organisation)
    assert (before.now.in_cohorts, before.now.late, before.cohorts[cohort.pk].late) == (2, 1, 1)
    archive(cohort)
    after = count_figures(cohort.organisation)
    assert (after.now.in_cohorts, after.now.finished, after.now.late) == (0, 0, 0)
    assert after.weeks == before.weeks
    assert sum(week.finished for week in after.weeks) == 1
    cohort.refresh_from_db()
    assert after.cohorts[cohort.pk] == queries.cohort_progress(cohort)
    assert (after.cohorts[cohort.pk].people, after.cohorts[cohort.pk].late) == (2, 0)
    assert course_cells(people)[people[1].pk].warning == ""


def test_a_missing_seat_in_it_needs_no_attention(cohort, people):
    Seat.objects.filter(membership=people[1]).update(state="free", membership=None)
    assert queries.cohort_progress(cohort).seatless == 1
    cohort = archive(cohort)
    assert queries.cohort_progress(cohort).seatless == 0
    assert count_figures(cohort.organisation).cohorts[cohort.pk].seatless == 0
    assert assign_cohort_seats(membership=people[1]) == []
    assert not Seat.objects.held().filter(membership=people[1]).exists()


def test_its_people_keep_what_they_have(cohort, people):
    held = list(Seat.objects.held().values_list("pk", "membership"))
    archive(cohort)
    assert list(Seat.objects.held().values_list("pk", "membership")) == held
    assert may_open(people[0].user, cohort.course)
    assert Enrolment.objects.filter(cohort=cohort).count() == 2


def test_nobody_of_it_is_reminded(cohort, people, client):
    archive(cohort)
    reminders.send_reminders()
    with pytest.raises(CohortArchived):
        reminders.remind_unfinished(cohort=cohort, actor=None)
    assert not Reminder.objects.exists()
    services.restore_cohort(cohort=cohort, actor=None)
    reminders.send_reminders()
    assert [reminder.membership for reminder in Reminder.objects.all()] == [people[1]]


def test_who_was_about_to_remind_is_stopped_by_an_archive_of_this_moment(cohort, people):
    occasion = reminders.occasion_on(cohort, DUE + timedelta(weeks=1))
    assert list(reminders.to_remind(cohort, occasion)) == [people[1]]
    assert not reminders.to_remind(archive(cohort), occasion).exists()


@pytest.mark.parametrize("page", ["cohort_add", "cohort_remind", "cohort_seats"])
@pytest.mark.parametrize("act", ["get", "post"])
def test_acts_on_its_people_say_what_to_do(cohort, client, page, act):
    archive(cohort)
    answer = getattr(client, act)(at(page, cohort), {"all": "1"}, follow=True)
    assert "“Spring” is archived, so nothing was changed. Restore the cohort first" in answer.content.decode()
    assert answer.redirect_chain[0][0] == cohort.get_absolute_url()


def test_nobody_is_added_or_given_a_seat(cohort, organisation):
    archive(cohort)
    with pytest.raises(CohortArchived):
        services.add_to_cohort(cohort=cohort, memberships=[MembershipFactory(organisation=organisation)])
    with pytest.raises(CohortArchived):
        give_seats(cohort=cohort, actor=None)


def test_a_job_that_began_before_says_why_it_ends(cohort, organisation, client, monkeypatch):
    monkeypatch.setattr("learning.views.cohorts.MAX_IN_REQUEST", 0)
    MembershipFactory(organisation=organisation)
    client.post(at("cohort_add", cohort), {"all": "1", "confirmed": "2"})
    job = organisation.jobs.get()
    archive(cohort)
    perform(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error[:23]) == ("failed", "“Spring” is archived, s")


def test_its_page_offers_to_restore_it_and_nothing_else(cohort, people, client, organisation, member, sign_in):
    archive(cohort)
    page = client.get(cohort.get_absolute_url()).content.decode()
    assert "Archived on 23 June 2027" in page
    assert at("cohort_restore", cohort) in page
    for act in ("cohort_add", "cohort_remind", "cohort_edit", "cohort_archive"):
        assert at(act, cohort) not in page
    partner = sign_in(member(organisation, "lnd_partner").user)
    assert at("cohort_restore", cohort) not in partner.get(cohort.get_absolute_url()).content.decode()


@pytest.mark.parametrize("page", ["cohort_archive", "cohort_restore"])
@pytest.mark.parametrize(("role", "status"), [("lnd_partner", 403), ("billing", 403), ("manager", 403)])
def test_who_does_not_manage_people_archives_none(cohort, organisation, member, sign_in, page, role, status):
    assert sign_in(member(organisation, role).user).post(at(page, cohort)).status_code == status
    assert not AuditEvent.objects.filter(verb="cohort.changed").exists()


@pytest.mark.parametrize("name", ["Spring", "SPRING"])
def test_a_file_that_names_it_says_what_to_do(cohort, organisation, name):
    archive(cohort)
    staged = check(organisation, f"email,cohort\nann@example.org,{name}\n")
    expected = "the cohort “Spring” is archived. Restore it under Cohorts, or name another one."
    assert problems(staged) == [(2, "cohort", expected)]
    services.restore_cohort(cohort=cohort, actor=None)
    assert problems(check(organisation, f"email,cohort\nann@example.org,{name}\n")) == []


def test_its_name_is_taken_and_that_says_where_it_is(cohort, organisation):
    archive(cohort)
    other = services.create_cohort(organisation=organisation, name="Autumn", course=cohort.course, actor=None)
    with pytest.raises(CohortNameTaken, match=r"an archived cohort called “Spring”.*restore that cohort"):
        services.change_cohort(cohort=other, name="spring", starts_on=None, due_on=None, actor=None)


def test_a_specification_offers_it_only_where_it_is_chosen_already(cohort, organisation):
    archive(cohort)
    form = SpecificationForm(organisation=organisation, needs_reason=False)
    assert list(form.fields["cohort"].queryset) == []
    form.instance.cohort = cohort
    again = SpecificationForm(organisation=organisation, needs_reason=False, instance=form.instance)
    assert list(again.fields["cohort"].queryset) == [cohort]


def test_a_large_organisation_sees_it_leave_at_once(cohort, organisation, people, client, monkeypatch):
    monkeypatch.setattr("learning.figures.LIVE_PLACES", 1)
    overview = reverse("org:overview", args=[organisation.slug])
    client.get(overview)
    assert KeptFigures.objects.exists()
    client.post(at("cohort_archive", cohort))
    assert "“Spring”" not in client.get(overview).content.decode().split("</nav>")[-1].replace("“Spring” is archived", "")
