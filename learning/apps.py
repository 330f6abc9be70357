from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LearningConfig(AppConfig):
    name = "learning"
    verbose_name = "Learning"

    def ready(self) -> None:
        from accounts.events import membership_accepted, membership_reinstated
        from accounts.member_parts import MemberColumn, MemberPart, member_columns, member_parts
        from accounts.privacy import privacy_parts
        from common.page_links import PageLink, page_links
        from courses.activity_types import activity_types
        from courses.events import version_published
        from imports.kinds import import_kinds
        from jobs.services import JobKind, job_kinds
        from learning import enrolling, handlers, jobs, link_views
        from learning.activity_types import Plan, Read, Reflection, Worksheet
        from learning.privacy import PARTS
        from learning.queries import course_cells, courses_of_member, seats_of_member
        from learning.services import reminders
        from mail.kinds import LinkKind, MailTemplate, link_kinds, mail_templates

        membership_accepted.connect("cohorts", handlers.enrol_member)
        membership_reinstated.connect("cohorts", handlers.give_seats_back)
        version_published.connect("enrolments", handlers.settle_after_publication)
        member_parts.register(MemberPart("cohorts", _("Courses"), facts=courses_of_member))
        member_parts.register(MemberPart("seats held", _("Seats"), facts=seats_of_member))
        member_columns.register(MemberColumn("courses", _("Courses"), course_cells, is_for_managers=True))
        for activity_type in (Read(), Reflection(), Plan(), Worksheet()):
            activity_types.register(activity_type)
        for part in PARTS:
            privacy_parts.register(part)
        page_links.register(PageLink("import people", "org:people_import"))
        import_kinds.register(enrolling.ENROLMENTS)
        job_kinds.register(JobKind(jobs.ADD_JOB, jobs.add_matching))
        job_kinds.register(JobKind(jobs.SEATS_JOB, jobs.seat))
        job_kinds.register(JobKind(jobs.REMIND_JOB, jobs.remind, in_parts=True))
        link_kinds.register(LinkKind(reminders.KIND, link_views.reminder, stop=reminders.stop_by_link))
        mail_templates.register(MailTemplate(reminders.KIND, can_be_stopped=True, is_wanted=reminders.is_wanted))
