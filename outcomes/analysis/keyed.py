"""What depends on a key of this installation and on the organisation, so that nobody can work it out from a file."""

from collections.abc import Callable

from django.utils.crypto import salted_hmac

from accounts.models import Organisation

WHOLE = 2**64


def threshold_of(organisation: Organisation) -> Callable[[str], float]:
    """For the name of a figure a number from 0 to 1, uniform over organisations and names, always the same for both."""

    def threshold(name: str) -> float:
        digest = salted_hmac("outcomes.rounding", f"{organisation.pk}:{name}", algorithm="sha256").digest()
        return int.from_bytes(digest[:8], "big") / WHOLE

    return threshold


def keyed_digest(organisation: Organisation, digest: str) -> str:
    """The same for the same rows and question. Without the key nobody can try which rows have it."""
    if not digest:
        return ""
    return salted_hmac("outcomes.data_digest", f"{organisation.pk}:{digest}", algorithm="sha256").hexdigest()
