"""What the frame of a page needs to know about the reader's rights."""

from dataclasses import dataclass

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import rules
from accounts.models import Organisation, User
from accounts.types import Visitor

register = template.Library()


@dataclass(frozen=True)
class Entry:
    name: str
    label: str
    icon: str
    url: str


_ENTRIES = (
    ("overview", _("Overview"), "home", rules.can_open_console),
    ("own_team", _("My team"), "users", rules.can_see_own_team),
    ("needs", _("Needs"), "target", rules.can_manage_needs),
    ("cohorts", _("Cohorts"), "calendar", rules.can_see_people),
    ("people", _("People"), "users", rules.can_see_people),
    ("framework", _("Skills"), "list", rules.can_manage_framework),
    ("seats", _("Seats"), "seat", rules.can_buy),
    ("outcomes", _("Outcomes"), "chart", rules.can_open_outcomes),
    ("settings", _("Settings"), "gear", rules.can_manage_settings),
)


@register.simple_tag
def console_navigation(user: Visitor, organisation: Organisation) -> list[Entry]:
    """The pages of a console that this person may open, in order."""
    return [
        Entry(name, str(label), icon, reverse(f"org:{name}", args=[organisation.slug]))
        for name, label, icon, rule in _ENTRIES
        if rule(user, organisation)
    ]


@register.simple_tag
def consoles_of(user: User) -> list[rules.Console]:
    """Organisations in whose console this person has a role, by name; one query, which console pages have made already."""
    return rules.consoles_of(user)
