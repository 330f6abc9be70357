"""What is wrong with a file, said so that its author can put it right."""

from dataclasses import dataclass

from common.errors import UserError


@dataclass(frozen=True, order=True)
class Problem:
    file: str
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.what} {self.remedy}"


class ContentError(UserError):
    """Files that cannot be loaded, with everything that is wrong in them. Nothing of these courses was changed."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
