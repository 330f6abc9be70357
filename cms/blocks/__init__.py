"""What a lesson is made of. A block knows how authors edit it and what of it is published (`as_content`).

The editor offers blocks in the order in which they are imported here: those to read first.
"""

from cms.blocks.static import (
    CalloutBlock,
    CaseBlock,
    DialogueBlock,
    FigureBlock,
    ImageBlock,
    QuotationBlock,
    RecapBlock,
    StepsBlock,
    TableBlock,
    TextBlock,
)

from cms.blocks.interactive import AgreementBlock, AssessmentBlock, CheckBlock, CompareBlock  # isort: skip
from cms.blocks.interactive import CompleteBlock, PlanBlock  # isort: skip
from cms.blocks.interactive import ReflectionBlock, SimulationBlock, WorksheetBlock  # isort: skip
from cms.blocks.lesson import LessonStreamBlock, SkillsStreamBlock  # isort: skip

__all__ = [
    "AgreementBlock",
    "AssessmentBlock",
    "CalloutBlock",
    "CaseBlock",
    "CheckBlock",
    "CompareBlock",
    "CompleteBlock",
    "DialogueBlock",
    "FigureBlock",
    "ImageBlock",
    "LessonStreamBlock",
    "PlanBlock",
    "QuotationBlock",
    "RecapBlock",
    "ReflectionBlock",
    "SimulationBlock",
    "SkillsStreamBlock",
    "StepsBlock",
    "TableBlock",
    "TextBlock",
    "WorksheetBlock",
]
