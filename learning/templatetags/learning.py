"""What templates of activities need, in a lesson and in an author's preview of it."""

from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from courses.activity_types import activity_types
from learning.activity_types import worksheet_rows
from learning.models import ActivityState

register = template.Library()


@register.filter
def activity_template(name: str) -> str:
    """The template of an activity type."""
    return activity_types[name].template


@register.filter
def written_template(name: str) -> str:
    """The part of the template of a written type that shows words without fields."""
    return f"{activity_types[name].template}#written"


@register.simple_tag
def saved_at(state: ActivityState) -> str:
    """“Saved 14:03”, in the reader's time; with the day when it was another one."""
    saved = timezone.localtime(state.updated_at)
    time = date_format(saved, "TIME_FORMAT" if saved.date() == timezone.localdate() else "SHORT_DATETIME_FORMAT")
    return _("Saved %(time)s") % {"time": time}


@register.simple_tag
def rows_of(block: dict[str, Any]) -> list[list[dict[str, str]]]:
    """Rows of a worksheet: those the view filled in, or empty ones."""
    return block.get("rows") or worksheet_rows(block["value"], None)
