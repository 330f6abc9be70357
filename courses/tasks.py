from celery import shared_task

from courses.models import Course


@shared_task
def settle_enrolments(course_id: int) -> None:
    """Nobody waits for an activity that has left the course."""
    from courses import services

    services.settle_enrolments(course=Course.objects.get(pk=course_id))
