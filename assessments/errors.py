"""What can be refused, in words for the person who reads it."""

from common.errors import UserError


class InvalidItem(UserError):
    """A question that could not be asked or keyed as written; the author can put it right."""


class QuestionNotPublished(UserError):
    """A draft of a question that cannot be asked yet; `findings` say what has to change."""

    def __init__(self, message: str, findings: tuple[str, ...] = ()) -> None:
        self.findings = findings
        super().__init__(message)


class KeyNotTaken(UserError):
    """A panel’s key that is not, or no longer, the key of its question."""


class ItemUseConflict(UserError):
    """A knowledge check and an assessment would share a question."""


class InvalidInstrument(UserError):
    """A form whose questions do not fit together."""


class AnswerNotAccepted(UserError):
    """An answer that names no option of its question, or too many."""


class FileNotAccepted(AnswerNotAccepted):
    """A file that cannot be an answer; the message says why, and what to do."""


class AnsweredElsewhere(AnswerNotAccepted):
    """A question that has its answer, and takes no other one."""


class AlreadyAssigned(UserError):
    """A cohort that has the assessment already."""


class AssessmentNotOpen(UserError):
    """The occasion has passed, has not come yet, or the course has no assessment."""


class AttemptClosed(UserError):
    """The attempt has been submitted; nothing in it changes any more."""


class TimeIsUp(AttemptClosed):
    """The time of the attempt has run out; what was saved in time counts."""


class SkillCheckNotKept(UserError):
    """A result that cannot be kept; the message says why."""


class InvalidSettings(UserError):
    """Settings of an assessment that do not fit together."""


class AnswersNotUsable(UserError):
    """Answers from which no parameters can be worked out. `reasons`: a sentence each, of `total` that there are."""

    def __init__(self, reasons: list[str], *, total: int = 0) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons
        self.total = max(total, len(reasons))


class StudyNotPossible(UserError):
    """Too few complete sittings to ask whether curves fit, or whoever asked may not."""


class ExportNotPossible(UserError):
    """Whoever asked for a file of questions may not have one."""
