from uuid import UUID

from celery import shared_task


@shared_task
def publish_course(course_page_id: int, identity: str) -> None:
    """Publish one course; take it back if its page is gone."""
    from cms.models import CoursePage
    from cms.publishing import publish_course_page, withdraw_course

    page = CoursePage.objects.filter(pk=course_page_id).first()
    if page is None:
        withdraw_course(UUID(identity))
    else:
        publish_course_page(page)


@shared_task
def repair_course_versions() -> None:
    """Publish what a missed signal left behind."""
    from cms.publishing import publish_changed_courses

    publish_changed_courses()
