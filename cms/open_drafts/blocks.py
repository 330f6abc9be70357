"""The rubric of an open question and its anchors, as authors write them.

Nothing is required here: a draft can be saved however unfinished it is. What is missing is said beside its field
(`cms/open_drafts/findings.py`).
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from rating.models import SCORES

LEVEL, ANCHOR = "level", "anchor"


class LevelBlock(blocks.StructBlock):
    name = blocks.CharBlock(
        label=_("Name"), required=False, max_length=80, help_text=_("In a few words, such as “Asks for the limit”.")
    )
    words = blocks.TextBlock(label=_("How one knows an answer of this level"), required=False, rows=3)

    class Meta:
        icon = "list-ol"
        label_format = "{name}"


class LevelsBlock(blocks.StreamBlock):
    level = LevelBlock(label=_("Level"))


class AnchorBlock(blocks.StructBlock):
    text = blocks.TextBlock(
        label=_("An answer, as a learner would write it"),
        required=False,
        rows=5,
        help_text=_("Of files and recordings: what it says, word for word, or what is to be seen in it."),
    )
    score = blocks.ChoiceBlock(label=_("Agreed level"), required=False, choices=[(str(score), str(score)) for score in SCORES])
    reason = blocks.TextBlock(
        label=_("Why this level and not the next"),
        required=False,
        rows=2,
        help_text=_("Raters read it after their training, learners beside their result."),
    )

    class Meta:
        icon = "doc-full"
        label_format = "{score}: {text}"


class AnchorsBlock(blocks.StreamBlock):
    anchor = AnchorBlock(label=_("Anchor"))


def empty_levels() -> Any:
    """What a new question begins with: a place for each level."""
    return LevelsBlock().normalize([(LEVEL, {"name": "", "words": ""}) for _score in SCORES])
