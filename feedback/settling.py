"""What feedback has to do with a learner's skill page: a round to begin or to look at, and where such evidence came from."""

from collections.abc import Collection
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from feedback.enums import RoundState
from feedback.models import Round
from feedback.queries import rounds_of
from feedback.services.starting import next_after
from skills.kinds import Step
from skills.models import Skill

# Longer than what can be done at once: it comes after that.
MINUTES_TO_ASK = 20


def find_rounds(user: User, skill: Skill) -> list[Step]:
    """Ask others, where a round may be begun; look at the one that runs, where it is about this skill. Two queries."""
    newest = rounds_of(user).exclude(state=RoundState.CANCELLED).order_by("-pk").first()
    if newest is not None and newest.state != RoundState.CLOSED:
        return [_look(newest)] if newest.skills.filter(skill=skill).exists() else []
    if newest is not None and next_after(newest):
        return []
    words = _("Three or more people of a group answer by e-mail, without an account. You see what they say together.")
    address = reverse("feedback:new")
    return [Step(_("Ask those who work with you"), words, _("Ask for feedback"), address, MINUTES_TO_ASK, places=False)]


def _look(feedback_round: Round) -> Step:
    is_draft = feedback_round.state == RoundState.DRAFT
    words = _("You have begun to ask others about it.") if is_draft else _("You have asked others about it.")
    return Step(
        _("Your round of feedback"), words, _("View the round"), feedback_round.get_absolute_url(), MINUTES_TO_ASK, places=False
    )


def round_addresses(user: User, rounds: Collection[UUID]) -> dict[UUID, str]:
    """The pages of these rounds, of those that are the user's own. One query."""
    own = rounds_of(user).filter(uuid__in=rounds).only("uuid")
    return {feedback_round.uuid: feedback_round.get_absolute_url() for feedback_round in own}


def round_words(user: User, rounds: Collection[UUID]) -> dict[UUID, str]:
    """What these rounds say, beside the level; the name of the evidence has the figure. One query."""
    own = rounds_of(user).filter(uuid__in=rounds).values_list("uuid", flat=True)
    return dict.fromkeys(own, _("how often others see it"))
