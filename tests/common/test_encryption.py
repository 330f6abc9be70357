"""Secrets that have to be read again."""

import pytest

from common.encryption import SecretUnreadable, decrypt, encrypt

TEXT = "JBSWY3DPEHPK3PXP"


def test_what_is_kept_says_nothing_and_is_different_each_time():
    one, other = encrypt(TEXT), encrypt(TEXT)
    assert (TEXT in one, one == other) == (False, False)
    assert (decrypt(one), decrypt(other)) == (TEXT, TEXT)


def test_text_of_before_is_read_as_it_is():
    assert decrypt(TEXT) == TEXT


def test_an_earlier_key_reads_and_the_new_one_writes(settings):
    kept = encrypt(TEXT)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "a newer secret"
    with pytest.raises(SecretUnreadable):
        decrypt(kept)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert decrypt(kept) == TEXT
    renewed = encrypt(decrypt(kept))
    settings.SECRET_KEY_FALLBACKS = []
    assert decrypt(renewed) == TEXT


def test_what_was_tampered_with_is_refused():
    kept = encrypt(TEXT)
    with pytest.raises(SecretUnreadable):
        decrypt(kept[:-8] + "AAAAAAA=")


def test_a_secret_of_an_earlier_version_is_read(settings):
    """Another way to derive the key from `SECRET_KEY` would lose every second factor."""
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a key that stays as it is, for ever and ever", []
    kept = (
        "encrypted:gAAAAABrCwKsy1uWXv-IDB7c0Zaa7cOVgZCU_dYQ9UxsoXRSETsJyLdYrDF73_vXw5htC3Rgv7v7v1S1ksSDwgnh2LAfBwOQijAyCMslkwCAGx"
        "_7UZ3NxTI="
    )
    assert decrypt(kept) == TEXT
