"""Whether a passkey can be used at the address under which the site was opened."""

import ipaddress
from typing import Any

from django import template
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag(takes_context=True)
def passkey_obstacle(context: Any) -> str:
    """Why browsers refuse passkeys at this address, as a sentence; empty where they work."""
    return obstacle(context["request"])


def obstacle(request: HttpRequest) -> str:
    host = split_domain_port(request.get_host())[0].strip("[]")
    if _is_ip_address(host):
        return _("Passkeys need an address with a name. This page was opened by its number, %(host)s.") % {"host": host}
    if not request.is_secure() and host != "localhost" and not host.endswith(".localhost"):
        return _("Passkeys need a secure connection, and this page was opened without one.")
    return ""


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
