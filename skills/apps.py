from django.apps import AppConfig


class SkillsConfig(AppConfig):
    name = "skills"
    verbose_name = "Skills"

    def ready(self) -> None:
        from accounts.personal_data import privacy_parts
        from skills.privacy import PARTS

        for part in PARTS:
            privacy_parts.register(part)
