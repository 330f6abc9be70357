"""Names and titles that people type and others read in mails.

A mail of ours passes every check of its receiver, so what somebody calls themselves must not carry an address to go to. Forms
and imports refuse it (`validate_name`, `NameField`); mails take it out of what was stored before (`as_words`).
"""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MAX_LENGTH_IN_MAILS = 100
# No name or title that is kept is as long. The patterns below take the square of a text's length in steps, so nothing longer is
# looked at.
LONGEST = 500
# What programs make a link of without being asked: the endings that are common, not all there are.
_ENDINGS = (
    "com|net|org|info|biz|io|co|app|dev|me|cc|tv|ai|eu|online|site|website|web|xyz|top|shop|store|link|click|live|club|page|"
    "cloud|email|login|support|help|bank|example|test|de|at|ch|uk|ie|fr|nl|be|es|it|pl|cz|se|no|dk|fi|ru|ua|cn|jp|in|us|ca|au|br"
)
_EMAIL = re.compile(r"([^\s@<>\"'():;,]+)@[^\s@<>\"'():;,]+\.[^\s@<>\"'():;,]+")
_DOMAIN = r"\b(?:[\w-]+\.)+"
_WEB = re.compile(
    rf"\w[\w+.-]*://\S*|\bwww\.\S+|{_DOMAIN}[^\W\d_]{{2,}}[/?#:]\S*|{_DOMAIN}(?:{_ENDINGS})\b(?!\.\w)", re.IGNORECASE
)
# Line breaks and other controls, and marks that turn the direction of text or cannot be seen.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+")


def _plain(text: str) -> str:
    """As a reader sees it: full-width letters and dots are letters and dots."""
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", text))


def _leads_somewhere(text: str) -> bool:
    plain = _plain(text)
    return bool(_EMAIL.search(plain) or _WEB.search(plain))


def validate_name(text: str) -> None:
    """Refuse a name or title with a web address, an e-mail address or a control character in it."""
    if len(text) > LONGEST:
        raise ValidationError(_("This is too long. Shorten it."), code="long")
    if _UNSEEN.search(text):
        raise ValidationError(_("This contains a line break or a character that cannot be seen. Type it again."), code="unseen")
    if _leads_somewhere(text):
        raise ValidationError(
            _("Leave out web addresses and e-mail addresses: this text appears in e-mails to other people."), code="address"
        )


class NameField(forms.CharField):
    """A line of text that others read in mails."""

    default_validators = [validate_name]

    def run_validators(self, value: Any) -> None:
        """As any field, but what is too long is told once, with the number of characters."""
        try:
            super().run_validators(value)
        except ValidationError as error:
            raise ValidationError([one for one in error.error_list if one.code == "max_length"] or error.error_list) from None


def validate_organisation_name(text: str) -> None:
    """Some organisations are called as their website is; a name that says no more than that is one."""
    if not re.fullmatch(r"[\w-]+(\.[\w-]+)+", text, re.IGNORECASE):
        validate_name(text)


class OrganisationNameField(NameField):
    default_validators = [validate_organisation_name]


def as_words(text: str) -> str:
    """What a mail says where somebody's name or title stands: on one line, not too long, and leading nowhere."""
    words = " ".join(_UNSEEN.sub(" ", text).split())
    if len(words) > MAX_LENGTH_IN_MAILS:
        words = words[: MAX_LENGTH_IN_MAILS - 1].rstrip() + "…"
    while _leads_somewhere(words):  # what is left may be an address again; each turn makes it shorter
        words = _WEB.sub("…", _EMAIL.sub(r"\1", _plain(words)))
    return words[:MAX_LENGTH_IN_MAILS]


def all_as_words(value: Any) -> Any:
    """`as_words` for every text in lists and dictionaries."""
    if isinstance(value, str):
        return as_words(value)
    if isinstance(value, list | tuple):
        return [all_as_words(entry) for entry in value]
    if isinstance(value, dict):
        return {name: all_as_words(entry) for name, entry in value.items()}
    return value
