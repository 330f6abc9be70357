"""Which counts of people name somebody. Needs nothing but Python, so that what computes may ask."""

SMALL = 10
"""Counts below this, but 0, are not printed."""


def is_small(n: int) -> bool:
    return 0 < n < SMALL
