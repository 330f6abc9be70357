from django.apps import AppConfig


class StakeholdersConfig(AppConfig):
    name = "stakeholders"
    verbose_name = "Stakeholders"

    def ready(self) -> None:
        from stakeholders.jobs import register_import_kinds, register_jobs

        register_jobs()
        register_import_kinds()
