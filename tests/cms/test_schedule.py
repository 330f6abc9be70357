"""What authors schedule happens at its time, and learners see it."""

from datetime import timedelta

import pytest
from celery import current_app
from django.db import transaction
from django.utils import timezone
from wagtail.models import DraftStateMixin, Page, PageLogEntry, Revision
from wagtail.signals import page_published

from cms.cases.models import SimulationCase
from cms.cases.views import CaseViewSet
from cms.models import LessonPage
from cms.open_drafts.views import OpenQuestionDraftViewSet
from cms.questions.views import QuestionViewSet
from cms.schedule import QUESTIONS, publish_scheduled
from config.queues import QUEUE_OF
from courses.models import CourseVersion

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sweep(django_capture_on_commit_callbacks):
    """What beat asks for each minute, and what follows from it."""

    def run() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            publish_scheduled()

    return run


@pytest.fixture
def scheduled(lesson_page, django_capture_on_commit_callbacks):
    """A lesson whose new title was approved for a time to come, as a reviewer does it in the editor."""

    def schedule(slug: str, title: str, **at) -> LessonPage:
        page = lesson_page(slug)
        page.title = title
        for name, instant in at.items():
            setattr(page, name, instant)
        with django_capture_on_commit_callbacks(execute=True):
            page.save_revision().publish()
        return page

    return schedule


def pass_time(page: Page) -> None:
    """What was to come is past, as if two days had gone by."""
    revision = Page.objects.get(pk=page.pk).latest_revision
    earlier, times = timezone.now() - MINUTE, {}
    for name in ("go_live_at", "expire_at"):
        if getattr(page, name):
            times[name] = earlier
    Revision.objects.filter(pk=revision.pk).update(
        content=revision.content | {name: earlier.isoformat() for name in times},
        approved_go_live_at=earlier if revision.approved_go_live_at else None,
    )
    Page.objects.filter(pk=page.pk).update(**times)


def titles(course) -> list[str]:
    course.refresh_from_db()
    return [
        lesson["title"]
        for module in CourseVersion.objects.get(pk=course.current_version_id).content["modules"]
        for lesson in module["lessons"]
    ]


def test_a_revision_goes_live_at_its_time_and_learners_read_it(loaded, scheduled, sweep):
    before = titles(loaded)
    page = scheduled("ask", "Ask, from Monday", go_live_at=timezone.now() + timedelta(days=1))
    sweep()
    assert titles(loaded) == before
    pass_time(page)
    sweep()
    page.refresh_from_db()
    assert (page.title, page.live, page.live_revision_id, page.has_unpublished_changes) == (
        "Ask, from Monday",
        True,
        page.latest_revision_id,
        False,
    )
    assert titles(loaded) == ["Ask, from Monday", *before[1:]]
    assert PageLogEntry.objects.filter(page=page.pk, action="wagtail.publish.scheduled").count() == 1
    sweep()
    assert PageLogEntry.objects.filter(page=page.pk, action="wagtail.publish.scheduled").count() == 1


def test_a_page_expires_at_its_time_and_learners_no_longer_find_it(loaded, scheduled, sweep):
    before = titles(loaded)
    page = scheduled("ask", "Ask", expire_at=timezone.now() + timedelta(days=1))
    sweep()
    assert len(titles(loaded)) == len(before)
    pass_time(page)
    sweep()
    page.refresh_from_db()
    assert (page.live, page.expired) == (False, True)
    assert len(titles(loaded)) == len(before) - 1


def test_a_page_that_cannot_be_published_stops_no_other(loaded, scheduled, lesson_page, sweep, caplog):
    pages = [scheduled(slug, f"{slug}, new", go_live_at=timezone.now() + timedelta(days=1)) for slug in ("ask", "repeat")]
    for page in pages:
        pass_time(page)

    def fail(sender, instance, **kwargs):
        if instance.pk == pages[0].pk:
            raise RuntimeError("no")

    page_published.connect(fail, dispatch_uid="test")
    try:
        sweep()
    finally:
        page_published.disconnect(dispatch_uid="test")
    assert "repeat, new" in titles(loaded)
    assert "ask, new" not in titles(loaded)
    assert f"{pages[0].latest_revision_id} failed" in caplog.text
    # Nothing of the one that failed is left half done, and the next minute brings it.
    assert Page.objects.get(pk=pages[0].pk).title != "ask, new"
    sweep()
    assert "ask, new" in titles(loaded)


def test_what_an_author_took_back_in_the_meantime_is_not_published(loaded, scheduled, monkeypatch):
    """Between the sweep's list and its turn."""
    from cms import schedule

    page = scheduled("ask", "Too early", go_live_at=timezone.now() + timedelta(days=1))
    pass_time(page)
    revision = Page.objects.get(pk=page.pk).latest_revision
    Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=None)
    with transaction.atomic():
        schedule._publish(revision)
    assert Page.objects.get(pk=page.pk).title != "Too early"


def test_it_runs_each_minute_in_a_queue_of_short_tasks(settings):
    entry = settings.CELERY_BEAT_SCHEDULE["publish-scheduled"]
    assert (entry["task"], entry["schedule"]) == ("cms.publish_scheduled", 60)
    assert entry["task"] in current_app.tasks
    assert QUEUE_OF[entry["task"]] == "default"


def test_only_pages_and_questions_expire():
    """Another model with drafts would need its own line in `cms.schedule`."""
    from django.apps import apps

    others = [model for model in apps.get_models() if issubclass(model, DraftStateMixin) and not issubclass(model, Page)]
    assert set(others) == {SimulationCase, *QUESTIONS}
    dates = {"go_live_at", "expire_at"}
    for editor in (QuestionViewSet, OpenQuestionDraftViewSet):
        assert dates <= set(editor().get_edit_handler().get_form_class().base_fields)
    # The editor of cases has no dates, so that nothing of it is ever due.
    assert dates & set(CaseViewSet().get_edit_handler().get_form_class().base_fields) == set()
