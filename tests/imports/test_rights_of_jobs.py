"""Work on a file goes by the right that whoever asked for it has when it begins, and so do its pages."""

import io

import pytest
from django.urls import reverse

from accounts.enums import MembershipState
from accounts.models import Membership, User
from accounts.services.people import mark_as_left
from imports import services
from imports.enums import ImportState
from imports.models import StagedImport
from jobs.enums import JobState
from jobs.services import job_kinds, perform, start_job
from stakeholders.models import EmploymentStint

pytestmark = pytest.mark.django_db
REFUSED = "Whoever asked for this may no longer do it here, so nothing was changed. Someone else can ask for it again."
PEOPLE, HISTORY = "email,first_name\nx@example.org,X\n", "person_id,hire_date\n1,2020-01-01\n"


@pytest.fixture
def received(organisation):
    def receive(text, kind):
        file = io.BytesIO(text.encode())
        return services.check_import(
            services.receive_upload(organisation=organisation, kind=kind, file=file, file_name="p.csv")
        )

    return receive


def end(job):
    perform(job.pk)
    job.refresh_from_db()
    return job.state, job.error


def lose_role(membership):
    membership.roles.all().delete()


def leave(membership):
    mark_as_left(membership=membership, actor=None)


def close_account(membership):
    User.objects.filter(pk=membership.user_id).update(is_active=False)


def delete_account(membership):
    Membership.objects.filter(pk=membership.pk).update(user=None, state=MembershipState.LEFT)
    User.objects.get(pk=membership.user_id).delete()


ENDINGS = [lose_role, leave, close_account, delete_account]


@pytest.mark.parametrize("ends", ENDINGS)
@pytest.mark.parametrize(("kind", "role", "text"), [("enrolments", "admin", PEOPLE), ("people", "data_steward", HISTORY)])
def test_nothing_is_applied_for_somebody_whose_right_is_gone(organisation, member, received, ends, kind, role, text):
    asked = member(organisation, role)
    staged = received(text, kind)
    job = services.start_apply(staged, actor=asked.user)
    ends(asked)
    assert end(job) == (JobState.FAILED, REFUSED)
    assert not Membership.objects.filter(email="x@example.org").exists()
    assert EmploymentStint.objects.count() == 0


@pytest.mark.parametrize("ends", ENDINGS)
@pytest.mark.parametrize(("kind", "role", "text"), [("enrolments", "admin", PEOPLE), ("people", "data_steward", HISTORY)])
def test_nothing_is_withdrawn_for_somebody_whose_right_is_gone(organisation, member, received, ends, kind, role, text):
    asked = member(organisation, role)
    staged = received(text, kind)
    services.apply_import(staged)
    job = services.start_withdrawal(staged, actor=asked.user)
    ends(asked)
    assert end(job) == (JobState.FAILED, REFUSED)
    assert StagedImport.objects.get().state == ImportState.APPLIED
    assert Membership.objects.filter(email="x@example.org").count() + EmploymentStint.objects.count() == 1


@pytest.mark.parametrize("ends", ENDINGS)
def test_nothing_is_skipped_or_checked_for_somebody_whose_right_is_gone(organisation, member, received, ends):
    asked, other = member(organisation, "admin"), member(organisation, "admin")
    staged = received(PEOPLE + "nobody,N\n", "enrolments")
    skip = services.start_skipping(staged, expected=1, actor=asked.user)
    ends(asked)
    assert end(skip) == (JobState.FAILED, REFUSED)
    assert not Membership.objects.filter(email="x@example.org").exists()
    staged.refresh_from_db()
    assert end(services.start_check(staged, actor=other.user)) == (JobState.DONE, "")


def test_another_may_go_on_with_the_file(organisation, member, received):
    asked, other = member(organisation, "admin"), member(organisation, "admin")
    staged = received(PEOPLE, "enrolments")
    job = services.start_apply(staged, actor=asked.user)
    lose_role(asked)
    end(job)
    staged.refresh_from_db()
    end(services.start_check(staged, actor=other.user))
    staged.refresh_from_db()
    assert end(services.start_apply(staged, actor=other.user)) == (JobState.DONE, "")
    assert Membership.objects.filter(email="x@example.org").exists()


@pytest.mark.parametrize("ends", [lose_role, leave])
def test_the_pages_of_a_job_go_by_the_right_for_its_work(organisation, member, sign_in, received, ends):
    asked = member(organisation, "admin")
    job = services.start_apply(received(PEOPLE, "enrolments"), actor=asked.user)
    client = sign_in(asked.user)
    assert client.get(reverse("job", args=[job.uuid])).status_code == 200
    ends(asked)
    assert client.get(reverse("job", args=[job.uuid])).status_code == 404
    for name in ("job_stop", "job_restart"):
        assert client.post(reverse(name, args=[job.uuid])).status_code == 404
    job.refresh_from_db()
    assert (job.state, job.stop_requested_at) == (JobState.QUEUED, None)


def test_another_right_than_that_for_the_work_does_not_do(organisation, member, sign_in, received):
    asked = member(organisation, "admin")
    job = services.start_apply(received(PEOPLE, "enrolments"), actor=asked.user)
    asked.roles.update(role="lnd_partner")
    assert sign_in(asked.user).get(reverse("job", args=[job.uuid])).status_code == 404
    assert end(job) == (JobState.FAILED, REFUSED)


def test_a_discarded_file_leaves_its_job_to_who_may_import_such_files(organisation, member, sign_in, received):
    asked = member(organisation, "admin")
    staged = received(PEOPLE, "enrolments")
    job = services.start_check(staged, actor=asked.user)
    end(job)
    staged.refresh_from_db()
    services.discard(staged, actor=asked.user)
    client = sign_in(asked.user)
    assert client.get(reverse("job", args=[job.uuid])).status_code == 200
    lose_role(asked)
    assert client.get(reverse("job", args=[job.uuid])).status_code == 404


def test_every_kind_of_work_in_an_organisation_says_who_may(organisation, member):
    """By default nobody may: a kind that says nothing could not be started by anybody."""
    nobody = member(organisation).user
    silent = {kind.name for kind in job_kinds if kind.may.__name__ == "_nobody"}
    # Of somebody alone, and of no organisation.
    of_assessments = {
        "assessments.export_questions",
        "assessments.plan_rescoring",
        "assessments.rescore",
        "assessments.study_fit",
    }
    assert silent == {"accounts.export", "cms.check_case", "postponed_task"} | of_assessments
    for kind in job_kinds:
        job = start_job(kind=kind.name, title="Work", parameters={"import": 0}, organisation=organisation, requested_by=nobody)
        assert end(job) == (JobState.FAILED, REFUSED), kind.name
