"""Amounts of money as people write them."""

from django.utils.formats import number_format

# ISO 4217 currencies whose minor unit is not a hundredth.
MINOR_DIGITS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "KWD": 3, "BHD": 3, "TND": 3, "JOD": 3, "OMR": 3}
# What organisations count and pay in.
# fmt: off
CURRENCIES = [
    "EUR", "USD", "GBP", "CHF", "AUD", "BGN", "BRL", "CAD", "CLP", "CNY", "CZK", "DKK", "HKD", "HUF", "IDR", "ILS", "INR",
    "ISK", "JPY", "KRW", "KWD", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "RON", "SAR", "SEK", "SGD", "THB", "TRY", "TWD",
    "UAH", "VND", "ZAR",
]
# fmt: on
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}


def format_money(amount: int, currency: str) -> str:
    """`amount` in minor units, in the reader's locale: 14900, "EUR" → "€149" or "€149.50"."""
    digits = MINOR_DIGITS.get(currency, 2)
    whole = amount % 10**digits == 0
    text = number_format(amount / 10**digits, decimal_pos=0 if whole else digits, use_l10n=True, force_grouping=True)
    symbol = SYMBOLS.get(currency)
    return f"{symbol}{text}" if symbol else f"{currency} {text}"
