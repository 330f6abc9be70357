from django.apps import AppConfig


class PracticeConfig(AppConfig):
    name = "practice"
    verbose_name = "Practice"

    def ready(self) -> None:
        from courses.activity_types import activity_types
        from mail.kinds import LinkKind, MailTemplate, link_kinds, mail_templates
        from practice import link_views
        from practice.activity_types import AgreementActivity
        from practice.contacts import LINK_KIND

        activity_types.register(AgreementActivity())
        link_kinds.register(LinkKind(LINK_KIND, link_views.answer))
        mail_templates.register(MailTemplate("agreement", addresses=frozenset({"sender_email"})))
        mail_templates.register(MailTemplate("agreement_answered", addresses=frozenset({"page"})))
