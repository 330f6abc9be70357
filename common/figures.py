"""Measured values, as people write them."""

from decimal import Decimal


def plain(value: Decimal) -> str:
    """Without the noughts that a column of the database adds, and without an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
