from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "imports"
    verbose_name = "Imports"

    def ready(self) -> None:
        from accounts.personal_data import privacy_parts
        from imports.jobs import register_jobs
        from imports.privacy import PARTS

        register_jobs()
        for part in PARTS:
            privacy_parts.register(part)
