"""What all blocks of a lesson share."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import nh3
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.rich_text import expand_db_html

from cms.rendering import preview_blocks
from common.registry import Registry

AnyBlock = TypeVar("AnyBlock", bound=blocks.Block)


@dataclass(frozen=True)
class LessonBlock:
    """A block that authors may put into a lesson; for something learners do, `name` is that of its activity type."""

    name: str
    block: type[blocks.Block]


lesson_blocks: Registry[LessonBlock] = Registry("Blocks of a lesson", owner="cms.blocks.base")


def lesson_block(name: str) -> Callable[[type[AnyBlock]], type[AnyBlock]]:
    """Declares the class below it as the block of that name; the editor offers blocks in the order of their declaration."""

    def declare(block: type[AnyBlock]) -> type[AnyBlock]:
        lesson_blocks.register(LessonBlock(name, block))
        return block

    return declare


RICH_TEXT = ["h2", "h3", "bold", "italic", "link", "ol", "ul"]
SHORT_RICH_TEXT = ["bold", "italic", "link", "ol", "ul"]
INLINE_HINT = _("**bold** and *italic* work here.")
TAGS = {"p", "h2", "h3", "ul", "ol", "li", "strong", "b", "em", "i", "a", "br"}
ADDRESSES = {"http", "https", "mailto"}
_BETWEEN_BLOCKS = re.compile(r"(</?(?:p|h2|h3|ul|ol|li)>)\s+(?=</?(?:p|h2|h3|ul|ol|li)>)")


def published_html(source: object) -> str:
    """Rich text as stored by Wagtail, as clean HTML: few elements, no attributes but addresses, one spelling of everything.

    The same text gives the same bytes whether it came from the editor or from a content file, so that opening and saving a
    lesson makes no new course version.
    """
    html = nh3.clean(
        expand_db_html(str(source or "")),
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes=ADDRESSES,
        link_rel=None,
    )
    html = re.sub(r"<(/?)b>", r"<\1strong>", html)
    html = re.sub(r"<(/?)i>", r"<\1em>", html)
    return _BETWEEN_BLOCKS.sub(r"\1", html).strip()


class Published:
    """A block whose value becomes plain JSON in a course version."""

    name: str

    @cached_property
    def is_previewable(self) -> bool:
        return True

    def as_content(self, value: Any) -> dict[str, Any]:
        raise NotImplementedError

    @staticmethod
    def images_in(content: dict[str, Any]) -> list[int]:
        """Ids of the images in what `as_content` gave; whoever may open the lesson may see them."""
        return []

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        """Plain texts that a lesson shows of what `as_content` gave, before anybody has done anything; search finds these.

        What is not named here is not found: answers, feedback, and whatever a learner has to do something to see.
        """
        return []

    def get_preview_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context = dict(parent_context or {})
        content = {"type": self.name, "id": "00000000-0000-4000-8000-000000000000", "value": self.as_content(value)}
        return context | {"blocks": preview_blocks([content], [self.preview_check(value)])}

    def get_preview_template(self, value: Any, context: dict[str, Any] | None = None) -> str:
        return "cms/block_preview.html"

    def preview_check(self, value: Any) -> dict[str, Any] | None:
        """The question as it will be published, for blocks that ask one."""
        return None


class PublishedBlock(Published, blocks.StructBlock):
    """A block with fields."""


def identified(list_value: Any) -> list[tuple[str, Any]]:
    """(id, value) of the entries of a ListBlock. Answers of learners store these ids."""
    return [(child.id, child.value) for child in list_value.bound_blocks]
