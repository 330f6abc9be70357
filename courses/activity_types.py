"""What learners can do in a course, each kind declared once by the app that owns it.

A new kind is a subclass of `ActivityType` that its app registers, a block for authors in `cms`, and a template. What has to be
known of a kind anywhere (whether a course needs it, how it is shown, posted, printed, exported, erased) is asked of its type.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

from django.utils.functional import Promise

from common.registry import Registry

Lines = list[tuple[str, str]]
"""What somebody wrote, as (label, text); the label may be empty."""


class EnrolmentRef(Protocol):
    """An enrolment, to those who import no higher app."""

    pk: int


class ActivityType:
    """One kind of activity. `name` is the kind of `Activity` and, for blocks, the type of the block.

    `template` shows a block with the reader's state, and without any in an author's preview; types without one are no blocks
    of a lesson. `is_required`: a course is complete only when every activity of this type is finished.
    """

    name: ClassVar[str]
    label: ClassVar["str | Promise"]
    template: ClassVar[str] = ""
    is_required: ClassVar[bool] = False

    def add_state(self, blocks: Sequence[dict[str, Any]], enrolment: EnrolmentRef | None) -> None:
        """Put the reader's state into blocks of this type, all of one lesson at once; `enrolment` is None for visitors.

        A block that cannot be shown to anybody gets `is_missing`.
        """

    def asked(self, value: Mapping[str, Any]) -> str:
        """What the block with this `value` asks, in a line."""
        return str(value.get("prompt") or value.get("title") or "")

    def parts_of(self, value: Mapping[str, Any]) -> dict[str, str]:
        """Label by id of the parts of a block that authors add and remove, and that words hang on. None by default."""
        return {}

    def with_earlier(self, value: Mapping[str, Any], parts: Mapping[str, str]) -> dict[str, Any]:
        """The `value` of a block with the parts that it had in earlier versions, under "earlier".

        What is read, shown and printed of a block starts from this, so that words in a part that was removed stay in sight.
        """
        today = self.parts_of(value)
        earlier = {part: label for part, label in parts.items() if part not in today}
        return {**value, "earlier": earlier} if earlier else dict(value)

    def state_lines(self, value: Mapping[str, Any], data: Mapping[str, Any]) -> Lines:
        """What a learner left in the block with this `value`, to print and to export. Nothing by default."""
        return []

    def erased(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What stays of `ActivityState.data` when the learner's words are erased."""
        return {}


class WrittenType(ActivityType):
    """A kind in which a learner writes. Its words are kept in `ActivityState.data`, saved as they are typed.

    `reveals`: once something is written, the part "revealed" of its template shows what its author would have written.
    """

    reveals: ClassVar[bool] = False

    def read_post(self, value: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
        """The data in the fields of a posted form."""
        raise NotImplementedError

    def merged(self, value: Mapping[str, Any], before: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        """What is kept when `data` is saved over `before` in the block with this `value`.

        Whatever the form has no field for stays as it was: an author's edit never takes a learner's words away.
        """
        return {**before, **data}

    def carried(self, value: Mapping[str, Any], fields: Mapping[str, Any]) -> Lines:
        """What was sent in fields that the block has no more, as (name, text), for a form that is shown again."""
        return []

    def check(self, data: Mapping[str, Any], limit: int) -> None:
        """Raises a `UserError` for what is too much of this kind to be kept; `limit`: characters that one activity takes."""

    def lands_at(self, fields: Mapping[str, Any]) -> str:
        """Where in the block a browser without scripts goes once a form is saved: what ends an id of its template."""
        return ""

    def is_empty(self, data: Mapping[str, Any]) -> bool:
        return not any(data.values())

    def shown(self, value: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        """What the template needs to show `data` in the block."""
        return {"data": data, "is_empty": self.is_empty(data)}


activity_types: Registry[ActivityType] = Registry("Activity types", owner="courses.activity_types")


def written_type(name: str) -> WrittenType | None:
    """The type of that name if learners write in it."""
    activity_type = activity_types.get(name)
    return activity_type if isinstance(activity_type, WrittenType) else None
