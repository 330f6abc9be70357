"""What templates of activities need, in a lesson and in an author's preview of it."""

from typing import Any

from django import template
from django.template.defaultfilters import linebreaksbr
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from common.text import plain_inline
from courses.activity_types import activity_types
from learning.models import ActivityState
from learning.services.progress import ENTRY_LIMIT
from learning.worksheets import Sheet, ShownSheet

register = template.Library()
WORDS_OF_A_CHECK = 7


@register.filter
def activity_template(name: str) -> str:
    """The template of an activity type."""
    return activity_types[name].template


@register.filter
def written_template(name: str) -> str:
    """The part of the template of a written type that shows words without fields."""
    return f"{activity_types[name].template}#written"


@register.filter
def revealed_template(name: str) -> str:
    """The part that shows what its author would have written; it says nothing before the learner has written something."""
    return f"{activity_types[name].template}#revealed"


@register.simple_tag
def saved_at(state: ActivityState) -> str:
    """“Saved 14:03”, in the reader's time; with the day when it was another one."""
    saved = timezone.localtime(state.updated_at)
    time = date_format(saved, "TIME_FORMAT" if saved.date() == timezone.localdate() else "SHORT_DATETIME_FORMAT")
    return _("Saved %(time)s") % {"time": time}


@register.simple_tag
def entry_limit() -> int:
    """How many characters one activity takes."""
    return ENTRY_LIMIT


@register.simple_tag
def sheet_of(block: dict[str, Any]) -> ShownSheet:
    """A worksheet with what the view put into it, or an empty one."""
    return block.get("sheet") or ShownSheet(block["value"], Sheet())


@register.filter
def activity_marks(blocks: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    """Activities of a lesson as (id, type, what it is called, whether the reader has answered or written)."""
    return [
        (
            block["id"],
            block["type"],
            _named(block),
            "answered" if block.get("answer") else "saved" if block.get("state") else "",
        )
        for block in blocks
    ]


def _named(block: dict[str, Any]) -> str:
    """Its title, or the first words of what a check asks: several of a lesson are told apart. Else its kind."""
    if block["type"] == "check" and block.get("version"):
        return Truncator(" ".join(plain_inline(block["version"].prompt).split())).words(WORDS_OF_A_CHECK)
    return str(block["value"].get("title") or activity_types[block["type"]].label)


@register.filter
def earlier_words(block: dict[str, Any]) -> SafeString:
    """What a worksheet keeps of columns that were removed, row by row, to be read only."""
    entries = ((_where(entry), linebreaksbr(entry["text"])) for entry in block["earlier"])
    return format_html("<ul>{}</ul>", format_html_join("", '<li><span class="muted">{}</span> {}</li>', entries))


def _where(entry: dict[str, Any]) -> str:
    if entry["row"] is None:
        return _("Deleted row, %(column)s:") % {"column": entry["label"]}
    return _("Row %(row)s, %(column)s:") % {"row": entry["row"], "column": entry["label"]}
