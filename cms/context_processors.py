"""What every page says about who runs the site: its name, an address to write to, a line at the foot."""

import time
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from wagtail.models import Site
from wagtail.rich_text import expand_db_html

from cms.models import SiteDetails

SECONDS = 60
# Whoever asks chooses the port of their Host header: more than these are not remembered.
MAX_HOSTS = 50
_kept: dict[str, tuple[float, "About"]] = {}


@dataclass(frozen=True)
class About:
    """`footer_html` is what an administrator wrote, cleaned by Wagtail when it was saved."""

    site_name: str = settings.WAGTAIL_SITE_NAME
    contact_email: str = ""
    footer_html: str = ""


def about_site(request: HttpRequest) -> dict:
    """Read when a template asks for it, and kept by each process for a minute: no query on most pages."""
    about = SimpleLazyObject(lambda: _about(request))
    return {"about_site": about, "site_name": SimpleLazyObject(lambda: about.site_name)}


def _about(request: HttpRequest) -> About:
    try:
        host = request.get_host()
    except DisallowedHost:  # the page that says so
        return About()
    until, about = _kept.get(host, (0.0, None))
    if about is None or until < time.time():
        about = _read(request)
        keep(host, about)
    return about


def keep(host: str, about: About) -> None:
    if len(_kept) >= MAX_HOSTS and host not in _kept:
        _kept.clear()
    _kept[host] = (time.time() + SECONDS, about)


def forget() -> None:
    _kept.clear()


def _read(request: HttpRequest) -> About:
    details = SiteDetails.objects.filter(site=Site.find_for_request(request)).first()
    if details is None:
        return About()
    return About(details.site_name, details.contact_email, expand_db_html(details.footer_text))
