"""Simulations of a content folder: each case is read, played by its lint, and published, or its faults are named."""

from pathlib import Path

from cms.cases.drafting import is_written_here, publish_file
from cms.content_files.folders import name_of
from cms.content_files.force import Force, is_forced
from cms.content_files.problems import Problem
from cms.content_files.report import Report
from practice.cases import CaseError, case_files, read_case_file
from practice.cases.reading import Case
from practice.scoring.lint import lint
from practice.services import is_published, of_another_kind, publish_case

FOLDER = "simulations"


def load_simulations(
    path: Path, skills: frozenset[str], report: Report, problems: list[Problem], *, force: Force = False
) -> None:
    """Every case of `path`/simulations that can be played; interviews first. One that is gone is kept.

    One that authors have published from the CMS stays as they have it, unless the file is forced.
    """
    folder = path / FOLDER
    if not folder.is_dir():
        return
    cases = [(name_of(file, path), _read(file, name_of(file, path), skills, problems)) for file in case_files(folder)]
    found = [(case, name) for name, case in cases if case is not None]
    for position, (case, name) in enumerate(sorted(found, key=lambda one: (one[0].kind, one[1]))):
        if is_published(case, position=position):
            report.unchanged.append(name)
            continue
        is_authors = is_written_here(case.id)
        if is_authors and not is_forced(force, name):
            report.conflicts.append(name)
            continue
        if other := of_another_kind(case):
            told = f"“{case.id}” is the id of “{other}” ({other.get_kind_display()}) already."
            problems.append(Problem(name, 1, told, "Choose another id."))
            continue
        findings = lint(case).findings
        problems += [Problem(name, 1, f"{finding.where}: {finding.what}", finding.remedy) for finding in findings]
        if not findings:
            if is_authors:
                publish_file(case)
            else:
                publish_case(case, position=position)
            report.updated.append(name)


def _read(file: Path, name: str, skills: frozenset[str], problems: list[Problem]) -> Case | None:
    try:
        case = read_case_file(file, name)
    except CaseError as error:
        problems += [
            Problem(name, problem.line, f"{problem.path}: {problem.what}" if problem.path else problem.what, problem.remedy)
            for problem in error.problems
        ]
        return None
    if case.skill is not None and case.skill not in skills:
        problems.append(Problem(name, 1, f"There is no skill “{case.skill}”.", "Name one of skills.yaml."))
        return None
    return case
