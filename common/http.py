"""Requests as our middleware hands them on, for type checkers; numbers in what they say; files as answers."""

from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

# What a whole number in a database holds.
MAX_DIGITS = 18


class HtmxRequest(HttpRequest):
    """`htmx` is true when a part of a page is asked for and not the whole."""

    htmx: HtmxDetails


def wants_json(request: HttpRequest) -> bool:
    """Whether a script of ours asks that reads JSON."""
    return request.headers.get("Accept", "").startswith("application/json")


def whole_number(text: str) -> int | None:
    """What an address or a form says where a number of ours is expected; None for anything that no column could hold."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else None


def as_download(name: str, content: bytes, content_type: str) -> HttpResponse:
    """A small file that a browser saves. `name` is one of ours, with nothing in it that anybody typed."""
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
