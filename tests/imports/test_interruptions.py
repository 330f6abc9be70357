"""Workers are killed and stopped, and people press at the same time: what was committed is said, and nothing is done twice."""

import io
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from imports import services
from imports.enums import ImportState
from imports.errors import NotReady
from imports.kinds import import_kinds
from imports.models import StagedImport
from imports.services.files import lock, lock_import
from imports.storage import private_storage
from imports.tasks import forget_left_files
from jobs import services as jobs
from jobs.enums import JobState
from jobs.models import Job
from jobs.services import stop_job
from learning.jobs import ADD_JOB
from learning.models import CohortMembership
from learning.services import create_cohort
from stakeholders.models import EmploymentStint
from tests.courses.factories import published_course
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db
PEOPLE = b"person_id,hire_date,team\n0017,2020-01-01,A\n0018,2020-02-01,B\n"
MIXED = b"person_id,hire_date\n0017,2020-01-01\n0018,soon\n"
STOPPED = "You stopped this before it finished. Nothing was changed."


@pytest.fixture
def receive(organisation):
    def run(data=PEOPLE):
        staged = services.receive_upload(
            organisation=organisation, kind="people", file=io.BytesIO(data), file_name="people.csv"
        )
        return services.check_import(staged)

    return run


class Killed(BaseException):
    """The worker is gone."""


@pytest.fixture
def work(monkeypatch, django_capture_on_commit_callbacks):
    """Has a worker do what `start` asks for, killed once its work has been committed, and then another worker the same job."""

    def run(start):
        with monkeypatch.context() as patch:
            patch.setattr(jobs.run_job, "apply_async", lambda *_args, **_options: None)
            with django_capture_on_commit_callbacks(execute=True):
                job = start()
        with monkeypatch.context() as patch:

            def killed(*_args, **_changes):
                raise Killed

            patch.setattr(jobs, "_finish", killed)
            with pytest.raises(Killed), django_capture_on_commit_callbacks(execute=True):
                jobs.perform(job.pk)
        with django_capture_on_commit_callbacks(execute=True):
            jobs.perform(job.pk)
        job.refresh_from_db()
        return job

    return run


# Killed between the commit and the word about it ---------------------------------------------------------------------------


def test_a_withdrawal_that_comes_again_says_what_was_withdrawn(receive, user, work):
    staged = receive()
    services.apply_import(staged)
    job = work(lambda: services.start_withdrawal(staged, actor=user))
    assert (job.state, job.result) == (JobState.DONE, {"message": "2 rows removed, 0 restored."})


@pytest.mark.parametrize("data", [PEOPLE, MIXED])
def test_an_import_that_comes_again_says_what_was_imported(receive, user, work, data):
    staged = receive(data)
    job = work(
        lambda: (
            services.start_skipping(staged, expected=1, actor=user)
            if data == MIXED
            else services.start_apply(staged, actor=user)
        )
    )
    expected = "1 new, 1 skipped" if data == MIXED else "2 new, 0 rejected"
    assert (job.state, job.result) == (JobState.DONE, {"message": expected})
    staged.refresh_from_db()
    assert (staged.state, staged.result_message) == (ImportState.APPLIED, expected)


def test_people_added_to_a_cohort_are_counted_when_the_job_comes_again(organisation, member, work):
    user = member(organisation, "admin").user
    MembershipFactory.create_batch(2, organisation=organisation)  # and the one who adds them
    cohort = create_cohort(organisation=organisation, name="Spring", course=published_course(), actor=user)
    parameters = {"cohort": str(cohort.uuid), "team": "", "search": "", "actor": user.pk}
    job = work(lambda: jobs.start_job(kind=ADD_JOB, title="Adding", parameters=parameters, organisation=organisation))
    assert (job.state, job.result["message"]) == (JobState.DONE, "3 people were added to “Spring”.")


def test_thousands_who_were_added_to_a_cohort_are_written_with_separators(organisation, member, work, monkeypatch):
    user = member(organisation, "admin").user
    cohort = create_cohort(organisation=organisation, name="Spring", course=published_course(), actor=user)
    monkeypatch.setattr("learning.services.add_to_cohort", lambda **_given: 40_000)
    parameters = {"cohort": str(cohort.uuid), "team": "", "search": "", "actor": user.pk}
    job = work(lambda: jobs.start_job(kind=ADD_JOB, title="Adding", parameters=parameters, organisation=organisation))
    assert job.result["message"] == "40,000 people were added to “Spring”."


@pytest.mark.parametrize("act", [services.apply_import, lambda staged: services.withdraw(staged=staged)])
def test_what_was_committed_is_said_without_a_job_too(receive, act):
    staged = receive()
    services.apply_import(staged)
    second = StagedImport.objects.get(pk=staged.pk)
    first = act(staged)
    assert act(second) == first
    assert AuditEvent.objects.filter(verb="outcomes.withdrawn").count() in (0, 1)


def test_files_are_forgotten_when_a_worker_was_killed_after_the_commit(receive, django_capture_on_commit_callbacks):
    staged = receive()
    paths = [Path(staged.file.path), Path(staged.rows_file.path)]
    StagedImport.objects.update(state=ImportState.APPLIED, results={"applied": {"message": "2 new"}})
    staged.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        assert services.apply_import(staged) == {"message": "2 new"}
    assert ([path.exists() for path in paths], staged.file.name, staged.rows_file.name) == ([False] * 2, "", "")


def test_a_storage_that_fails_after_the_commit_leaves_the_import_done(
    receive, user, work, monkeypatch, django_capture_on_commit_callbacks, caplog
):
    staged = receive()
    path = Path(staged.file.path)
    with monkeypatch.context() as patch:

        def fail(name):
            raise OSError("The disk is away.")

        patch.setattr(private_storage(), "delete", fail)
        # Without a transaction around it, as a worker does it, what is to be done after the commit is done at once.
        patch.setattr("imports.services.files.transaction.on_commit", lambda act: act())
        services.apply_import(staged)
    staged.refresh_from_db()
    assert (staged.state, path.exists()) == (ImportState.APPLIED, True)
    assert "could not be deleted" in caplog.text


# What is left over ----------------------------------------------------------------------------------------------------------


def test_files_that_should_be_gone_are_deleted_daily(receive, django_capture_on_commit_callbacks):
    waiting, ended, discarded = receive(), receive(), receive()
    StagedImport.objects.filter(pk=ended.pk).update(state=ImportState.APPLIED)
    StagedImport.objects.filter(pk=discarded.pk).delete()
    young = private_storage().save("imports/2026/01/just-now.csv", io.BytesIO(b"x"))
    kept = [Path(waiting.file.path), Path(waiting.rows_file.path), Path(private_storage().path(young))]
    gone = [Path(field.path) for staged in (ended, discarded) for field in (staged.file, staged.rows_file)]
    yesterday = (timezone.now() - timedelta(days=2)).timestamp()
    for path in [*kept[:2], *gone]:
        os.utime(path, (yesterday, yesterday))
    with django_capture_on_commit_callbacks(execute=True):
        forget_left_files()
    assert [[path.exists() for path in paths] for paths in (kept, gone)] == [[True] * 3, [False] * 4]
    private_storage().delete(young)


def test_without_any_upload_there_is_nothing_to_delete(db, settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "private": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    }
    forget_left_files()
    assert list(tmp_path.iterdir()) == []


# Stopped --------------------------------------------------------------------------------------------------------------------


def test_somebody_stopped_at_the_last_moment_has_changed_nothing(
    receive, user, monkeypatch, django_capture_on_commit_callbacks
):
    staged = receive()

    def write_and_be_stopped(staged, _staging, _actor):
        EmploymentStint.objects.create(organisation=staged.organisation, source=staged, person_id="1", hire_date="2020-01-01")
        stop_job(StagedImport.objects.get().job)
        return {"message": "2 new"}

    monkeypatch.setattr("imports.services.processing._write", write_and_be_stopped)
    with django_capture_on_commit_callbacks(execute=True):
        job = services.start_apply(staged, actor=user)
    job.refresh_from_db()
    staged.refresh_from_db()
    # The request to stop was made in the transaction that was undone.
    assert (job.state, job.error, EmploymentStint.objects.count()) == (JobState.FAILED, STOPPED, 0)
    assert (staged.state, bool(staged.rows_file)) == (ImportState.APPLYING, True)


def test_somebody_who_stops_the_adding_of_people_has_added_nobody(
    organisation, member, monkeypatch, django_capture_on_commit_callbacks
):
    user = member(organisation, "admin").user
    MembershipFactory.create_batch(3, organisation=organisation)
    cohort = create_cohort(organisation=organisation, name="Spring", course=published_course(), actor=user)
    parameters = {"cohort": str(cohort.uuid), "team": "", "search": "", "actor": user.pk}
    reports = []

    def report(self, done, total=None, step=""):
        """After the first report somebody presses *Stop*."""
        reports.append(done)
        stop_job(self.job)

    monkeypatch.setattr(jobs.Progress, "report", report)
    with django_capture_on_commit_callbacks(execute=True):
        job = jobs.start_job(kind=ADD_JOB, title="Adding", parameters=parameters, organisation=organisation)
    job.refresh_from_db()
    assert (reports, job.state, job.error) == ([0], JobState.FAILED, STOPPED)
    assert CohortMembership.objects.count() == 0


def test_what_goes_wrong_after_the_commit_does_not_undo_what_is_said(user, monkeypatch, settings, caplog):
    def complete_and_trip(progress):
        progress.complete({"message": "All of it."})
        raise RuntimeError("The lamp fell over.")

    settings.CELERY_TASK_EAGER_PROPAGATES = False
    monkeypatch.setitem(jobs.job_kinds._entries, "tripping", jobs.JobKind("tripping", complete_and_trip))
    job = Job.objects.create(kind="tripping", title="Tripping", requested_by=user)
    jobs.perform(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error, job.result) == (JobState.DONE, "", {"message": "All of it."})
    assert "The lamp fell over." in caplog.text


# At the same time -----------------------------------------------------------------------------------------------------------


def apply_meanwhile(staged):
    StagedImport.objects.filter(pk=staged.pk).update(state=ImportState.APPLIED)


def discard_meanwhile(staged):
    StagedImport.objects.filter(pk=staged.pk).delete()


def check_meanwhile(staged):
    job = Job.objects.create(kind="import_check", title="Checking")
    StagedImport.objects.filter(pk=staged.pk).update(state=ImportState.CHECKING, job=job)


@pytest.mark.parametrize("data", [PEOPLE, MIXED])
@pytest.mark.parametrize("meanwhile", [apply_meanwhile, discard_meanwhile, check_meanwhile])
def test_a_slow_check_changes_nothing_of_an_import_that_went_on_without_it(receive, monkeypatch, meanwhile, data):
    staged = receive()
    services.check_import(staged)
    kind = import_kinds["people"]
    from imports.rows import read_rows

    def read(check):
        read_rows(check, kind, check.staging)
        meanwhile(check.staged)

    slow = services.receive_upload(
        organisation=staged.organisation, kind="people", file=io.BytesIO(data), file_name="people.csv"
    )
    monkeypatch.setitem(import_kinds._entries, "people", replace(kind, read=read))
    before = set(private_storage().listdir(str(Path(slow.file.name).parent))[1])
    with pytest.raises(NotReady, match="in the meantime"):
        services.check_import(slow)
    assert set(private_storage().listdir(str(Path(slow.file.name).parent))[1]) == before
    now = StagedImport.objects.filter(pk=slow.pk).first()
    expected = {apply_meanwhile: "applied", check_meanwhile: "checking", discard_meanwhile: None}[meanwhile]
    assert (now and now.state, now and now.problems.count()) == (expected, expected and 0)


def test_a_job_that_was_given_up_does_not_touch_what_another_one_has(receive, user, django_capture_on_commit_callbacks):
    staged = receive()
    old = services.start_check(staged, actor=user)
    Job.objects.update(state=JobState.FAILED)
    services.start_check(staged, actor=user)
    Job.objects.filter(pk=old.pk).update(state=JobState.QUEUED, finished_at=None)
    jobs.perform(old.pk)
    old.refresh_from_db()
    assert (old.state, old.error[:45]) == (JobState.FAILED, "This file was imported, discarded or checked ")
    assert StagedImport.objects.get().state == ImportState.CHECKING


STARTS = {
    "check": lambda staged, user: services.start_check(staged, actor=user),
    "apply": lambda staged, user: services.start_apply(staged, actor=user),
    "skip": lambda staged, user: services.start_skipping(staged, expected=1, actor=user),
    "withdraw": lambda staged, user: services.start_withdrawal(staged, actor=user),
    "map": lambda staged, user: services.map_columns(staged, {"person_id": "person_id"}, {}, actor=user),
    "discard": lambda staged, user: services.discard(staged, actor=user),
}


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize("is_gone", [False, True])
def test_nothing_is_begun_on_what_the_page_does_not_know_yet(receive, user, name, is_gone):
    """Somebody was quicker by a moment: the import has another job by now, or is gone."""
    staged = receive(MIXED if name == "skip" else PEOPLE)
    if name == "withdraw":
        services.apply_import(staged)
    as_the_page_has_it = StagedImport.objects.get(pk=staged.pk)
    if is_gone:
        discard_meanwhile(staged)
    else:
        # As while the valid rows are imported: the file is ready, and the job goes on.
        job = Job.objects.create(kind="import_skip", title="Importing", state=JobState.RUNNING)
        StagedImport.objects.update(job=job)
    count = Job.objects.count()
    with pytest.raises(NotReady):
        STARTS[name](as_the_page_has_it, user)
    assert Job.objects.count() == count
    assert [bool(one.file) for one in StagedImport.objects.all()] == ([] if is_gone else [name != "withdraw"])


def test_a_file_in_use_is_not_forgotten_by_its_age(receive, user):
    from imports.services.files import forget_waiting_file

    staged = receive()
    as_the_sweep_has_it = StagedImport.objects.get(pk=staged.pk)
    services.start_check(staged, actor=user)
    forget_waiting_file(as_the_sweep_has_it)
    assert StagedImport.objects.get().state == ImportState.CHECKING
    assert StagedImport.objects.get().file


# Three comparisons that a change of one character would break ----------------------------------------------------------------


def test_a_currency_that_changes_before_the_lock_stops_the_import(receive, organisation, monkeypatch):
    staged = receive()

    def lock_a_moment_later(staged):
        type(organisation).objects.filter(pk=organisation.pk).update(currency="JPY")
        return lock_import(staged)

    assert organisation.currency != "JPY"
    monkeypatch.setattr("imports.services.processing.lock_import", lock_a_moment_later)
    with pytest.raises(NotReady, match="currency changed"):
        services.apply_import(staged)
    assert (EmploymentStint.objects.count(), StagedImport.objects.get().state) == (0, ImportState.READY)


@pytest.mark.parametrize("text", [MIXED + b"0019,later\n", MIXED + b"0019,2020-01-01\n"])
def test_the_others_are_imported_for_exactly_the_number_that_was_agreed(
    receive, user, monkeypatch, django_capture_on_commit_callbacks, text
):
    staged = receive(text)
    rows = staged.skippable_rows
    # As it is when a cohort or a course has gone since the page was shown: the check finds another number.
    StagedImport.objects.update(findings=staged.findings | {"skippable": 1})
    with django_capture_on_commit_callbacks(execute=True):
        services.start_skipping(staged, expected=1, actor=user)
    staged.refresh_from_db()
    assert (staged.state, EmploymentStint.objects.count()) == (
        (ImportState.APPLIED, 2) if rows == 1 else (ImportState.READY, 0)
    )


def test_an_import_is_withdrawn_once(receive):
    staged = receive()
    services.apply_import(staged)
    second = StagedImport.objects.get(pk=staged.pk)
    assert services.withdraw(staged=staged) == services.withdraw(staged=second) == services.withdraw(staged=second)
    assert AuditEvent.objects.filter(summary__startswith="Withdrew").count() == 1


def test_who_is_locked_is_as_new_as_the_lock(receive):
    staged = receive()
    StagedImport.objects.update(state=ImportState.CHECKING)
    lock(staged)
    assert staged.state == ImportState.CHECKING
