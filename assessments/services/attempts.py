"""One sitting: begun, answered, submitted once. No answer is lost, none is counted twice."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments import queries
from assessments.answers import accepted_options
from assessments.enums import Occasion
from assessments.errors import AnswerNotAccepted, AssessmentNotOpen, AttemptClosed
from assessments.models import Attempt, AttemptItem, Instrument, InstrumentItem, Response, ScoringRecord
from assessments.queries import Answer
from assessments.services.allocation import allocate_forms
from assessments.services.scoring import findings_of, score, source_of
from courses.content import assessment_block_id
from learning.errors import ActivityGone
from learning.models import Enrolment
from learning.services import finish_activity
from skills.services import record_findings


@transaction.atomic
def start_attempt(*, enrolment: Enrolment, occasion: str) -> Attempt:
    """The learner's attempt at this occasion; begun now unless it has been before.

    Freezes the current versions of the form's questions. Raises AssessmentNotOpen when the occasion is not open.
    """
    Enrolment.objects.select_for_update(no_key=True).get(pk=enrolment.pk)
    begun = Attempt.objects.filter(enrolment=enrolment, occasion=occasion).first()
    if begun is not None:
        return begun
    opening = queries.opening(enrolment, occasion)
    if not opening.is_open:
        raise AssessmentNotOpen(opening.reason)
    allocation = allocate_forms(enrolment=enrolment)
    form = allocation.first if occasion == Occasion.BEFORE else allocation.second
    versions = _current_versions(form=form, enrolment=enrolment)
    attempt = Attempt.objects.create(
        enrolment=enrolment,
        user_id=enrolment.user_id,
        instrument=form,
        occasion=occasion,
        # Only who learns for an organisation was told so.
        counts_in_groups=enrolment.organisation_id is not None,
    )
    AttemptItem.objects.bulk_create(
        AttemptItem(attempt=attempt, item_id=item_id, item_version_id=version_id, position=position)
        for position, (item_id, version_id) in enumerate(versions, start=1)
    )
    return attempt


def _current_versions(*, form: Instrument, enrolment: Enrolment) -> list[tuple[int, int]]:
    """(item, current version) in the order of the form, without questions that the learner has met before, wherever.

    Where fewer than half would be left, as for somebody who takes the course a second time, only those that they met on the
    other occasion of this enrolment are left out: better asked twice than not able to finish.
    """
    asked = InstrumentItem.objects.filter(instrument=form, item__current_version__isnull=False).order_by("position")
    versions = list(asked.values_list("item_id", "item__current_version_id"))
    met = set(AttemptItem.objects.filter(attempt__user=enrolment.user_id).values_list("item_id", "attempt__enrolment"))
    anywhere, here = {item for item, _enrolment in met}, {item for item, met_in in met if met_in == enrolment.pk}
    unmet = [version for version in versions if version[0] not in anywhere]
    if 2 * len(unmet) < len(versions):
        unmet = [version for version in versions if version[0] not in here]
    if not unmet:
        raise AssessmentNotOpen(_("This assessment has no questions at the moment. Please try again later."))
    return unmet


def record_shown(*, attempt: Attempt) -> None:
    """Keep when the questions of an attempt were first on a page. Showing them again changes nothing."""
    if any(entry.shown_at is None for entry in queries.presented_items(attempt)):
        attempt.items.filter(shown_at__isnull=True).update(shown_at=timezone.now())


def _lock_attempt(attempt: Attempt) -> Attempt:
    attempts = Attempt.objects.select_for_update(of=("self",), no_key=True)
    return attempts.select_related("enrolment__course", "user").get(pk=attempt.pk)


@transaction.atomic
def save_response(*, attempt: Attempt, item_version_id: int, chosen: Iterable[str] | str) -> Response:
    """Keep the latest answer to one question; an empty one takes the answer back. Whoever saves last is kept.

    Raises AttemptClosed once submitted (or when the other occasion has begun), AnswerNotAccepted for foreign questions.
    """
    [response] = save_responses(attempt=attempt, answers={item_version_id: chosen})
    return response


@transaction.atomic
def save_responses(*, attempt: Attempt, answers: Mapping[int, Iterable[str] | str]) -> list[Response]:
    """The same for several questions at once, as a form without JavaScript sends them. All are kept or none."""
    locked = _lock_attempt(attempt)
    _refuse_closed(locked)
    versions = {entry.item_version_id: entry.item_version for entry in queries.presented_items(attempt)}
    if not set(answers) <= set(versions):
        raise AnswerNotAccepted(_("This question is not part of your assessment. Reload the page and choose again."))
    known = {response.item_version_id: response for response in locked.responses.filter(item_version_id__in=answers)}
    saved = []
    for version_id, chosen in answers.items():
        answer = accepted_options(versions[version_id], chosen)
        response = known.get(version_id) or Response(attempt=locked, item_version_id=version_id)
        if response.pk is None or response.chosen != answer:
            response.chosen = answer
            response.save()
        saved.append(response)
    return saved


def _refuse_closed(attempt: Attempt) -> None:
    if attempt.submitted_at is not None:
        raise AttemptClosed(_("You have submitted this assessment, so your answers are final. Your result is ready."))
    if queries.is_superseded(attempt):
        raise AttemptClosed(
            _(
                "You have started the assessment after the course, so the one before it is closed. The answers "
                "you gave are kept."
            )
        )


@transaction.atomic
def submit_attempt(*, attempt: Attempt) -> ScoringRecord:
    """Close the attempt, score it, record the evidence and finish the activity. Repeating it returns the scoring in force.

    Questions left open count as not agreed.
    """
    locked = _lock_attempt(attempt)
    if locked.submitted_at is not None:
        attempt.submitted_at = locked.submitted_at
        return locked.scorings.in_force().get()
    _refuse_closed(locked)
    now = timezone.now()
    locked.submitted_at = attempt.submitted_at = now
    locked.save(update_fields=["submitted_at", "updated_at"])
    answers = queries.answers_of(locked)
    record = score(attempt=locked, answers=answers)
    _record_evidence(locked, record, answers, now)
    # A course whose assessment has been taken away keeps the result all the same.
    with suppress(ActivityGone):
        finish_activity(enrolment=locked.enrolment, block_id=assessment_block_id(locked.enrolment.course, locked.occasion))
    return record


def _record_evidence(attempt: Attempt, record: ScoringRecord, answers: Sequence[Answer], occurred_at: datetime) -> None:
    label = (
        _("Assessment before “%(course)s”") if attempt.occasion == Occasion.BEFORE else _("Assessment after “%(course)s”")
    ) % {"course": attempt.enrolment.course.title}
    record_findings(
        user=attempt.user,
        kind="assessment",
        source=source_of(attempt),
        label=label[:200],
        occurred_at=occurred_at,
        findings=findings_of(record, answers),
        is_provisional=record.is_provisional,
    )
