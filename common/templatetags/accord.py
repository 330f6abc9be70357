"""Filters and tags without meaning of their own; built into every template."""

import re
from datetime import date
from decimal import Decimal

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from common.figures import plain
from common.kept_forms import OWNER_FIELD, OWNER_IN_CONTEXT, owner_field_of
from common.money import format_money
from common.page_links import page_links
from common.text import inline_html, paragraphs_html

register = template.Library()

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


@register.filter
def unbroken(text: str) -> str:
    """A sentence whose per cent signs stay with their figures at the end of a line."""
    return str(text).replace(" %", "\N{NO-BREAK SPACE}%")


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
