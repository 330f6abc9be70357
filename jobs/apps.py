from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = "Jobs"

    def ready(self) -> None:
        from jobs.services import POSTPONED, JobKind, job_kinds, run_postponed

        job_kinds.register(JobKind(POSTPONED, run_postponed))
