from django.conf import settings
from django.http import HttpRequest


def accord(request: HttpRequest) -> dict:
    """What every template may need to know about the site. No queries."""
    return {
        "demo": settings.ACCORD_DEMO,
        "second_factor_required": settings.ACCORD_REQUIRE_SECOND_FACTOR,
        "site_time_zone": settings.TIME_ZONE,
    }
