"""The streams that pages hold."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from cms.blocks.interactive import AgreementBlock, CheckBlock, PlanBlock, ReflectionBlock, WorksheetBlock, skill_choices
from cms.blocks.static import (
    CalloutBlock,
    CaseBlock,
    DialogueBlock,
    ImageBlock,
    QuotationBlock,
    StepsBlock,
    TableBlock,
    TextBlock,
)


class LessonStreamBlock(blocks.StreamBlock):
    text = TextBlock()
    callout = CalloutBlock()
    case = CaseBlock()
    dialogue = DialogueBlock()
    quotation = QuotationBlock()
    table = TableBlock()
    steps = StepsBlock()
    image = ImageBlock()
    check = CheckBlock()
    reflection = ReflectionBlock()
    plan = PlanBlock()
    worksheet = WorksheetBlock()
    agreement = AgreementBlock()


class SkillLevelBlock(blocks.StructBlock):
    skill = blocks.ChoiceBlock(label=_("Skill"), choices=skill_choices)
    level = blocks.IntegerBlock(label=_("Taught to level"), min_value=1, max_value=5, default=3)

    class Meta:
        icon = "tag"
        label = _("Skill")
        label_format = "{skill} {level}"


class SkillsStreamBlock(blocks.StreamBlock):
    skill = SkillLevelBlock()
