"""Cohorts in the console."""

import re
from datetime import date
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from access import services as access_services
from accounts.models import AuditEvent
from billing.models import Order
from jobs.models import Job
from learning import services
from learning.figures import forget_progress
from learning.models import Cohort, CohortMembership, Enrolment
from tests.courses.factories import block, lesson, published_course, uid
from tests.factories import MembershipFactory, OrganisationFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
PAGES = ["cohort", "cohort_edit", "cohort_add"]


def html(response) -> str:
    return response.content.decode()


@pytest.fixture
def course():
    return published_course([[lesson("l1", blocks=[block("reflection", "r1", {"prompt": "Whom?"})])]])


@pytest.fixture
def cohort(organisation, course):
    return services.create_cohort(organisation=organisation, name="Spring", course=course, actor=None)


@pytest.fixture
def admin(organisation, member, sign_in):
    return sign_in(member(organisation, "admin").user)


def at(name: str, organisation, *more) -> str:
    return reverse(f"org:{name}", args=[organisation.slug, *more])


def people_of(organisation, count: int, **fields):
    return MembershipFactory.create_batch(count, organisation=organisation, **fields)


# Who may --------------------------------------------------------------------------------------------------------------


def test_the_head_of_a_cohort_shows_its_progress_and_the_notice_takes_one_line(admin, organisation, cohort):
    address = at("cohort", organisation, cohort.uuid)
    assert '<svg class="bar"' not in html(admin.get(address))
    services.add_to_cohort(cohort=cohort, memberships=people_of(organisation, 3), actor=None)
    forget_progress(cohort)
    page = html(admin.get(address))
    words = page.split('<p class="console__state">', 1)[1].split("</p>", 1)[0]
    assert re.search(r'0 of 3 have started\.\s*<svg class="bar" [^>]*aria-label="0 of 3 have started\."', words)
    notice = re.search(
        r"<summary>.*?You can see who has started and who has finished\.</summary>(.*?)</details>", page, re.DOTALL
    )
    assert "Answers, results and reflections belong to the learners" in notice[1]
    assert '<p class="who-sees">' not in page


def test_another_organisation_does_not_exist(admin, course):
    other = OrganisationFactory()
    theirs = services.create_cohort(organisation=other, name="Theirs", course=course, actor=None)
    assert admin.get(at("cohorts", other)).status_code == 404
    assert admin.get(at("overview", other)).status_code == 404
    for page in PAGES:
        assert admin.get(at(page, other, theirs.uuid)).status_code == 404


def test_a_cohort_of_another_organisation_is_not_found_under_ones_own(admin, organisation, course):
    theirs = services.create_cohort(organisation=OrganisationFactory(), name="Theirs", course=course, actor=None)
    for page in PAGES:
        assert admin.get(at(page, organisation, theirs.uuid)).status_code == 404
    assert "Theirs" not in html(admin.get(at("cohorts", organisation)))


def test_a_member_without_a_role_is_refused(organisation, cohort, member, sign_in):
    client = sign_in(member(organisation).user)
    assert client.get(at("cohorts", organisation)).status_code == 403
    assert client.get(at("overview", organisation)).status_code == 403
    for page in PAGES:
        assert client.get(at(page, organisation, cohort.uuid)).status_code == 403


def test_an_lnd_partner_sees_and_does_not_change(organisation, cohort, member, sign_in):
    client = sign_in(member(organisation, "lnd_partner").user)
    assert "Add people" not in html(client.get(at("cohort", organisation, cohort.uuid)))
    assert client.post(at("cohort_add", organisation, cohort.uuid), {"all": "1"}).status_code == 403
    assert client.post(at("cohort_create", organisation), {}).status_code == 403


def test_visitors_sign_in_first(client, organisation, cohort):
    response = client.get(at("cohort", organisation, cohort.uuid))
    assert response["Location"].startswith("/accounts/login/")


# Making and changing --------------------------------------------------------------------------------------------------


def test_a_cohort_is_made_and_leads_to_adding(admin, organisation, course):
    fields = {"name": "Autumn", "course": course.slug, "starts_on": "2027-09-01", "due_on": "2027-10-01"}
    response = admin.post(at("cohort_create", organisation), fields)
    made = Cohort.objects.get()
    assert response["Location"] == at("cohort_add", organisation, made.uuid)
    assert (made.organisation, made.course, made.due_on) == (organisation, course, date(2027, 10, 1))
    assert AuditEvent.objects.filter(organisation=organisation, verb="cohort.created").count() == 1


def test_dates_in_the_wrong_order_are_refused(admin, organisation, course):
    fields = {"name": "Autumn", "course": course.slug, "starts_on": "2027-09-01", "due_on": "2027-08-01"}
    assert "This is before the start date." in html(admin.post(at("cohort_create", organisation), fields))
    assert Cohort.objects.count() == 0


def test_a_name_that_is_taken_is_refused(admin, organisation, cohort):
    other = published_course([["x1"]])
    page = html(admin.post(at("cohort_create", organisation), {"name": "Spring", "course": other.slug}))
    assert "There is already a cohort called “Spring”." in page


def test_a_name_that_differs_in_case_only_is_taken(admin, organisation, cohort):
    answers = {"name": f" {cohort.name.upper()} ", "course": cohort.course.slug}
    response = admin.post(at("cohort_create", organisation), answers)
    assert f"There is already a cohort called “{cohort.name}”." in html(response)
    assert organisation.cohorts.count() == 1


def test_a_name_of_the_same_course_is_refused_too_and_the_dates_of_that_cohort_stay(admin, organisation, cohort):
    """It found the old cohort and threw the new dates away."""
    fields = {"name": "Spring", "course": cohort.course.slug, "due_on": "2037-01-10"}
    page = html(admin.post(at("cohort_create", organisation), fields))
    assert "There is already a cohort called “Spring”." in page
    assert 'value="2037-01-10"' in page
    assert Cohort.objects.get().due_on is None


@pytest.mark.parametrize("name", ["cohort_create", "cohort_edit"])
@time_machine.travel("2027-05-31T22:30:00Z", tick=False)
def test_a_due_day_that_has_passed_where_the_organisation_is_is_refused(organisation, member, sign_in, cohort, name):
    organisation.time_zone = "Europe/Lisbon"  # half an hour before midnight
    organisation.save()
    admin = sign_in(member(organisation, "admin").user)
    address = at(name, organisation, *([cohort.uuid] if name == "cohort_edit" else []))
    fields = {"name": "Summer", "course": cohort.course.slug}
    assert "This day has passed." in html(admin.post(address, fields | {"due_on": "2027-05-30"}))
    assert admin.post(address, fields | {"due_on": "2027-05-31"}).status_code == 302


def test_a_due_day_that_stands_may_stay(admin, organisation, cohort):
    Cohort.objects.filter(pk=cohort.pk).update(due_on=date(2025, 5, 1))
    fields = {"name": "Spring term", "due_on": "2025-05-01"}
    assert admin.post(at("cohort_edit", organisation, cohort.uuid), fields).status_code == 302
    cohort.refresh_from_db()
    assert (cohort.name, cohort.due_on) == ("Spring term", date(2025, 5, 1))


def test_a_cohort_cannot_take_the_name_of_another(admin, organisation, cohort, course):
    services.create_cohort(organisation=organisation, name="Autumn", course=course, actor=None)
    page = html(admin.post(at("cohort_edit", organisation, cohort.uuid), {"name": "autumn"}))
    assert "There is already a cohort called “Autumn”." in page


def test_changing_a_cohort_is_recorded(admin, organisation, cohort):
    address = at("cohort_edit", organisation, cohort.uuid)
    fields = {"name": "Spring term", "starts_on": "", "due_on": "2037-06-01", "sends_reminders": "on"}
    assert admin.post(address, fields).status_code == 302
    admin.post(address, fields)
    events = AuditEvent.objects.filter(verb="cohort.changed")
    assert [(event.before, event.after) for event in events] == [
        ({"name": "Spring", "due_on": ""}, {"name": "Spring term", "due_on": "2037-06-01"})
    ]


# Adding ---------------------------------------------------------------------------------------------------------------


def test_chosen_people_are_added(admin, organisation, cohort):
    chosen, _two = people_of(organisation, 2)
    stranger = MembershipFactory()
    response = admin.post(
        at("cohort_add", organisation, cohort.uuid), {"person": [chosen.uuid, stranger.uuid, "nonsense"]}, follow=True
    )
    assert "1 person was added to the cohort." in html(response)
    assert list(CohortMembership.objects.values_list("membership", flat=True)) == [chosen.pk]
    assert Enrolment.objects.get().user == chosen.user


def test_placing_nobody_says_what_to_do(admin, organisation, cohort):
    response = admin.post(at("cohort_add", organisation, cohort.uuid), {}, follow=True)
    assert "No one was selected." in html(response)


def test_everybody_of_a_team_is_added_at_once(admin, organisation, cohort):
    team = TeamFactory(organisation=organisation)
    inside, _outside = people_of(organisation, 2, team=team), people_of(organisation, 1)
    admin.post(f"{at('cohort_add', organisation, cohort.uuid)}?team={team.pk}", {"all": "1"})
    assert set(CohortMembership.objects.values_list("membership", flat=True)) == {membership.pk for membership in inside}


def test_many_are_added_by_the_worker(admin, organisation, cohort, django_capture_on_commit_callbacks):
    people_of(organisation, 201)
    with django_capture_on_commit_callbacks(execute=True):
        response = admin.post(at("cohort_add", organisation, cohort.uuid), {"all": "1", "confirmed": "202"})
    job = Job.objects.get()
    assert response["Location"] == reverse("job", args=[job.uuid])
    # The administrator is a member, too.
    assert (job.state, job.result["placed"], CohortMembership.objects.count()) == ("done", 202, 202)


@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "2"}])
def test_adding_hundreds_asks_first_and_again_where_it_would_be_others(admin, organisation, cohort, monkeypatch, confirmed):
    monkeypatch.setattr("learning.views.cohorts.MAX_IN_REQUEST", 2)
    people_of(organisation, 2)
    response = admin.post(at("cohort_add", organisation, cohort.uuid), {"all": "1", **confirmed})
    assert "Add 3 people?" in html(response)
    assert 'name="confirmed" value="3"' in html(response)
    assert not Job.objects.exists()
    assert not CohortMembership.objects.exists()


def test_too_few_seats_are_said_with_their_number(admin, organisation):
    paid = published_course([["x1"]], is_free=False)
    access_services.add_seats(organisation=organisation, course_set=paid.sets.get(), quantity=1, source_key="order:1")
    cohort = services.create_cohort(organisation=organisation, name="Paid", course=paid, actor=None)
    people_of(organisation, 2)
    address = at("cohort_add", organisation, cohort.uuid)
    assert "1 seat is available" in html(admin.get(address))
    response = admin.post(address, {"all": "1"}, follow=True)
    assert "You need 2 more seats" in html(response)
    assert CohortMembership.objects.count() == 0


def test_taking_somebody_out_keeps_their_progress(admin, organisation, cohort):
    (membership,) = people_of(organisation, 1)
    services.add_to_cohort(cohort=cohort, memberships=[membership])
    enrolment = Enrolment.objects.get()
    services.finish_activity(enrolment=enrolment, block_id=uid("l1"))
    address = at("cohort_remove", organisation, cohort.uuid, membership.uuid)
    assert admin.get(address).status_code == 405
    for _repeat in range(2):
        admin.post(address)
    enrolment.refresh_from_db()
    assert (CohortMembership.objects.count(), enrolment.percentage, enrolment.cohort) == (0, 100, None)
    assert AuditEvent.objects.filter(verb="cohort.person_removed").count() == 1


# Seeing ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def busy(organisation, cohort, course):
    """One finished, one under way, one idle; due on 1 June."""
    done, begun, idle = people_of(organisation, 3)
    services.add_to_cohort(cohort=cohort, memberships=[done, begun, idle])
    of = {row.user_id: row for row in Enrolment.objects.all()}
    services.save_entry(enrolment=of[done.user_id], block_id=uid("r1"), data={"text": "my private words"})
    services.finish_activity(enrolment=of[done.user_id], block_id=uid("l1"))
    services.open_lesson(enrolment=of[begun.user_id], lesson=course.lessons.get())
    Cohort.objects.update(due_on=date(2027, 6, 1))
    return done, begun, idle


def test_the_cohort_shows_started_and_finished_and_never_what_was_written(admin, organisation, cohort, busy):
    page = html(admin.get(at("cohort", organisation, cohort.uuid)))
    assert "2 of 3 have started; 1 has finished." in page
    assert "my private words" not in page
    assert "%" not in page.split('id="cohort-list"')[1].split("</table>")[0]


@pytest.mark.parametrize(("status", "expected"), [("idle", [2]), ("started", [1]), ("finished", [0]), ("waiting", [])])
def test_the_cohort_is_filtered_by_status(admin, organisation, cohort, busy, status, expected):
    page = admin.get(at("cohort", organisation, cohort.uuid), {"status": status}).context["page"]
    assert [membership.pk for membership in page] == [busy[index].pk for index in expected]


def test_the_cohort_is_searched(admin, organisation, cohort, busy):
    page = admin.get(at("cohort", organisation, cohort.uuid), {"q": busy[1].email.upper()}).context["page"]
    assert [membership.pk for membership in page] == [busy[1].pk]


def test_the_list_is_a_fragment_for_htmx(admin, organisation, cohort, busy):
    page = html(admin.get(at("cohort", organisation, cohort.uuid), headers={"HX-Request": "true"}))
    assert page.lstrip().startswith('<div id="cohort-list">')


def test_the_overview_says_how_things_stand_and_what_needs_somebody(organisation, member, sign_in, busy):
    user = member(organisation, "admin").user
    with time_machine.travel("2027-05-28T12:00:00Z"):
        page = html(sign_in(user).get(at("overview", organisation)))
        assert "2 of 3 have started; 1 has finished." in page
        assert "Due within a week: 1 not started." in page
        assert "“Spring”: 1 not started, due on 1 June 2027" in page
    with time_machine.travel("2027-06-02T12:00:00Z"):
        page = html(sign_in(user).get(at("overview", organisation)))
        assert "2 of 3 have started; 1 has finished; 2 are overdue." in page
        assert "2 people are overdue in 1 cohort." in page
        assert "“Spring”: 2 overdue since 1 June 2027" in page


def test_the_overview_of_a_new_organisation_says_what_to_do_first(admin, organisation):
    page = html(admin.get(at("overview", organisation)))
    assert "You are set up. Add your colleagues, then add them to a cohort." in page
    assert "Nothing at the moment." in page


def test_the_overview_shows_billing_only_seats(organisation, member, sign_in, busy):
    paid = published_course([["x1"]], is_free=False)
    pool = access_services.add_seats(organisation=organisation, course_set=paid.sets.get(), quantity=1, source_key="order:1")
    access_services.assign_seats(organisation=organisation, course=paid, memberships=[busy[0]])
    page = html(sign_in(member(organisation, "billing").user).get(at("overview", organisation)))
    assert f"The only seat for “{pool.course_set}” is taken." in page
    assert "Spring" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_take_the_same_queries_for_any_number(admin, organisation, course, count, django_assert_num_queries):
    for number in range(count):
        cohort = services.create_cohort(organisation=organisation, name=f"C{number}", course=course, actor=None)
        services.add_to_cohort(cohort=cohort, memberships=people_of(organisation, count))
    for address, queries in [
        (at("overview", organisation), 11),
        (at("cohorts", organisation), 9),
        (at("cohort", organisation, cohort.uuid), 9),
        (at("cohort_add", organisation, cohort.uuid), 9),
    ]:
        admin.get(address)
        with django_assert_num_queries(queries):
            admin.get(address)


@pytest.mark.parametrize("count", [1, 3])
def test_the_overview_takes_twelve_queries_at_most(admin, organisation, course, count, django_assert_num_queries):
    """With everything that one can hold: people invited, a paid course, an archived cohort, an order to be paid."""
    paid = published_course([["x1"]], is_free=False)
    access_services.add_seats(organisation=organisation, course_set=paid.sets.get(), quantity=9, source_key="order:1")
    for number in range(count):
        for taken in (course, paid):
            cohort = services.create_cohort(organisation=organisation, name=f"{taken.key} {number}", course=taken, actor=None)
            services.add_to_cohort(cohort=cohort, memberships=people_of(organisation, count))
        old = services.create_cohort(organisation=organisation, name=f"Old {number}", course=course, actor=None)
        services.archive_cohort(cohort=old, actor=None)
        people_of(organisation, 1, state="invited")
        Order.objects.create(
            buyer=UserFactory(), organisation=organisation, currency="EUR", total=1, gateway="test", request_key=uuid4()
        )
    admin.get(at("overview", organisation))
    with django_assert_num_queries(12):
        page = html(admin.get(at("overview", organisation)))
    assert "waiting for payment" in page


def test_no_page_carries_inline_script_or_style(admin, organisation, cohort, busy):
    for address in [
        at("overview", organisation),
        at("cohorts", organisation),
        *(at(page, organisation, cohort.uuid) for page in PAGES),
    ]:
        page = html(admin.get(address))
        assert " style=" not in page
        assert " onclick=" not in page


def test_filters_survive_a_failed_addition(admin, organisation, cohort):
    response = admin.post(f"{at('cohort_add', organisation, cohort.uuid)}?q=ada&team=none", {})
    assert parse_qs(urlsplit(response["Location"]).query) == {"q": ["ada"], "team": ["none"]}


def test_somebody_outside_any_organisation_sees_none(sign_in, organisation):
    assert sign_in(UserFactory()).get(at("overview", organisation)).status_code == 404


# The page of a person -------------------------------------------------------------------------------------------------


def test_the_page_of_a_person_says_how_each_course_stands(organisation, member, sign_in):
    (person,) = people_of(organisation, 1)
    day = {"due_on": date(2027, 6, 1)}
    with time_machine.travel("2027-05-20T12:00:00Z", tick=False):
        for name in ("Finished one", "Late one", "Begun one", "Archived one"):
            taken = published_course([[name]], title=f"Course of {name}")
            late = day if name in ("Late one", "Archived one") else {}
            cohort = services.create_cohort(organisation=organisation, name=name, course=taken, actor=None, **late)
            services.add_to_cohort(cohort=cohort, memberships=[person])
        began = {"started_at": timezone.now()}
        Enrolment.objects.filter(cohort__name__in=["Finished one", "Begun one"]).update(**began)
        Enrolment.objects.filter(cohort__name="Finished one").update(completed_at=timezone.now())
        services.archive_cohort(cohort=organisation.cohorts.get(name="Archived one"), actor=None)
    with time_machine.travel("2027-06-03T12:00:00Z", tick=False):
        page = sign_in(member(organisation, "admin").user).get(at("person", organisation, person.uuid))
    (courses,) = page.context["parts"]
    assert {fact.label: (fact.badge, fact.detail) for fact in courses.facts} == {
        "Finished one": ("Finished", "Started on 20 May 2027, finished on 20 May 2027"),
        "Late one": ("Overdue", "Due on 1 June 2027"),
        "Begun one": ("In progress", "Started on 20 May 2027"),
        "Archived one": ("Not started", "Due on 1 June 2027, cohort archived"),
    }
    assert "1 of 4 finished" in html(page)
    assert "1 overdue" in html(page)


def test_the_page_of_a_person_without_courses_says_how_they_get_some(admin, organisation):
    (person,) = people_of(organisation, 1)
    assert "People get courses when they are added to a cohort." in html(admin.get(at("person", organisation, person.uuid)))


def test_who_may_only_look_is_offered_no_seat_to_release(organisation, member, sign_in, admin):
    paid = published_course([["x1"]], is_free=False)
    access_services.add_seats(organisation=organisation, course_set=paid.sets.get(), quantity=1, source_key="order:1")
    (person,) = people_of(organisation, 1)
    access_services.assign_seats(organisation=organisation, course=paid, memberships=[person])
    partner = sign_in(member(organisation, "lnd_partner").user)
    pages = [html(client.get(at("person", organisation, person.uuid))) for client in (admin, partner)]
    assert ["In use" in page for page in pages] == [True, True]
    assert ["Release this seat" in page for page in pages] == [True, False]
