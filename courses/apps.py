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
        from imports.kinds import import_kinds
        from jobs.kinds import JobKind, job_kinds

        when_membership_accepted(begin_membership)
        when_membership_ended(end_membership)
        when_asked_what_ends(enrolling.seats_that_end)
        when_asked_about_member(enrolling.courses_of)
        import_kinds.register(enrolling.ENROLMENTS)
        job_kinds.register(JobKind(jobs.PLACE, jobs.place_matching))
