"""Requests as our middleware hands them on, for type checkers."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class HtmxRequest(HttpRequest):
    """`htmx` is true when a part of a page is asked for and not the whole."""

    htmx: HtmxDetails
