"""How an organisation is doing: everybody counts once, a week ago is what it would have said then, large ones are kept."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.enums import MembershipState
from accounts.models import Membership
from jobs.services import perform, start_job
from learning import figures, queries, services
from learning.figures import PeopleCounts, cohort_rows, count_figures, figures_of, keep_figures, progress_to_show
from learning.jobs import ADD_JOB
from learning.models import Cohort, CohortMembership, Enrolment, KeptFigures
from learning.queries import CohortProgress
from learning.services.cohorts import enrol_in_cohorts
from tests.courses.factories import published_course
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 6, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def two_cohorts(organisation):
    """Two courses with a cohort each; the first was due yesterday, the second has no due date."""
    courses = [published_course([["a"]]), published_course([["b"]])]
    return [
        services.create_cohort(organisation=organisation, name=name, course=course, actor=None, due_on=due_on)
        for name, course, due_on in [("First", courses[0], date(2027, 6, 9)), ("Second", courses[1], None)]
    ]


def place(member: Membership, cohort: Cohort, *, started=None, finished=None, added=NOW - 30 * DAY) -> None:
    CohortMembership.objects.filter(pk=CohortMembership.objects.create(cohort=cohort, membership=member).pk).update(
        created_at=added
    )
    if member.user_id:
        enrol_in_cohorts(membership=member)
        Enrolment.objects.filter(user=member.user_id, course=cohort.course).update(started_at=started, completed_at=finished)


def somebody(organisation, *, state=MembershipState.ACTIVE, since=NOW - 60 * DAY) -> Membership:
    member = MembershipFactory(organisation=organisation, state=state)
    if state == MembershipState.INVITED:
        Membership.objects.filter(pk=member.pk).update(user=None)
    joined = since if state == MembershipState.ACTIVE else None
    Membership.objects.filter(pk=member.pk).update(created_at=since, joined_at=joined)
    member.refresh_from_db()
    return member


@pytest.fixture
def people(organisation, two_cohorts):
    """Four people, three of them in both cohorts; one of those four was invited and has not answered."""
    first, second = two_cohorts
    done, half, idle = (somebody(organisation) for _n in range(3))
    invited = somebody(organisation, state=MembershipState.INVITED, since=NOW - 2 * DAY)
    place(done, first, started=NOW - 20 * DAY, finished=NOW - 15 * DAY)
    place(done, second, started=NOW - 10 * DAY, finished=NOW - DAY)
    place(half, first, started=NOW - 3 * DAY)
    place(half, second)
    place(idle, first)
    place(invited, second, added=NOW - 2 * DAY)
    gone = somebody(organisation, state=MembershipState.LEFT)
    place(gone, first)
    return done, half, idle, invited


def test_everybody_counts_once_however_many_cohorts_they_are_in(organisation, people):
    with time_machine.travel(NOW, tick=False):
        counted = count_figures(organisation)
    assert counted.now == PeopleCounts(people=4, joined=3, in_cohorts=4, started=2, finished=1, late=2)
    assert counted.invited == 1


def test_a_week_ago_is_what_it_would_have_said_then(organisation, people):
    with time_machine.travel(NOW, tick=False):
        counted = count_figures(organisation)
    # Then the second course of the one was not finished, the other had not started, nothing was due, nobody new invited.
    assert counted.before == PeopleCounts(people=3, joined=3, in_cohorts=3, started=1, finished=0, late=0)


def test_weeks_end_today_and_count_each_start_and_finish_once(organisation, two_cohorts, people):
    done = people[0]
    again = services.create_cohort(organisation=organisation, name="Again", course=two_cohorts[0].course, actor=None)
    CohortMembership.objects.create(cohort=again, membership=done)
    with time_machine.travel(NOW, tick=False):
        weeks = count_figures(organisation).weeks
    assert [week.starts_on for week in weeks] == [date(2027, 3, 19) + n * timedelta(weeks=1) for n in range(12)]
    assert [(week.started, week.finished) for week in weeks[-3:]] == [(1, 1), (1, 0), (1, 1)]
    assert sum(week.started for week in weeks) == 3


def test_what_was_long_ago_is_in_no_week(organisation, two_cohorts):
    place(somebody(organisation, since=NOW - 300 * DAY), two_cohorts[1], started=NOW - 200 * DAY)
    with time_machine.travel(NOW, tick=False):
        assert sum(week.started for week in count_figures(organisation).weeks) == 0


def test_the_day_is_that_of_the_organisation(organisation, two_cohorts):
    """At noon in London it is tomorrow in Auckland, and what was due yesterday there is late there."""
    Cohort.objects.filter(pk=two_cohorts[0].pk).update(due_on=date(2027, 6, 10))
    place(somebody(organisation), two_cohorts[0])
    for zone, late in [("Europe/London", 0), ("Pacific/Auckland", 1)]:
        organisation.time_zone = zone
        organisation.save()
        with time_machine.travel(NOW + timedelta(hours=1), tick=False):
            counted = count_figures(organisation)
            assert (counted.now.late, counted.cohorts[two_cohorts[0].pk].late) == (late, late)
            assert queries.cohort_progress(Cohort.objects.get(pk=two_cohorts[0].pk)).late == late


def test_counted_at_once_or_by_cohort_it_is_the_same(organisation, two_cohorts, people):
    with time_machine.travel(NOW, tick=False):
        counted = count_figures(organisation)
        assert counted.cohorts == {cohort.pk: queries.cohort_progress(cohort) for cohort in two_cohorts}
    assert counted.cohorts[two_cohorts[0].pk] == CohortProgress(people=3, invited=0, started=2, finished=1, late=2)


@time_machine.travel(NOW, tick=False)
def test_a_small_organisation_is_counted_as_one_looks(organisation, people):
    figures_of(organisation)
    assert not KeptFigures.objects.exists()
    before = figures_of(organisation).now.people
    somebody(organisation)
    assert figures_of(organisation).now.people == before + 1


@pytest.fixture
def large(monkeypatch, organisation, people):
    monkeypatch.setattr(figures, "LIVE_PLACES", 4)
    return organisation


def test_a_large_organisation_reads_what_was_kept(large):
    with time_machine.travel(NOW, tick=False):
        counted = count_figures(large)
        first = figures_of(large)  # counted here, and kept by the task
        kept = figures_of(large)
    assert (first.is_kept, kept.is_kept) == (False, True)
    assert (kept.now, kept.before, kept.weeks, kept.cohorts, kept.invited) == (
        counted.now,
        counted.before,
        counted.weeks,
        counted.cohorts,
        counted.invited,
    )


def test_kept_figures_are_counted_anew_once_a_minute(large):
    with time_machine.travel(NOW, tick=False):
        figures_of(large)
        somebody(large, since=NOW - DAY)
    with time_machine.travel(NOW + timedelta(seconds=50), tick=False):
        assert figures_of(large).now.people == 4
    with time_machine.travel(NOW + timedelta(seconds=70), tick=False):
        figures_of(large)  # shows the old ones and has them counted
        assert figures_of(large).now.people == 5


def test_one_that_has_become_small_is_counted_live_again(large):
    with time_machine.travel(NOW, tick=False):
        figures_of(large)
        CohortMembership.objects.all().delete()
    with time_machine.travel(NOW + timedelta(minutes=2), tick=False):
        keep_figures(large.pk)
        assert not KeptFigures.objects.exists()


@time_machine.travel(NOW, tick=False)
def test_without_a_broker_the_page_shows_what_it_has(large, monkeypatch):
    def unreachable(*args, **kwargs):
        raise OperationalError("no broker")

    monkeypatch.setattr(keep_figures, "delay", unreachable)
    assert figures_of(large).now.people == 4


def test_a_cohort_made_since_then_is_counted_by_itself(large, two_cohorts):
    with time_machine.travel(NOW, tick=False):
        figures_of(large)
        new = services.create_cohort(organisation=large, name="New", course=two_cohorts[0].course, actor=None)
        place(somebody(large), new)
        rows = {row.cohort.name: row.progress.people for row in cohort_rows(large, figures_of(large))}
    assert rows == {"First": 3, "Second": 3, "New": 1}


def test_rows_come_by_urgency_or_as_asked(organisation, two_cohorts, people):
    with time_machine.travel(NOW, tick=False):
        services.create_cohort(
            organisation=organisation, name="Next", course=two_cohorts[1].course, actor=None, due_on=date(2027, 7, 1)
        )
        counted = count_figures(organisation)

        def names(**asked):
            return [row.cohort.name for row in cohort_rows(organisation, counted, **asked)]

        assert names() == ["First", "Next", "Second"]
        assert names(sort="-name") == ["Second", "Next", "First"]
        assert names(sort="people")[0] == "Next"
        assert names(search="ne") == ["Next"]
        assert names(state="late") == ["First"]
        assert names(state="empty") == ["Next"]
        assert names(course=two_cohorts[1].course.slug) == ["Next", "Second"]
        assert names(sort="nonsense", state="nonsense") == ["First", "Next", "Second"]


def plan(queryset) -> str:
    return queryset.explain()


def test_the_tabs_of_a_cohort_find_each_enrolment_by_its_index(organisation, two_cohorts, people):
    """One index with organisation, course and user: with the first two alone, 40,000 people took minutes on SQLite."""
    cohort = two_cohorts[0]
    if connection.vendor == "postgresql":
        # So few rows are read whole: what the plan would be with many is asked without that.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
    for status in queries.STATUSES:
        words = plan(queries.in_cohort(cohort, status=status))
        assert "SCAN learning_enrolment" not in words, words
        assert "Seq Scan on learning_enrolment" not in words, words
        # By the new index or that of the account, which has few rows for each.
        assert re.search(r"(INDEX|Index Scan using) learning_enrolment_(by_member|once|user_id)", words), words
        assert "SUBQUERY" not in words.upper(), words
        assert "SubPlan" not in words, words


@pytest.mark.parametrize("status", ["", "waiting", "idle", "started", "finished"])
def test_the_number_on_a_tab_is_the_number_of_its_rows(organisation, two_cohorts, people, status):
    cohort = two_cohorts[0]
    assert queries.cohort_progress(cohort).of_status(status) == queries.in_cohort(cohort, status=status).count()


def test_the_list_of_cohorts_can_be_searched_and_sorted(organisation, two_cohorts, people, member, sign_in):
    client = sign_in(member(organisation, "admin").user)
    address = reverse("org:cohorts", args=[organisation.slug])
    page = client.get(address, {"q": "first"}).content.decode()
    assert "First" in page
    assert "Second" not in page
    assert "No cohort matches" in client.get(address, {"q": "zzz"}).content.decode()
    page = client.get(address, {"sort": "-name"}).content.decode()
    assert page.index("Second") < page.index("First")
    assert 'aria-sort="descending"' in page


@time_machine.travel(NOW, tick=False)
def test_a_page_of_kept_figures_says_when_they_were_counted(large, member, sign_in):
    client = sign_in(member(large, "admin").user)
    figures_of(large)
    assert timezone.now() - KeptFigures.objects.get().counted_at < timedelta(minutes=1)
    for page in ("overview", "cohorts"):
        assert "Counted at" in client.get(reverse(f"org:{page}", args=[large.slug])).content.decode()


@pytest.fixture
def large_cohort(monkeypatch, large, two_cohorts):
    """A cohort whose numbers are kept, and the client of an admin."""
    monkeypatch.setattr(figures, "LIVE_PLACES", 2)
    with time_machine.travel(NOW, tick=False):
        figures_of(large)
    return two_cohorts[0]


def test_the_page_of_a_large_cohort_has_old_numbers_counted_anew_and_says_how_old(large, large_cohort, member, sign_in):
    place(somebody(large), large_cohort)
    with time_machine.travel(NOW + 3 * DAY, tick=False):
        client = sign_in(member(large, "admin").user)
        old, new = (client.get(large_cohort.get_absolute_url()).content.decode() for _look in range(2))
    assert "2 of 3 have started" in old
    assert "Counted on 10 June 2027 at 12:00. Reload this page in a minute for newer numbers." in old
    assert "2 of 4 have started" in new
    assert "Counted at 12:00." in new


@pytest.mark.parametrize("act", ["remove", "add", "edit"])
def test_whoever_changes_a_large_cohort_reads_the_change_at_once(large, large_cohort, people, member, sign_in, act):
    with time_machine.travel(NOW + timedelta(seconds=5), tick=False):
        client = sign_in(member(large, "admin").user)
        args, new = [large.slug, large_cohort.uuid], somebody(large)
        acts = {
            "remove": ("org:cohort_remove", [*args, people[0].uuid], {}, "1 of 2 has started"),
            "add": ("org:cohort_add", args, {"person": str(new.uuid)}, "2 of 4 have started"),
            "edit": ("org:cohort_edit", args, {"name": "First"}, "2 of 3 have started; 1 has finished."),
        }
        name, args, data, words = acts[act]
        page = client.post(reverse(name, args=args), data, follow=True).content.decode()
        assert words in page
        row = cohort_rows(large, figures_of(large), search="First")[0]
    assert row.progress.words in page


def test_whoever_adds_everybody_to_a_large_cohort_by_a_job_reads_it_at_once(large, large_cohort, member):
    admin = member(large, "admin").user
    parameters = {"cohort": str(large_cohort.uuid), "team": "", "search": "", "actor": admin.pk}
    with time_machine.travel(NOW + timedelta(seconds=5), tick=False):
        job = start_job(kind=ADD_JOB, title="Adding", parameters=parameters, organisation=large)
        perform(job.pk)
        assert progress_to_show(large_cohort) == (queries.cohort_progress(large_cohort), None)


def test_somebody_in_two_cohorts_of_a_course_is_overdue_in_every_list_or_in_none(organisation, two_cohorts):
    first = two_cohorts[0]
    later = services.create_cohort(
        organisation=organisation, name="Later", course=first.course, actor=None, due_on=date(2027, 7, 1)
    )
    one = somebody(organisation)
    place(one, first)
    place(one, later)
    with time_machine.travel(NOW, tick=False):
        assert count_figures(organisation).now.late == 1
        assert queries.course_cells([one])[one.pk].warning == "1 overdue"


@pytest.mark.parametrize("reader", ["Pacific/Pago_Pago", "Pacific/Kiritimati"])
@pytest.mark.parametrize(("zone", "late"), [("Pacific/Pago_Pago", 0), ("Pacific/Kiritimati", 1)])
def test_overdue_is_overdue_where_the_organisation_is_wherever_somebody_reads(organisation, two_cohorts, zone, late, reader):
    organisation.time_zone = zone
    organisation.save()
    Cohort.objects.filter(pk=two_cohorts[0].pk).update(due_on=NOW.date())
    one = somebody(organisation)
    place(one, two_cohorts[0])
    with time_machine.travel(NOW, tick=False), timezone.override(reader):
        assert count_figures(organisation).now.late == late
        assert queries.course_cells([one])[one.pk].warning == ("1 overdue" if late else "")
