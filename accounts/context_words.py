"""Passwords of words that everybody knows of a person: whoever guesses tries these before any list."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Organisation, User

# A word of fewer letters is in too many others, and a password with as many letters of its own is more than a name.
MIN_WORD = 3
MIN_OWN_LETTERS = 4
# Characters that are looked at. Nobody types as many, and what is sent may have a million.
LONGEST = 1000
# What people write for a letter.
INSTEAD = {"a": "4@", "b": "8", "e": "3", "g": "9", "i": "1!", "l": "1!", "o": "0", "s": "5$", "t": "7+"}

# Letters that are one in Unicode, with what is typed where a keyboard does not have them.
WITHOUT_PARTS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


class ContextWordsValidator:
    """Refuses a password that is little more than the names of this site, of the person and of their organisations."""

    def validate(self, password: str, user: Any = None) -> None:
        refuse_names(password, [settings.WAGTAIL_SITE_NAME, *_names_of(user)])

    def get_help_text(self) -> str:
        return _("Your password must be more than your own name, your organisation's or this site's.")


def refuse_names(password: str, names: Iterable[str]) -> None:
    """`ValidationError` where nothing but digits, signs and a few letters is left of a password without these names."""
    words = _words_in(names)
    if not words:
        return
    known = re.compile("|".join(_however_written(word) for word in words))
    plain = _plain(password[:LONGEST])
    # “110” can be read as “lio”, and stands in long numbers by chance.
    met = next((met for met in known.finditer(plain) if any(map(str.isalpha, met.group()))), None)
    if met and sum(map(str.isalpha, known.sub("", plain))) < MIN_OWN_LETTERS:
        raise ValidationError(
            _(
                "This password is little more than “%(word)s”, which is among the first that others try. Add words that have "
                "nothing to do with you, your organisation or this site."
            ),
            code="password_of_names",
            params={"word": met.group()},
        )


def _names_of(user: Any) -> list[str]:
    """What others know of somebody. Only a saved account has organisations: one that is being made has proved no address."""
    if user is None:
        return []
    local, _at, domain = str(getattr(user, "email", "") or "").rpartition("@")
    own = [getattr(user, name, "") or "" for name in ("first_name", "last_name")]
    names = [*own, " ".join(own), local, domain.rpartition(".")[0]]
    if isinstance(user, User) and user.pk:
        names += Organisation.objects.filter(memberships__user=user).values_list("name", flat=True)
    return names


def _words_in(names: Iterable[str]) -> Sequence[str]:
    """The words of the names and each name written as one, the longest first."""
    words = set()
    for name in names:
        parts = re.findall(r"[^\W_]+", _plain(name))
        words |= {*parts, "".join(parts)}
    return sorted((word for word in words if sum(map(str.isalpha, word)) >= MIN_WORD), key=lambda word: (-len(word), word))


def _however_written(word: str) -> str:
    return "".join(f"[{re.escape(letter + INSTEAD.get(letter, ''))}]" for letter in word)


def _plain(text: str) -> str:
    """Without capitals, accents and the signs for vowels of Indian scripts, which are no letters of their own."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(WITHOUT_PARTS))
    return "".join(letter for letter in letters if not unicodedata.category(letter).startswith("M"))
