"""Blocks that ask something of the learner. Their ids, and the ids inside them, are what answers hang on."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from assessments.alone import assessments_to_choose
from assessments.enums import ItemKind
from assessments.formats.ratings import HIGHEST, LOWEST
from assessments.formats.texts import LONGEST_COMPOSED, tidied
from cms.answer_keys import MOST_WORDINGS, RATING_HINT, key_from, problem_of_key, value_of
from cms.blocks.base import INLINE_HINT, PublishedBlock, identified, lesson_block
from common.text import plain_inline
from learning.worksheets import CHOICE, LONG, MAX_OPTION, MAX_OPTIONS, TEXT
from practice.queries import simulations_to_choose
from skills.queries import skills_of

DOING = _("To do")


def problem_of_model(kind: str, model: str) -> str:
    """What is wrong with the author's version of a composed answer, and what to do; empty where nothing is."""
    if kind == ItemKind.COMPOSED:
        return "" if model.strip() else _t("Write your own version: learners compare theirs with it.")
    return _t("Only a composed answer has a version of yours. Leave it empty.") if model.strip() else ""


def skill_choices() -> list[tuple[str, str]]:
    return list(skills_of().values_list("slug", "name"))


class OptionBlock(blocks.StructBlock):
    text = blocks.TextBlock(label=_("Answer"), rows=2, help_text=INLINE_HINT)
    correct = blocks.BooleanBlock(label=_("This is right"), required=False)
    rating = blocks.IntegerBlock(label=_("Rating"), required=False, min_value=LOWEST, max_value=HIGHEST, help_text=RATING_HINT)
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

    def get_prep_value(self, value: Any) -> dict[str, Any]:
        """Without the rating where there is none: what was written before answers had any is then the same, and no edit."""
        prepared: dict[str, Any] = super().get_prep_value(value)
        if prepared.get("rating") is None:
            prepared.pop("rating", None)
        return prepared


@lesson_block("check")
class CheckBlock(PublishedBlock):
    """A knowledge check, written in place; publishing puts it into the item bank under a stable identity."""

    skill = blocks.ChoiceBlock(label=_("Skill"), choices=skill_choices, required=False)
    kind = blocks.ChoiceBlock(
        label=_("Answers"),
        choices=[
            (ItemKind.SINGLE.value, _("One is right")),
            (ItemKind.MULTIPLE.value, _("More than one may be right")),
            (ItemKind.RATE.value, _("Each is rated")),
            (ItemKind.BEST_WORST.value, _("The best and the worst are named")),
            (ItemKind.RANK.value, _("They are ranked")),
            (ItemKind.ORDER.value, _("They are put into order")),
            (ItemKind.LINES.value, _("Lines of a conversation are marked")),
            (ItemKind.SCALE.value, _("A point of an ordered scale is chosen")),
            (ItemKind.TEXT.value, _("A word or a few are written")),
            (ItemKind.COMPOSED.value, _("An answer is composed, and checked by its writer")),
        ],
        default=ItemKind.SINGLE.value,
        help_text=_(
            "What is put into order is written in the right order here, and shown mixed. Lines and points of a scale are shown "
            "as written. Where words are written, the answers below are wordings that you know, right ones and wrong ones; "
            "nobody sees them before answering. Of a composed answer they are the checklist."
        ),
    )
    prompt = blocks.TextBlock(label=_("Question"), rows=4, help_text=INLINE_HINT)
    options = blocks.ListBlock(OptionBlock(), label=_("Answers to choose from"), min_num=1, max_num=MOST_WORDINGS)
    model = blocks.TextBlock(
        label=_("Your own version"),
        required=False,
        rows=6,
        max_length=LONGEST_COMPOSED,
        help_text=_("Of a composed answer alone: learners see it once they have written theirs."),
    )

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
        if problem := problem_of_key(value["kind"], [value_of(option) for option in value["options"]], marked=_t("right")):
            raise StructBlockValidationError(non_block_errors=[ValidationError(problem)])
        if problem := problem_of_model(value["kind"], value.get("model") or ""):
            raise StructBlockValidationError(block_errors={"model": ValidationError(problem)})
        return value

    def get_prep_value(self, value: Any) -> dict[str, Any]:
        """Without the author's version where there is none, as before there were composed answers."""
        prepared: dict[str, Any] = super().get_prep_value(value)
        if not prepared.get("model"):
            prepared.pop("model", None)
        return prepared

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
            "correct": self._key(value, options),
        }

    @staticmethod
    def _key(value: Any, options: list[tuple[str, Any]]) -> list[str]:
        if value["kind"] == ItemKind.COMPOSED:
            return [tidied(value.get("model") or "")]
        return key_from(value["kind"], [(option_id, value_of(option)) for option_id, option in options])

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

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        return [plain_inline(content.get(name)) for name in ("prompt", "help")]


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

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        return [plain_inline(content.get("prompt")), content.get("if_hint") or "", content.get("then_hint") or ""]


class ColumnBlock(blocks.StructBlock):
    label = blocks.CharBlock(label=_("Column"), max_length=80)
    hint = blocks.CharBlock(label=_("Hint"), required=False, max_length=300)
    kind = blocks.ChoiceBlock(
        label=_("What goes into it"),
        choices=[(TEXT, _("A few words")), (LONG, _("Longer text")), (CHOICE, _("A choice"))],
        default=TEXT,
    )
    options = blocks.TextBlock(
        label=_("To choose from"),
        required=False,
        rows=3,
        help_text=_(
            "Of a choice: one option on each line. If you reword one later, what learners have chosen stays as it was."
        ),
    )
    example = blocks.CharBlock(
        label=_("Example"), required=False, max_length=300, help_text=_("Shown in a row above those of the learner.")
    )

    class Meta:
        icon = "grip"
        label_format = "{label}"

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        if not self.is_deferred_validation and (problem := options_problem(value["kind"], options_in(value["options"]))):
            raise StructBlockValidationError(block_errors={"options": ValidationError(" ".join(problem))})
        return value


def options_in(text: str) -> list[str]:
    """The options of a choice, one a line."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def options_problem(kind: str, options: list[str]) -> tuple[str, str] | None:
    """What is wrong with the options of a column, and what to do; None where nothing is."""
    if kind != CHOICE:
        return (_t("Only a choice has options."), _t("Remove them, or make the column a choice.")) if options else None
    if not 2 <= len(options) <= MAX_OPTIONS:
        what = _t("A choice has 2 to %(most)s options, and this one has %(n)s.") % {"most": MAX_OPTIONS, "n": len(options)}
        return what, _t("Add or remove some.")
    if long := next((option for option in options if len(option) > MAX_OPTION), ""):
        what = _t("“%(option)s” has %(n)s characters.") % {"option": long, "n": len(long)}
        return what, _t("Shorten it to at most %(most)s.") % {"most": MAX_OPTION}
    if len({option.casefold() for option in options}) < len(options):
        return _t("Two options are the same."), _t("Remove one of them.")
    return None


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
        description = _("A table that learners fill in, keep and use at work: words, or a choice from a few.")
        preview_value = {
            "title": "Inventory of one relationship",
            "intro": "One row for each expectation.",
            "columns": [
                {"label": "Who expects it", "hint": "Name and role"},
                {"label": "What they expect", "hint": "In their words"},
                {"label": "Known or assumed", "hint": "", "kind": CHOICE, "options": "Known\nAssumed"},
            ],
            "rows": 2,
        }

    def as_content(self, value: Any) -> dict[str, Any]:
        return {
            "title": value["title"],
            "intro": value["intro"],
            "columns": [self._column(column_id, column) for column_id, column in identified(value["columns"])],
            "rows": value["rows"],
        }

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        """With the example, which stands in a row of its own; what a choice offers is seen once somebody opens it."""
        columns = content.get("columns", ())
        titles = [": ".join(filter(None, (column.get("label"), column.get("hint")))) for column in columns]
        example = " · ".join(column["example"] for column in columns if column.get("example"))
        return [content.get("title") or "", plain_inline(content.get("intro")), *titles, example]

    @staticmethod
    def _column(column_id: str, column: Any) -> dict[str, Any]:
        """Without what it does not use, so that a worksheet of before there were kinds says what it said."""
        content = {"id": column_id, "label": column["label"], "hint": column["hint"]}
        if column.get("kind", TEXT) != TEXT:
            content["kind"] = column["kind"]
        if column.get("kind") == CHOICE:
            content["options"] = options_in(column["options"])
        if column.get("example"):
            content["example"] = column["example"]
        return content


def simulation_choices() -> list[tuple[str, str]]:
    """Those that were taken away too, so that a lesson that leads to one still says so."""
    gone = _t("no longer available")
    return [(row.key, row.title if row.is_listed else f"{row.title} ({gone})") for row in simulations_to_choose()]


@lesson_block("simulation")
class SimulationBlock(PublishedBlock):
    """An interview or a negotiation to play; which ones there are comes with the content files."""

    simulation = blocks.ChoiceBlock(label=_("Simulation"), choices=simulation_choices)
    title = blocks.CharBlock(label=_("Title"), max_length=160)
    intro = blocks.TextBlock(label=_("Introduction"), required=False, rows=3, help_text=INLINE_HINT)
    with_partner = blocks.BooleanBlock(
        label=_("May be done with a partner"),
        required=False,
        help_text=_(
            "Of a negotiation: it is finished too when two people of a cohort have negotiated the case with one another, to a "
            "deal or until one walked away."
        ),
    )

    class Meta:
        icon = "group"
        label = _("Simulation")
        group = DOING
        description = _("The learner interviews somebody, or negotiates with them, and sees afterwards what was there to find.")
        preview_value = {"simulation": "", "title": "The lunches come back", "intro": "Find out what she counts on."}

    def get_prep_value(self, value: Any) -> dict[str, Any]:
        """Without the option where it is not chosen, as before there was one."""
        prepared: dict[str, Any] = super().get_prep_value(value)
        if not prepared.get("with_partner"):
            prepared.pop("with_partner", None)
        return prepared

    def as_content(self, value: Any) -> dict[str, Any]:
        content = {name: value[name] for name in ("simulation", "title", "intro")}
        return content | {"with_partner": True} if value.get("with_partner") else content

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        return [content.get("title") or "", plain_inline(content.get("intro"))]


def assessment_choices() -> list[tuple[str, str]]:
    """Those that are not offered any more too, so that a lesson that leads to one still says so."""
    gone = _t("no longer available")
    return [(row.key, row.title if row.is_active else f"{row.title} ({gone})") for row in assessments_to_choose()]


@lesson_block("assessment")
class AssessmentBlock(PublishedBlock):
    """An assessment that is taken by itself, begun from the lesson. It is no before and no after of the course."""

    assessment = blocks.ChoiceBlock(label=_("Assessment"), choices=assessment_choices)
    title = blocks.CharBlock(label=_("Title"), max_length=160)
    intro = blocks.TextBlock(label=_("Introduction"), required=False, rows=3, help_text=INLINE_HINT)

    class Meta:
        icon = "list-ul"
        label = _("Assessment")
        group = DOING
        description = _(
            "Learners take an assessment from the lesson. Its result is theirs alone; the course does not require it."
        )
        preview_value = {"assessment": "", "title": "Where are you with interests?", "intro": "Eight short situations."}

    def as_content(self, value: Any) -> dict[str, Any]:
        return {name: value[name] for name in ("assessment", "title", "intro")}

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        return [content.get("title") or "", plain_inline(content.get("intro"))]


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

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        return [content.get("title") or "", plain_inline(content.get("intro"))]


class ComparedCaseBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=160)
    text = blocks.TextBlock(label=_("What happened"), rows=6, max_length=2000, help_text=INLINE_HINT)

    class Meta:
        icon = "doc-full"
        label_format = "{title}"


@lesson_block("compare")
class CompareBlock(PublishedBlock):
    """Two cases that share a rule, which the learner writes before reading it."""

    cases = blocks.ListBlock(ComparedCaseBlock(), label=_("Two cases"), min_num=2, max_num=2)
    prompt = blocks.TextBlock(label=_("Question"), rows=2, help_text=INLINE_HINT)
    rule = blocks.TextBlock(
        label=_("The rule as you would write it"),
        rows=3,
        max_length=1000,
        help_text=_("Learners read it once they have written theirs. **bold** and *italic* work here."),
    )

    class Meta:
        icon = "glasses"
        label = _("Compare two cases")
        group = DOING
        description = _("Learners compare two cases from different trades, write the rule they share, and then read yours.")
        preview_value = {
            "cases": [
                {"title": "The late delivery", "text": "The dealer asked for Friday. Nobody asked what happens on Friday."},
                {"title": "The quiet team", "text": "The manager asked for a report. Nobody asked who reads it."},
            ],
            "prompt": "What do both have in common? Write it as a rule for the next case.",
            "rule": "Before you agree to a **date** or a **form**, ask what it is for.",
        }

    def as_content(self, value: Any) -> dict[str, Any]:
        return {
            "cases": [{"title": case["title"], "text": case["text"]} for case in value["cases"]],
            "prompt": value["prompt"],
            "rule": value["rule"],
        }

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        cases = (f"{case.get('title')}\n{plain_inline(case.get('text'))}" for case in content.get("cases", ()))
        return [*cases, plain_inline(content.get("prompt"))]


class CompletedPartBlock(blocks.StructBlock):
    label = blocks.CharBlock(label=_("Part"), max_length=160)
    given = blocks.TextBlock(
        label=_("Filled in by you"),
        required=False,
        rows=2,
        max_length=1000,
        help_text=_("Leave it empty where the learner fills it in."),
    )
    model = blocks.TextBlock(
        label=_("Your version of what the learner fills in"),
        required=False,
        rows=2,
        max_length=1000,
        help_text=_("Learners read it once they have written theirs. **bold** and *italic* work here."),
    )

    class Meta:
        icon = "grip"
        label_format = "{label}"

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        if not self.is_deferred_validation and (problem := part_problem(value["given"], value["model"])):
            raise StructBlockValidationError(block_errors={"given": ValidationError(" ".join(problem))})
        return value


def part_problem(given: str, model: str) -> tuple[str, str] | None:
    """What is wrong with a part of an example to complete, and what to do; None where nothing is."""
    if given.strip() and model.strip():
        return _t("This part is filled in, and has a version to compare with."), _t("Keep one of them.")
    if not given.strip() and not model.strip():
        return _t("This part is empty, and there is no version to compare with."), _t("Fill it in, or write your version.")
    return None


def parts_problem(models: list[str]) -> tuple[str, str] | None:
    """What is wrong with all parts together: there is an example only where some are filled in and some are not."""
    left = sum(bool(model.strip()) for model in models)
    if 0 < left < len(models):
        return None
    return _t("Some parts of an example are filled in, and some are left."), _t("Fill in at least one, and leave at least one.")


@lesson_block("complete")
class CompleteBlock(PublishedBlock):
    """A half-finished example."""

    title = blocks.CharBlock(label=_("Title"), max_length=160)
    intro = blocks.TextBlock(label=_("Introduction"), required=False, rows=3, help_text=INLINE_HINT)
    parts = blocks.ListBlock(CompletedPartBlock(), label=_("Parts"), min_num=2, max_num=12)

    class Meta:
        icon = "tasks"
        label = _("Example to complete")
        group = DOING
        description = _("A half-finished example: learners fill in what is left, and then compare with your version.")
        preview_value = {
            "title": "An interview, half prepared",
            "intro": "Write the two questions that are missing.",
            "parts": [
                {"label": "What you know", "given": "The audit is on the 12th.", "model": ""},
                {"label": "What you ask first", "given": "", "model": "What would tell you on the 13th that it went well?"},
            ],
        }

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        if not self.is_deferred_validation and (problem := parts_problem([part["model"] for part in value["parts"]])):
            raise StructBlockValidationError(block_errors={}, non_block_errors=[ValidationError(" ".join(problem))])
        return value

    def as_content(self, value: Any) -> dict[str, Any]:
        parts = [
            {"id": part_id, "label": part["label"], "given": part["given"], "model": part["model"]}
            for part_id, part in identified(value["parts"])
        ]
        return {"title": value["title"], "intro": value["intro"], "parts": parts}

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        parts = (f"{part.get('label')}\n{plain_inline(part.get('given'))}" for part in content.get("parts", ()))
        return [content.get("title") or "", plain_inline(content.get("intro")), *parts]
