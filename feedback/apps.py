from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "feedback"
    verbose_name = "Feedback"

    def ready(self) -> None:
        from accounts.personal_data import privacy_parts
        from feedback import link_views, settling
        from feedback.contacts import LINK_KIND
        from feedback.privacy import PARTS
        from feedback.services import asking, closing, decline_by_link
        from mail.kinds import LinkKind, MailTemplate, link_kinds, mail_templates
        from skills.kinds import SourceKind, StepKind, source_kinds, step_kinds

        for part in PARTS:
            privacy_parts.register(part)
        step_kinds.register(StepKind("feedback", settling.find_rounds))
        source_kinds.register(SourceKind(closing.SOURCE, settling.round_addresses, settling.round_words))
        link_kinds.register(LinkKind(LINK_KIND, link_views.rate, stop=decline_by_link, is_lasting=True, asks=True))
        mail_templates.register(
            MailTemplate(
                asking.TEMPLATE, addresses=frozenset({"sender_email"}), can_be_stopped=True, is_wanted=asking.is_wanted
            )
        )
        mail_templates.register(MailTemplate(closing.CLOSED, addresses=frozenset({"page"})))
