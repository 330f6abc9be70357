"""Names of people that are no addresses, and addresses that are no names."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from common.names import (
    MAX_LENGTH_IN_MAILS,
    NameField,
    OrganisationNameField,
    as_words,
    validate_name,
    validate_organisation_name,
)

NAMES = [
    "Ada",
    "O’Brien",
    "Jean-Luc",
    "J. R. R. Tolkien",
    "J.R.R. Tolkien",
    "St.John",
    "Dr. Müller",
    "van der Berg",
    "张伟",
    "Zoë 🙂",
    "María José",
    "Martin Luther King Jr.",
    "محمد",
    "Delivery dates, version 2.1",
    "Sales @ night",
    "50 % by Friday: who does what?",
    "a:b/c",
]
ADDRESSES = [
    "https://evil.example/login",
    "Go to https://evil.example now",
    "HTTP://EVIL.EXAMPLE",
    "ftp://x",
    "www.evil.example",
    "WWW.evil",
    "evil.example/login",
    "evil.com",
    "log in at evil.co.uk",
    "Anna.evil.com",
    "evil.museum/x",
    "evil.example:8080",
    "ann@example.org",
    "mail ann@example.org today",
    "ｅｖｉｌ．ｃｏｍ",
    "evil．com",
    "ann＠example.org",
    "ev\u200bil.com",
]
UNSEEN = ["a\nb", "a\rb", "a\tb", "a\x00b", "a\u202eb", "a\u2028b", "a\u200bb", "a\x7fb"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_name(name):
    validate_name(name)
    validate_organisation_name(name)
    assert as_words(name) == name


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_is_refused_and_does_not_reach_a_mail(text):
    with pytest.raises(ValidationError) as refused:
        validate_name(text)
    words = as_words(text)
    validate_name(words)
    assert (refused.value.code in ("address", "unseen"), "evil" in words.lower() and "." in words) == (True, False)


@pytest.mark.parametrize("text", UNSEEN)
def test_what_cannot_be_seen_is_refused_and_becomes_a_blank(text):
    with pytest.raises(ValidationError) as refused:
        validate_name(text)
    assert (refused.value.code, as_words(text)) == ("unseen", "a b")


@pytest.mark.parametrize("validate", [validate_name, validate_organisation_name])
def test_what_is_far_too_long_is_not_searched(validate):
    """Searching it would keep a process busy for minutes, for whoever sends such a name."""
    with pytest.raises(ValidationError) as refused:
        validate("a." * 300)
    assert refused.value.code == "long"
    validate("a" * 500)


@pytest.mark.parametrize("name", ["Booking.com", "example.org", "Bücher.de"])
def test_an_organisation_may_be_called_as_its_website_is(name):
    validate_organisation_name(name)


@pytest.mark.parametrize("name", ["Sign in at booking.com", "https://booking.com", "booking.com/login", "it@booking.com"])
def test_but_not_lead_there(name):
    with pytest.raises(ValidationError):
        validate_organisation_name(name)


def test_a_long_name_is_cut():
    assert len(as_words("word " * 100)) <= MAX_LENGTH_IN_MAILS


def test_who_has_no_name_is_called_by_the_first_part_of_their_address():
    assert as_words("ann.okafor@example.org") == "ann.okafor"


@given(text=st.text(max_size=60) | st.lists(st.sampled_from([*ADDRESSES, " ", "x", "@", ".", "/"]), max_size=4).map("".join))
def test_whatever_is_typed_a_mail_shows_words(text):
    words = as_words(text)
    validate_name(words)
    assert (as_words(words), len(words) <= MAX_LENGTH_IN_MAILS) == (words, True)


@pytest.mark.parametrize("field", [NameField(max_length=150), OrganisationNameField(max_length=150)])
@pytest.mark.parametrize("text", ["x" * 151, "x" * 501, "https://evil.example/" + "x" * 150])
def test_a_name_that_is_too_long_has_one_problem(field, text):
    with pytest.raises(ValidationError) as refused:
        field.clean(text)
    assert refused.value.messages == [f"Ensure this value has at most 150 characters (it has {len(text)})."]


def test_a_form_says_what_to_do():
    with pytest.raises(ValidationError) as refused:
        NameField().clean("Go to https://evil.example")
    assert refused.value.messages == [
        "Leave out web addresses and e-mail addresses: this text appears in e-mails to other people."
    ]
