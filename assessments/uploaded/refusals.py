"""Why a file is not taken."""

from enum import StrEnum


class Fault(StrEnum):
    EMPTY = "empty"
    UNKNOWN = "unknown"  # its content is that of no kind we take
    BROKEN = "broken"  # it begins like one of its kind, and cannot be read to its end
    VIDEO = "video"  # a recording with pictures
    PROTECTED = "protected"  # it opens with a password only
    ACTIVE = "active"  # it has macros, scripts or files in it
    TOO_MUCH = "too much"  # unpacked, or in points, far larger than any answer


class Unreadable(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault
