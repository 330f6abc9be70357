from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PracticeConfig(AppConfig):
    name = "practice"
    verbose_name = "Practice"

    def ready(self) -> None:
        from accounts.personal_data import privacy_parts
        from common.page_links import PageLink, page_links
        from courses.activity_types import activity_types
        from learning.kinds import NextActKind, next_act_kinds
        from mail.kinds import LinkKind, MailChoice, MailTemplate, link_kinds, mail_choices, mail_templates
        from practice import link_views, settling
        from practice.activity_types import AgreementActivity, SimulationActivity
        from practice.contacts import CHOICE, COPY_KIND, LINK_KIND
        from practice.privacy import PARTS
        from practice.queries.pairs import seat_addresses, seat_words
        from practice.services import pair_mails, stop_by_link, telling
        from practice.summary import next_agreement
        from skills.kinds import SourceKind, StepKind, source_kinds, step_kinds

        activity_types.register(AgreementActivity())
        activity_types.register(SimulationActivity())
        next_act_kinds.register(NextActKind("agreement", 10, next_agreement))
        step_kinds.register(StepKind("agreement", settling.find_agreements))
        step_kinds.register(StepKind("simulation", settling.find_simulations))
        source_kinds.register(SourceKind("agreement", settling.agreement_addresses))
        source_kinds.register(SourceKind("review", settling.review_addresses))
        source_kinds.register(SourceKind("simulation", settling.run_addresses, settling.run_words))
        source_kinds.register(SourceKind("pair", seat_addresses, seat_words))
        page_links.register(PageLink("let a cohort negotiate in pairs", "org:cohort_pairs"))
        for part in PARTS:
            privacy_parts.register(part)
        link_kinds.register(LinkKind(LINK_KIND, link_views.answer, after_use=link_views.answered, asks=True))
        link_kinds.register(LinkKind(COPY_KIND, link_views.copy, stop=stop_by_link))
        mail_choices.register(
            MailChoice(
                CHOICE,
                _("Your agreements: a copy once they are confirmed, and the question on the review day"),
                _("You still hear when somebody answers, and find your review days under My agreements."),
            )
        )
        mail_templates.register(MailTemplate("agreement", addresses=frozenset({"sender_email"}), is_essential=True))
        mail_templates.register(MailTemplate("agreement_answered", addresses=frozenset({"page"})))
        for name in (telling.COPY, telling.WITHDRAWN, telling.REVIEW, telling.ANSWERS, telling.NEXT_DAY):
            mail_templates.register(
                MailTemplate(
                    name,
                    addresses=frozenset({"page", "sender_email"}),
                    can_be_stopped=True,
                    is_wanted=telling.is_wanted,
                    read=telling.read_text if name == telling.COPY else None,
                    attach=telling.attach_calendar,
                )
            )
        mail_choices.register(
            MailChoice(
                pair_mails.CHOICE,
                _("Negotiations with a colleague: when you are asked, when it is your turn, and when it is over"),
                _("You find all of it under Practise, Negotiate with a colleague. Deadlines stay as they are."),
            )
        )
        for name in (pair_mails.ASKED, pair_mails.TURN, pair_mails.OVER, pair_mails.ALONE):
            mail_templates.register(
                MailTemplate(name, addresses=frozenset({"page"}), can_be_stopped=True, is_wanted=pair_mails.is_wanted)
            )
