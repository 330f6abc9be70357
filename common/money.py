"""Amounts of money as people write them."""

from django.utils.formats import number_format

# ISO 4217 currencies whose minor unit is not a hundredth.
MINOR_DIGITS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "KWD": 3, "BHD": 3, "TND": 3, "JOD": 3, "OMR": 3}
# Codes of ISO 4217 (list one, active on 1 January 2026), without those for metals, funds, testing and "no currency", and those
# that were withdrawn since 2000, which files about those years still carry (list three).
_ISO_4217 = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC "
    "CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR "
    "ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK "
    "MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE "
    "SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF "
    "YER ZAR ZMW ZWG "
    "ANG BGN BYR CUC EEK GHC HRK LTL LVL MRO MTL MZM ROL SIT SKK SLL STD TRL VEF ZMK ZWL"
)
ISO_4217 = frozenset(_ISO_4217.split())
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
