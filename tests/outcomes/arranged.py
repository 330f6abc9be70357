"""Which addresses of a console are about outcomes."""

from outcomes import org_urls as outcomes_urls
from stakeholders import org_urls as stakeholders_urls


def console_addresses() -> set[str]:
    """By name, without the organisation."""
    return {str(pattern.name) for pattern in [*outcomes_urls.urlpatterns, *stakeholders_urls.urlpatterns]}
