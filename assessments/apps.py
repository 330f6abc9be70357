from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = "Assessments"

    def ready(self) -> None:
        from accounts.member_parts import MemberPart, member_parts
        from accounts.personal_data import privacy_parts
        from assessments import export_jobs as exporting
        from assessments import jobs
        from assessments.activity_types import AssessmentAfter, AssessmentBefore, AssessmentInLesson, Check
        from assessments.privacy import PARTS
        from assessments.queries import extra_time_of_member
        from assessments.services import notices
        from assessments.settling import find_steps, result_addresses
        from common.page_links import PageLink, page_links
        from courses.activity_types import activity_types
        from jobs.services import JobKind, job_kinds
        from mail.kinds import MailTemplate, mail_templates
        from skills.kinds import SourceKind, StepKind, source_kinds, step_kinds

        for activity_type in (Check(), AssessmentBefore(), AssessmentAfter(), AssessmentInLesson()):
            activity_types.register(activity_type)
        for part in PARTS:
            privacy_parts.register(part)
        member_parts.register(MemberPart("extra time", _("Assessments"), facts=extra_time_of_member))
        step_kinds.register(StepKind("assessment", find_steps))
        source_kinds.register(SourceKind("attempt", result_addresses))
        job_kinds.register(JobKind(jobs.RESCORE_JOB, jobs.rescore_course, in_parts=True))
        job_kinds.register(JobKind(jobs.PLAN_JOB, jobs.plan))
        job_kinds.register(JobKind(jobs.STUDY_JOB, jobs.study))
        job_kinds.register(JobKind(exporting.EXPORT_JOB, exporting.write_file))
        page_links.register(PageLink("see the change of groups", "org:changes"))
        page_links.register(PageLink("give an assessment to a cohort", "org:cohort_assessments"))
        mail_templates.register(
            MailTemplate(notices.MAIL, addresses=frozenset({"page_path"}), can_be_stopped=True, is_wanted=notices.is_wanted)
        )
