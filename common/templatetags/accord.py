"""Filters and tags without meaning of their own; built into every template."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from common.figures import plain
from common.kept_forms import OWNER_FIELD, OWNER_IN_CONTEXT, owner_field_of
from common.money import format_money
from common.page_links import page_links
from common.text import inline_html, paragraphs_html

register = template.Library()

LONG_PART = 16
REASONS = ("problem", "refusal")
"""Names under which pages are given why what was asked for was not done."""
_ISO_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


@register.filter
def money(amount: int | None, currency: str) -> str:
    """Minor units as money in the reader's locale."""
    return "" if amount is None else format_money(amount, currency)


@register.filter
def minutes(value: int | None) -> str:
    """How long something takes, in words: 50 min, 1 h, 2 h 30 min."""
    if not value:
        return ""
    hours, rest = divmod(int(value), 60)
    if not hours:
        return ngettext("%(n)s min", "%(n)s min", rest) % {"n": rest}
    if not rest:
        return gettext("%(h)s h") % {"h": hours}
    return gettext("%(h)s h %(m)s min") % {"h": hours, "m": rest}


@register.filter
def figure(value: Decimal | None) -> str:
    """A measured value as it was typed, in the reader's locale: 6.5000 is 6.5."""
    return "" if value is None else number_format(plain(value), force_grouping=True)


@register.filter
def words(name: str) -> str:
    """A name of the program as people write it: `due_on` is "due on"."""
    return str(name).replace("_", " ")


@dataclass(frozen=True)
class Problem:
    """An error of a field: its words, and the id of what is to be changed."""

    target: str
    words: str


@register.filter
def problems(form: BaseForm) -> list[Problem]:
    """What is wrong with each field of a refused form, in the order of its fields."""
    return [
        Problem("" if field.is_hidden else _place_of(field), f"{field.label}: {error}" if field.label else str(error))
        for field in form
        for error in field.errors
    ]


def _place_of(field: BoundField) -> str:
    """Of boxes and buttons the first; what has no control of its own is a group that bears the id."""
    if field.widget_type in ("radioselect", "checkboxselectmultiple"):
        return f"{field.auto_id}_0"
    return str(field.id_for_label or field.auto_id)


@register.simple_tag(takes_context=True)
def error_prefix(context: Context) -> str:
    """Before the title of a page that answers with a refused form, or why something was not done: it is read first."""
    request = context.get("request")
    if request is None or request.method != "POST":
        return ""
    values: list[Any] = list(context.flatten().values())
    is_refused = any(value.errors for value in values if isinstance(value, BaseForm)) or any(map(context.get, REASONS))
    return gettext("Error:") + " " if is_refused else ""


@register.filter
def unbroken(text: str) -> str:
    """A text whose per cent signs, and signs of what is less, stay with their figures at the end of a line."""
    return str(text).replace(" %", "\N{NO-BREAK SPACE}%").replace("< ", "<\N{NO-BREAK SPACE}")


@register.filter
def breakable(name: str) -> SafeString:
    """A name of a column that a narrow page may break: after underscores, and within where one part is very long."""
    parts = re.findall(rf"[^_\s]{{1,{LONG_PART}}}_*\s*|[_\s]+", str(name))
    return format_html_join(mark_safe("<wbr>"), "{}", [(part,) for part in parts])


@register.filter
def dated(text: str) -> str:
    """A message that is printed by commands too, with its days (2024-11-30) as the reader writes them."""
    return _ISO_DAY.sub(_as_written, str(text))


def _as_written(found: re.Match[str]) -> str:
    try:
        return str(date_format(date.fromisoformat(found.group()), "DATE_FORMAT"))
    except ValueError:
        return found.group()


@register.filter
def initials(name: str) -> str:
    parts = [part for part in str(name).replace("@", " ").split() if part]
    return "".join(part[0].upper() for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts[:1]))


@register.filter
def get_item(mapping, key):
    """`mapping[key]` where the key is in a variable; None when it is missing."""
    return mapping.get(key) if mapping else None


@register.filter
def inline(text):
    """An author's short text: escaped, with `**bold**` and `*italic*`."""
    return inline_html(text)


@register.filter
def paragraphs(text):
    """An author's longer text: like `inline`, a blank line begins a new paragraph."""
    return paragraphs_html(text)


@register.simple_tag(takes_context=True)
def kept_form_owner(context):
    """Hidden field that lets a form survive the end of a session: see `common.kept_forms`."""
    token = context.get(OWNER_IN_CONTEXT) or owner_field_of(context["request"])
    return format_html('<input type="hidden" name="{}" value="{}">', OWNER_FIELD, token)


@register.filter
def address_name(request: HttpRequest | None) -> str:
    """The name of the address of this request; "" where it has none."""
    match = getattr(request, "resolver_match", None)
    return match.view_name if match else ""


@register.filter
def is_there(value: object) -> bool:
    """Whether there is any, and nothing of it."""
    return bool(value)


@register.simple_tag
def page_link(name: str, *arguments: object) -> str:
    """The address of the page where one does `name`; see `common.page_links`."""
    return reverse(page_links[name].url_name, args=arguments)
