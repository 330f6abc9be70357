"""What text files carry and nobody sees: characters without a shape, text that was saved in the wrong encoding, and accents."""

import re
import unicodedata

# Soft hyphens, zero-width blanks, marks of direction and of byte order. Joiners are letters to some scripts, and stay there.
_SHAPELESS = re.compile("[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_JOINERS = re.compile("[\u200c\u200d]")
_FIXED_SPACES = re.compile("[\u00a0\u2007\u202f]")

# UTF-8 read as Windows-1252: the first byte of a character, and those that follow it. Typographic marks may also stand beside a
# letter that somebody meant, so they count only before a small letter.
_MARKS = "…’“”–—"
_FOLLOWS = "\u0080-\u00bf€‚ƒ„†‡ˆ‰Š‹ŒŽ‘•˜™š›œžŸ"
_GARBLED = re.compile(f"[ÂÃÄÅ](?:[{_FOLLOWS}]|[{_MARKS}](?=[a-zß-ÿ]))|â[€‚„][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
# One class of characters, then what they are: text is searched for a class several times as fast as for alternatives.
_UNSEEN = "".join(pattern.pattern.strip("[]") for pattern in (_SHAPELESS, _JOINERS, _FIXED_SPACES))
_SUSPECT = re.compile(f"[{_UNSEEN}ÂÃÄÅâ](?:(?<=[{_UNSEEN}])|(?<=[ÂÃÄÅ])[{_FOLLOWS}{_MARKS}]|(?<=â)[€‚„])")


def is_suspect(text: str) -> bool:
    """Whether there may be anything to do for the two functions below; most text has nothing."""
    return not text.isascii() and _SUSPECT.search(text) is not None


def without_shapeless(text: str) -> str:
    """`text` without characters that nobody sees; in something like an address without blanks that are none, too."""
    text = _SHAPELESS.sub("", text)
    if _JOINERS.search(text) and _JOINERS.sub("", text).isascii():
        text = _JOINERS.sub("", text)
    if "@" in text and " " not in text.strip():
        text = _FIXED_SPACES.sub("", text)
    return text


def as_meant(text: str) -> str:
    """What garbled text was before it was read in the wrong encoding ("MÃ¼ller" → "Müller"); any other text as it is."""
    return _GARBLED.sub(_decoded, text)


def _decoded(match: re.Match[str]) -> str:
    try:
        return b"".join(map(_byte, match[0])).decode("utf-8")
    except UnicodeError:
        return match[0]


def _byte(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return character.encode("latin-1")  # the five bytes that Windows-1252 leaves open


_WITHOUT_PARTS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ı": "i"})


def unaccented(name: str) -> str:
    """A text in lower case without its accents: prénom → prenom."""
    letters = unicodedata.normalize("NFKD", name.casefold().translate(_WITHOUT_PARTS))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
