from django.apps import AppConfig


class PanelsConfig(AppConfig):
    name = "panels"
    verbose_name = "Panels of experts"

    def ready(self) -> None:
        from accounts.personal_data import privacy_parts
        from mail.kinds import LinkKind, MailTemplate, link_kinds, mail_templates
        from panels import link_views
        from panels.contacts import INVITATION, LINK_KIND, REMINDER
        from panels.privacy import PARTS
        from panels.services import stop_by_link
        from panels.services.telling import is_wanted

        for part in PARTS:
            privacy_parts.register(part)
        link_kinds.register(LinkKind(LINK_KIND, link_views.answer, stop=stop_by_link, is_lasting=True))
        for name in (INVITATION, REMINDER):
            mail_templates.register(
                MailTemplate(name, addresses=frozenset({"sender_email"}), can_be_stopped=True, is_wanted=is_wanted)
            )
