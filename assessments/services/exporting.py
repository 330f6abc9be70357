"""Questions of the bank as files of other systems: what of them such a file can say, and by name what it cannot."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal

from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from assessments.answers import file_kinds, matches_of, most_bytes, options_in_order, unmatched
from assessments.enums import ItemKind
from assessments.exchange import FileFormat, Question, Written, write_moodle, write_qti
from assessments.exchange.markup import clean
from assessments.exchange.questions import FULL, NONE, Body, Choice, Essay, Match, Option, Order, Pair, ShortText, Wording
from assessments.formats import CHOICES
from assessments.models import Item, ItemVersion
from common.text import inline_html, paragraphs_of

WRITERS = {FileFormat.MOODLE: write_moodle, FileFormat.QTI: write_qti}
SUFFIXES = {FileFormat.MOODLE: "xml", FileFormat.QTI: "zip"}
TITLE = 80
_CENT = Decimal("0.00001")  # Moodle knows a third as 33.33333


class NotWritten(Exception):
    """Why a question cannot be in a file of another system; a sentence for its author."""


@dataclass(frozen=True)
class LeftOut:
    """A question that is not in the file, by the key that the bank knows it by."""

    key: str
    reason: str


@dataclass(frozen=True)
class Export:
    """A file, how many questions are in it and which are not. `without_…`: of how many of those in it something has no place in
    any file, as levels of answers, why a step or a pair is right, or by what raters rate.
    """

    data: bytes
    questions: int
    left_out: list[LeftOut] = field(default_factory=list)
    without_levels: int = 0
    without_reasons: int = 0
    without_rubrics: int = 0


def export_questions(items: Iterable[Item], form: FileFormat) -> Export:
    """`items`: with `current_version` and `skill`. The same questions give the same bytes."""
    questions: list[Question] = []
    kept: list[Item] = []
    left_out: list[LeftOut] = []
    for item in items:
        try:
            questions.append(question_of_item(item, line=len(kept) + 1))
            kept.append(item)
        except NotWritten as error:
            left_out.append(LeftOut(item.key, str(error)))
    written: Written = WRITERS[form](questions)
    refused = {remark.line: remark.message for remark in written.refused}
    left_out += [LeftOut(kept[line - 1].key, message) for line, message in sorted(refused.items())]
    versions = [item.current_version for line, item in enumerate(kept, start=1) if line not in refused and item.current_version]
    return Export(
        written.data,
        len(versions),
        left_out,
        without_levels=sum(bool(version.levels) for version in versions),
        without_reasons=sum(_loses_reasons(version) for version in versions),
        without_rubrics=sum(version.is_open for version in versions),
    )


def _loses_reasons(version: ItemVersion) -> bool:
    is_without = version.format in (ItemKind.ORDER, ItemKind.MATCH)
    return is_without and any(option.get("feedback") for option in version.options)


def why_not(item: Item) -> str:
    """Why a question cannot be in any file, empty where it can."""
    try:
        question_of_item(item)
    except NotWritten as error:
        return str(error)
    return ""


def question_of_item(item: Item, *, line: int = 1) -> Question:
    """What learners see of a question today, and its key. Raises NotWritten."""
    version = item.current_version
    if version is None:
        raise NotWritten(_("It has no wording yet."))
    version.item = item
    if version.picture:
        raise NotWritten(_("It shows a picture, which these files cannot carry yet."))
    described = (item.relationship, item.region, item.industry, *sorted(item.tags.names()))
    return Question(
        text=_html([*paragraphs_of(version.situation), version.prompt]),
        body=_body(version),
        title=Truncator(" ".join(strip_tags(inline_html(version.concept or version.prompt)).split())).chars(TITLE),
        identifier=item.key,
        category=item.skill.name if item.skill else "",
        tags=tuple(dict.fromkeys(tag for tag in described if tag)),
        line=line,
    )


def _html(paragraphs: list[str]) -> str:
    """One paragraph without its element, several with theirs, as the readers give them."""
    htmls = [str(inline_html(" ".join(text.split()))) for text in paragraphs if text.strip()]
    return clean(htmls[0] if len(htmls) == 1 else "".join(f"<p>{html}</p>" for html in htmls), [])


def _line(text: str) -> str:
    return _html([text]) if text.strip() else ""


def _body(version: ItemVersion) -> Body:
    kind = version.format
    options = options_in_order(version)
    if kind in CHOICES:
        return _choice(version, options, several=kind == ItemKind.MULTIPLE)
    if kind == ItemKind.ORDER:
        return Order(tuple(_line(option["text"]) for option in options))
    if kind == ItemKind.MATCH:
        matched = matches_of(version)
        pairs = tuple(Pair(_line(option["text"]), " ".join(matched[option["id"]].split())) for option in options)
        return Match(pairs, tuple(sorted(" ".join(text.split()) for text in unmatched(version))))
    if kind == ItemKind.TEXT:
        return _short_text(version, options)
    if kind == ItemKind.OPEN:
        return _essay(version)
    raise NotWritten(_why_not_kind(ItemKind(kind)))


def _essay(version: ItemVersion) -> Essay:
    terms = version.answer_terms
    if not version.takes_file:
        return Essay(terms.fewest, terms.most)
    endings = tuple(ending for kind in file_kinds(version) for ending in kind.endings)
    return Essay(endings=endings, most_bytes=most_bytes(version))


def _choice(version: ItemVersion, options: list[dict[str, str]], *, several: bool) -> Choice:
    right = FULL if not several else (FULL / len(version.correct)).quantize(_CENT, ROUND_DOWN)
    fractions = {option["id"]: right if option["id"] in version.correct else NONE for option in options}
    listed = (Option(_line(one["text"]), fractions[one["id"]], _line(one.get("feedback", ""))) for one in options)
    return Choice(tuple(listed), several=several)


def _short_text(version: ItemVersion, options: list[dict[str, str]]) -> ShortText:
    """Right wordings first: the first of them is what other systems show as the answer."""
    if any("*" in option["text"] for option in options):
        raise NotWritten(_("One of its wordings has a *, which other systems read as any words."))
    ordered = sorted(options, key=lambda option: option["id"] not in version.correct)
    return ShortText(
        tuple(
            Wording(
                " ".join(one["text"].split()), FULL if one["id"] in version.correct else NONE, _line(one.get("feedback", ""))
            )
            for one in ordered
        )
    )


def _why_not_kind(kind: ItemKind) -> str:
    why = {
        ItemKind.RATE: _("Neither Moodle nor QTI scores how near ratings are to those of the author."),
        ItemKind.RANK: _("Neither Moodle nor QTI scores a ranking by how far apart its answers are."),
        ItemKind.BEST_WORST: _("Neither Moodle nor QTI has questions for the best and the worst answer."),
        ItemKind.LINES: _("What a part of the lines is worth cannot be said in these files."),
        ItemKind.SCALE: _("What a neighbouring point of the scale is worth cannot be said in these files."),
        ItemKind.COMPOSED: _("An answer that its writer checks has no place in these files."),
    }
    return f"{kind.label}: {why[kind]}"
