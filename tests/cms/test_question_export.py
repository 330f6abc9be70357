"""Exporting questions from the CMS: chosen by filters and by hand, by a worker where they are many, for who may see them."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from assessments.exchange import FileFormat, read_bytes
from assessments.export_jobs import EXPORT_JOB, forget_question_files
from assessments.models import Item
from assessments.storage import private_storage
from cms import exporting
from jobs.enums import JobState
from jobs.models import Job
from jobs.services import perform
from tests.assessments.factories import course_with_forms, item
from tests.assessments.test_exporting import RATINGS
from tests.assessments.test_views import text
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ADDRESS = "/cms/question-export/"


@pytest.fixture
def course():
    course = course_with_forms(3)
    item(course, "a1", kind="rate", correct=RATINGS)
    return course


@pytest.fixture
def client(course, author, sign_in):
    return sign_in(author)


def ids(*keys):
    return [Item.objects.get(key=key).pk for key in keys]


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_the_page_names_what_can_be_exported_and_what_cannot(client):
    page = text(client.get(ADDRESS))
    assert "6 questions" in page
    assert "5 of 6 can be exported." in page
    assert "Rate each: Neither Moodle nor QTI scores how near ratings are to those of the author." in page
    assert client.get(ADDRESS).content.decode().count('name="question"') == 5


def test_filters_are_those_of_the_list(client, course):
    skill = Item.objects.get(key="a3").skill_id
    assert "2 questions" in text(client.get(f"{ADDRESS}?skill={skill}"))
    assert "1 question " in text(client.get(f"{ADDRESS}?kind=rate&course={course.pk}"))
    assert "1 question " in text(client.get(f"{ADDRESS}?q=about+b2"))
    assert "No question matches these filters." in text(client.get(f"{ADDRESS}?state=retired"))
    assert "No question matches these filters." in text(client.get(f"{ADDRESS}?kind=nonsense"))
    listing = client.get(reverse("wagtailsnippets_assessments_item:list") + "?kind=rate").content.decode()
    assert f"{ADDRESS}?kind=rate" in listing


@pytest.mark.parametrize(("form", "suffix"), [(FileFormat.MOODLE, "xml"), (FileFormat.QTI, "zip")])
def test_the_ticked_questions_are_in_the_file(client, form, suffix):
    response = client.post(ADDRESS, {"question": ids("b1", "a2"), "form": str(form)})
    day = timezone.localdate()
    assert response["Content-Disposition"] == f'attachment; filename="questions-{day:%Y-%m-%d}.{suffix}"'
    assert [one.identifier for one in read_bytes(body(response), form).questions] == ["a2", "b1"]


def test_what_the_filters_leave_out_is_not_exported_whatever_is_sent(client, course):
    check = Item.objects.get(use="check")
    response = client.post(f"{ADDRESS}?q=about+a2", {"question": [*ids("a2", "b1"), check.pk, "x", 10**20], "form": "moodle"})
    assert [one.identifier for one in read_bytes(body(response), FileFormat.MOODLE).questions] == ["a2"]


def test_without_a_question_there_is_no_file(client):
    said = text(client.post(ADDRESS, {"form": "moodle"}, follow=True))
    assert "No question was chosen, so there is no file." in said
    said = text(client.post(ADDRESS, {"question": ids("a1"), "form": "moodle"}, follow=True))
    assert "The question that you chose cannot be exported, so there is no file." in said


def test_only_those_who_may_see_the_bank(course, sign_in):
    client = sign_in(UserFactory())
    assert client.get(ADDRESS).status_code == 403
    response = client.post(ADDRESS, {"question": ids("a2"), "form": "moodle"})
    assert (response.status_code, b"What about a2?" in response.content) == (403, False)


# Many -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(client, monkeypatch):
    monkeypatch.setattr(exporting, "MOST_AT_ONCE", 3)
    return client


@pytest.fixture
def job(many):
    response = many.post(ADDRESS, {"form": "qti"})
    job = Job.objects.get(kind=EXPORT_JOB)
    assert response["Location"] == reverse("job", args=[job.uuid])
    return job


def finish(job):
    perform(job.pk)
    job.refresh_from_db()
    return job


def test_many_are_written_by_a_worker_and_fetched_by_who_asked(many, job):
    assert "a worker writes the file with all of them" in text(many.get(ADDRESS))
    assert many.get(reverse("question_file", args=[job.uuid])).status_code == 404
    assert finish(job).state == JobState.DONE
    page = many.get(job.result_url)
    assert "5 questions are in the file. 1 could not be written. (QTI 3.0)" in text(page)
    assert "a1 Rate each: Neither Moodle" in text(page)
    response = many.get(reverse("download_questions", args=[job.uuid]))
    questions = read_bytes(body(response), FileFormat.QTI).questions
    assert [one.identifier for one in questions] == ["a2", "a3", "b1", "b2", "b3"]
    assert response["Content-Disposition"].endswith('.zip"')


def test_nobody_else_fetches_it(many, job, reviewer, sign_in):
    finish(job)
    other = sign_in(reviewer)
    for name in ("question_file", "download_questions"):
        assert other.get(reverse(name, args=[job.uuid])).status_code == 404


def test_who_may_no_longer_see_the_bank_gets_nothing(many, job, author):
    author.groups.clear()
    finished = finish(job)
    assert finished.state == JobState.FAILED
    assert "may no longer see the question bank" in finished.error
    assert "file" not in finished.result


def test_a_run_that_is_repeated_leaves_one_file(many, job):
    name = finish(job).result["file"]
    Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED, finished_at=None)
    assert finish(job).result["file"] == name
    left = private_storage().listdir("question-files")[1]
    assert [one for one in left if str(job.uuid) in one] == [name.rpartition("/")[2]]


def test_a_file_goes_after_two_days_and_the_page_says_so(many, job):
    finish(job)
    forget_question_files()
    assert private_storage().exists(job.result["file"])
    with time_machine.travel(timezone.now() + timedelta(days=2, minutes=1)):
        forget_question_files()
    assert not private_storage().exists(job.result["file"])
    assert "The file is no longer kept." in text(many.get(job.result_url))
    assert many.get(reverse("download_questions", args=[job.uuid])).status_code == 404
