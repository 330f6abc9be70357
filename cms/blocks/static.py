"""Blocks that are read."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock

from cms.blocks.base import INLINE_HINT, RICH_TEXT, SHORT_RICH_TEXT, Published, PublishedBlock, lesson_block, published_html
from cms.blocks.pictures import PictureBlock
from cms.drawings import CLASSES, LONGEST, WIDEST, DrawingRefused, read_drawing
from common.text import plain_inline, plain_text

TONES = [("note", _("Note")), ("good", _("Good practice")), ("caution", _("Take care"))]
RELATIONSHIPS = [("customer", _("Customer")), ("employee", _("Colleague or employee")), ("partner", _("Partner"))]
READING = _("To read")
RECAP_POINTS = 3
PREVIEW_DRAWING = """<svg viewBox="0 0 400 160">
  <circle class="soft" cx="90" cy="80" r="40"/>
  <text class="words-strong" x="90" y="85" text-anchor="middle">known</text>
  <circle class="line dashed" cx="270" cy="80" r="70"/>
  <text class="words" x="270" y="85" text-anchor="middle">assumed</text>
</svg>"""


@lesson_block("text")
class TextBlock(Published, blocks.RichTextBlock):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"features": RICH_TEXT} | kwargs)

    class Meta:
        icon = "pilcrow"
        label = _("Text")
        group = READING
        description = _("Paragraphs, headings and lists: the main text of a lesson.")
        preview_value = (
            "<h2>Three words to sort by</h2><p>You <b>know</b> it when you can say who told you, when, and about what.</p>"
        )

    def as_content(self, value: Any) -> dict[str, Any]:
        return {"html": published_html(value.source)}

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        return [plain_text(content.get("html"))]


@lesson_block("callout")
class CalloutBlock(PublishedBlock):
    tone = blocks.ChoiceBlock(label=_("Tone"), choices=TONES, default="note")
    title = blocks.CharBlock(label=_("Title"), required=False, max_length=120)
    body = blocks.RichTextBlock(label=_("Text"), features=SHORT_RICH_TEXT)

    class Meta:
        icon = "info-circle"
        label = _("Call-out")
        group = READING
        description = _("A short note beside the text: one thing to remember, or to watch out for.")
        preview_value = {
            "tone": "note",
            "title": "Silence is weak evidence",
            "body": "<p>People also stop complaining when they have given up.</p>",
        }

    def as_content(self, value: Any) -> dict[str, Any]:
        return {"tone": value["tone"], "title": value["title"], "html": published_html(value["body"].source)}

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        return [content.get("title") or "", plain_text(content.get("html"))]


@lesson_block("case")
class CaseBlock(PublishedBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=160)
    relationship = blocks.ChoiceBlock(label=_("Relationship"), choices=RELATIONSHIPS)
    industry = blocks.CharBlock(label=_("Industry"), required=False, max_length=80, help_text=_("For example: hospital care."))
    body = blocks.RichTextBlock(label=_("Case"), features=RICH_TEXT)

    class Meta:
        icon = "doc-full"
        label = _("Worked case")
        group = READING
        description = _("A situation from work, told in a few short paragraphs, with the people named.")
        preview_value = {
            "title": "The delivery that kept the contract",
            "relationship": "partner",
            "industry": "freight",
            "body": "<p>The lorry arrived at 15:40, as agreed. It was sent away: goods-in had closed at 14:30.</p>",
        }

    def as_content(self, value: Any) -> dict[str, Any]:
        return {
            "title": value["title"],
            "relationship": value["relationship"],
            "industry": value["industry"],
            "html": published_html(value["body"].source),
        }

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        return [content.get("title") or "", content.get("industry") or "", plain_text(content.get("html"))]


class LineBlock(blocks.StructBlock):
    who = blocks.CharBlock(label=_("Speaker"), max_length=80)
    says = blocks.TextBlock(label=_("What they say"), rows=2, help_text=INLINE_HINT)
    note = blocks.TextBlock(
        label=_("Commentary"),
        required=False,
        rows=2,
        help_text=_("Shown in the margin: what this line does to the conversation."),
    )

    class Meta:
        icon = "comment"
        label_format = "{who}: {says}"


@lesson_block("dialogue")
class DialogueBlock(PublishedBlock):
    title = blocks.CharBlock(label=_("Title"), required=False, max_length=160)
    lines = blocks.ListBlock(LineBlock(), label=_("Lines"), min_num=2)

    class Meta:
        icon = "comment"
        label = _("Dialogue")
        group = READING
        description = _("Two or more people talking, line by line, with comments where they help.")
        preview_value = {
            "title": "At the bicycle workshop",
            "lines": [
                {"who": "Joost", "says": "When would be ideal, and from when is it a problem?", "note": "Hope and limit."},
                {"who": "Ngozi", "says": "Today, honestly. Friday at eight is the limit.", "note": ""},
            ],
        }

    def as_content(self, value: Any) -> dict[str, Any]:
        return {
            "title": value["title"],
            "lines": [
                {
                    "who": line["who"],
                    "says": line["says"],
                    "note": line["note"],
                }
                for line in value["lines"]
            ],
        }

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        said = [
            f"{line.get('who')}: {plain_inline(line.get('says'))}\n{plain_inline(line.get('note'))}"
            for line in content.get("lines", ())
        ]
        return [content.get("title") or "", *said]


@lesson_block("quotation")
class QuotationBlock(PublishedBlock):
    text = blocks.TextBlock(label=_("Quotation"), rows=3, help_text=INLINE_HINT)
    source = blocks.CharBlock(label=_("Who said or wrote it"), required=False, max_length=200)

    class Meta:
        icon = "openquote"
        label = _("Quotation")
        group = READING
        description = _("A real quotation, with its source.")
        preview_value = {"text": "Seek first to understand, then to be understood.", "source": "Stephen R. Covey (1989)"}

    def as_content(self, value: Any) -> dict[str, Any]:
        return {"text": value["text"], "source": value["source"]}

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        return [plain_inline(content.get("text")), content.get("source") or ""]


@lesson_block("table")
class TableBlock(Published, TypedTableBlock):
    text = blocks.TextBlock(label=_("Text"), required=False, rows=2)

    class Meta:
        icon = "table"
        label = _("Comparison table")
        group = READING
        description = _("Things side by side. The first column names each row. Give the table a caption.")
        preview_value = {
            "caption": "Known or assumed",
            "columns": [{"type": "text", "heading": "What I believe"}, {"type": "text", "heading": "So it is"}],
            "rows": [{"values": ["The room, both days", "Known"]}, {"values": ["Chairs in rows", "Assumed"]}],
        }

    def as_content(self, value: Any) -> dict[str, Any]:
        header = [column["heading"] for column in value.columns]
        rows = [[str(cell or "") for cell in row["values"]] for row in value.row_data]
        return {
            "caption": value.caption,
            "header": header,
            "rows": rows,
        }

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        rows = [
            " · ".join(plain_inline(cell) for cell in row if cell)
            for row in [content.get("header", ()), *content.get("rows", ())]
        ]
        return [content.get("caption") or "", *rows]


class StepBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Step"), max_length=160)
    text = blocks.TextBlock(label=_("What to do"), required=False, rows=2, help_text=INLINE_HINT)

    class Meta:
        icon = "tick-inverse"
        label_format = "{title}"


@lesson_block("steps")
class StepsBlock(PublishedBlock):
    title = blocks.CharBlock(label=_("Title"), required=False, max_length=160)
    items = blocks.ListBlock(StepBlock(), label=_("Steps"), min_num=2)

    class Meta:
        icon = "list-ol"
        label = _("Steps")
        group = READING
        description = _("A procedure in order, one action per step.")
        preview_value = {
            "title": "Map one relationship",
            "items": [
                {"title": "Name the people", "text": "Who asks or pays, uses it, can stop it?"},
                {"title": "Write one line for each expectation", "text": "In their words where you have them."},
            ],
        }

    def as_content(self, value: Any) -> dict[str, Any]:
        return {
            "title": value["title"],
            "items": [{"title": step["title"], "text": step["text"]} for step in value["items"]],
        }

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        return [
            content.get("title") or "",
            *(f"{step.get('title')}\n{plain_inline(step.get('text'))}" for step in content.get("items", ())),
        ]


@lesson_block("image")
class ImageBlock(PublishedBlock):
    image = PictureBlock(label=_("Image"))
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=300, help_text=INLINE_HINT)

    class Meta:
        icon = "image"
        label = _("Image")
        group = READING
        description = _("A picture that shows something words cannot. Describe it for people who cannot see it.")

    def as_content(self, value: Any) -> dict[str, Any]:
        """Names the image; its addresses are made when the page is rendered."""
        image = value["image"]
        alt = "" if image is None or image.decorative else (image.contextual_alt_text or image.alt_text)
        return {
            "image": image.pk if image else None,
            "alt": alt,
            "caption": value["caption"],
            "credit": image.credit if image else "",
        }

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        return [content.get("alt") or "", plain_inline(content.get("caption"))]

    @staticmethod
    def images_in(content: dict[str, Any]) -> list[int]:
        return [content["image"]] if content.get("image") else []


@lesson_block("figure")
class FigureBlock(PublishedBlock):
    """A drawing as code: part of the text, in its colours, and read aloud in words."""

    drawing = blocks.TextBlock(
        label=_("Drawing"),
        rows=12,
        max_length=LONGEST,
        help_text=format_lazy(
            _("SVG, with a viewBox at most {most} wide. Shapes and words have the colours of the site, by class: {classes}."),
            most=WIDEST,
            classes=", ".join(CLASSES),
        ),
    )
    caption = blocks.CharBlock(
        label=_("Caption"), max_length=200, help_text=_("What the figure shows. It is also its name when read aloud.")
    )
    description = blocks.TextBlock(
        label=_("The figure in words"),
        rows=5,
        max_length=2000,
        help_text=_("All that it says, for people who cannot see it. Everybody can open it below the figure."),
    )

    class Meta:
        icon = "draft"
        label = _("Figure")
        group = READING
        description = _("A drawing in the colours of the site, with a description in words. For photographs use an image.")
        preview_value = {
            "drawing": PREVIEW_DRAWING,
            "caption": "What you know and what you assume",
            "description": "Two circles side by side. The left one, “known”, is small; the right one, “assumed”, is large.",
        }

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        if not self.is_deferred_validation:
            try:
                read_drawing(value["drawing"])
            except DrawingRefused as error:
                raise StructBlockValidationError(block_errors={"drawing": ValidationError(str(error))}) from error
        return value

    def as_content(self, value: Any) -> dict[str, Any]:
        """What could not be drawn is left out; the editor refuses to publish it, and a preview shows its words."""
        try:
            drawing = read_drawing(value["drawing"])
        except DrawingRefused:
            drawing = None
        return {
            "svg": drawing.svg if drawing else "",
            "view_box": drawing.view_box if drawing else "",
            "caption": value["caption"],
            "description": value["description"],
        }

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        return [content.get("caption") or "", content.get("description") or ""]


@lesson_block("recap")
class RecapBlock(PublishedBlock):
    points = blocks.ListBlock(
        blocks.CharBlock(label=_("What to keep"), max_length=200, help_text=INLINE_HINT),
        label=_("Three lines"),
        min_num=RECAP_POINTS,
        max_num=RECAP_POINTS,
    )
    this_week = blocks.TextBlock(label=_("One thing to try this week"), rows=2, max_length=300, help_text=INLINE_HINT)

    class Meta:
        icon = "history"
        label = _("Recap")
        group = READING
        description = _("The end of a module: three lines to keep, and one thing to try this week.")
        preview_value = {
            "points": [
                "Silence is weak evidence.",
                "Ask the person who can say no, not only the one who says yes.",
                "Write expectations in their words.",
            ],
            "this_week": "Ask one customer what would make them call you before the deadline.",
        }

    def as_content(self, value: Any) -> dict[str, Any]:
        return {"points": list(value["points"]), "this_week": value["this_week"]}

    @staticmethod
    def words_in(content: dict[str, Any]) -> list[str]:
        return [*map(plain_inline, content.get("points", ())), plain_inline(content.get("this_week"))]
