"""A round begins as a draft: which skills, until when."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.queries import zone_of
from feedback.enums import RoundState
from feedback.errors import RoundNotReady
from feedback.models import Behaviour, Round, RoundSkill
from feedback.wordings import behaviours_of
from skills.models import Skill
from skills.queries import calling, framework_of

MOST_SKILLS = 4
SOONEST, LATEST = timedelta(days=5), timedelta(days=60)
# Two rounds with the same people but for one would say what that one said. Opinions do not change sooner either.
BETWEEN_ROUNDS = timedelta(days=90)


def end_of_day(day: date, user: User) -> datetime:
    return datetime.combine(day, time(23, 59), zone_of(user))


def may_begin_from(user: User) -> datetime | None:
    """When somebody whose last round has closed may begin another; None: now, as far as that goes."""
    last = Round.objects.filter(user=user, state=RoundState.CLOSED).order_by("-closed_at").first()
    return next_after(last) if last is not None else None


def next_after(closed: Round) -> datetime | None:
    """When the next may begin; None where that is over."""
    begins = closed.closed_at + BETWEEN_ROUNDS if closed.closed_at is not None else None
    return begins if begins is not None and begins > timezone.now() else None


@transaction.atomic
def begin_round(*, user: User, skills: Sequence[Skill], closes_on: date) -> Round:
    """A draft, which asks nobody yet. Raises RoundNotReady where there is one already, or the last one is too near."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if Round.objects.filter(user=user, state__in=[RoundState.DRAFT, RoundState.OPEN]).exists():
        raise RoundNotReady(_("You have a round of feedback already. Close it, or discard it, before you begin another."))
    if begins := may_begin_from(user):
        raise RoundNotReady(
            _("Your last round closed not long ago. You can begin the next on %(day)s.")
            % {"day": formats.date_format(timezone.localtime(begins), "DATE_FORMAT")}
        )
    if not 1 <= len(skills) <= MOST_SKILLS:
        raise RoundNotReady(_("Choose one to %(most)s skills.") % {"most": MOST_SKILLS})
    feedback_round = Round.objects.create(user=user, closes_at=end_of_day(closes_on, user))
    call = calling(framework_of(user))
    for position, skill in enumerate(skills):
        row = RoundSkill.objects.create(feedback_round=feedback_round, skill=skill, name=call(skill), position=position)
        Behaviour.objects.bulk_create(
            Behaviour(round_skill=row, position=number, own_words=own, words=words)
            for number, (own, words) in enumerate(behaviours_of(list(skill.levels.all())))
        )
    return feedback_round


@transaction.atomic
def discard_draft(*, feedback_round: Round) -> None:
    """Nobody has been asked, so nothing is left of it. A round that was sent stays."""
    Round.objects.select_for_update().filter(pk=feedback_round.pk, state=RoundState.DRAFT).delete()
