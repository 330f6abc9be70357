from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from accounts.invitations import KIND
        from accounts.views.invitations import invitation
        from operations.links import register_kind

        register_kind(KIND, invitation)
