"""For Celery to find: each task stands beside the service that it runs."""

from cms.publishing import publish_course, repair_course_versions
from cms.schedule import publish_scheduled

__all__ = ["publish_course", "publish_scheduled", "repair_course_versions"]
