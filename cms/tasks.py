"""For Celery to find: each task stands beside the service that it runs."""

from cms.publishing import publish_course, repair_course_versions

__all__ = ["publish_course", "repair_course_versions"]
