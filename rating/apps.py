from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RatingConfig(AppConfig):
    name = "rating"
    verbose_name = "Rating"

    def ready(self) -> None:
        from accounts.personal_data import privacy_parts
        from assessments.events import texts_submitted
        from common.page_links import PageLink, page_links
        from mail.kinds import MailChoice, MailTemplate, mail_choices, mail_templates
        from rating import settling
        from rating.handlers import add_works
        from rating.privacy import PARTS
        from rating.services import telling
        from skills.kinds import SourceKind, source_kinds

        texts_submitted.connect("have them rated", add_works)
        for part in PARTS:
            privacy_parts.register(part)
        source_kinds.register(SourceKind("work", settling.work_addresses, settling.work_words))
        page_links.register(PageLink("see what raters say", "rating:results"))
        mail_choices.register(
            MailChoice(
                telling.CHOICE,
                _("What you answer in your own words in an assessment: one e-mail once it is rated"),
                _("What they say stands with your result, and under My skills."),
            )
        )
        page = frozenset({"page"})
        mail_templates.register(
            MailTemplate(telling.RATED, addresses=page, can_be_stopped=True, is_wanted=telling.is_result_wanted)
        )
        mail_templates.register(MailTemplate(telling.APPOINTED, addresses=page))
        mail_templates.register(MailTemplate(telling.PAUSED, addresses=page))
