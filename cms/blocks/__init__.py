"""What a lesson is made of. A block knows how authors edit it and what of it is published (`as_content`).

The editor offers blocks in the order in which they are imported here: those to read first.
"""

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

from cms.blocks.interactive import AgreementBlock, AssessmentBlock, CheckBlock, PlanBlock  # isort: skip
from cms.blocks.interactive import ReflectionBlock, SimulationBlock, WorksheetBlock  # isort: skip
from cms.blocks.lesson import LessonStreamBlock, SkillsStreamBlock  # isort: skip

__all__ = [
    "AgreementBlock",
    "AssessmentBlock",
    "CalloutBlock",
    "CaseBlock",
    "CheckBlock",
    "DialogueBlock",
    "ImageBlock",
    "LessonStreamBlock",
    "PlanBlock",
    "QuotationBlock",
    "ReflectionBlock",
    "SimulationBlock",
    "SkillsStreamBlock",
    "StepsBlock",
    "TableBlock",
    "TextBlock",
    "WorksheetBlock",
]
