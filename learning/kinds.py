"""What upper apps declare for the day on which somebody completes a course."""

from collections.abc import Callable
from dataclasses import dataclass

from common.registry import Registry
from learning.models import Enrolment


@dataclass(frozen=True)
class NextAct:
    """One thing to do with what was learnt. `label` and `address` are empty where it is done away from the screen."""

    title: str
    words: str = ""
    label: str = ""
    address: str = ""


@dataclass(frozen=True)
class NextActKind:
    """`find` gives the act that a completed enrolment leads to, None where there is none; lower `order` comes first."""

    name: str
    order: int
    find: Callable[[Enrolment], NextAct | None]


next_act_kinds: Registry[NextActKind] = Registry("What to do after a course", owner="learning.kinds")
