"""Words as they are searched: taken from what somebody typed, folded, and put right from the words of the courses."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

MAX_TERMS = 10
MAX_CORRECTED = 4
SHORTEST_CORRECTED = 4
LONGEST_CORRECTED = 40
# Of 1: "negotation" is 0.95 like "negotiation", "demnad" 0.83 like "demand".
LIKENESS = 0.78
# Letters that share a bit only make two words seem more alike than they are.
LETTER_BITS = 61
ROUNDING = 1e-9

_WORD = re.compile(r"[^\W_]+")
# The ends of "you'll", "we're", "I've", "I'd" and "I'm", of which the beginnings are left out.
_CONTRACTED = re.compile(r"(?<=\w)['’](?:ll|re|ve|d|m)\b", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“”„«»]([^\"“”„«»]*)[\"“”„«»]|([^\"“”„«»\s]+)")

# Words that PostgreSQL's English dictionary leaves out too: Snowball's list, BSD.
_LEFT_OUT = """
i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its itself
they them their theirs themselves what which who whom this that these those am is are was were be been being have has had
having do does did doing a an the and but if or because as until while of at by for with about against between into through
during before after above below to from up down in out on off over under again further then once here there when where why how
all any both each few more most other some such no nor not only own same so than too very s t can will just don should now
"""
STOP_WORDS = frozenset(_LEFT_OUT.split())


def _plain_letters() -> dict[int, str]:
    """Latin letters with marks, each by the one letter it is without them."""
    letters = (chr(code) for start, end in ((0xC0, 0x250), (0x1E00, 0x1F00)) for code in range(start, end))
    plain = {letter: "".join(filter(str.isalpha, unicodedata.normalize("NFKD", letter))) for letter in letters}
    return {ord(letter): base for letter, base in plain.items() if base != letter and base.isascii() and len(base) == 1}


PLAIN_LETTERS = _plain_letters()


def fold(text: str) -> str:
    """In small letters without their marks: “Café” is “cafe”."""
    return unicodedata.normalize("NFC", text).translate(PLAIN_LETTERS).lower()


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters with their marks."""
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


def terms_of(query: str) -> list[str]:
    """What to look for: words, and phrases where somebody wrote quotation marks. Operators are words like any other.

    Words that stand in every text are left out, unless they are part of a phrase; at most `MAX_TERMS` are looked for.
    """
    terms: list[str] = []
    for phrase, bare in _QUOTED.findall(query):
        found = _WORD.findall(fold(phrase or _CONTRACTED.sub("", bare)))
        if phrase and len(found) > 1:
            terms.append(" ".join(found))
        else:
            terms += [word for word in found if word not in STOP_WORDS]
    return list(dict.fromkeys(terms))[:MAX_TERMS]


def vocabulary_of(texts: Iterable[str]) -> dict[str, int]:
    """How often each word stands in `texts`; without numbers and what is too short to be put right."""
    counts = Counter(word for text in texts for word in words_of(text))
    return {word: n for word, n in counts.items() if len(word) >= SHORTEST_CORRECTED - 1 and word.isalpha()}


@dataclass(frozen=True)
class Known:
    """A word of a vocabulary, its plain letters, and which of them it has, one bit for each."""

    word: str
    plain: str
    letters: int


def _letters(plain: str) -> int:
    bits = 0
    for letter in plain:
        bits |= 1 << ord(letter) % LETTER_BITS
    return bits


@dataclass(frozen=True)
class Vocabulary:
    """Words with how often each is written, arranged for comparing: made once for many searches."""

    counts: Mapping[str, int]

    @cached_property
    def by_length(self) -> dict[int, list[Known]]:
        """Each by its plain letters; of several alike, the one that is written most often."""
        plain = {fold(word): word for word in sorted(self.counts, key=lambda word: (self.counts[word], word))}
        found: dict[int, list[Known]] = {}
        for letters, word in plain.items():
            found.setdefault(len(letters), []).append(Known(word, letters, _letters(letters)))
        return found

    def like(self, word: str) -> dict[str, str]:
        """Those of about that length that can be as alike as `LIKENESS` at all: plain letters, and the word.

        A letter that only one of two words has is in no pair, and of all letters at most 1 - LIKENESS may be in none.
        """
        letters, found = _letters(word), {}
        for length in range(len(word) - 2, len(word) + 3):
            most = (1 - LIKENESS) * (len(word) + length) + ROUNDING
            for known in self.by_length.get(length, ()):
                if (known.letters ^ letters).bit_count() <= most and known.plain != word:
                    found[known.plain] = known.word
        return found

    def beginning_with(self, word: str) -> list[str]:
        """Longer ones."""
        longer = (known for length, words in self.by_length.items() if length > len(word) for known in words)
        return [known.word for known in longer if known.plain.startswith(word)]


def corrected(query: str, unknown: Collection[str], vocabulary: Vocabulary) -> str:
    """`query` with each of its `unknown` words put right; empty where one of them is like no word of the vocabulary.

    Phrases are left as they are: whoever quotes means what they wrote.
    """
    if not unknown or len(unknown) > MAX_CORRECTED or any(" " in term for term in unknown):
        return ""
    right = {word: _nearest(word, vocabulary) for word in unknown}
    if not all(right.values()):
        return ""
    return _WORD.sub(lambda found: right.get(fold(found[0]), found[0]), query)


def _nearest(word: str, vocabulary: Vocabulary) -> str:
    """The word that was probably meant: the most frequent that begins so, else the most alike; empty where there is none.

    Somebody who types *stake* has spelt the beginning of a word rightly, and does not mean *take*.
    """
    if not SHORTEST_CORRECTED <= len(word) <= LONGEST_CORRECTED:
        return ""
    if longer := vocabulary.beginning_with(word):
        return max(longer, key=lambda candidate: (vocabulary.counts[candidate], candidate))
    like = vocabulary.like(word)
    alike = get_close_matches(word, like, n=1, cutoff=LIKENESS)
    return like[alike[0]] if alike else ""
