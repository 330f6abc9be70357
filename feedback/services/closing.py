"""A round closes: its answers become what is shown of them, in one step, and then they are gone."""

import logging
import secrets
from collections.abc import Iterable, Sequence

from celery import shared_task
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import sweeps
from common.encryption import SecretUnreadable
from feedback.answers import Answers, unseal
from feedback.contacts import LINK_KIND
from feedback.enums import Question, RaterGroup, RoundState
from feedback.errors import RoundNotOpen
from feedback.models import Rater, Round, RoundSkill, ShownComment, ShownFigure, ShownGroup
from feedback.scoring.grouping import LEAST, Cell, Rated, cells_of
from feedback.scoring.summary import Figure, figure_in, score_of, together
from feedback.wordings import frequency_words
from mail import services as mail
from mail.models import MailDelivery, MailLink
from skills.enums import EvidenceKind
from skills.services import record_evidence

logger = logging.getLogger(__name__)
CLOSED = "feedback_closed"
SOURCE = "feedback"


@shared_task(name="feedback.close_rounds")
def close_rounds() -> None:
    """Hourly: those whose day is over. Their learners are told."""
    due = Round.objects.filter(state=RoundState.OPEN, closes_at__lte=timezone.now()).order_by("pk")
    sweeps.each(due, _close_and_tell, name="Rounds of feedback")


@transaction.atomic
def _close_and_tell(feedback_round: Round) -> int:
    try:
        closed = close_round(feedback_round=feedback_round)
    except RoundNotOpen:  # its learner was quicker
        return 0
    page = reverse("feedback:round", args=[closed.uuid])
    mail.enqueue_mail(template=CLOSED, recipient=closed.user.email, context={"page": page})
    return 1


@transaction.atomic
def close_round(*, feedback_round: Round) -> Round:
    """Count what was sent, keep what may be shown, delete the rest. Raises RoundNotOpen where it is not running."""
    locked = Round.objects.select_for_update(of=("self",)).select_related("user").get(pk=feedback_round.pk)
    if locked.state != RoundState.OPEN:
        raise RoundNotOpen(_("This round of feedback has been closed already, or was called off."))
    skills = list(locked.skills.select_related("skill").prefetch_related("behaviours"))
    said = {rater: _read(rater) for rater in locked.raters.filter(is_submitted=True)}
    rated = [_rated(rater, answers, skills) for rater, answers in said.items()]
    cells = cells_of([one for one in rated if one.scores], RaterGroup.values)
    locked.state, locked.closed_at = RoundState.CLOSED, timezone.now()
    _keep_own(locked, skills)
    figures = _keep_figures(locked, cells, skills)
    _keep_comments(locked, cells, {rater.pk: answers for rater, answers in said.items()})
    groups = list(locked.raters.values_list("group", flat=True))
    locked.asked = {group: groups.count(group) for group in RaterGroup.values if group in groups}
    locked.own_answers = ""
    locked.save(update_fields=["state", "closed_at", "asked", "own_answers", "updated_at"])
    _record(locked, skills, figures)
    _forget(locked, used_at=locked.closed_at)
    return locked


@transaction.atomic
def cancel_round(*, feedback_round: Round) -> Round:
    """Nothing is counted and nothing kept of what was said; the links say so. Calling it off twice changes nothing."""
    locked = Round.objects.select_for_update(of=("self",)).select_related("user").get(pk=feedback_round.pk)
    if locked.state == RoundState.OPEN:
        locked.state, locked.own_answers, locked.closed_at = RoundState.CANCELLED, "", timezone.now()
        locked.save(update_fields=["state", "own_answers", "closed_at", "updated_at"])
        _forget(locked, revoked_at=locked.closed_at)
    return locked


def _forget(feedback_round: Round, **closed: object) -> None:
    """Who was asked, and what they said. Their links stay for as long as links do, to say what has become of it."""
    targets = [uuid.hex for uuid in feedback_round.raters.values_list("uuid", flat=True)]
    links = MailLink.objects.filter(kind=LINK_KIND, target_id__in=targets)
    links.update(**closed, updated_at=timezone.now())
    mail.cancel(MailDelivery.objects.filter(link__in=links))
    feedback_round.raters.all().delete()


# What is counted ------------------------------------------------------------------------------------------------------


def _read(rater: Rater) -> Answers:
    """Answers that no key opens any more count as none: the round closes all the same."""
    try:
        return unseal(rater.answers)
    except SecretUnreadable:
        logger.warning("Answers of a round of feedback cannot be read any more; they count as none.")
        return Answers()


def _rated(rater: Rater, answers: Answers, skills: Sequence[RoundSkill]) -> Rated:
    return Rated(rater.pk, rater.group, _scores(answers, skills), answers.may_be_named)


def _scores(answers: Answers, skills: Sequence[RoundSkill]) -> dict[int, float]:
    by_skill = {
        skill.pk: score_of(answers.ratings.get(behaviour.pk, 0) for behaviour in skill.behaviours.all()) for skill in skills
    }
    return {key: score for key, score in by_skill.items() if score is not None}


def _keep_own(feedback_round: Round, skills: Iterable[RoundSkill]) -> None:
    """Of the skills all of whose sentences were answered: one of three says too little to be set beside what others say."""
    try:
        answers = unseal(feedback_round.own_answers)
    except SecretUnreadable:
        answers = Answers()
    own = _scores(answers, list(skills))
    for skill in skills:
        is_whole = all(behaviour.pk in answers.ratings for behaviour in skill.behaviours.all())
        if is_whole and skill.pk in own:
            skill.own_mean = own[skill.pk]
            skill.save(update_fields=["own_mean"])


def _keep_figures(feedback_round: Round, cells: Sequence[Cell], skills: Sequence[RoundSkill]) -> dict[int, list[Figure]]:
    kept: dict[int, list[Figure]] = {skill.pk: [] for skill in skills}
    for position, cell in enumerate(cells):
        group = ShownGroup.objects.create(feedback_round=feedback_round, name=cell.name, position=position, n=len(cell.raters))
        for skill in skills:
            if figure := figure_in(cell, skill.pk):
                kept[skill.pk].append(figure)
                values = {"mean": figure.mean, "low": figure.low, "high": figure.high, "n": figure.n}
                ShownFigure.objects.create(group=group, round_skill=skill, **values)
    return kept


def _keep_comments(feedback_round: Round, cells: Iterable[Cell], said: dict[int, Answers]) -> None:
    """Of each question where three or more wrote something: in an order drawn by lot, for each question anew."""
    shown = [said[rater.key] for cell in cells for rater in cell.raters]
    for question in Question:
        texts = [text for answers in shown if (text := answers.comments.get(question, "").strip())]
        if len(texts) >= LEAST:
            secrets.SystemRandom().shuffle(texts)
            ShownComment.objects.bulk_create(
                ShownComment(feedback_round=feedback_round, question=question, text=text) for text in texts
            )


def _record(feedback_round: Round, skills: Iterable[RoundSkill], figures: dict[int, list[Figure]]) -> None:
    """Evidence beside the level, from what is shown and from nothing else."""
    for skill in skills:
        others = together(figures[skill.pk])
        if others is None or others.n < LEAST:
            continue
        label = ngettext(
            "360 feedback: %(words)s, as %(n)s person sees it", "360 feedback: %(words)s, as %(n)s people see it", others.n
        )
        record_evidence(
            user=feedback_round.user,
            skill=skill.skill,
            kind=EvidenceKind.FEEDBACK,
            source=f"{SOURCE}:{feedback_round.uuid}",
            label=label % {"words": frequency_words(others.mean), "n": others.n},
            occurred_at=feedback_round.closed_at or timezone.now(),
        )
