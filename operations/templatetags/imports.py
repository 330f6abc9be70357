"""What an import is called on a page."""

from typing import Any

from django import template

from operations.imports import kind_of
from operations.models import StagedImport

register = template.Library()


@register.filter
def holds(staged: StagedImport) -> Any:
    """What a file holds, in words: "People"."""
    return kind_of(staged.kind).title
