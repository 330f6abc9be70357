from django.apps import AppConfig


class StakeholdersConfig(AppConfig):
    name = "stakeholders"
    verbose_name = "Stakeholders"

    def ready(self) -> None:
        from imports.kinds import import_kinds
        from stakeholders.kinds import KINDS

        for kind in KINDS:
            import_kinds.register(kind)
