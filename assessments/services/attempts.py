"""One sitting: begun, answered, submitted once. No answer is lost, none is counted twice."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments import queries
from assessments.answers import accepted_options, is_complete, seen_as
from assessments.enums import OF_COURSE, Occasion
from assessments.errors import AnswerNotAccepted, AssessmentNotOpen, AttemptClosed, TimeIsUp
from assessments.events import texts_submitted
from assessments.models import GRACE, Attempt, AttemptItem, Instrument, InstrumentItem, Item, Response, ScoringRecord
from assessments.queries import Answer, end_of_sitting, met_in_skill_check
from assessments.scoring.blueprint import NotFilled
from assessments.services.adaptive_bank import met_before
from assessments.services.allocation import allocate_forms
from assessments.services.drawing import draw_for
from assessments.services.scoring import findings_of, score, source_of
from courses.content import assessment_block_id
from learning.errors import ActivityGone
from learning.models import Enrolment
from learning.services import finish_activity
from skills.services import record_findings

Asked = tuple[int, int, list[dict[str, Any]]]
"""Item, its version, and the options of that."""


def start_attempt(*, enrolment: Enrolment, occasion: str) -> Attempt:
    """The learner's attempt at this occasion; begun now unless it has been before.

    Freezes the current versions of the form's questions. Raises AssessmentNotOpen when the occasion is not open.
    """
    # One whose time has run out is scored first: the next one would close it. Before the lock, which comes after the attempt's.
    for late in Attempt.objects.unfinished().filter(enrolment=enrolment, due_at__lt=timezone.now() - GRACE):
        submit_attempt(attempt=late)
    return _begin(enrolment, occasion)


@transaction.atomic
def _begin(enrolment: Enrolment, occasion: str) -> Attempt:
    Enrolment.objects.select_for_update(no_key=True).get(pk=enrolment.pk)
    begun = Attempt.objects.filter(enrolment=enrolment, occasion=occasion).first()
    if begun is not None:
        return begun
    opening = queries.opening(enrolment, occasion)
    if not opening.is_open:
        raise AssessmentNotOpen(opening.reason)
    allocation = allocate_forms(enrolment=enrolment)
    form = allocation.first if occasion == Occasion.BEFORE else allocation.second
    attempt = Attempt(
        enrolment=enrolment,
        user_id=enrolment.user_id,
        instrument=form,
        occasion=occasion,
        # Only who learns for an organisation was told so.
        counts_in_groups=enrolment.organisation_id is not None,
    )
    versions = _current_versions(attempt=attempt)
    attempt.due_at = end_of_sitting(form, enrolment, began_at=timezone.now())
    attempt.save()
    present(attempt, versions)
    return attempt


def present(attempt: Attempt, versions: Sequence[Asked], *, first: int = 1) -> None:
    """Write down what an attempt asks from position `first` on, with the order of the options that its learner sees."""
    is_shuffled = attempt.instrument.shuffles_options
    AttemptItem.objects.bulk_create(
        AttemptItem(
            attempt=attempt,
            item_id=item_id,
            item_version_id=version_id,
            position=position,
            option_order=(attempt.option_order(version_id, options) if is_shuffled else [option["id"] for option in options]),
        )
        for position, (item_id, version_id, options) in enumerate(versions, start=first)
    )


def _current_versions(*, attempt: Attempt) -> list[Asked]:
    """In the order of the form, without questions that the learner has met before.

    Where fewer than half would be left, or a form cannot be drawn, as for somebody who takes the course a second time, only
    those that they met on the other occasion of this enrolment are left out: better asked twice than not able to finish.
    """
    asked = AttemptItem.objects.filter(attempt__user=attempt.user_id)
    met = set(asked.values_list("item_id", "attempt__enrolment", "attempt__occasion"))
    anywhere = {item for item, _enrolment, _occasion in met} | met_in_skill_check(attempt.user_id)
    here = {item for item, met_in, occasion in met if met_in == attempt.enrolment_id and occasion in OF_COURSE}
    versions = drawn(attempt, anywhere, here) if attempt.instrument.is_drawn else fixed(attempt.instrument, anywhere, here)
    if not versions:
        raise AssessmentNotOpen(_("This assessment has no questions at the moment. Please try again later."))
    return versions + _to_be_written(attempt, anywhere)


def _to_be_written(attempt: Attempt, met: set[int]) -> list[tuple[int, int, list[dict[str, Any]]]]:
    """What is answered in one's own words comes last, and nobody is asked it twice: no result needs it."""
    items = Item.objects.to_be_written(attempt.enrolment.course_id).filter(occasion=attempt.occasion).exclude(pk__in=met)
    return list(items.values_list("pk", "current_version_id", "current_version__options"))


def fixed(form: Instrument, anywhere: set[int], here: set[int]) -> list[Asked]:
    """Without those met `anywhere`, or where fewer than half would be left without those met `here`."""
    asked = InstrumentItem.objects.asked().filter(instrument=form).order_by("position")
    versions = list(asked.values_list("item_id", "item__current_version_id", "item__current_version__options"))
    unmet = [version for version in versions if version[0] not in anywhere]
    return [version for version in versions if version[0] not in here] if 2 * len(unmet) < len(versions) else unmet


def drawn(attempt: Attempt, *met_sets: set[int]) -> list[Asked]:
    """Drawn without what was met, by the first of `met_sets` with which the bank fills the form. Raises AssessmentNotOpen."""
    for met in met_sets:
        with suppress(NotFilled):
            found = draw_for(attempt.instrument, seed=str(attempt.uuid), met=met)
            rows = Item.objects.filter(pk__in=found).values_list("pk", "current_version_id", "current_version__options")
            return sorted(rows, key=lambda row: found.index(row[0]))
    raise AssessmentNotOpen(_("There are not enough questions for you at the moment. Please try again later."))


def record_shown(*, attempt: Attempt, positions: Collection[int] | None = None) -> None:
    """Keep when the questions of an attempt, or those at `positions`, were first on a page. Again changes nothing."""
    new = [
        entry.pk
        for entry in queries.presented_items(attempt)
        if entry.shown_at is None and (positions is None or entry.position in positions)
    ]
    if new:
        attempt.items.filter(pk__in=new, shown_at__isnull=True).update(shown_at=timezone.now())


def lock_attempt(attempt: Attempt) -> Attempt:
    attempts = Attempt.objects.select_for_update(of=("self",), no_key=True)
    return attempts.select_related("enrolment__course", "user", "instrument", "calibration").get(pk=attempt.pk)


@transaction.atomic
def save_response(*, attempt: Attempt, item_version_id: int, chosen: Iterable[str] | str) -> Response:
    """Keep the latest answer to one question; an empty one takes the answer back. Whoever saves last is kept.

    Raises AttemptClosed once submitted (or when the other occasion has begun), TimeIsUp once its time has run out,
    AnswerNotAccepted for foreign questions.
    """
    [response] = save_responses(attempt=attempt, answers={item_version_id: chosen})
    return response


@transaction.atomic
def save_responses(
    *, attempt: Attempt, answers: Mapping[int, Iterable[str] | str], seen: Mapping[int, Collection[str]] | None = None
) -> list[Response]:
    """The same for several questions at once, as a form without JavaScript sends them. All are kept or none.

    `seen`: what the page showed when it was opened. Where something else has been saved since, that stays: such a question is
    missing in what this returns.
    """
    locked = lock_attempt(attempt)
    refuse_late(locked)
    if locked.is_adaptive:
        raise AnswerNotAccepted(_("This assessment asks one question after the other. Answer the one that is open."))
    versions = {entry.item_version_id: entry.item_version for entry in queries.presented_items(attempt)}
    if not set(answers) <= set(versions):
        raise AnswerNotAccepted(_("This question is not part of your assessment. Reload the page and choose again."))
    if any(versions[version_id].takes_file for version_id in answers):
        raise AnswerNotAccepted(_("This question is answered by a file. Upload it, or record your answer."))
    known = {response.item_version_id: response for response in locked.responses.filter(item_version_id__in=answers)}
    saved = []
    for version_id, chosen in answers.items():
        answer = accepted_options(versions[version_id], chosen)
        response = known.get(version_id) or Response(attempt=locked, item_version_id=version_id)
        if seen is not None and version_id in seen:
            now, sent = (set(seen_as(versions[version_id], said)) for said in (response.chosen, answer))
            if now not in (set(seen[version_id]), sent):
                continue
        if response.pk is None or response.chosen != answer:
            response.chosen = answer
            response.is_complete = is_complete(versions[version_id], answer)
            response.save()
        saved.append(response)
    return saved


def refuse_late(attempt: Attempt) -> None:
    """Raises AttemptClosed where nothing changes any more, TimeIsUp where no answer counts any more."""
    refuse_closed(attempt)
    if attempt.is_out_of_time(timezone.now()):
        raise TimeIsUp(_("Your time is up. The answers that were saved in time count."))


def refuse_closed(attempt: Attempt) -> None:
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
def submit_if_due(*, attempt: Attempt) -> bool:
    """Submit it where its time has ended, as the clock of a page thinks: somebody may have been given more since. Whether it is
    submitted.
    """
    locked = lock_attempt(attempt)
    attempt.due_at = locked.due_at
    if locked.submitted_at is None and not locked.is_due(timezone.now()):
        return False
    submit_attempt(attempt=attempt)
    return True


@transaction.atomic
def submit_attempt(*, attempt: Attempt) -> ScoringRecord:
    """Close the attempt, score it, record the evidence and finish the activity. Repeating it returns the scoring in force.

    Questions left open count as not agreed. One whose time has run out ended when it did, whoever submits it and when.
    """
    locked = lock_attempt(attempt)
    if locked.submitted_at is not None:
        attempt.submitted_at = locked.submitted_at
        return locked.scorings.in_force().get()
    refuse_closed(locked)
    now = timezone.now()
    ended_at = min(now, locked.due_at or now)
    locked.is_closed_by_time = locked.is_due(now)
    locked.submitted_at = attempt.submitted_at = ended_at
    locked.save(update_fields=["submitted_at", "is_closed_by_time", "updated_at"])
    answers = queries.answers_of(locked)
    if locked.is_adaptive:
        # Whoever asks fewer questions asks nobody to guess: one that is open says nothing.
        answers = [answer for answer in answers if answer.chosen]
    record = score(attempt=locked, answers=answers)
    if locked.is_of_course or not was_met(locked):
        _record_evidence(locked, record, answers, ended_at)
    # A course whose assessment has been taken away keeps the result all the same.
    with suppress(ActivityGone):
        if (block_id := _activity_of(locked)) is not None:
            finish_activity(enrolment=locked.enrolment, block_id=block_id)
    if any(answer.version.is_open for answer in answers):
        texts_submitted.send(locked)
    return record


def _activity_of(attempt: Attempt) -> UUID | None:
    """What it finishes in its course."""
    if attempt.is_of_course:
        return assessment_block_id(attempt.enrolment.course, attempt.occasion)
    return attempt.block_id


def was_met(attempt: Attempt) -> bool:
    """Whether it asked anything that its learner had met before: then it shows what they remember, and is no evidence."""
    return bool(met_before(attempt).intersection(attempt.items.values_list("item_id", flat=True)))


def _record_evidence(attempt: Attempt, record: ScoringRecord, answers: Sequence[Answer], occurred_at: datetime) -> None:
    record_findings(
        user=attempt.user,
        kind="assessment",
        source=source_of(attempt),
        label=_label_of(attempt)[:200],
        occurred_at=occurred_at,
        findings=findings_of(record, answers),
        is_provisional=record.is_provisional,
        may_be_shared=True,
    )


def _label_of(attempt: Attempt) -> str:
    if not attempt.is_of_course:
        return attempt.instrument.title
    label = _("Assessment before “%(course)s”") if attempt.occasion == Occasion.BEFORE else _("Assessment after “%(course)s”")
    return label % {"course": attempt.enrolment.course.title}
