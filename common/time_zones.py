"""Time zones as people look for them: by region and place, each under the name of today."""

import zoneinfo
from functools import cache
from importlib.resources import files
from itertools import groupby

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

Choice = tuple[str, str]
Group = tuple[str, list[Choice]]


@cache
def places() -> list[str]:
    """Zones of the tz database that it lists by country: no aliases, no abbreviations."""
    lines = _read("zone.tab").splitlines()
    return sorted(line.split("\t")[2] for line in lines if line and not line.startswith("#"))


@cache
def _links() -> dict[str, str]:
    """What each alias stands for. Browsers still say Asia/Calcutta."""
    lines = (line.split() for line in _read("tzdata.zi").splitlines())
    return {words[2]: words[1] for words in lines if words[:1] == ["L"]}


def _read(name: str) -> str:
    return files("tzdata").joinpath("zoneinfo", name).read_text(encoding="utf-8")


def known_zone(name: str) -> str:
    """The name of today for a zone, whatever it was called; empty for what is none."""
    if name == "UTC" or name in places():
        return name
    meant = _links().get(name, "")
    if meant in places():
        return meant
    return name if name in zoneinfo.available_timezones() else ""


@cache
def zone_choices() -> list[Choice | Group]:
    """UTC, then the places of each region."""
    groups = groupby(places(), key=lambda name: name.partition("/")[0])
    return [("UTC", "UTC"), *((region, [(name, place_of(name)) for name in names]) for region, names in groups)]


def place_of(name: str) -> str:
    """“Buenos Aires, Argentina” of America/Argentina/Buenos_Aires."""
    parts = name.replace("_", " ").split("/")[1:]
    return ", ".join(reversed(parts)) or name


def time_of(name: str) -> str:
    """“New York time” of America/New_York; UTC is its own name."""
    return name if "/" not in name else gettext("%(place)s time") % {"place": place_of(name).partition(",")[0]}


AUTOMATIC = _("As my browser says (until it does: UTC)")
