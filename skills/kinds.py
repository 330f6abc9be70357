"""What upper apps declare about a skill: what a learner can do next to have it placed better, and where evidence came from."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from common.registry import Registry
from skills.models import Skill


@dataclass(frozen=True)
class Step:
    """One thing to do, `minutes` long. `places`: it puts the learner anew on the scale of levels; else it is kept beside."""

    title: str
    words: str
    label: str
    address: str
    minutes: int
    places: bool


@dataclass(frozen=True)
class StepKind:
    """`find` gives what this learner may do now about a skill, in no order."""

    name: str
    find: Callable[[User, Skill], list[Step]]


@dataclass(frozen=True)
class SourceKind:
    """Evidence whose source is `name:<uuid>`. `find` gives the pages among these that the user may open, by uuid.

    `tell` gives what each says now, in a few words, of evidence that says something else than a level or a share: it is shown
    beside the level and weighs nothing in it.
    """

    name: str
    find: Callable[[User, Collection[UUID]], Mapping[UUID, str]]
    tell: Callable[[User, Collection[UUID]], Mapping[UUID, str]] | None = None


step_kinds: Registry[StepKind] = Registry("What settles a skill", owner="skills.kinds")
source_kinds: Registry[SourceKind] = Registry("Where evidence of a skill comes from", owner="skills.kinds")
