"""Something that happens in a lower app and that upper apps act upon, inside its transaction and in a named order."""

from collections.abc import Callable
from typing import Generic, TypeVar

from common.registry import AlreadyRegistered, NotRegistered

What = TypeVar("What")


class Event(Generic[What]):
    """`stages` are the names under which handlers are connected, in the order in which they run; one handler a stage.

    Handlers run in the caller's transaction and must be safe to repeat.
    """

    def __init__(self, title: str, *, stages: tuple[str, ...]) -> None:
        self.title, self.stages = title, stages
        self._handlers: dict[str, Callable[[What], object]] = {}
        _events.append(self)

    def connect(self, stage: str, handler: Callable[[What], object]) -> None:
        """Raises `NotRegistered` for a stage that the event does not have, `AlreadyRegistered` for one that is taken."""
        if stage not in self.stages:
            raise NotRegistered(f"{self.title}: there is no stage {stage!r}. The stages are: {', '.join(self.stages)}.")
        if stage in self._handlers:
            raise AlreadyRegistered(f"{self.title}: the stage {stage!r} already has a handler.")
        self._handlers[stage] = handler

    def send(self, what: What) -> None:
        for stage in self.stages:
            if stage in self._handlers:
                self._handlers[stage](what)

    @property
    def connected(self) -> list[str]:
        return [stage for stage in self.stages if stage in self._handlers]


_events: "list[Event]" = []


def all_events() -> "list[Event]":
    """Every event of the process, by title."""
    return sorted(_events, key=lambda event: event.title)
