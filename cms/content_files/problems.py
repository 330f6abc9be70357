"""What is wrong with a file, said so that its author can put it right."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cms.content_files.report import Report
from common.errors import UserError

KEY = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$", re.ASCII)


@dataclass(frozen=True, order=True)
class Problem:
    file: str
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.what} {self.remedy}"


class ContentError(UserError):
    """Files that cannot be loaded, with everything that is wrong in them. Nothing of these courses was changed; `report` tells
    what became of the others."""

    def __init__(self, problems: Iterable[Problem], report: Report | None = None) -> None:
        self.problems = sorted(set(problems))
        self.report = report or Report()
        super().__init__("\n".join(str(problem) for problem in self.problems))
