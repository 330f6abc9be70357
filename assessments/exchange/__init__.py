"""Question files of other systems: GIFT, Aiken, Moodle XML and QTI read, Moodle XML and QTI 3.0 written. Knows no Django."""

from assessments.exchange.moodle_writer import Written, write_moodle
from assessments.exchange.qti_writer import write_qti
from assessments.exchange.questions import Question, QuestionKind, Reading, Remark
from assessments.exchange.reading import FileFormat, read_bytes, read_path

__all__ = [
    "FileFormat",
    "Question",
    "QuestionKind",
    "Reading",
    "Remark",
    "Written",
    "read_bytes",
    "read_path",
    "write_moodle",
    "write_qti",
]
