"""What pages and other apps ask about courses."""

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform

from courses.models import Course


def catalogue() -> QuerySet[Course]:
    """Listed courses with `skills` (list of {"slug", "level"}) of their newest version, without its text."""
    return (
        Course.objects.filter(is_listed=True, current_version__isnull=False)
        .annotate(skills=KeyTransform("skills", "current_version__content"))
        .order_by("-is_free", "title")
    )
