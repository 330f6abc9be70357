from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LearningConfig(AppConfig):
    name = "learning"
    verbose_name = "Learning"

    def ready(self) -> None:
        from accounts.events import membership_accepted, membership_reinstated
        from accounts.member_parts import MemberColumn, MemberPart, member_columns, member_parts
        from accounts.personal_data import privacy_parts
        from accounts.rules import by_rule, can_manage_people
        from common.page_links import PageLink, page_links
        from courses.activity_types import activity_types
        from courses.events import version_published
        from imports.kinds import import_kinds
        from jobs.services import JobKind, job_kinds
        from learning import checks, enrolling, handlers, jobs  # noqa: F401  # checks register themselves
        from learning.activity_types import Compare, Complete, Plan, Read, Reflection, Worksheet
        from learning.completions import talk_about_it
        from learning.kinds import NextActKind, next_act_kinds
        from learning.privacy import PARTS
        from learning.queries import course_cells, courses_of_member, seats_of_member

        membership_accepted.connect("cohorts", handlers.enrol_member)
        membership_reinstated.connect("cohorts", handlers.give_seats_back)
        version_published.connect("enrolments", handlers.settle_after_publication)
        member_parts.register(MemberPart("cohorts", _("Courses"), facts=courses_of_member))
        member_parts.register(MemberPart("seats held", _("Seats"), facts=seats_of_member))
        member_columns.register(MemberColumn("courses", _("Courses"), course_cells, is_for_managers=True))
        for activity_type in (Read(), Reflection(), Plan(), Worksheet(), Compare(), Complete()):
            activity_types.register(activity_type)
        next_act_kinds.register(NextActKind("talk about it", 20, talk_about_it))
        for part in PARTS:
            privacy_parts.register(part)
        page_links.register(PageLink("import people", "org:people_import"))
        import_kinds.register(enrolling.ENROLMENTS)
        may = by_rule(can_manage_people)
        job_kinds.register(JobKind(jobs.ADD_JOB, jobs.add_matching, may=may))
        job_kinds.register(JobKind(jobs.SEATS_JOB, jobs.seat, may=may))
        job_kinds.register(JobKind(jobs.REMIND_JOB, jobs.remind, in_parts=True, may=may))
        self._register_mails()
        self._register_links_and_choices()

    def _register_mails(self) -> None:
        # Models are there once `ready` is called, and not before.
        from learning.services import follow_up, reminders, subscribing
        from mail.kinds import MailTemplate, mail_templates

        for template in (
            MailTemplate("certificate_corrected"),
            MailTemplate("certificate_revoked", addresses=frozenset({"revoked_because"})),
            MailTemplate("course_completed"),
            MailTemplate(subscribing.CONFIRM, addresses=frozenset({"confirm_path"}), keep_days=subscribing.CONFIRM_DAYS),
            MailTemplate(
                subscribing.COMPLETE, addresses=frozenset({"course_path"}), can_be_stopped=True, is_wanted=subscribing.is_wanted
            ),
            MailTemplate(reminders.KIND, can_be_stopped=True, is_wanted=reminders.is_wanted),
            MailTemplate(
                follow_up.PLAN_MAIL,
                addresses=frozenset({"page"}),
                can_be_stopped=True,
                is_wanted=follow_up.is_plan_question_wanted,
                read=follow_up.read_plan,
            ),
            MailTemplate(
                follow_up.STALLED_MAIL,
                addresses=frozenset({"course_path"}),
                can_be_stopped=True,
                is_wanted=follow_up.is_stalled_reminder_wanted,
            ),
        ):
            mail_templates.register(template)

    def _register_links_and_choices(self) -> None:
        """Where links in mails lead, and what people may turn off."""
        # Models are there once `ready` is called, and not before.
        from learning import link_views
        from learning.services import follow_up, reminders, subscribing
        from mail.kinds import LinkKind, MailChoice, link_kinds, mail_choices

        link_kinds.register(LinkKind(reminders.KIND, link_views.reminder, stop=reminders.stop_by_link))
        link_kinds.register(LinkKind(subscribing.COMPLETE, link_views.course_complete, stop=subscribing.stop_by_link))
        for choice in (
            MailChoice(
                follow_up.PLANS,
                _("Your if-then plans: one question a week after you wrote one"),
                _("Your plans stay in their lessons."),
            ),
            MailChoice(
                follow_up.STALLED,
                _("Courses you have begun: one e-mail when you have not been back for two weeks"),
                _("Your courses stay under My learning."),
            ),
        ):
            mail_choices.register(choice)
