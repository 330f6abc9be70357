"""What is wrong with a case, said so that its author can put it right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from common.errors import UserError


@dataclass(frozen=True, order=True)
class Problem:
    """`path` leads to the field (`cards.q-menu.replies.1.trust`); `line` is 0 where the case is not a file."""

    file: str
    line: int
    path: str
    what: str
    remedy: str

    def __str__(self) -> str:
        places = [self.file, f"line {self.line}" if self.line else "", self.path]
        return f"{', '.join(place for place in places if place)}: {self.what} {self.remedy}"


class CaseError(UserError):
    """A case that cannot be read, with everything that is wrong in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))
