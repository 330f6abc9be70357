"""Pages of jobs and of links that are closed."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from jobs.enums import JobState
from jobs.models import Job
from mail import links
from mail.models import MailLink
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(user):
    return Job.objects.create(
        kind="t",
        title="Import 10,000 people",
        requested_by=user,
        state=JobState.RUNNING,
        done=6200,
        total=10_000,
        step="Checking",
    )


def address(job: Job) -> str:
    return reverse("job", args=[job.uuid])


def test_a_running_job_shows_how_far_it_is(job, user, sign_in):
    html = sign_in(user).get(address(job)).content.decode()
    assert '<progress aria-label="Import 10,000 people" max="100" value="62">' in html
    assert "6,200 of 10,000" in html


def test_a_running_job_asks_again_with_and_without_a_script(job, user, sign_in):
    html = sign_in(user).get(address(job)).content.decode()
    assert f'hx-get="{address(job)}" hx-trigger="load delay:1s"' in html
    assert f'<noscript><meta http-equiv="refresh" content="2;url={address(job)}"></noscript>' in html


def test_the_fragment_is_the_progress_alone(job, user, sign_in):
    html = sign_in(user).get(address(job), headers={"HX-Request": "true"}).content.decode()
    assert html.strip().startswith('<div class="stack" id="job"')
    assert "<html" not in html


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED])
def test_a_finished_job_stops_asking_and_leads_on(job, user, sign_in, state):
    Job.objects.filter(pk=job.pk).update(state=state, error="Row 17: no such date.", result_url="/org/x/people/")
    html = sign_in(user).get(address(job)).content.decode()
    assert ("hx-get=" in html, "http-equiv" in html) == (False, False)
    assert 'href="/org/x/people/"' in html
    assert ("Row 17: no such date." in html) == (state == JobState.FAILED)


def test_nobody_else_sees_the_job(job, sign_in):
    assert sign_in(UserFactory()).get(address(job)).status_code == 404


@pytest.mark.parametrize(
    ("changes", "heading"),
    [
        ({"used_at": timezone.now()}, "This link has already been used"),
        ({"revoked_at": timezone.now()}, "This link was cancelled"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "This link has expired"),
    ],
    ids=["used", "revoked", "expired"],
)
def test_a_closed_link_says_why(client, changes, heading):
    link = links.make_link(kind="t", target_id=1, recipient="a@example.com")
    MailLink.objects.filter(pk=link.pk).update(**changes)
    response = client.get(reverse("mail_link", args=[links.token_of(link)]))
    words = re.search(r"<h1>\s*(.*?)\s*</h1>", response.content.decode(), re.S).group(1)
    assert (response.status_code, words) == (410, heading)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_of_a_kind_that_this_site_no_longer_knows(client, method):
    link = links.make_link(kind="survey", target_id=1, recipient="a@example.com")
    response = getattr(client, method)(reverse("mail_link", args=[links.token_of(link)]))
    assert (response.status_code, "This link is no longer valid" in response.content.decode()) == (410, True)
    stopped = client.post(reverse("mail_link", args=[links.token_of(link)]), {"List-Unsubscribe": "One-Click"})
    assert stopped.status_code == 404


def test_a_link_that_was_cut_off(client):
    link = links.make_link(kind="t", target_id=1, recipient="a@example.com")
    response = client.get(reverse("mail_link", args=[links.token_of(link)[:-3]]))
    assert response.status_code == 404
    assert "Copy the whole address from the e-mail" in response.content.decode()
