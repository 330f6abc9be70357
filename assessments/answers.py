"""What counts as an answer, and whether it agrees with the key. Shared by checks and assessments."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from assessments.enums import ItemKind
from assessments.errors import AnswerNotAccepted
from assessments.formats import FORMATS, Format, NotAccepted, Question, Refusal, by_slot, step_of
from assessments.formats.matching import target_id
from assessments.formats.ordering import in_order, place_by_key
from assessments.formats.ratings import BEST, WORST, agrees_with, best_of, worst_of
from assessments.formats.texts import ticked_in, typed_of, wording_of
from assessments.formats.written import MOST_CHARACTERS, Means, words_in
from assessments.models import ItemVersion
from assessments.uploaded import AUDIO, KINDS, FileKind

MEGABYTE = 1024 * 1024
RATINGS = {
    "1": gettext_lazy("very ineffective"),
    "2": gettext_lazy("ineffective"),
    "3": gettext_lazy("neither"),
    "4": gettext_lazy("effective"),
    "5": gettext_lazy("very effective"),
}


def format_of(version: ItemVersion) -> Format:
    return FORMATS[version.format]


def question_of(version: ItemVersion) -> Question:
    """The question as its format knows it."""
    return Question(
        options=tuple(option["id"] for option in version.options if not option.get("is_target")),
        key=tuple(version.correct),
        targets=tuple(option["id"] for option in version.options if option.get("is_target")),
        texts=tuple(option["text"] for option in version.options if not option.get("is_target")),
    )


def accepted_options(version: ItemVersion, chosen: Iterable[str] | str) -> list[str]:
    """`chosen` as its format writes it, in the order of the options; empty stays empty, and it may be unfinished.

    Raises AnswerNotAccepted for what the question does not have, for several answers where one is asked for, and for one option
    as best and as worst.
    """
    wanted = {chosen} if isinstance(chosen, str) else set(chosen)
    wanted.discard("")
    try:
        return format_of(version).accept(question_of(version), wanted)
    except NotAccepted as error:
        raise AnswerNotAccepted(_refused(error.refusal)) from error


def _refused(refusal: Refusal) -> str:
    return {
        Refusal.UNKNOWN: _("This question has changed since you opened it. Reload the page and choose again."),
        Refusal.SEVERAL: _("Choose one answer only."),
        Refusal.LONG: _("Your answer is longer than can be kept. Shorten it."),
        Refusal.SAME: _("You chose the same answer as best and as worst. Choose another one as either of them."),
        Refusal.TOO_LONG: _("Your text has more than %(most)s characters and cannot be saved. Shorten it.")
        % {"most": f"{MOST_CHARACTERS:,}"},
    }[refusal]


def is_complete(version: ItemVersion, chosen: Sequence[str]) -> bool:
    """Whether an accepted answer says all that is asked; an empty one never does."""
    return bool(chosen) and format_of(version).is_complete(question_of(version), chosen)


def seen_as(version: ItemVersion, chosen: Iterable[str]) -> list[str]:
    """How a page says which answer it was showing: in short texts without commas. Of a long one its digest."""
    if version.is_open:
        return [hashlib.sha256(text.encode()).hexdigest()[:16] for text in chosen]
    return sorted(chosen)


def _missing_words(version: ItemVersion, chosen: Sequence[str]) -> str:
    """Of a text that is too short or too long."""
    terms = version.answer_terms
    words = words_in(chosen[0]) if chosen else 0
    if words > terms.most:
        said = _("Your text is saved, but it has %(n)s words. At most %(most)s are read: what comes after is not rated.")
        return said % {"n": words, "most": terms.most}
    return _("Not finished yet: your text has %(n)s words. Write at least %(fewest)s.") % {"n": words, "fewest": terms.fewest}


def file_kinds(version: ItemVersion) -> list[FileKind]:
    """Of a question that a file answers: those that it takes."""
    terms = version.answer_terms
    return [KINDS[name] for name in (AUDIO if terms.by == Means.AUDIO else terms.kinds)]


def kinds_in_words(version: ItemVersion) -> str:
    return ", ".join(kind.label for kind in file_kinds(version))


def most_bytes(version: ItemVersion) -> int:
    """How large a file may be: what its author says, and never more than the installation takes."""
    megabytes = version.answer_terms.megabytes
    return min(megabytes * MEGABYTE, settings.ACCORD_MAX_ANSWER_BYTES) if megabytes else settings.ACCORD_MAX_ANSWER_BYTES


def _how_to_answer(version: ItemVersion) -> str:
    """Of an open question."""
    terms = version.answer_terms
    said = {"kinds": kinds_in_words(version), "size": filesizeformat(most_bytes(version))} if version.takes_file else {}
    if terms.by == Means.FILE:
        return _("Answer with a file: %(kinds)s; at most %(size)s.") % said
    if terms.by == Means.AUDIO:
        minutes = ngettext(
            "Answer by speaking, for at most %(n)s minute.", "Answer by speaking, for at most %(n)s minutes.", terms.minutes
        )
        accepted = _("A recording that you upload may be of these kinds: %(kinds)s; at most %(size)s.")
        return f"{minutes % {'n': terms.minutes}} {accepted % said}"
    return _("Answer in your own words, in %(fewest)s to %(most)s words.") % {"fewest": terms.fewest, "most": terms.most}


def what_is_missing(version: ItemVersion, chosen: Sequence[str] = ()) -> str:
    """What somebody still has to do who has answered a part."""
    if version.is_open:
        return _missing_words(version, chosen)
    return {
        ItemKind.RATE: _("Not finished yet: rate every answer."),
        ItemKind.BEST_WORST: _("Not finished yet: choose the best and the worst answer."),
        ItemKind.RANK: _("Not finished yet: give every answer a place of its own."),
        ItemKind.ORDER: _("Not finished yet: give every step a place of its own."),
        ItemKind.MATCH: _("Not finished yet: choose a match for each."),
    }.get(ItemKind(version.format), what_comes_first(version))


def what_comes_first(version: ItemVersion) -> str:
    """What somebody has to do who has sent nothing."""
    if version.format == ItemKind.LINES:
        return _("Mark a line first.") if version.takes_one else _("Mark the lines that fit first.")
    return {
        ItemKind.OPEN: _("Write your answer first."),
        ItemKind.RATE: _("Rate the answers first."),
        ItemKind.BEST_WORST: _("Choose the best and the worst answer first."),
        ItemKind.RANK: _("Rank the answers first."),
        ItemKind.ORDER: _("Put the steps into order first."),
        ItemKind.MATCH: _("Choose a match for each first."),
        ItemKind.SCALE: _("Choose a point of the scale first."),
        ItemKind.TEXT: _("Write your answer first."),
        ItemKind.COMPOSED: _("Write your answer first."),
    }.get(ItemKind(version.format), _("Choose an answer first."))


def what_to_do(version: ItemVersion) -> str:
    """How the question is answered; nothing for single choice, which is seen."""
    if version.format == ItemKind.LINES and version.takes_one:
        return _("Mark the line that fits.")
    if version.is_open:
        return _how_to_answer(version)
    return {
        ItemKind.MULTIPLE: _("Choose all that apply."),
        ItemKind.RATE: _("Rate every answer from 1 (very ineffective) to 5 (very effective). Ratings may be equal."),
        ItemKind.BEST_WORST: _("Choose the best answer and the worst one."),
        ItemKind.RANK: _("Rank the answers by how effective they are: 1 is the most effective."),
        ItemKind.ORDER: _("Give every step its place; 1 comes first."),
        ItemKind.LINES: _("Mark all lines that fit."),
        ItemKind.MATCH: _("Choose for each what belongs to it. What is offered may fit several times, or not at all."),
        ItemKind.SCALE: _("Choose the point of the scale that fits best."),
        ItemKind.TEXT: _("Write a word or a few. Capitals, and a full stop at the end, do not matter."),
        ItemKind.COMPOSED: _("Write your answer first. Then you see the author’s, and check your own against a list."),
    }.get(ItemKind(version.format), "")


def agrees(version: ItemVersion, chosen: Sequence[str]) -> bool:
    """All of the answer is what the key says. No answer, and no unfinished one, ever agrees."""
    if version.is_choice:  # single and multiple agree by one rule, so nobody has to ask the item which it is
        return FORMATS["multiple"].agrees(question_of(version), chosen)
    return bool(chosen) and format_of(version).agrees(question_of(version), chosen)


def credit(version: ItemVersion, chosen: Sequence[str]) -> float:
    """How much of the answer is what the key says, from 0 to 1; of single and multiple choice all or nothing."""
    if version.is_choice or not chosen:
        return float(agrees(version, chosen))
    return format_of(version).credit(question_of(version), chosen)


def has_parts(version: ItemVersion) -> bool:
    """Whether an answer may agree in part."""
    return not version.is_choice and format_of(version).has_parts


def step(version: ItemVersion, chosen: Sequence[str]) -> int:
    """On which of the steps of its question an answer is (`Format.steps`), from 0."""
    if version.is_choice or not chosen:
        return int(agrees(version, chosen))
    return step_of(format_of(version), question_of(version), chosen)


def steps(version: ItemVersion) -> int:
    """How many steps there are from nothing to an answer that agrees: 1 where it is all or nothing."""
    return 1 if version.is_choice else format_of(version).steps(question_of(version))


def is_scored(version: ItemVersion) -> bool:
    """Whether an answer can agree with the key at all."""
    return format_of(version).is_scored


def known_options(version: ItemVersion, chosen: Sequence[str]) -> list[str]:
    """Ids of the options that an answer is; of a short text the wording, or, where none is known, one that no option has."""
    if version.kind != ItemKind.TEXT or not chosen:
        return list(chosen)
    return [wording_of(question_of(version), chosen) or UNKNOWN]


UNKNOWN = "?"


def unknown_wording(version: ItemVersion, chosen: Sequence[str]) -> str:
    """What was typed, where it is none of the wordings that the author knows, right or wrong; else empty."""
    return "" if wording_of(question_of(version), chosen) else typed_of(chosen)


def options_in_order(version: ItemVersion) -> list[dict[str, Any]]:
    """As authors write them: of an order in that of the key."""
    asked = [option for option in version.options if not option.get("is_target")]
    if version.format != ItemKind.ORDER:
        return asked
    places = question_of(version).keyed
    return sorted(asked, key=lambda option: int(places[option["id"]]))


def matches_of(version: ItemVersion) -> Mapping[str, str]:
    """By id of an option the text that belongs to it; empty where nothing is matched."""
    texts = {option["id"]: option["text"] for option in version.options}
    keyed = question_of(version).keyed if version.format == ItemKind.MATCH else {}
    return {option: texts[target] for option, target in keyed.items()}


def unmatched(version: ItemVersion) -> list[str]:
    """What is offered and belongs to no option."""
    used = set(matches_of(version).values())
    return [option["text"] for option in version.options if option.get("is_target") and option["text"] not in used]


def targets_of(texts: Iterable[str]) -> list[dict[str, Any]]:
    """What options are matched with, as `upsert_item` takes it: each text once."""
    found = {target_id(text): text for text in texts if text}
    return [
        {"id": name, "text": text, "feedback": "", "misconception": "", "is_target": True}
        for name, text in sorted(found.items())
    ]


# In words -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """What an answer says of one option, and what the key says of it; empty where it says nothing."""

    text: str
    feedback: str
    answer: str
    key: str

    agrees: bool


def parts_of(version: ItemVersion, chosen: Sequence[str], key: ItemVersion | None = None) -> list[Part]:
    """An answer and the key beside each other, option by option; of an order in that of the key.

    `key`: the version whose key counts, where that is another one.
    """
    key = key or version
    question = question_of(key)
    if version.format == ItemKind.TEXT:
        return [_part_of_text(key, question, chosen)]
    feedback = {option["id"]: option.get("feedback", "") for option in key.options}
    given, wanted = _said(version, question_of(version), chosen), _keyed(key, question)
    asked = [option for option in version.options if not option.get("is_target")]
    if version.format == ItemKind.ORDER:
        asked.sort(key=lambda option: int(question.keyed.get(option["id"], 0)))
    if version.format == ItemKind.RANK:
        asked.sort(key=lambda option: -question.ratings.get(option["id"], 0.0))
    return [
        Part(
            text=option["text"],
            feedback=feedback.get(option["id"], ""),
            answer=given.get(option["id"], ""),
            key=wanted.get(option["id"], ""),
            agrees=_part_agrees(version, question, option["id"], chosen),
        )
        for option in asked
    ]


def _part_of_text(key: ItemVersion, question: Question, chosen: Sequence[str]) -> Part:
    """With what the author says of this wording; of one that is not known, of the first that is right."""
    told = {option["id"]: option for option in key.options}
    right = [told[option] for option in question.key]
    said = told.get(wording_of(question, chosen), right[0])
    agreed = bool(chosen) and said in right and format_of(key).agrees(question, chosen)
    wordings = _(" or ").join(_("“%(text)s”") % {"text": option["text"]} for option in right)
    return Part("", said.get("feedback", ""), typed_of(chosen), wordings, agreed)


def _part_agrees(version: ItemVersion, key: Question, option: str, chosen: Sequence[str]) -> bool:
    if version.format == ItemKind.BEST_WORST:
        named = {value: slot for slot, value in by_slot(chosen).items()}
        return named.get(option) == {best_of(key): BEST, worst_of(key): WORST}.get(option)
    if version.format == ItemKind.COMPOSED:
        return option in ticked_in(chosen)
    if version.format == ItemKind.SCALE and option not in chosen:
        return option not in key.key or set(chosen) <= set(key.key)  # of neighbours that are right one is enough
    if version.is_choice or version.format in (ItemKind.LINES, ItemKind.SCALE):
        return (option in chosen) == (option in key.key)
    if version.format == ItemKind.RANK:
        is_whole = format_of(version).is_complete(key, chosen)
        return is_whole and all(agrees for pair, agrees in in_order(key, chosen).items() if option in pair)
    given = by_slot(chosen).get(option)
    if given is None:
        return False
    return agrees_with(int(given), key.ratings[option]) if version.format == ItemKind.RATE else given == key.keyed.get(option)


def _said(version: ItemVersion, question: Question, chosen: Sequence[str]) -> dict[str, str]:
    """By option id what was said of it, in words."""
    match version.format:
        case ItemKind.RATE:
            return {option: f"{value}, {RATINGS[value]}" for option, value in by_slot(chosen).items()}
        case ItemKind.BEST_WORST:
            named = {BEST: _("best"), WORST: _("worst")}
            return {option: named[slot] for slot, option in by_slot(chosen).items()}
        case ItemKind.ORDER | ItemKind.RANK:
            return {option: _("place %(n)s") % {"n": place} for option, place in by_slot(chosen).items()}
        case ItemKind.MATCH:
            texts = {option["id"]: option["text"] for option in version.options}
            return {option: texts.get(target, target) for option, target in by_slot(chosen).items()}
        case ItemKind.COMPOSED:
            return dict.fromkeys(ticked_in(chosen), _("ticked"))
    return dict.fromkeys(chosen, _("marked") if version.format == ItemKind.LINES else _("chosen"))


def _keyed(version: ItemVersion, question: Question) -> dict[str, str]:
    match version.format:
        case ItemKind.RATE:
            # The mean of a panel lies between two points of the scale and has no word of its own.
            return {option: _point(value) for option, value in question.keyed.items()}
        case ItemKind.RANK:
            places = {option: place_by_key(question, option) for option in question.options}
            return {option: _("place %(n)s") % {"n": place} for option, place in places.items()}
        case ItemKind.BEST_WORST:
            return _said(version, question, [f"{BEST}:{best_of(question)}", f"{WORST}:{worst_of(question)}"])
        case ItemKind.COMPOSED:
            return {}
    return _said(version, question, version.correct)


def _point(value: str) -> str:
    return f"{value}, {RATINGS[value]}" if value in RATINGS else value


def in_words(version: ItemVersion, chosen: Sequence[str]) -> list[str]:
    """What somebody chose, a line for each option of which they said anything; of an open question their text."""
    if version.takes_file:
        return [_("A file")] if chosen else []
    if version.is_open:
        return list(chosen)
    if version.is_choice:
        texts = {option["id"]: option["text"] for option in version.options}
        return [texts.get(option, option) for option in chosen]
    if version.format == ItemKind.TEXT:
        return [typed_of(chosen)]
    said = [part for part in parts_of(version, chosen) if part.answer]
    if version.format == ItemKind.COMPOSED:
        ticked = [_("Ticked: %(entry)s") % {"entry": part.text} for part in said]
        return [*typed_of(chosen).splitlines(), *ticked]
    if version.format in (ItemKind.LINES, ItemKind.SCALE):
        return [part.text for part in said]
    if version.format in (ItemKind.ORDER, ItemKind.RANK):
        said.sort(key=lambda part: part.answer)
    return [f"{part.text}: {part.answer}" for part in said]
