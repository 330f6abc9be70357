"""Blocks that ask something of the learner. Their ids, and the ids inside them, are what answers hang on."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from assessments.enums import ItemKind
from cms.blocks.base import INLINE_HINT, PublishedBlock, identified, lesson_block
from skills.queries import skills_of

DOING = _("To do")


def skill_choices() -> list[tuple[str, str]]:
    return list(skills_of().values_list("slug", "name"))


class OptionBlock(blocks.StructBlock):
    text = blocks.TextBlock(label=_("Answer"), rows=2, help_text=INLINE_HINT)
    correct = blocks.BooleanBlock(label=_("This is right"), required=False)
    feedback = blocks.TextBlock(
        label=_("Feedback"),
        rows=3,
        help_text=_(
            "Shown to learners who choose this answer. Explain why: a wrong answer should be a mistake people really make."
        ),
    )

    class Meta:
        icon = "radio-empty"
        label_format = "{text}"


@lesson_block("check")
class CheckBlock(PublishedBlock):
    """A knowledge check, written in place; publishing puts it into the item bank under a stable identity."""

    skill = blocks.ChoiceBlock(label=_("Skill"), choices=skill_choices, required=False)
    kind = blocks.ChoiceBlock(
        label=_("Answers"),
        choices=[(ItemKind.SINGLE.value, _("One is right")), (ItemKind.MULTIPLE.value, _("More than one may be right"))],
        default=ItemKind.SINGLE.value,
    )
    prompt = blocks.TextBlock(label=_("Question"), rows=4, help_text=INLINE_HINT)
    options = blocks.ListBlock(OptionBlock(), label=_("Answers to choose from"), min_num=2, max_num=8)

    class Meta:
        icon = "circle-check"
        label = _("Knowledge check")
        group = DOING
        description = _(
            "A question with feedback for every answer. If you change what it asks, delete it and add a new one, "
            "so that earlier answers do not count for the new question."
        )
        preview_value = {
            "skill": "",
            "kind": "single",
            "prompt": "Three months without a complaint. What does she know now?",
            "options": [
                {"text": "The new driver solved it.", "correct": False, "feedback": "It may be so. Only the school can say."},
                {"text": "Only that nobody has complained.", "correct": True, "feedback": "Yes. Silence fits many causes."},
            ],
        }

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        if self.is_deferred_validation:
            return value
        right = sum(1 for option in value["options"] if option["correct"])
        if right == 0 or (value["kind"] == ItemKind.SINGLE and right > 1):
            wanted = _t("Mark exactly one answer as right.") if value["kind"] == ItemKind.SINGLE else None
            raise StructBlockValidationError(
                non_block_errors=[ValidationError(wanted or _t("Mark at least one answer as right."))]
            )
        return value

    def as_content(self, value: Any) -> dict[str, Any]:
        return {"item": None}

    def as_item(self, value: Any) -> dict[str, Any]:
        """The question as `assessments.services.upsert_item` takes it, without its identity."""
        options = identified(value["options"])
        return {
            "kind": value["kind"],
            "skill_slug": value["skill"] or None,
            "situation": "",
            "prompt": value["prompt"],
            "options": [
                {"id": option_id, "text": option["text"], "feedback": option["feedback"], "misconception": ""}
                for option_id, option in options
            ],
            "correct": [option_id for option_id, option in options if option["correct"]],
        }

    def preview_check(self, value: Any) -> dict[str, Any] | None:
        return self.as_item(value)


@lesson_block("reflection")
class ReflectionBlock(PublishedBlock):
    prompt = blocks.TextBlock(label=_("Question"), rows=3, help_text=INLINE_HINT)
    help = blocks.TextBlock(label=_("A hint for learners who are stuck"), required=False, rows=2, help_text=INLINE_HINT)

    class Meta:
        icon = "edit"
        label = _("Reflection")
        group = DOING
        description = _("Learners write for themselves. No one else can read it, and the page says so.")
        preview_value = {"prompt": "Whom do you choose? Write one thing they expect of you.", "help": "Who said it, and when?"}

    def as_content(self, value: Any) -> dict[str, Any]:
        return {
            "prompt": value["prompt"],
            "help": value["help"],
        }


@lesson_block("plan")
class PlanBlock(PublishedBlock):
    prompt = blocks.TextBlock(label=_("Question"), rows=3, help_text=INLINE_HINT)
    if_hint = blocks.CharBlock(label=_("Example after “If”"), required=False, max_length=300)
    then_hint = blocks.CharBlock(label=_("Example after “then”"), required=False, max_length=300)

    class Meta:
        icon = "calendar-check"
        label = _("If-then plan")
        group = DOING
        description = _("Learners write when they will act and what they will do. One per module is enough.")
        preview_value = {
            "prompt": "When will you next act on something that you only assume?",
            "if_hint": "If I write “they want” and cannot name who told me",
            "then_hint": "then I ask one question before I act on it",
        }

    def as_content(self, value: Any) -> dict[str, Any]:
        return {
            "prompt": value["prompt"],
            "if_hint": value["if_hint"],
            "then_hint": value["then_hint"],
        }


class ColumnBlock(blocks.StructBlock):
    label = blocks.CharBlock(label=_("Column"), max_length=80)
    hint = blocks.CharBlock(label=_("Hint"), required=False, max_length=300)

    class Meta:
        icon = "grip"
        label_format = "{label}"


@lesson_block("worksheet")
class WorksheetBlock(PublishedBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=160)
    intro = blocks.TextBlock(label=_("Introduction"), required=False, rows=2, help_text=INLINE_HINT)
    columns = blocks.ListBlock(ColumnBlock(), label=_("Columns"), min_num=1, max_num=6)
    rows = blocks.IntegerBlock(label=_("Number of empty rows"), default=4, min_value=1, max_value=30)

    class Meta:
        icon = "grid"
        label = _("Worksheet")
        group = DOING
        description = _("A table that learners fill in, keep and use at work.")
        preview_value = {
            "title": "Inventory of one relationship",
            "intro": "One row for each expectation.",
            "columns": [
                {"label": "Who expects it", "hint": "Name and role"},
                {"label": "What they expect", "hint": "In their words"},
            ],
            "rows": 2,
        }

    def as_content(self, value: Any) -> dict[str, Any]:
        return {
            "title": value["title"],
            "intro": value["intro"],
            "columns": [
                {"id": column_id, "label": column["label"], "hint": column["hint"]}
                for column_id, column in identified(value["columns"])
            ],
            "rows": value["rows"],
        }


@lesson_block("agreement")
class AgreementBlock(PublishedBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=160)
    intro = blocks.TextBlock(label=_("Introduction"), required=False, rows=3, help_text=INLINE_HINT)

    class Meta:
        icon = "group"
        label = _("Workplace agreement")
        group = DOING
        description = _(
            "The learner writes down who expects what of whom; the other party confirms or corrects it from an e-mail."
        )
        preview_value = {"title": "Agree with one person", "intro": "Write what each of you expects."}

    def as_content(self, value: Any) -> dict[str, Any]:
        return {"title": value["title"], "intro": value["intro"]}
