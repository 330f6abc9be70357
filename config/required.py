"""What a production has to be told, checked before it starts: each refusal says which variable, and what belongs there."""

from email.utils import parseaddr
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host


def base_url(given: str, allowed_hosts: list[str]) -> str:
    """Printed in mails and certificates, and where people come back to after paying."""
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            "Set ACCORD_BASE_URL to the address of the site, such as https://accord.example.org, without a path and without "
            f"a slash at the end. It is {given!r}. E-mails and certificates print it."
        )
    if not validate_host(parts.hostname, allowed_hosts):
        raise ImproperlyConfigured(
            f"ACCORD_BASE_URL names {parts.hostname}, which ALLOWED_HOSTS does not allow. Add it there, or correct the address."
        )
    return given


def from_address(given: str) -> str:
    """The sender of every e-mail."""
    _name, address = parseaddr(given)
    local, _at, domain = address.rpartition("@")
    if not local or "." not in domain:
        raise ImproperlyConfigured(
            "Set ACCORD_FROM_EMAIL to the sender of e-mails, such as Accord <accord@example.org>, in a domain that your mail "
            f"server may send for. It is {given!r}."
        )
    return given


def proxy_count(given: str, *, behind_proxy: bool) -> int:
    """How many proxies add to X-Forwarded-For; with too few, all users share the limits of one network address."""
    if behind_proxy and not given.isdigit():
        raise ImproperlyConfigured(
            "BEHIND_TLS_PROXY is set: set TRUSTED_PROXY_COUNT too, to the number of proxies that add to X-Forwarded-For (1 for "
            "one nginx; 2 with a load balancer in front of it). Sign-ins are limited by the address that they name."
        )
    if given and not given.isdigit():
        raise ImproperlyConfigured(f"TRUSTED_PROXY_COUNT is a number of proxies, 0 for none. It is {given!r}.")
    return int(given or 0)
