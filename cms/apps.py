"""Hears Wagtail: whatever changes what is live asks for a new course version.

Django reads this file before there are models, so what needs them is imported when it is called.
"""

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from wagtail.models import Page, TaskState, WorkflowState

    from accounts.models import User
    from cms.models import AccordImage


def _published(sender: type["Page"], instance: "Page", **kwargs: Any) -> None:
    # There are no models yet when this file is read.
    from cms.publishing import schedule_publish_of

    schedule_publish_of(instance)


def _moved(
    sender: type["Page"], instance: "Page", parent_page_before: "Page", parent_page_after: "Page", **kwargs: Any
) -> None:
    # There are no models yet when this file is read.
    from cms.publishing import schedule_publish_of

    for page in (parent_page_before, parent_page_after, instance):
        schedule_publish_of(page)


def _submitted(sender: type, instance: "TaskState", **kwargs: Any) -> None:
    # There are no models yet when this file is read.
    from cms.whole_course import submit_newest_drafts

    submit_newest_drafts(instance.workflow_state)


def _approved(sender: type, instance: "WorkflowState", user: "User | None" = None, **kwargs: Any) -> None:
    # There are no models yet when this file is read.
    from cms.whole_course import publish_submitted

    publish_submitted(instance, by=user)


def _image_saved(sender: type["AccordImage"], instance: "AccordImage", **kwargs: Any) -> None:
    # There are no models yet when this file is read.
    from cms.publishing import schedule_publish_of_image

    schedule_publish_of_image(instance)


def _migrated(sender: AppConfig, using: str, **kwargs: Any) -> None:
    # There are no models yet when this file is read.
    from cms.searching import make_searchable

    if using == "default":
        make_searchable()


class CmsConfig(AppConfig):
    name = "cms"
    verbose_name = "Authoring"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate, post_save
        from wagtail.signals import page_published, page_unpublished, post_page_move, task_submitted, workflow_approved

        from accounts.kinds import UserKind, user_kinds
        from accounts.personal_data import privacy_parts
        from cms import rules
        from cms.cases.jobs import CHECK_JOB, check_case
        from cms.media import keep_media_uses
        from cms.models import AccordImage
        from cms.privacy import PARTS
        from cms.searching import keep_searchable, keep_skills_searchable
        from common.page_links import PageLink, page_links
        from courses.events import version_published
        from jobs.services import JobKind, job_kinds
        from skills.events import framework_loaded

        user_kinds.register(UserKind("publisher", rules.may_publish, because=_("you can publish courses")))
        user_kinds.register(UserKind("author", rules.may_author))
        page_links.register(PageLink("see how raters agree", "open_question_rating"))
        job_kinds.register(JobKind(CHECK_JOB, check_case))
        version_published.connect("media", keep_media_uses)
        version_published.connect("search", keep_searchable)
        framework_loaded.connect("search", keep_skills_searchable)
        post_migrate.connect(_migrated, sender=self, dispatch_uid="cms.migrated")
        page_published.connect(_published, dispatch_uid="cms.published")
        page_unpublished.connect(_published, dispatch_uid="cms.unpublished")
        post_page_move.connect(_moved, dispatch_uid="cms.moved")
        task_submitted.connect(_submitted, dispatch_uid="cms.submitted")
        workflow_approved.connect(_approved, dispatch_uid="cms.approved")
        post_save.connect(_image_saved, sender=AccordImage, dispatch_uid="cms.image_saved")
        for part in PARTS:
            privacy_parts.register(part)
