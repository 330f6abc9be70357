from wagtail.fields import StreamField
from wagtail.models import Page

from cms.blocks import LessonStreamBlock


class BarePage(Page):
    """The stream of a lesson on a page that Wagtail routes, reads and renders in its own way."""

    body = StreamField(LessonStreamBlock())

    template = "bare/page.html"
