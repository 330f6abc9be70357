from django.apps import AppConfig


class SkillsConfig(AppConfig):
    name = "skills"
    verbose_name = "Skills"

    def ready(self) -> None:
        from accounts.events import membership_ended
        from accounts.personal_data import privacy_parts
        from skills.privacy import PARTS
        from skills.services import end_shares

        membership_ended.connect("shared", end_shares)

        for part in PARTS:
            privacy_parts.register(part)
