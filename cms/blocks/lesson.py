"""The streams that pages hold."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from cms.blocks.base import lesson_blocks
from cms.blocks.interactive import skill_choices


class LessonStreamBlock(blocks.StreamBlock):
    """Every block that is declared for lessons."""

    def __init__(self, local_blocks: Any = (), **kwargs: Any) -> None:
        super().__init__([*((entry.name, entry.block()) for entry in lesson_blocks), *(local_blocks or ())], **kwargs)


class SkillLevelBlock(blocks.StructBlock):
    skill = blocks.ChoiceBlock(label=_("Skill"), choices=skill_choices)
    level = blocks.IntegerBlock(label=_("Taught to level"), min_value=1, max_value=5, default=3)

    class Meta:
        icon = "tag"
        label = _("Skill")
        label_format = "{skill} {level}"


class SkillsStreamBlock(blocks.StreamBlock):
    skill = SkillLevelBlock()
