"""A question asked again each quarter: when, by whom, what its answer replaces, and what stops it."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.enums import AuditVerb
from accounts.models import AuditEvent, Organisation
from imports.models import StagedImport
from jobs.models import Job
from outcomes.models import EvidenceRun, Refresh, Release
from outcomes.refreshing import refresh_answers, refresh_each_quarter, stop_refreshing
from outcomes.services import run_analysis
from stakeholders.models import Completion, EmploymentStint

from .test_releases import ask, codes, complete

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner(acme, member):
    return member(acme, "lnd_partner").user


@pytest.fixture
def answer(acme, partner):
    """One that is kept up to date, and 92 days old."""
    run = ask(acme, as_of="2024-11-30", covariates="site:category")
    refresh_each_quarter(run=run, actor=partner)
    earlier = timezone.now() - timedelta(days=92)
    EvidenceRun.objects.filter(pk=run.pk).update(created_at=earlier)
    Release.objects.update(created_at=earlier)
    Refresh.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    return run


def a_file_comes(organisation, kind="people"):
    StagedImport.objects.create(
        organisation=organisation, kind=kind, file_name="people.csv", state="applied", applied_at=timezone.now()
    )


def asked_again(run):
    """The runs that the clock asked for, once a worker has computed them."""
    refresh_answers()
    found = list(EvidenceRun.objects.filter(refreshes=run))
    return [run_analysis(run=new) for new in found]


def test_a_quarter_later_with_a_new_file_the_same_question_is_asked_as_of_that_day(acme, answer, partner):
    complete(acme, people=12)
    a_file_comes(acme)
    (new,) = asked_again(answer)
    assert new.question == answer.question | {"as_of": timezone.localdate().isoformat()}
    assert (new.requested_by, codes(new)) == (partner, [])
    answer.refresh_from_db()
    assert answer.replaced_by == new
    refresh = Refresh.objects.get()
    assert (refresh.run, refresh.due_on, refresh.problem) == (new, timezone.localdate() + timedelta(days=91), "")


def test_it_is_about_the_course_it_was_about_where_another_has_come_since(acme, answer):
    """Which was the only one then, so that nobody had to name it."""
    (course,) = answer.result["question"]["courses"]
    assert answer.question["courses"] == [course]
    Completion.objects.create(organisation=acme, person_id="P001", course="Fire safety", completed_on=date(2024, 11, 1))
    a_file_comes(acme)
    (new,) = asked_again(answer)
    assert (codes(new), new.result["question"]["courses"]) == ([], [course])
    assert Refresh.objects.get().run == new


def test_its_counts_are_rounded_even_where_many_people_are_new(acme, answer):
    complete(acme, people=30)
    a_file_comes(acme)
    (new,) = asked_again(answer)
    assert "counts_rounded" in [notice["code"] for notice in new.result["warnings"]]
    assert {value % 5 for value in new.result["counts"].values() if value is not None} == {0}


def test_repeating_the_sweep_asks_nothing_twice(acme, answer):
    a_file_comes(acme)
    assert len(asked_again(answer)) == 1
    refresh_answers()
    assert EvidenceRun.objects.exclude(pk=answer.pk).count() == 1


@pytest.mark.parametrize("kind", [None, "customers", "tenure"])
def test_without_a_new_file_of_its_kind_nothing_is_asked(acme, answer, kind):
    if kind:
        a_file_comes(acme, kind)
    assert asked_again(answer) == []
    assert Refresh.objects.get().due_on < timezone.localdate(), "it goes on waiting"


@pytest.mark.parametrize(("time_zone", "asked"), [("Pacific/Auckland", 1), ("Europe/Zurich", 0)])
def test_the_day_has_come_when_it_has_come_where_the_organisation_is(acme, answer, time_zone, asked):
    now = timezone.now().replace(hour=20)
    Organisation.objects.update(time_zone=time_zone)
    Refresh.objects.update(due_on=now.date() + timedelta(days=1))
    a_file_comes(acme)
    with time_machine.travel(now, tick=False):  # in Auckland it is tomorrow already
        refresh_answers()
    assert EvidenceRun.objects.filter(refreshes=answer).count() == asked


def test_nothing_is_asked_before_a_quarter_has_passed(acme, answer):
    Refresh.objects.update(due_on=timezone.localdate() + timedelta(days=1))
    a_file_comes(acme)
    assert asked_again(answer) == []


def test_a_refusal_leaves_the_answer_in_place_and_says_why(acme, answer, sign_in, partner):
    Release.objects.update(created_at=timezone.now() - timedelta(days=61))
    complete(acme)  # by one person apart from an answer of two months ago
    a_file_comes(acme)
    (refused,) = asked_again(answer)
    assert codes(refused) == ["too_close_to_earlier_answer"]
    answer.refresh_from_db()
    refresh = Refresh.objects.get()
    assert (answer.replaced_by, refresh.run) == (None, answer)
    assert refresh.due_on == timezone.localdate() + timedelta(days=30), "once that answer is a quarter old"
    page = sign_in(partner).get(answer.get_absolute_url()).content.decode()
    assert "The last time there was no new answer" in page
    assert "An answer as of 30 November 2024 differs from this one by fewer than ten people" in page


def test_a_question_that_no_longer_fits_the_data_says_so_and_asks_nothing(acme, answer):
    EmploymentStint.objects.update(covariates={})
    a_file_comes(acme)
    assert asked_again(answer) == []
    assert "There is no column 'site' in the data." in Refresh.objects.get().problem
    assert not Job.objects.exclude(evidence_runs=answer).exists()


@pytest.mark.parametrize("how", ["role", "account"])
def test_it_stops_once_whoever_asked_may_not_ask_any_more(acme, answer, partner, how):
    if how == "role":
        partner.memberships.get(organisation=acme).roles.all().delete()
    else:
        Refresh.objects.update(asked_by=None)
    a_file_comes(acme)
    assert asked_again(answer) == []
    assert not Refresh.objects.exists()
    stopped = AuditEvent.objects.get(verb=AuditVerb.ANALYSIS_REFRESH_STOPPED)
    assert stopped.organisation == acme


def test_an_answer_asked_by_hand_that_replaces_it_is_kept_up_to_date_from_then_on(acme, answer):
    complete(acme)
    new = ask(acme, covariates="site:category")
    answer.refresh_from_db()
    assert (answer.replaced_by, Refresh.objects.get().run) == (new, new)


@pytest.mark.slow
@pytest.mark.parametrize("changed", [0, 1, 30])
def test_the_clock_replaces_every_answer_to_its_question_about_nearly_the_same_people(acme, partner, changed):
    """However many the new data change: beside the rounded counts no exact ones stay open."""
    runs = [ask(acme, as_of="2024-11-30", covariates="site:category") for _time in range(3)]
    for run in runs[:2]:
        refresh_each_quarter(run=run, actor=partner)
    other_year = ask(acme, as_of="2023-06-30", covariates="site:category")
    earlier = timezone.now() - timedelta(days=92)
    EvidenceRun.objects.update(created_at=earlier)
    Release.objects.update(created_at=earlier)
    Refresh.objects.filter(run=runs[1]).update(due_on=timezone.localdate() - timedelta(days=1))
    if changed:
        complete(acme, people=changed)
    a_file_comes(acme)
    (new,) = asked_again(runs[1])
    assert codes(new) == []
    for run in (*runs, other_year):
        run.refresh_from_db()
    assert [run.replaced_by for run in runs] == [new, new, new]
    assert other_year.replaced_by is None
    assert [(refresh.run, refresh.due_on) for refresh in Refresh.objects.all()] == [
        (new, timezone.localdate() + timedelta(days=91))
    ], "the question is asked once"


def test_the_button_starts_once_stops_once_and_writes_both_down(acme, partner, sign_in):
    run = ask(acme)
    client = sign_in(partner)
    address = reverse("org:refresh_run", args=[acme.slug, run.uuid])
    for act in ("start", "start"):
        client.post(address, {"act": act})
    assert Refresh.objects.get().due_on == timezone.localdate() + timedelta(days=91)
    assert "Stop asking again" in client.get(run.get_absolute_url()).content.decode()
    for act in ("stop", "stop"):
        client.post(address, {"act": act})
    assert not Refresh.objects.exists()
    verbs = [AuditVerb.ANALYSIS_REFRESH_STARTED, AuditVerb.ANALYSIS_REFRESH_STOPPED]
    assert sorted(AuditEvent.objects.filter(verb__in=verbs).values_list("verb", flat=True)) == sorted(verbs)
    assert "Ask again each quarter" in client.get(run.get_absolute_url()).content.decode()


def test_a_reader_sees_that_it_is_kept_up_to_date_and_no_button(acme, answer, member, sign_in):
    client = sign_in(member(acme, "outcomes_reader").user)
    page = client.get(answer.get_absolute_url()).content.decode()
    assert "Keep this answer up to date" in page
    assert "Stop asking again" not in page
    stop_refreshing(run=answer, actor=None)
    assert "Keep this answer up to date" not in client.get(answer.get_absolute_url()).content.decode()


def test_what_was_refused_cannot_be_kept_up_to_date(acme, partner, sign_in):
    ask(acme, as_of="2024-11-30")
    complete(acme)
    refused = ask(acme)
    client = sign_in(partner)
    assert "Ask again each quarter" not in client.get(refused.get_absolute_url()).content.decode()
    client.post(reverse("org:refresh_run", args=[acme.slug, refused.uuid]), {"act": "start"})
    assert not Refresh.objects.exists()


def test_an_old_answer_is_due_at_once(acme, partner):
    run = ask(acme)
    EvidenceRun.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(days=400))
    run.refresh_from_db()
    assert refresh_each_quarter(run=run, actor=partner).due_on < timezone.localdate()
    assert date.fromisoformat(run.question["as_of"]) == timezone.localdate()
