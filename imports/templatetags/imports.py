"""What an import is called on a page."""

from typing import Any

from django import template

from imports.kinds import import_kinds
from imports.models import StagedImport

register = template.Library()


@register.filter
def holds(staged: StagedImport) -> Any:
    """What a file holds, in words: "People"."""
    return import_kinds[staged.kind].title
