"""The answers of a question as authors write them.

Nothing is required and no number has bounds here: a draft can be saved however unfinished it is. What is missing is said
beside its field (`cms/questions/findings.py`).
"""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from cms.answer_keys import RATING_HINT


class AnswerBlock(blocks.StructBlock):
    text = blocks.TextBlock(label=_("Answer"), required=False, rows=2)
    correct = blocks.BooleanBlock(label=_("This is the key"), required=False)
    rating = blocks.FloatBlock(label=_("Rating"), required=False, help_text=RATING_HINT)
    feedback = blocks.TextBlock(label=_("Why this is or is not the best answer"), required=False, rows=3)
    misconception = blocks.CharBlock(label=_("The mistake behind it"), required=False, help_text=_("For wrong answers."))
    match = blocks.TextBlock(label=_("What belongs to it"), required=False, rows=1, help_text=_("Where answers are matched."))
    level = blocks.IntegerBlock(
        label=_("Level"),
        required=False,
        help_text=_("The level of somebody who would choose this, from 1 to 5. Give every answer one, or none."),
    )

    class Meta:
        icon = "radio-empty"
        label_format = "{text}"


class AnswersBlock(blocks.StreamBlock):
    answer = AnswerBlock(label=_("Answer"))
