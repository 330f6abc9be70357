"""What assessments holds of a person: what they answered, in lessons and in assessments, and how that was scored."""

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.personal_data import Row, deleting, erased, made_anonymous, moment, part_of_rows
from assessments.answers import in_words
from assessments.models import Attempt, ChangeReleasePerson, CheckAnswer, ExtraTime, ItemVersion, Response, SkillCheck


def _answer(version: ItemVersion, chosen: list[str]) -> Row:
    """The question as it was asked, and what was chosen, in words."""
    return {"situation": version.situation, "question": version.prompt, "chosen": in_words(version, chosen)}


def _checks(user: User) -> QuerySet[CheckAnswer]:
    answers = CheckAnswer.objects.filter(enrolment__user=user).select_related("enrolment__course", "item_version")
    return answers.order_by("enrolment", "pk")


def _check(answer: CheckAnswer) -> Row:
    return {
        "course": answer.enrolment.course.title,
        **_answer(answer.item_version, answer.chosen),
        "is_correct": answer.is_correct,
        "at": moment(answer.created_at),
    }


def _extra_times(user: User) -> QuerySet[ExtraTime]:
    given = ExtraTime.objects.filter(Q(user=user) | Q(membership__user=user))
    return given.select_related("membership__organisation").order_by("pk")


def _extra_time(extra: ExtraTime) -> Row:
    return {
        "organisation": extra.membership.organisation.name if extra.membership else "",
        "percent": extra.percent,
        "since": moment(extra.created_at),
    }


def _skill_checks(user: User) -> QuerySet[SkillCheck]:
    return SkillCheck.objects.filter(user=user).order_by("pk")


def _skill_check(check: SkillCheck) -> Row:
    versions = ItemVersion.objects.in_bulk([version for version, _order in check.questions])
    return {
        "submitted_at": moment(check.submitted_at),
        "answers": [_answer(versions[version], check.answers.get(str(version), [])) for version, _order in check.questions],
    }


def _attempts(user: User) -> QuerySet[Attempt]:
    responses = Prefetch("responses", Response.objects.select_related("item_version").order_by("pk"))
    attempts = Attempt.objects.filter(user=user).select_related("enrolment__course", "instrument")
    return attempts.prefetch_related(responses, "scorings").order_by("pk")


def _attempt(attempt: Attempt) -> Row:
    return {
        "course": attempt.enrolment.course.title,
        "assessment": attempt.instrument.title,
        "occasion": attempt.occasion,
        "began_at": moment(attempt.created_at),
        "submitted_at": moment(attempt.submitted_at),
        "due_at": moment(attempt.due_at),
        "counts_in_groups": attempt.counts_in_groups,
        "answers": [_answer(response.item_version, response.chosen) for response in attempt.responses.all()],
        "scores": [
            {
                "method": score.method,
                "agreed": score.agreed,
                "items": score.items,
                "with_parts": score.detail.get("credit", {}).get("total"),
                "at": moment(score.created_at),
            }
            for score in attempt.scorings.all()
        ],
    }


def _means(user: User) -> QuerySet[ChangeReleasePerson]:
    counted = ChangeReleasePerson.objects.filter(enrolment__user=user)
    return counted.select_related("release__course", "release__cohort", "release__organisation").order_by("pk")


def _mean(counted: ChangeReleasePerson) -> Row:
    release = counted.release
    return {
        "course": release.course.title,
        "organisation": release.organisation.name,
        "cohort": release.cohort.name if release.cohort else "",
        "people": release.people,
        "at": moment(release.created_at),
    }


PARTS = (
    part_of_rows(
        "answers in lessons",
        _("Your answers to knowledge checks"),
        _checks,
        _check,
        deleting(_checks),
        erased("assessments.CheckAnswer"),
        headings=("course",),
    ),
    part_of_rows(
        "assessments",
        _("Your assessments: answers and scores"),
        _attempts,
        _attempt,
        deleting(_attempts),
        erased("assessments.Attempt", "assessments.Response", "assessments.ScoringRecord")
        + erased("assessments.AttemptItem", is_exported=False)
        + made_anonymous(
            "assessments.FormAllocation",
            is_exported=False,
            because=_("For a course that still counts: which of two forms of the assessment you had, under a number."),
        ),
        headings=("course",),
    ),
    part_of_rows(
        "extra time",
        _("Your extra time in assessments"),
        _extra_times,
        _extra_time,
        deleting(_extra_times),
        erased("assessments.ExtraTime"),
        headings=("organisation",),
    ),
    part_of_rows(
        "skill check",
        _("The skill check whose result you kept"),
        _skill_checks,
        _skill_check,
        deleting(_skill_checks),
        erased("assessments.SkillCheck"),
    ),
    part_of_rows(
        "means of groups",
        _("Means of groups that your assessments are part of, as your employer saw them"),
        _means,
        _mean,
        deleting(_means),
        erased("assessments.ChangeReleasePerson"),
        headings=("course",),
    ),
)
