from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = "Assessments"

    def ready(self) -> None:
        from assessments.activity_types import AssessmentAfter, AssessmentBefore, Check
        from courses.activity_types import activity_types

        for activity_type in (Check(), AssessmentBefore(), AssessmentAfter()):
            activity_types.register(activity_type)
