"""Open questions of a content folder: each with its rubric and its anchors, in the course that it names."""

import hashlib
from dataclasses import asdict
from typing import Any

from assessments.formats.written import AnswerTerms
from assessments.item_rules.model import Bank, OpenItem
from assessments.models import Item
from cms.content_files import kinds
from cms.content_files.bank import FOLDER
from cms.content_files.force import Force, is_forced
from cms.content_files.problems import Problem
from cms.content_files.report import Report
from cms.identities import block_uuid, course_uuid
from cms.models import LoadedFile
from common.errors import UserError
from courses.models import Course
from rating.queries import rubric_of
from rating.services import Asked, write_question

NEVER = "never"


def load_open_questions(bank: Bank, *, force: Force, report: Report, problems: list[Problem]) -> None:
    """Those that have changed in their file. One that was reworded in the CMS since is left alone and reported; one that is
    gone from the files is kept.
    """
    for question in bank.open:
        file = f"{FOLDER}/{question.file}"
        course = Course.objects.filter(uuid=course_uuid(question.course)).first()
        if course is None:
            what = f"{question.id}: there is no course “{question.course}” here."
            problems.append(Problem(file, 1, what, "Write the id of a course of this folder."))
            continue
        try:
            _load(file, question, course, force, report)
        except UserError as error:
            problems.append(Problem(file, 1, f"{question.id}: {error}", "Correct it and load the files again."))


def _load(file: str, question: OpenItem, course: Course, force: Force, report: Report) -> None:
    """What was loaded is noted for each question, since authors change them one by one."""
    path, digest = f"{file} ({question.id})", _digest(question)
    loaded = LoadedFile.objects.filter(path=path, page=None, instrument=None).first()
    if loaded and loaded.digest == digest:
        report.unchanged.append(path)
        return
    if loaded and not is_forced(force, file) and _as_it_is(course, question) != loaded.item_versions:
        report.conflicts.append(path)
        return
    write_question(
        course=course,
        key=question.id,
        uuid=block_uuid(course.uuid, question.id),
        asked=_asked(question, question.answer),
        levels=[{"score": score} | asdict(level) for score, level in enumerate(question.levels, start=1)],
        anchors=[asdict(anchor) for anchor in question.anchors],
    )
    written = {"digest": digest, "item_versions": _as_it_is(course, question)}
    LoadedFile.objects.update_or_create(path=path, page=None, instrument=None, defaults=written)
    (report.updated if loaded else report.created).append(path)


def _asked(question: OpenItem, terms: AnswerTerms) -> Asked:
    return Asked(
        situation=question.situation,
        prompt=question.question,
        occasion="" if question.asked == NEVER else question.asked,
        by=terms.by,
        fewest=terms.fewest,
        most=terms.most,
        kinds=terms.kinds,
        megabytes=terms.megabytes,
        minutes=terms.minutes,
        skill=question.skill,
        concept=question.concept,
    )


def _as_it_is(course: Course, question: OpenItem) -> list[Any]:
    """What authors can change of it: its wording, its rubric with the anchors, and when it is asked. Having raters train again
    changes nothing.
    """
    item = Item.objects.filter(uuid=block_uuid(course.uuid, question.id)).first()
    rubric = rubric_of(item) if item else None
    return [item.current_version_id, rubric.digest if rubric else "", item.occasion] if item else []


def _digest(question: OpenItem) -> str:
    said = asdict(question) | {"file": "", "terms": []}
    return hashlib.sha256(kinds.canonical(said).encode()).hexdigest()
