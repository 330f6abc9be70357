from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "mail"
    verbose_name = "Mail"

    def ready(self) -> None:
        from mail import link_views
        from mail.kinds import LinkKind, link_kinds
        from mail.services import choices

        link_kinds.register(LinkKind(choices.KIND, link_views.choice, stop=choices.stop_by_link))
