from django.apps import AppConfig


class StakeholdersConfig(AppConfig):
    name = "stakeholders"
    verbose_name = "Stakeholders"

    def ready(self) -> None:
        from accounts.personal_data import DataNotice, data_notices, privacy_parts
        from imports.kinds import import_kinds
        from stakeholders.kinds import KINDS
        from stakeholders.privacy import PARTS
        from stakeholders.queries import own_choices

        for kind in KINDS:
            import_kinds.register(kind)
        for part in PARTS:
            privacy_parts.register(part)
        data_notices.register(DataNotice("outcomes of organisations", "accounts/own_objection.html", own_choices))
