"""What a lesson is made of. A block knows how authors edit it and what of it is published (`as_content`)."""

from cms.blocks.interactive import AgreementBlock, CheckBlock, PlanBlock, ReflectionBlock, WorksheetBlock
from cms.blocks.lesson import LessonStreamBlock, SkillsStreamBlock
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

__all__ = [
    "AgreementBlock",
    "CalloutBlock",
    "CaseBlock",
    "CheckBlock",
    "DialogueBlock",
    "ImageBlock",
    "LessonStreamBlock",
    "PlanBlock",
    "QuotationBlock",
    "ReflectionBlock",
    "SkillsStreamBlock",
    "StepsBlock",
    "TableBlock",
    "TextBlock",
    "WorksheetBlock",
]
