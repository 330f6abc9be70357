"""What a course must say before it is reviewed or published; asked by the editor, the whole course and content files alike.

A draft that is only saved may lack any of it.
"""

import re
from typing import Any

from django.utils.translation import gettext as _

from common.covers import is_visible
from common.text import lines

COLOUR = re.compile(r"^#[0-9A-Fa-f]{6}$")
MIN_OUTCOMES, MAX_OUTCOMES = 3, 6


def problems_of(course: Any) -> dict[str, str]:
    """What is wrong, in words for its author, by field. `course`: a page with `outcomes` and `colour`."""
    found = {"outcomes": outcomes_problem(course.outcomes), "colour": colour_problem(course.colour)}
    return {field: words for field, words in found.items() if words}


def outcomes_problem(text: str) -> str:
    n = len(lines(text))
    if MIN_OUTCOMES <= n <= MAX_OUTCOMES:
        return ""
    words = _("Say in %(least)s to %(most)s lines what learners will be able to do; there are %(n)s now.")
    return words % {"least": MIN_OUTCOMES, "most": MAX_OUTCOMES, "n": n}


def colour_problem(colour: str) -> str:
    if not COLOUR.match(colour) or is_visible(colour):
        return ""
    return _("The cover would show next to nothing in %(colour)s. Choose a darker colour.") % {"colour": colour}
