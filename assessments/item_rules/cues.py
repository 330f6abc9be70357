"""What can be seen on an option without understanding it: cues of words, tone and shape."""

import re
from collections.abc import Callable, Mapping

from assessments.item_rules.model import Item, Option
from assessments.item_rules.text import content_words, names, numbers, words

WHAT = re.compile(r"\bwhat(?:ever|'s|’s)?\b", re.I)
QUESTION_WORD = re.compile(r"\b(?:what(?:ever|'s|’s)?|how|which|who|whom|whose|when|where|why)\b", re.I)
ASK = re.compile(r"\bask(?:s|ed|ing)?\b", re.I)
REASON = re.compile(r"\b(?:because|since|so(?! (?:far|many|much|long|soon|little|few)\b))\b", re.I)
HEDGE = re.compile(
    r"\b(?:may|might|could|would|perhaps|maybe|probably|possibly|likely|seems?|some|sometimes|often|usually|mostly|rather|"
    r"roughly|about|around|nearly|almost|if|whether|unless|suppose|guess|think|believe|assume[ds]?|for now|so far|at least)\b",
    re.I,
)
ABSOLUTE = re.compile(
    r"\b(?:all|always|any|anyone|anything|completely|each|entirely|every|everyone|everything|exactly|full|fully|just|never|no|"
    r"nobody|none|nothing|only|whole|must|cannot|can't|can’t|certainly|clearly|straight away|at once)\b",
    re.I,
)
FIRST_PERSON = re.compile(r"\b(?:I|we|me|us|my|our|mine|ours)(?:['’](?:m|ll|ve|d|re))?\b")
SECOND_PERSON = re.compile(r"\byou(?:r|rs)?(?:['’](?:ll|ve|d|re))?\b", re.I)
POLITE = re.compile(
    r"\b(?:please|thank|thanks|sorry|apologi[sz]e|apology|kindly|grateful|glad|welcome|would you|could you|appreciate)\b",
    re.I,
)
OFFER = re.compile(
    r"\b(?:offer|offers|arrange|order|book|give|send|free|discount|I(?:['’]ll| will| can)|we(?:['’]ll| will| can))\b", re.I
)
CONFIRM = re.compile(
    r"\b(?:confirm\w*|check\w*|correct\w*|right or wrong|missing|rank\w*|in order|priorit\w*|matters? most|first|"
    r"before the others?|summar\w*|read back|say back|in writing)\b",
    re.I,
)
TIME = re.compile(
    r"\b(?:today|tomorrow|tonight|week|month|minutes?|hours?|days?|morning|afternoon|evening|noon|"
    r"Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b",
    re.I,
)
NEGATION = re.compile(r"\b(?:not|no|never|nothing|nobody|none|without|neither|nor)\b|n['’]t\b", re.I)
BOTH_SIDES = re.compile(r"\b(?:both|together|each other|either side|two sides|side by side)\b", re.I)

Cue = Callable[[Option], bool]

# The cues whose shares rule 4 holds equal in keys and distractors.
PARITY_CUES: Mapping[str, Cue] = {
    "what, how, which": lambda option: bool(re.search(r"\b(?:what(?:ever|'s|’s)?|how|which)\b", option.text, re.I)),
    "ask": lambda option: bool(ASK.search(option.text)),
    "question mark": lambda option: "?" in option.text,
    "because, since, so": lambda option: bool(REASON.search(option.text)),
    "hedges": lambda option: bool(HEDGE.search(option.text)),
    "absolutes": lambda option: bool(ABSOLUTE.search(option.text)),
    "numbers": lambda option: bool(numbers(option.text)),
    "I, we": lambda option: bool(FIRST_PERSON.search(option.text)),
}


def count(pattern: re.Pattern[str], option: Option) -> int:
    return len(pattern.findall(option.text))


def asks(option: Option) -> bool:
    """Whether it puts something to somebody: says "ask", or holds a question."""
    return bool(ASK.search(option.text)) or "?" in option.text


def asks_first(option: Option) -> bool:
    """Whether asking comes in its first five words, or a question ends its first sentence."""
    beginning = " ".join(option.text.split()[:5])
    first_sentence = re.split(r"(?<=[.!?])[\"”’]?\s", option.text)[0]
    return bool(ASK.search(beginning)) or "?" in first_sentence


def openness(option: Option) -> float:
    """From the review of the first forms: +2 for an open question, −1 each for a closed one, a reason, an offer."""
    is_open = asks(option) and bool(QUESTION_WORD.search(option.text))
    is_closed = asks(option) and not is_open
    return 2 * is_open - is_closed - bool(REASON.search(option.text)) - bool(OFFER.search(option.text))


def names_other(item: Item, option: Option) -> int:
    """How often it says a name that the situation gives."""
    parts = {part for name in names(item.situation) for part in name.split()}
    return sum(1 for word in re.findall(r"[^\W\d_]+", option.text) if word in parts)


def stem_overlap(item: Item, option: Option) -> float:
    """Share of its content words that the stem has too, 0 to 1."""
    own = content_words(option.text)
    return len(own & content_words(item.stem)) / len(own) if own else 0.0


def likeness(item: Item, option: Option) -> float:
    """Mean number of content words shared with each other option."""
    own = content_words(option.text)
    others = [content_words(other.text) for other in item.options if other is not option]
    return sum(len(own & other) for other in others) / len(others) if others else 0.0


def specificity(item: Item, option: Option) -> int:
    """Numbers, times, names and quoted words."""
    quoted = len(re.findall(r"[\"“]", option.text))
    return len(numbers(option.text)) + count(TIME, option) + len(names(f"x {option.text}")) + quoted


def longest_word(option: Option) -> int:
    return max((len(word) for word in words(option.text)), default=0)


def word_length(option: Option) -> float:
    found = words(option.text)
    return sum(map(len, found)) / len(found) if found else 0.0
