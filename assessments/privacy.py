"""What assessments holds of a person: what they answered, in lessons and in assessments, and how that was scored."""

from collections.abc import Iterator

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.personal_data import (
    OwnFile,
    PrivacyPart,
    Row,
    erased,
    kept,
    made_anonymous,
    moment,
    part_that_goes,
    rows_of,
)
from assessments.answers import in_words
from assessments.enums import ItemKind
from assessments.models import (
    AnswerFile,
    AssignedRelease,
    AssignedReleasePerson,
    Attempt,
    AttemptItem,
    ChangeRelease,
    ChangeReleasePerson,
    CheckAnswer,
    ExtraTime,
    ItemVersion,
    Response,
    SkillCheck,
)
from assessments.services import forget_files_of


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
        "is_correct": None if answer.item_version.kind == ItemKind.COMPOSED else answer.is_correct,
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
        "began_at": moment(check.created_at),
        "submitted_at": moment(check.submitted_at),
        "scored_again_at": moment(check.scored_again_at),
        "answers": [_answer(versions[version], check.answers.get(str(version), [])) for version, _order in check.questions],
    }


def _attempts(user: User) -> QuerySet[Attempt]:
    asked = Prefetch("items", AttemptItem.objects.select_related("item_version").order_by("position"))
    attempts = Attempt.objects.filter(user=user).select_related("enrolment__course", "instrument", "assigned__organisation")
    return attempts.prefetch_related(asked, "responses", "scorings").order_by("pk")


def _asked(entry: AttemptItem, response: Response | None) -> Row:
    """A question of an attempt, answered or not. Of an answer the first time and the last are kept, and its last state."""
    return {
        **_answer(entry.item_version, response.chosen if response else []),
        "shown_at": moment(entry.shown_at),
        "first_answered_at": moment(response.created_at) if response else None,
        "last_answered_at": moment(response.updated_at) if response else None,
    }


def _attempt(attempt: Attempt) -> Row:
    given = {response.item_version_id: response for response in attempt.responses.all()}
    return {
        "course": attempt.enrolment.course.title,
        "assessment": attempt.instrument.title,
        "occasion": attempt.occasion,
        "given_by": attempt.assigned.organisation.name if attempt.assigned else "",
        "number": attempt.number,
        "began_at": moment(attempt.created_at),
        "submitted_at": moment(attempt.submitted_at),
        "due_at": moment(attempt.due_at),
        "counts_in_groups": attempt.counts_in_groups,
        "answers": [_asked(entry, given.get(entry.item_version_id)) for entry in attempt.items.all()],
        "scores": [
            {
                "method": score.method,
                "agreed": score.agreed,
                "items": score.items,
                "percent_below": score.detail.get("adaptive", {}).get("percent"),
                "percent_below_by_skill": {
                    slug: part["percent"] for slug, part in score.detail.get("adaptive", {}).get("skills", {}).items()
                },
                "with_parts": score.detail.get("credit", {}).get("total"),
                "at": moment(score.created_at),
            }
            for score in attempt.scorings.all()
        ],
    }


def _files(user: User) -> QuerySet[AnswerFile]:
    files = AnswerFile.objects.filter(response__attempt__user=user)
    return files.select_related("response__item_version", "response__attempt__enrolment__course").order_by("pk")


def _file(answer: AnswerFile) -> Row:
    return {
        "course": answer.response.attempt.enrolment.course.title,
        "question": answer.response.item_version.prompt,
        "name": answer.name,
        "kind": answer.file_kind.label,
        "bytes": answer.size,
        "at": moment(answer.created_at),
        "file": _name_in_export(answer),
    }


def _name_in_export(answer: AnswerFile) -> str:
    """Of two files with one name each has its own."""
    return f"answers/{answer.pk}{answer.file_kind.ending}"


def _own_files(user: User) -> Iterator[OwnFile]:
    for answer in _files(user):
        yield OwnFile(_name_in_export(answer), answer.file.open)


def _means(user: User) -> QuerySet[ChangeReleasePerson]:
    counted = ChangeReleasePerson.objects.filter(enrolment__user=user)
    return counted.select_related("release__course", "release__cohort", "release__organisation").order_by("pk")


def _mean(counted: ChangeReleasePerson) -> Row:
    release = counted.release
    return {
        "course": release.course.title,
        "organisation": release.organisation.name,
        "cohort": release.cohort.name if release.cohort else "",
        **_as_shown(release),
    }


def _as_shown(release: ChangeRelease | AssignedRelease) -> Row:
    """In whole points of a hundred, with its 95% interval."""
    shares = ("before", "after", "mean", "low", "high")
    return {
        "people": release.people,
        "at": moment(release.created_at),
        **{name: round(100 * release.content[name]) for name in shares if name in release.content},
        "is_provisional": release.content.get("is_provisional"),
    }


def _group_results(user: User) -> QuerySet[AssignedReleasePerson]:
    counted = AssignedReleasePerson.objects.filter(enrolment__user=user)
    return counted.select_related(
        "release__assigned__instrument", "release__assigned__cohort", "release__organisation"
    ).order_by("pk")


def _group_result(counted: AssignedReleasePerson) -> Row:
    release = counted.release
    return {
        "assessment": release.assigned.instrument.title,
        "organisation": release.organisation.name,
        "cohort": release.assigned.cohort.name,
        **_as_shown(release),
    }


PARTS = (
    part_that_goes(
        "answers in lessons",
        _("Your answers to knowledge checks"),
        _checks,
        _check,
        "assessments.CheckAnswer",
        headings=("course",),
    ),
    part_that_goes(
        "assessments",
        _("Your assessments: answers and scores"),
        _attempts,
        _attempt,
        "assessments.Attempt",
        "assessments.AttemptItem",
        "assessments.Response",
        "assessments.ScoringRecord",
        beside=kept(
            "assessments.AssignmentNotice",
            because=_(
                "Your organisation keeps when it wrote to you of an assessment that it gave you, with its list of people."
            ),
        )
        + made_anonymous(
            "assessments.FormAllocation",
            is_exported=False,
            because=_("For a course that still counts: which of two forms of the assessment you had, under a number."),
        ),
        headings=("course",),
    ),
    PrivacyPart(
        "files of answers",
        _("Files and recordings with which you answered questions"),
        export=lambda user: rows_of(_files(user), _file),
        erase=lambda user: forget_files_of(user.pk),
        count=lambda user: _files(user).count(),
        verdicts=erased("assessments.AnswerFile"),
        headings=("course",),
        files=_own_files,
        order=40,
    ),
    part_that_goes(
        "extra time",
        _("Your extra time in assessments"),
        _extra_times,
        _extra_time,
        "assessments.ExtraTime",
        headings=("organisation",),
    ),
    part_that_goes(
        "skill check",
        _("The skill check whose result you kept"),
        _skill_checks,
        _skill_check,
        "assessments.SkillCheck",
    ),
    part_that_goes(
        "means of groups",
        _("That your assessments are part of means of groups that your employer saw"),
        _means,
        _mean,
        "assessments.ChangeReleasePerson",
        beside=made_anonymous(
            "assessments.ChangeRelease",
            because=_(
                "Means of ten people or more that your assessments are part of stay as your organisation saw them. They no "
                "longer say that you are among them."
            ),
        ),
        headings=("course",),
    ),
    part_that_goes(
        "results of groups",
        _("That an assessment you were given is part of the result of a group that your employer saw"),
        _group_results,
        _group_result,
        "assessments.AssignedReleasePerson",
        beside=made_anonymous(
            "assessments.AssignedRelease",
            because=_(
                "Results of ten people or more that yours is part of stay as your organisation saw them. They no longer say "
                "that you are among them."
            ),
        ),
        headings=("assessment",),
    ),
)
