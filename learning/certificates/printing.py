"""A certificate as PDF, set by typst from its rows alone.

PDF/A-2a wants structure and a glyph for every character, so typst refuses what its fonts cannot draw: nobody gets boxes for
their name.
"""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

import typst
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from learning.certificates.words import words_of
from learning.errors import CannotPrint
from learning.models import Certificate

FOLDER = Path(__file__).parent.parent / "typst"
TEMPLATE, SAMPLE, FONTS = FOLDER / "certificate.typ", FOLDER / "sample.typ", FOLDER / "fonts"
STANDARD: Literal["a-2a"] = "a-2a"
MISSING = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
# How many of the characters that cannot be drawn are named.
MAX_NAMED = 8
# In the order in which they are asked for a character; those of the machine are asked last.
FAMILIES = (
    "Libertinus Serif",
    "Noto Serif",
    "Noto Naskh Arabic",
    "Noto Serif Thai",
    "Noto Serif Devanagari",
    "Noto Serif CJK SC",
    "Accord Hangul",
    "Droid Sans Fallback",
    "DejaVu Serif",
    "DejaVu Sans",
)
# Chinese, Japanese and Korean share characters and draw some of them differently.
KANA, HANGUL = re.compile("[\u3040-\u30ff]"), re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
SCRIPTS = {
    "Arabic": (_("Arabic"), "محمد"),
    "Chinese": (_("Chinese"), "张伟陳怡君"),
    "Cyrillic": (_("Cyrillic"), "Марія"),
    "Devanagari": (_("Devanagari"), "दीपिका शर्मा"),
    "Greek": (_("Greek"), "Ελένη"),
    "Hebrew": (_("Hebrew"), "דוד"),
    "Japanese": (_("Japanese"), "山田さくらアキラ"),
    "Korean": (_("Korean"), "김민준"),
    "Thai": (_("Thai"), "สมชาย ใจดี"),
    "Vietnamese": (_("Vietnamese"), "Nguyễn Thị Ánh"),
    "emoji": (_("emoji"), "😀"),
}


def pdf_of(certificate: Certificate) -> bytes:
    """One page, A4 landscape. Words go in as data, so nothing in a name can be read as markup.

    Raises `CannotPrint` where no font has a character.
    """
    words = words_of(certificate)
    inputs = {"data": json.dumps(words, ensure_ascii=False), "fonts": _families(f"{words['name']} {words['course']}")}
    return _compile(TEMPLATE, inputs)


def undrawable(certificate: Certificate) -> str:
    """Characters of the name, the course and its modules that no font has; "" where the certificate can be printed."""
    words = words_of(certificate)
    return undrawable_in("\n".join([str(words["name"]), str(words["course"]), *words["scope"]]))


@lru_cache(maxsize=1000)  # fonts are installed before the process starts
def undrawable_in(text: str) -> str:
    missing: list[str] = []
    while text and len(missing) < MAX_NAMED:
        try:
            _compile(SAMPLE, {"words": json.dumps(text, ensure_ascii=False), "fonts": _families(text)})
            break
        except CannotPrint as error:
            if error.characters not in text:  # named in another way than it is written
                return error.characters
            missing.append(error.characters)
            text = text.replace(error.characters, "")
    return " ".join(missing)


@lru_cache
def scripts_without_font() -> list[str]:
    """Keys of `SCRIPTS` whose sample no font of this server draws."""
    return [name for name, (_label, sample) in SCRIPTS.items() if undrawable_in(sample)]


def _families(text: str) -> str:
    """The fonts as JSON, the one first that draws shared characters as they are drawn in the language of `text`."""
    local = "Noto Serif CJK JP" if KANA.search(text) else "Noto Serif CJK KR" if HANGUL.search(text) else ""
    return json.dumps([FAMILIES[0], *([local] if local else []), *FAMILIES[1:]])


def _compile(source: Path, inputs: dict[str, str]) -> bytes:
    try:
        return typst.compile(
            source,
            root=FOLDER,
            format="pdf",
            sys_inputs=inputs,
            font_paths=[FONTS, *([Path(settings.ACCORD_FONTS)] if settings.ACCORD_FONTS else [])],
            ignore_system_fonts=settings.ACCORD_OWN_FONTS_ONLY,
            pdf_standards=STANDARD,
        )
    except typst.TypstError as error:
        if found := MISSING.search(str(error)):
            raise CannotPrint(found[1]) from error
        raise
