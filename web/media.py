"""Who may see a file of the CMS: the rule of the lesson or the page that shows it, and everything for those who write."""

from enum import Enum

from django.db.models import QuerySet, Subquery
from wagtail.documents.models import AbstractDocument

from access import queries as access_queries
from accounts.types import Visitor
from cms.media import is_on_a_text_page
from cms.models import AccordRendition, MediaUse
from cms.rules import may_see_unopened
from web.reading import is_for_everybody, is_there_for


class Audience(Enum):
    """For whom an answer is: it decides whether the file is given, and what caches may keep."""

    EVERYBODY = "everybody"
    THIS_READER = "this reader"
    NOBODY = "nobody"


def audience_of_file(name: str, user: Visitor) -> Audience:
    """Of a file in the media storage. Pages show renditions only; originals and all else are for those who write."""
    renditions = AccordRendition.objects.filter(file=name).values("image")
    return _audience(MediaUse.objects.filter(image__in=Subquery(renditions)), user)


def audience_of_document(document: AbstractDocument, user: Visitor) -> Audience:
    audience = _audience(MediaUse.objects.filter(document=document.pk), user)
    if audience is not Audience.EVERYBODY and is_on_a_text_page(document.pk):
        audience = Audience.EVERYBODY
    if audience is Audience.EVERYBODY and document.collection.get_view_restrictions():
        return Audience.THIS_READER  # who was let into a private collection, which no cache may do for others
    return audience


def _audience(shown: QuerySet[MediaUse], user: Visitor) -> Audience:
    """One query for what visitors see, one or two more for learners, two to four for those who write."""
    uses = list(shown.select_related("course"))
    if any(is_for_everybody(use.course, is_open=use.is_open) for use in uses):
        return Audience.EVERYBODY
    return Audience.THIS_READER if _may_read(user, uses) or may_see_unopened(user) else Audience.NOBODY


def _may_read(user: Visitor, uses: list[MediaUse]) -> bool:
    """Whether this person may open something that shows the file: `web.reading`, for many courses at once."""
    if not user.is_authenticated or not uses:
        return False
    openable = access_queries.openable(user)
    return any((use.is_open or use.course in openable) and is_there_for(user, use.course) for use in uses)
