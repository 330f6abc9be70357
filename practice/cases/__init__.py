"""Cases of practice, as text and as data: read strictly, and written back (docs/simulations.md)."""

from practice.cases.files import case_files, read_case_file
from practice.cases.problems import CaseError, Problem
from practice.cases.reading import case_from_data, case_from_yaml
from practice.cases.writing import case_to_data

__all__ = ["CaseError", "Problem", "case_files", "case_from_data", "case_from_yaml", "case_to_data", "read_case_file"]
