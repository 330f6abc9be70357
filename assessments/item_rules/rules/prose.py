"""Rules 9, 11 and 15: stems, rationales and language."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import groupby

from assessments.item_rules.banned import BANNED
from assessments.item_rules.common_words import is_common
from assessments.item_rules.findings import Finding
from assessments.item_rules.model import BEST_WORST, RANK, SINGLE, Bank, Group, Item, Lesson
from assessments.item_rules.text import (
    WORD,
    count_sentences,
    count_words,
    flesch_reading_ease,
    names,
    numbers,
    words,
)

SITUATION_WORDS = (40, 70)
MOST_NAMES = 2
MOST_NUMBERS = 4
LEAST_EASE = 60.0
RATIONALE_WORDS = (20, 45)
MAX_OPENER_SHARE = 0.10
ENOUGH_RATIONALES = 30
MAX_RARE_SHARE = 0.06
MOST_NAMES_IN_LESSON = 3
MOST_ALIKE_OPENINGS = 2
_NEGATIVE = re.compile(r"\b(?:not|except|never|least|avoid)\b|n['’]t\b", re.I)
_SHOULD = re.compile(r"\bshould\b", re.I)
_JOINED = re.compile(r"\band\b|\bthen\b|;", re.I)
_JOB_OPENING = re.compile(
    r"^\s*[A-Z][^\W\d_]+(?: [A-Z][\w’'-]+)* (?:runs|leads|manages|owns|works|heads|buys|sells|looks|plans|keeps|makes)\b"
)


def stem(bank: Bank) -> Iterator[Finding]:
    """9. The situation has 40 to 70 words; the stem (with the question) at most 2 names, 4 numbers and a reading ease of 60
    or more (Flesch). The question is one sentence, asks what somebody *should* do where an option is chosen, joins no two
    acts or moments (and, then) and has no negation."""
    for item in bank.items:
        for what, remedy in _faults_of_stem(item):
            yield Finding(9, "error", what, remedy, item.file, item.id)


def _faults_of_stem(item: Item) -> Iterator[tuple[str, str]]:
    n_words = count_words(item.situation)
    if not SITUATION_WORDS[0] <= n_words <= SITUATION_WORDS[1]:
        yield f"The situation has {n_words} words.", "Write 40 to 70."
    if len(found := names(item.stem)) > MOST_NAMES:
        yield f"It has {len(found)} names: {', '.join(found)}.", "Keep two; say the others by what they do."
    if len(found := numbers(item.stem)) > MOST_NUMBERS:
        yield f"It has {len(found)} numbers: {', '.join(found)}.", "Keep the four that matter."
    if words(item.stem) and (ease := flesch_reading_ease(item.stem)) < LEAST_EASE:
        yield f"Its reading ease is {ease:.0f}.", "Use shorter sentences and shorter words until it is 60."
    if item.format in (SINGLE, BEST_WORST, RANK) and not _SHOULD.search(item.question):
        yield "The question does not ask what somebody should do.", "Ask for instance: What should she do next?"
    if item.question.count("?") != 1 or count_sentences(item.question) != 1 or _JOINED.search(item.question):
        yield "The question asks for more than one thing.", "Ask for one act at one moment, in one sentence."
    if _NEGATIVE.search(item.question):
        yield "The question asks for what is wrong or left out.", "Ask for what should be done."


def rationale(bank: Bank) -> Iterator[Finding]:
    """11. Every option has a rationale of 20 to 45 words in two sentences or more, or with a joint (so, but, because, which …),
    since it says what is right or wrong and what follows; in the bank and in a form no first word opens more than 10 % of the
    rationales. (Whether it is true, people must judge.)"""
    for item in bank.items:
        for option in item.options:
            if not option.rationale:
                continue  # steps, and lines that are not the key, may have none; reading has asked the others for theirs
            n_words = count_words(option.rationale)
            if not RATIONALE_WORDS[0] <= n_words <= RATIONALE_WORDS[1]:
                what = f"Its rationale has {n_words} words."
                yield Finding(
                    11,
                    "error",
                    what,
                    "Write 20 to 45: what is right or wrong, and what follows.",
                    item.file,
                    item.id,
                    option.id,
                )
            elif count_sentences(option.rationale) < 2 and not _JOINT.search(option.rationale):
                what = "Its rationale makes one point and says nothing of what follows."
                yield Finding(11, "error", what, "Add what happens then.", item.file, item.id, option.id)
    for group in bank.groups:
        yield from _openers(group)


_JOINT = re.compile(r"\b(?:so|but|yet|because|since|which|while|if|when|until|unless|though|although|and)\b|[;:]", re.I)


def _openers(group: Group) -> Iterator[Finding]:
    firsts = [(words(option.rationale) or [""])[0] for item in group.items for option in item.options if option.rationale]
    if len(firsts) < ENOUGH_RATIONALES:
        return
    for opener, times in Counter(firsts).most_common():
        if times / len(firsts) > MAX_OPENER_SHARE:
            what = f"{times} of {len(firsts)} rationales begin with “{opener.capitalize()}”; a tenth may."
            yield Finding(11, "error", what, "Begin some of them otherwise.", group.file, group=group.name)


def language(bank: Bank) -> Iterator[Finding]:
    """15. No words of the banned list; at most 6 % of the running words of an item outside the common words of English (names,
    numbers, inflections and the words in `terms`, which the item explains, aside). In lessons, as warnings: the banned list,
    more than 3 names, more than 2 in a row that open with somebody's job."""
    for item in bank.items:
        for what, remedy in banned_words(item.running_text):
            yield Finding(15, "error", what, remedy, item.file, item.id)
        share, rare = rare_words(item)
        if share > MAX_RARE_SHARE:
            what = f"{share:.0%} of its words are rare: {', '.join(rare)}."
            yield Finding(15, "error", what, "Use common words, or explain them and list them in “terms”.", item.file, item.id)
    for lesson in bank.lessons:
        yield from _lesson(lesson)
    yield from _openings(bank.lessons)


def banned_words(text: str) -> Iterator[tuple[str, str]]:
    for pattern, better in BANNED:
        if found := pattern.search(text):
            yield f"“{found.group().strip()}” is on the list of words to change.", f"Write {better}."


def rare_words(item: Item) -> tuple[float, list[str]]:
    """Share of running words that are not common, and which they are."""
    return rare_share(item.running_text, item.terms)


def rare_share(text: str, terms: Collection[str]) -> tuple[float, list[str]]:
    aside = {part.lower() for name in names(text) for part in WORD.findall(name)} | {term.lower() for term in terms}
    running = words(text)
    rare = [word for word in running if word.removesuffix("'s") not in aside and not is_common(word)]
    return len(rare) / max(1, len(running)), sorted(set(rare))


def _lesson(lesson: Lesson) -> Iterator[Finding]:
    for what, remedy in banned_words(lesson.text):
        yield Finding(15, "warning", what, remedy, lesson.file)
    people = names(lesson.text)
    if len(people) > MOST_NAMES_IN_LESSON:
        what = f"The lesson has {len(people)} names."
        yield Finding(15, "warning", what, "Keep three; say the others by what they do.", lesson.file)


def _openings(lessons: list[Lesson]) -> Iterator[Finding]:
    for alike, run in groupby(lessons, key=lambda lesson: bool(_JOB_OPENING.match(lesson.text))):
        in_row = list(run)
        if alike and len(in_row) > MOST_ALIKE_OPENINGS:
            what = f"{len(in_row)} lessons in a row open with somebody's job."
            yield Finding(15, "warning", what, "Open one of them otherwise.", in_row[MOST_ALIKE_OPENINGS].file)
