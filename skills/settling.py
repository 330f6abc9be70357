"""What a learner could do next to have a skill settled."""

from accounts.models import User
from skills.kinds import Step, step_kinds
from skills.models import Skill

MOST = 2


def soonest(user: User, skill: Skill) -> list[Step]:
    """The best two: what places them on the scale of levels before what is kept beside it, then by the minutes it takes."""
    steps = [step for kind in step_kinds for step in kind.find(user, skill)]
    return sorted(steps, key=lambda step: (not step.places, step.minutes))[:MOST]
