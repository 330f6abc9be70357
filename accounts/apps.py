from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from allauth.account.signals import email_added, email_confirmed, email_removed, password_reset
        from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
        from django.contrib.auth.signals import user_logged_in

        from accounts import handlers, jobs, rules
        from accounts.kinds import UserKind, user_kinds
        from accounts.personal_data import closing_obstacles, privacy_parts
        from accounts.privacy import OBSTACLES, PARTS
        from accounts.queries import has_role_anywhere
        from accounts.services import closing, exporting
        from accounts.services.invitations import KIND
        from accounts.views import own_data
        from accounts.views.invitations import invitation
        from jobs.services import JobKind, job_kinds
        from mail.events import mails_resent
        from mail.kinds import LinkKind, MailBar, MailTemplate, link_kinds, mail_bars, mail_templates

        link_kinds.register(LinkKind(KIND, invitation))
        mail_templates.register(MailTemplate(KIND, is_essential=True))
        mail_templates.register(MailTemplate("second_factor_removed", is_essential=True))
        mail_templates.register(MailTemplate(exporting.READY_MAIL, is_essential=True))
        mail_templates.register(MailTemplate(closing.CLOSING, is_essential=True))
        mail_templates.register(MailTemplate(closing.SOON, is_essential=True))
        mail_templates.register(MailTemplate(closing.ERASED, is_essential=True, keep_days=1))
        mail_bars.register(MailBar("account is closing", closing.holds_back))
        link_kinds.register(LinkKind(closing.KEEP_LINK, own_data.keep_by_link, is_lasting=True))
        job_kinds.register(JobKind(exporting.KIND, jobs.export))
        job_kinds.register(JobKind(jobs.RESEND_JOB, jobs.resend, in_parts=True, may=rules.by_rule(rules.can_manage_people)))
        for part in PARTS:
            privacy_parts.register(part)
        for obstacle in OBSTACLES:
            closing_obstacles.register(obstacle)
        user_kinds.register(UserKind("operator", rules.is_staff, because=_("you can act on other people’s accounts")))
        user_kinds.register(UserKind("owner", rules.owns_an_organisation, because=_("you own an organisation here")))
        user_kinds.register(UserKind("console", has_role_anywhere))
        user_logged_in.connect(handlers.on_signed_in, dispatch_uid="accounts.signed_in")
        mails_resent.connect("record", handlers.on_mails_resent)
        email_added.connect(handlers.on_address_added, dispatch_uid="accounts.address_added")
        email_removed.connect(handlers.on_address_removed, dispatch_uid="accounts.address_removed")
        email_confirmed.connect(handlers.on_address_proved, dispatch_uid="accounts.address_proved")
        password_reset.connect(handlers.on_password_reset, dispatch_uid="accounts.password_reset")
        for change in (authenticator_added, authenticator_removed, authenticator_reset):
            change.connect(handlers.on_second_factor_changed, dispatch_uid="accounts.second_factor_changed")
