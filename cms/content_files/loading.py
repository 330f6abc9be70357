"""`load`: everything under a content folder, course by course, each one whole or not at all."""

from pathlib import Path
from typing import Any

from django.db import transaction

from access.models import CourseSet
from billing.models import PriceKind
from billing.services import set_price
from cms.content_files.forms import load_form, retire_forms
from cms.content_files.problems import ContentError, Problem
from cms.content_files.reading import CourseSource, read_course, read_skills
from cms.content_files.report import Report
from cms.content_files.tree import TreeLoader
from cms.publishing import publish_course_page
from cms.site import ensure_site
from common.errors import UserError
from courses.models import Course
from skills.queries import skills_of
from skills.services import load_framework


def load(path: Path, *, force: bool = False) -> Report:
    """Load the folder `path`. Raises ContentError after loading every course that is right; those that are not stay as
    they were."""
    index = ensure_site().course_index
    report, problems = Report(), list[Problem]()
    skills = _load_skills(path)
    for folder in sorted((path / "courses").glob("*/")):
        try:
            source = read_course(folder, path, skills)
            report.add(_load_course(source, index, force=force))
        except ContentError as error:
            problems.extend(error.problems)
        except UserError as error:
            problems.append(Problem(f"courses/{folder.name}", 1, str(error), "Correct it and load the files again."))
    if problems:
        raise ContentError(problems)
    return report


def _load_skills(path: Path) -> frozenset[str]:
    if (path / "skills.yaml").exists():
        load_framework(read_skills(path / "skills.yaml", path))
    return frozenset(skills_of().values_list("slug", flat=True))


@transaction.atomic
def _load_course(source: CourseSource, index: Any, *, force: bool) -> Report:
    loader = TreeLoader(index=index, force=force)
    page = loader.load(source)
    if page is None:
        return loader.report
    course = Course.objects.get(uuid=source.uuid)
    retire_forms(course, keep=[form.key for form in source.forms], report=loader.report)
    for form in source.forms:
        load_form(form, course, force=force, report=loader.report)
    before = course.current_version_id
    version = publish_course_page(page)
    if version is not None and version.pk != before:
        loader.report.versions.append(str(version))
    if source.path in loader.report.created or source.path in loader.report.updated:
        # Only with its file: a price that was changed elsewhere since stands.
        _set_prices(course, source)
    return loader.report


def _set_prices(course: Course, source: CourseSource) -> None:
    course.refresh_from_db()
    course_set = CourseSet.objects.get(own_course=course)
    for kind in (PriceKind.PERSON, PriceKind.SEAT):
        for currency, amount in source.prices.get(kind, {}).items():
            set_price(course_set=course_set, kind=kind, currency=currency, amount=amount)
