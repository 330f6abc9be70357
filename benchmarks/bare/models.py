from typing import Any

from wagtail import blocks
from wagtail.fields import StreamField
from wagtail.models import Page

from cms.blocks import CheckBlock, LessonStreamBlock


class BareCheckBlock(CheckBlock):
    """Without the choice of skills, for which a block of ours asks the database; Wagtail alone would not."""

    skill = blocks.CharBlock(required=False)


class BareStreamBlock(LessonStreamBlock):
    def __init__(self, local_blocks: Any = (), **kwargs: Any) -> None:
        super().__init__([*(local_blocks or ()), ("check", BareCheckBlock())], **kwargs)


class BarePage(Page):
    """The stream of a lesson on a page that Wagtail routes, reads and renders in its own way."""

    body = StreamField(BareStreamBlock())

    template = "bare/page.html"
