"""A bank that keeps all sixteen rules, made of common words at random: nothing in it says which option is the key."""

import random
from dataclasses import replace
from functools import cache
from typing import Any

from assessments.item_rules.model import REGIONS, RELATIONSHIPS, Bank, Claim, Form, Item, Lesson, Misconception, Option, Work
from assessments.item_rules.syllables import count_syllables
from assessments.item_rules.text import NUMBER_WORDS
from assessments.item_rules.word_lists import word_list

SEED = 2  # with it the acts, tones and lengths fell so that no rule of thumb wins
N_ITEMS, N_IN_FORM = 26, 20
_LEVELS = {"1|2": (1, 1, 1, 2), "2|3": (1, 2, 2, 3), "3|4": (1, 2, 3, 4), "4|5": (2, 3, 4, 5)}
# Acts of key and wrong options: asking is right in 2 of 5, wrong and there in 3 of 5, and twice there in 4 of 5.
_ACTS = (
    ("ask", "ask", "tell", "do"),
    ("decide", "ask", "ask", "tell"),
    ("ask", "decide", "ask", "record"),
    ("tell", "ask", "ask", "do"),
    ("record", "wait", "ask", "decide"),
)
_CUES = frozenset(
    """
    ask asks asked asking what whatever how which who whom whose when where why because since so may might could
    would perhaps maybe some often rather about around nearly almost if whether unless guess think believe all
    always any each every just never no none nothing only whole must full fully i we me us my our mine ours you your
    yours please thank thanks sorry glad offer offers order book give send free first check confirm correct rank
    missing today tomorrow week month minute hour day days morning evening noon not without neither nor both
    together shall and then least avoid should except yes exact exactly clear seem seems once straight entire
    entirely anyone anything everyone nobody cannot likely usually mostly roughly sometimes suppose assume assumed
    far grateful kindly welcome arrange priority matter matters most other others side two
    """.split()  # noqa: SIM905 - words read better than quoted words
)


@cache
def _vocabulary() -> tuple[str, ...]:
    words = sorted(word_list("common_words") - _CUES - NUMBER_WORDS)
    return tuple(word for word in words if 3 <= len(word) <= 7 and count_syllables(word) <= 2 and "ing" not in word)


def sentence(rng: random.Random, n_words: int) -> str:
    return " ".join(rng.sample(_vocabulary(), n_words)).capitalize() + "."


def _option_text(rng: random.Random) -> str:
    text = ""
    while not 62 <= len(text) <= 74:
        text = sentence(rng, rng.randint(10, 12))
    return text


def _item(number: int, rng: random.Random, place: int) -> Item:
    boundary = rng.choice(sorted(_LEVELS))
    key_act, *acts = _ACTS[number % len(_ACTS)]
    rng.shuffle(acts)
    *levels, key_level = _LEVELS[boundary]
    rng.shuffle(levels)
    tones = rng.sample(["warm", "neutral", "neutral", "firm"], 4)
    specs = list(zip(levels, acts, (False,) * 3, strict=True))
    specs.insert(place, (key_level, key_act, True))
    options = tuple(
        Option(
            id="abcd"[index],
            text=_option_text(rng),
            act=act,
            tone=tones[index],
            rationale=f"{sentence(rng, 13)} {sentence(rng, 13)}",
            level=level,
            is_key=is_key,
            misconception="" if is_key else f"mistake-{(number * 3 + index) % 40}",
        )
        for index, (level, act, is_key) in enumerate(specs)
    )
    return Item(
        id=f"it-{number:03}",
        file="items.yaml",
        skill="small-skill" if number in (3, 8, 13) else "large-skill",
        relationship=RELATIONSHIPS[number % 3],
        industry=f"trade {number}",
        region=REGIONS[number % len(REGIONS)],
        situation=" ".join(sentence(rng, 8) for _ in range(6)),
        question="What should she do next?",
        options=options,
        boundary=boundary,
    )


@cache
def _clean() -> tuple[Item, ...]:
    rng = random.Random(SEED)
    places: list[int] = []
    for block in range(-(-N_ITEMS // 4)):
        places += random.Random(SEED * 1000 + block).sample(range(4), 4)
    return tuple(_item(number, rng, place) for number, place in zip(range(N_ITEMS), places, strict=False))


def clean_bank() -> Bank:
    items = list(_clean())
    return Bank(
        items=items,
        forms=[Form("form-a", "forms.yaml", "Form A", "course", tuple(item.id for item in items[:N_IN_FORM]))],
        misconceptions=[
            Misconception(f"mistake-{number}", "misconceptions.yaml", "People think so.", "les-one", "study", "claim-one")
            for number in range(40)
        ],
        works=[
            Work("work-one", "sources.yaml", "Author (2000), Title", "10.1000/182", "", "abstract", "One study.",
                 (Claim("claim-one", "People think so."),))
        ],
        lessons=[Lesson("les-one", "les-one.md", "The heron stood near a cold river until dusk had come.", ("claim-one",))],
    )  # fmt: skip


def with_item(bank: Bank, index: int, **changes: Any) -> Bank:
    bank.items[index] = replace(bank.items[index], **changes)
    return bank


def with_option(bank: Bank, index: int, place: int, **changes: Any) -> Bank:
    item = bank.items[index]
    options = list(item.options)
    options[place] = replace(options[place], **changes)
    return with_item(bank, index, options=tuple(options))


def swap_word(text: str, word: str) -> str:
    """The text with `word` at its end and exactly as long as before: words as long make way, the one before it is filled up."""
    kept = text.rstrip(".").split()
    while len(" ".join([*kept, word])) > len(text) - 1:
        kept.pop()
    kept[-1] += "n" * (len(text) - 1 - len(" ".join([*kept, word])))
    return " ".join([*kept, word]) + "."
