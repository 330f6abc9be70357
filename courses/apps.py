from django.apps import AppConfig


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = "Courses"

    def ready(self) -> None:
        from accounts.handlers import (
            when_asked_about_member,
            when_asked_what_ends,
            when_membership_accepted,
            when_membership_ended,
        )
        from courses import enrolling, jobs
        from courses.services.cohorts import begin_membership, end_membership
        from operations.imports import register_kind
        from operations.jobs import register_kind as register_job

        when_membership_accepted(begin_membership)
        when_membership_ended(end_membership)
        when_asked_what_ends(enrolling.seats_that_end)
        when_asked_about_member(enrolling.courses_of)
        register_kind(enrolling.ENROLMENTS)
        register_job(jobs.PLACE, jobs.place_matching)
