"""`load`: everything under a content folder, course by course, each one whole or not at all."""

import logging
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from access.models import CourseSet
from assessments.item_rules.model import Bank
from billing.services import end_prices, set_prices_of_file
from cms.content_files.bank import FOLDER, load_items, load_skill_checks, read_items, with_bank_forms
from cms.content_files.folders import entries, name_of
from cms.content_files.force import Force
from cms.content_files.forms import keys_of_bank_forms, load_form, load_settings, retire_forms
from cms.content_files.located import Source
from cms.content_files.open_questions import load_open_questions
from cms.content_files.problems import ContentError, Problem
from cms.content_files.reading import read_course, read_skills
from cms.content_files.report import Report
from cms.content_files.simulations import load_simulations
from cms.content_files.sources import CourseSource
from cms.content_files.tree import TreeLoader
from cms.enrolment import open_for_enrolment
from cms.ownership import shared_blocks
from cms.publishing import publish
from cms.site import ensure_site
from common.errors import UserError
from courses.models import Course
from skills.queries import skills_of
from skills.services import load_framework

logger = logging.getLogger(__name__)


def load(path: Path, *, force: Force = False) -> Report:
    """Load the folder `path`. Raises ContentError after loading every course that is right; those that are not stay as
    they were."""
    index = ensure_site().course_index
    report, problems = Report(), list[Problem]()
    skills = _load_skills(path, problems)
    bank = read_items(path, skills, problems)
    if bank is not None:
        load_items(bank, force=force, report=report, problems=problems)
    for source in with_bank_forms(_read_courses(path, skills, problems), bank or Bank(), problems):
        try:
            report.add(_load_course(source, index, force=force, is_bank_known=bank is not None))
            _load_settings(source, bank or Bank(), force, report)
        except (UserError, ValidationError, DatabaseError) as error:
            problems.append(_problem_of(error, source))
    if bank is not None:
        # After the forms of courses, whose questions it does not ask.
        load_skill_checks(bank, report=report, problems=problems)
        load_open_questions(bank, force=force, report=report, problems=problems)
    load_simulations(path, skills, report, problems, force=force)
    if problems:
        raise ContentError(problems, report)
    return report


def _load_skills(path: Path, problems: list[Problem]) -> frozenset[str]:
    """The skills that courses may name: those of the file, where it is right, and those that were loaded before."""
    file = path / "skills.yaml"
    if file.exists():
        try:
            load_framework(read_skills(file, path))
        except ContentError as error:
            problems.extend(error.problems)
    return frozenset(skills_of().values_list("slug", flat=True))


def _read_courses(path: Path, skills: frozenset[str], problems: list[Problem]) -> list[CourseSource]:
    """The courses that are right. Of two that claim one identity, neither is: which one is meant cannot be known."""
    sources = []
    for folder in _course_folders(path, problems):
        try:
            sources.append(read_course(folder, path, skills))
        except ContentError as error:
            problems.extend(error.problems)
    claimed = _claimed_twice(sources)
    problems += claimed.values()
    return [source for source in sources if source.path not in claimed]


def _course_folders(path: Path, problems: list[Problem]) -> list[Path]:
    def source_of(entry: Path) -> Source:
        return Source(name_of(entry, path), problems)

    courses = path / "courses"
    if not courses.is_dir():
        source_of(courses).problem(
            1, "There is no folder of courses here.", "Give the folder that holds skills.yaml and courses/."
        )
        return []
    folders = []
    for entry in entries(courses, source_of):
        if entry.is_dir():
            folders.append(entry)
        else:
            source_of(entry).problem(1, "This belongs to no course.", "Move it elsewhere: here are only folders of courses.")
    return folders


def _claimed_twice(sources: list[CourseSource]) -> dict[str, Problem]:
    """By path of its course.md, each course that says an id of another one."""
    owners: dict[UUID, CourseSource] = {}
    problems: dict[str, Problem] = {}
    for source in sources:
        for path, uuid in source.identities():
            other = owners.setdefault(uuid, source)
            if other is not source:
                what = f"It has an id that {other.path} has too."
                problems[source.path] = Problem(path, 1, what, "Give one of them another id.")
                problems.setdefault(other.path, Problem(other.path, 1, f"It has an id that {path} has too.", "See there."))
    return problems


def _problem_of(error: UserError | ValidationError | DatabaseError, source: CourseSource) -> Problem:
    if isinstance(error, UserError):
        return Problem(source.path, 1, str(error), "Correct it and load the files again.")
    if isinstance(error, ValidationError):
        return Problem(source.path, 1, " ".join(error.messages), "Correct it, here or in the CMS, and load the files again.")
    logger.error("A course of a content folder could not be written", exc_info=error)
    return Problem(
        source.path, 1, "The database refused this course.", "The log says why. Load the files again, then report it."
    )


@transaction.atomic
def _load_course(source: CourseSource, index: Any, *, force: Force, is_bank_known: bool) -> Report:
    loader = TreeLoader(index=index, force=force)
    page = loader.load(source)
    if page is None:
        return loader.report
    course = Course.objects.get(uuid=source.uuid)
    # Forms of a bank that could not be read are not gone.
    kept = [] if is_bank_known else keys_of_bank_forms(course)
    retire_forms(course, keep=[*kept, *(form.key for form in source.forms)], report=loader.report)
    for form in source.forms:
        load_form(form, course, force=force, report=loader.report)
    before = course.current_version_id
    version = publish(page)
    loader.report.shared.extend(", ".join(lesson.title for lesson in shared.pages) for shared in shared_blocks(page))
    if version is not None and version.pk != before:
        loader.report.versions.append(str(version))
    if source.path not in loader.report.conflicts:
        _set_prices(course, source)
    if source.open_for_enrolment and source.path in (*loader.report.created, *loader.report.updated):
        # Only with its file: a course that was closed since stays closed.
        open_for_enrolment(course)
    return loader.report


def _load_settings(source: CourseSource, bank: Bank, force: Force, report: Report) -> None:
    """Beside the transaction of the course: its lock comes before those on attempts that get more time."""
    course = Course.objects.filter(uuid=source.uuid).first()
    for settings in bank.settings:
        if course is not None and settings.course == source.key:
            load_settings(f"{FOLDER}/{settings.file}", settings, course, force=force, report=report)


def _set_prices(course: Course, source: CourseSource) -> None:
    course.refresh_from_db()
    course_set = CourseSet.objects.get(own_course=course)
    if course.is_free:
        end_prices(course_set=course_set)
        return
    amounts = {(kind, currency): amount for kind, prices in source.prices.items() for currency, amount in prices.items()}
    set_prices_of_file(course_set=course_set, amounts=amounts)
