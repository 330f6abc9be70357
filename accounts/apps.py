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
        from accounts.queries import has_role_anywhere
        from accounts.services.invitations import KIND
        from accounts.views.invitations import invitation
        from jobs.services import JobKind, job_kinds
        from mail.events import mails_resent
        from mail.kinds import LinkKind, MailTemplate, link_kinds, mail_templates

        link_kinds.register(LinkKind(KIND, invitation))
        mail_templates.register(MailTemplate(KIND))
        mail_templates.register(MailTemplate("second_factor_removed"))
        job_kinds.register(JobKind(jobs.RESEND_JOB, jobs.resend, in_parts=True))
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
