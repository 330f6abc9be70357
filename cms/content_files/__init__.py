"""Courses written as text files (docs/content-format.md): reading, checking, and bringing them into the page tree."""

from cms.content_files.loading import Report, load
from cms.content_files.problems import ContentError, Problem

__all__ = ["ContentError", "Problem", "Report", "load"]
