"""Which words are common in English (data/README.md), with their inflections."""

from functools import cache

from assessments.item_rules.word_lists import word_list

_ENDINGS = ("'s", "s'", "s", "es", "ed", "er", "ers", "est", "ing", "ings", "ly", "ness", "less", "ful", "able")
_PREFIXES = ("un", "re", "non", "mid", "over", "under", "pre", "co")


@cache
def _listed() -> frozenset[str]:
    return word_list("common_words") | word_list("younger_words")


def is_common(word: str) -> bool:
    """Whether the lower-case word, or one it is inflected or plainly built from, is listed."""
    return any(form in _listed() for form in _forms(word)) or any(
        word.startswith(prefix) and len(word) > len(prefix) + 2 and is_common(word.removeprefix(prefix)) for prefix in _PREFIXES
    )


def _forms(word: str) -> set[str]:
    plain = word.replace("n't", "").replace("'ll", "").replace("'ve", "").replace("'re", "").replace("'d", "").replace("'m", "")
    forms = {word, plain}
    for ending in _ENDINGS:
        if plain.endswith(ending) and len(plain) - len(ending) >= 2:
            stem = plain.removesuffix(ending)
            forms |= {stem, f"{stem}e", f"{stem[:-1]}y" if stem.endswith("i") else stem}
            if len(stem) > 2 and stem[-1] == stem[-2]:
                forms.add(stem[:-1])
    return {form for form in forms if form}
