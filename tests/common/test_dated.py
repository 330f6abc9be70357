"""Days in messages that are printed by commands too."""

import pytest
from django.utils import translation

from common.templatetags.accord import dated


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ask as of 2024-11-30, or from 2025-03-01 on.", "Ask as of 30 November 2024, or from 1 March 2025 on."),
        ("No day: 2024-13-45, 12024-11-30, 2024-11-305.", "No day: 2024-13-45, 12024-11-30, 2024-11-305."),
        ("", ""),
    ],
)
def test_days_are_written_as_the_reader_writes_them(text, shown):
    with translation.override("en-us"):
        assert dated(text) == shown
