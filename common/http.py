"""Requests as our middleware hands them on, for type checkers; numbers in what they say."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

# What a whole number in a database holds.
MAX_DIGITS = 18


class HtmxRequest(HttpRequest):
    """`htmx` is true when a part of a page is asked for and not the whole."""

    htmx: HtmxDetails


def whole_number(text: str) -> int | None:
    """What an address or a form says where a number of ours is expected; None for anything that no column could hold."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else None
