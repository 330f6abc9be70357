from django.apps import AppConfig


class NeedsConfig(AppConfig):
    name = "needs"
    verbose_name = "Needs"

    def ready(self) -> None:
        from accounts.personal_data import privacy_parts
        from needs.privacy import PARTS

        for part in PARTS:
            privacy_parts.register(part)
