from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from accounts.services.invitations import KIND
        from accounts.views.invitations import invitation
        from mail.kinds import LinkKind, MailTemplate, link_kinds, mail_templates

        link_kinds.register(LinkKind(KIND, invitation))
        mail_templates.register(MailTemplate(KIND))
