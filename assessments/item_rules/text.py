"""Words, sentences, numbers and names of English text, counted without a dictionary."""

import re
from itertools import pairwise

from assessments.item_rules.syllables import count_syllables
from assessments.item_rules.word_lists import word_list

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
NUMERAL = re.compile(r"\d+(?:[.,:]\d+)*")
NUMBER_WORDS = word_list("number_words")
CALENDAR = word_list("calendar")
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)]*(?:\s+|$)")
_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|[^\w\s]")
# Marks after which a capital letter says nothing, and those that may stand between.
_STARTERS, _OPENERS = frozenset('.!?:"“”…—'), frozenset("'‘’(")
# Prefixes of names that join on: Mr Okoro, Dr Haddad.
_TITLES = frozenset({"Mr", "Mrs", "Ms", "Dr"})
_STOP = word_list("stop_words")


def words(text: str) -> list[str]:
    """Lower-case words; numerals are none. A hyphen parts words, an apostrophe does not."""
    return [word.lower().replace("’", "'") for word in WORD.findall(text)]


def count_sentences(text: str) -> int:
    """At least 1."""
    return max(1, sum(1 for part in _SENTENCE_END.split(text) if WORD.search(part)))


def count_words(text: str) -> int:
    """As a person counts: numerals are words, a hyphenated compound is one."""
    return len(re.findall(r"[\w€$£]+(?:['’.,:-]\w+)*%?", text))


def numbers(text: str) -> list[str]:
    """Numerals, and number words from two on ("one" is mostly a pronoun); words that follow each other are one number."""
    found: list[str] = []
    last_end = -10
    for match in re.finditer(r"\d+(?:[.,:]\d+)*|[^\W\d_]+", text):
        token = match.group().lower()
        if token[0].isdigit():
            found.append(token)
        elif token in NUMBER_WORDS:
            if match.start() - last_end <= 1 and found:
                found[-1] += f" {token}"
            else:
                found.append(token)
            last_end = match.end()
    return found


def flesch_reading_ease(text: str) -> float:
    """206.835 − 1.015 × words/sentences − 84.6 × syllables/words; higher is easier, 60 to 70 is plain English.

    Raises ValueError for a text without words. Flesch (1948), A new readability yardstick, Journal of Applied Psychology
    32, 221–233.
    """
    found = words(text)
    if not found:
        raise ValueError("A text without words has no reading ease.")
    syllables = sum(count_syllables(word) for word in found)
    return 206.835 - 1.015 * len(found) / count_sentences(text) - 84.6 * syllables / len(found)


def names(text: str) -> list[str]:
    """Proper names in order of appearance, each once: people, firms, places. Days, months and titles are none.

    A capital letter in the middle of a sentence makes a name, one at its beginning only where the word is met so elsewhere,
    or follows a title. Words that follow each other are one name, and a part of a longer name is that name.
    """
    found: list[list[str]] = []
    starts: list[str] = []
    at_start, last, run_open = True, "", False
    for token in _TOKEN.findall(text):
        if not token[0].isalpha():
            at_start = token in _STARTERS or (at_start and token in _OPENERS)
            run_open = False
            continue
        bare = re.sub(r"['’]s$", "", token)
        is_name = bare[0].isupper() and bare not in CALENDAR and not bare.isupper()
        if is_name and at_start and last not in _TITLES:
            starts.append(bare)
            run_open = False
        elif is_name:
            found[-1].append(bare) if run_open and found else found.append([bare])
            run_open = True
        else:
            run_open = False
        last, at_start = token, False
    return _merged([" ".join(run) for run in found], starts)


def _merged(inside: list[str], starts: list[str]) -> list[str]:
    """Names without those that are part of another; of sentence beginnings only what is a name inside a sentence too."""
    parts = {part for name in inside for part in name.split()}
    known = list(dict.fromkeys([*inside, *(word for word in starts if word in parts)]))
    return [name for name in known if not any(name != other and set(name.split()) < set(other.split()) for other in known)]


def stem_of(word: str) -> str:
    """The word without its commonest endings: enough to see that two texts speak of the same thing."""
    for ending in ("ing", "ed", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            break
    return word.removesuffix("e") if len(word) > 4 else word


def content_words(text: str) -> frozenset[str]:
    """Stems of the words that carry what a text is about."""
    return frozenset(stem_of(word) for word in words(text) if word not in _STOP and len(word) > 2)


def jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    """Shared over all, 0 to 1; two empty sets share nothing."""
    return len(first & second) / len(first | second) if first | second else 0.0


def runs_of_words(text: str, length: int) -> set[tuple[str, ...]]:
    """All strings of `length` words, across sentences but with punctuation aside."""
    found = words(text)
    return set(zip(*(found[start:] for start in range(length)), strict=False))


def longest_run(values: list[int]) -> int:
    """How many equal values follow each other at most; 0 for none."""
    best = current = min(1, len(values))
    for before, value in pairwise(values):
        current = current + 1 if value == before else 1
        best = max(best, current)
    return best
