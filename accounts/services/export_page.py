"""The page to read in an export: one file without anything from elsewhere, for any browser and for paper."""

import re
from datetime import datetime
from typing import IO, Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.personal_data import PrivacyPart, Row

STYLE = """
:root { color-scheme: light dark; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1, h2, h3, h4, h5 { font-family: Georgia, serif; line-height: 1.25; }
h2 { margin-top: 3rem; border-top: 1px solid; padding-top: 1rem; }
article { margin: 1rem 0; padding: .5rem 0 .5rem 1rem; border-left: 3px solid #8888; }
dl { margin: 0; }
dt { font-weight: 600; }
dd { margin: 0 0 .5rem; white-space: pre-wrap; }
dd dl { margin-left: 1rem; white-space: normal; }
@media print { article { break-inside: avoid; } h2, h3, h4, h5 { break-after: avoid; } body { margin: 0; max-width: none; } }
"""


# As `accounts.personal_data.moment` writes it.
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


class ExportPage:
    """Written as the rows come, part after part."""

    def __init__(self, target: IO[bytes], user: User) -> None:
        self.target = target
        self.part: PrivacyPart | None = None
        self.is_begun = False
        self.above: list[str] = []
        self.empty: list[str] = []
        title = _("Everything %(site)s holds about you") % {"site": settings.WAGTAIL_SITE_NAME}
        self._write(
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        )
        made = _("Made for %(name)s on %(day)s.") % {
            "name": user.display_name,
            "day": date_format(timezone.localtime(), "DATETIME_FORMAT"),
        }
        also = _("The same is in data.json, for programs. Files you uploaded are in the folder “files”.")
        self._write(f"<p>{escape(made)} {escape(also)}</p>\n")

    def begin(self, part: PrivacyPart) -> None:
        self._note_empty()
        self.part, self.is_begun, self.above = part, False, []

    def add(self, row: Row) -> None:
        if self.part is None:
            raise RuntimeError("A row belongs to a part.")
        if not self.is_begun:
            self._write(f"<section>\n<h2>{escape(self.part.title)}</h2>\n")
            self.is_begun = True
        self._put_above([str(row.get(name) or "") for name in self.part.headings])
        hidden = {*self.part.headings, *self.part.unread}
        self._write(f"<article>{_listed({name: value for name, value in row.items() if name not in hidden})}</article>\n")

    def finish(self) -> None:
        self._note_empty()
        if self.empty:
            self._write(f"<section>\n<h2>{escape(_('Nothing is held under these headings'))}</h2>\n<ul>")
            self._write("".join(f"<li>{escape(title)}</li>" for title in self.empty) + "</ul>\n</section>\n")
        self._write("</body>\n</html>\n")

    def _note_empty(self) -> None:
        """Close the part before, or remember that there was nothing in it."""
        if self.part is not None and self.is_begun:
            self._write("</section>\n")
        elif self.part is not None:
            self.empty.append(str(self.part.title))
        self.part = None

    def _put_above(self, headings: list[str]) -> None:
        """Those that differ from what stands above the row before, and all below them."""
        if headings == self.above:
            return
        same = 0
        while same < min(len(headings), len(self.above)) and headings[same] == self.above[same]:
            same += 1
        for level, heading in enumerate(headings[same:], start=same + 3):
            if heading:
                self._write(f"<h{level}>{escape(heading)}</h{level}>\n")
        self.above = headings

    def _write(self, text: str) -> None:
        self.target.write(text.encode("utf-8", "replace"))


def _listed(row: Row) -> str:
    """Names and values, without those that say nothing."""
    said = ((name, value) for name, value in row.items() if value not in (None, "", [], {}))
    return "<dl>" + "".join(_line(name, value) for name, value in said) + "</dl>"


def _line(name: str, value: Any) -> str:
    if name == "lines" and not any(isinstance(line, dict) for line in value):
        return "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in value)
    return f"<dt>{escape(name.replace('_', ' ').capitalize())}</dt><dd>{_shown(value)}</dd>"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return _listed(value)
    if isinstance(value, list):
        if any(isinstance(entry, (dict, list)) for entry in value):
            return "".join(_shown(entry) for entry in value)
        return escape(", ".join(str(entry) for entry in value if entry not in (None, "")))
    if isinstance(value, bool):
        return escape(_("yes") if value else _("no"))
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return escape(date_format(timezone.localtime(datetime.fromisoformat(value)), "DATETIME_FORMAT"))
    return escape(str(value))
