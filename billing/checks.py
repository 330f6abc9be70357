"""What must not be in the settings when money is meant."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from billing.gateways import ADAPTERS, LIVE_KEY_PREFIXES


@register(Tags.security)
def check_payment_gateway(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """In every start: a known gateway, no test gateway beside live keys, no Stripe without its webhook secret."""
    if settings.PAYMENT_GATEWAY not in ADAPTERS:
        return [Error(f"PAYMENT_GATEWAY is {settings.PAYMENT_GATEWAY!r}.", hint="Set it to stripe or test.", id="billing.E001")]
    problems: list[CheckMessage] = []
    if settings.PAYMENT_GATEWAY == "test" and settings.STRIPE_SECRET_KEY.startswith(LIVE_KEY_PREFIXES):
        problems.append(
            Error(
                "The test gateway, which moves no money, is selected although a live Stripe key is set.",
                hint="Unset STRIPE_SECRET_KEY, or set PAYMENT_GATEWAY=stripe.",
                id="billing.E002",
            )
        )
    if settings.PAYMENT_GATEWAY == "stripe" and settings.STRIPE_SECRET_KEY and not settings.STRIPE_WEBHOOK_SECRET:
        problems.append(
            Error(
                "Stripe has a secret key but no webhook secret, so all its webhook events would be rejected.",
                hint="Set STRIPE_WEBHOOK_SECRET to the signing secret of the webhook endpoint.",
                id="billing.E003",
            )
        )
    return problems


@register(Tags.security, deploy=True)
def check_no_test_gateway_in_production(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """In `check --deploy`: nothing that goes live sells for no money."""
    if settings.PAYMENT_GATEWAY != "test":
        return []
    return [
        Error(
            "The test gateway is selected, so everything could be bought without paying.",
            hint="Use config.settings.production, which always uses Stripe.",
            id="billing.E004",
        )
    ]
