"""What rules 8, 9, 11 and 15 ask of open questions, which have no options: of their stem, their anchors and their language."""

from collections import defaultdict
from collections.abc import Iterator

from assessments.item_rules.findings import Finding
from assessments.item_rules.model import Bank, OpenItem
from assessments.item_rules.rules.content import MAX_LIKENESS, SHARED_WORDS
from assessments.item_rules.rules.prose import LEAST_EASE, MAX_RARE_SHARE, MOST_NAMES, MOST_NUMBERS, banned_words, rare_share
from assessments.item_rules.text import (
    content_words,
    count_sentences,
    count_words,
    flesch_reading_ease,
    jaccard,
    names,
    numbers,
    runs_of_words,
    words,
)

SITUATION_WORDS = (30, 90)
REASON_WORDS = (8, 60)


def siblings(bank: Bank) -> Iterator[Finding]:
    """8. Of an open question: its stem shares 35% of its content words at most with any item, and no six words in a row, also
    of its anchors, are in a lesson."""
    where = defaultdict(list)
    for lesson in bank.lessons:
        for run in runs_of_words(lesson.text, SHARED_WORDS):
            where[run].append(lesson.id)
    for question in bank.open:
        ours = content_words(question.stem)
        for item in bank.items:
            if (likeness := jaccard(ours, content_words(item.stem))) > MAX_LIKENESS:
                what = f"It shares {likeness:.0%} of its content words with {item.id}; 35% may be."
                yield _of(8, question, what, "Give one of them another case.")
        if shared := sorted(run for run in runs_of_words(question.running_text, SHARED_WORDS) if run in where):
            what = f"“{' '.join(shared[0])}” is in the lesson {where[shared[0]][0]} too."
            yield _of(8, question, what, "Say it in other words.")


def stem(bank: Bank) -> Iterator[Finding]:
    """9. Of an open question: its situation has 30 to 90 words; the stem at most 2 names, 4 numbers and a reading ease of 60 or
    more; the question is one sentence."""
    for question in bank.open:
        n_words = count_words(question.situation)
        if not SITUATION_WORDS[0] <= n_words <= SITUATION_WORDS[1]:
            yield _of(9, question, f"The situation has {n_words} words.", "Write 30 to 90.")
        if len(found := names(question.stem)) > MOST_NAMES:
            yield _of(
                9, question, f"It has {len(found)} names: {', '.join(found)}.", "Keep two; say the others by what they do."
            )
        if len(found := numbers(question.stem)) > MOST_NUMBERS:
            yield _of(9, question, f"It has {len(found)} numbers: {', '.join(found)}.", "Keep the four that matter.")
        if words(question.stem) and (ease := flesch_reading_ease(question.stem)) < LEAST_EASE:
            yield _of(
                9, question, f"Its reading ease is {ease:.0f}.", "Use shorter sentences and shorter words until it is 60."
            )
        if count_sentences(question.question) != 1:
            yield _of(9, question, "The question asks for more than one thing.", "Ask for one, in one sentence.")


def reasons(bank: Bank) -> Iterator[Finding]:
    """11. Of an open question: every anchor says in 8 to 60 words why it has its level and not the next, and no two say the
    same."""
    for question in bank.open:
        said = set[str]()
        for anchor in question.anchors:
            n_words = count_words(anchor.reason)
            if not REASON_WORDS[0] <= n_words <= REASON_WORDS[1]:
                yield _of(
                    11,
                    question,
                    f"Its reason has {n_words} words.",
                    "Write 8 to 60: why this level and not the next.",
                    anchor.id,
                )
            if anchor.reason in said:
                yield _of(11, question, "Another anchor has the same reason.", "Say what is true of this one.", anchor.id)
            said.add(anchor.reason)


def language(bank: Bank) -> Iterator[Finding]:
    """15. Of an open question, its rubric and its anchors: nothing of the banned list, and 6% rare words at most."""
    for question in bank.open:
        for what, remedy in banned_words(question.running_text):
            yield _of(15, question, what, remedy)
        share, rare = rare_share(question.running_text, question.terms)
        if share > MAX_RARE_SHARE:
            what = f"{share:.0%} of its words are rare: {', '.join(rare)}."
            yield _of(15, question, what, "Use common words, or explain them and list them in “terms”.")


def _of(rule: int, question: OpenItem, what: str, remedy: str, anchor: str = "") -> Finding:
    return Finding(rule, "error", what, remedy, question.file, question.id, anchor)
