"""What may go wrong in buying, in words for the person who reads it."""

from typing import Any

from django.utils.translation import gettext as _

from common.errors import UserError
from common.money import format_money


class NotForSale(UserError):
    def __init__(self, title: Any) -> None:
        super().__init__(
            _("“%(course)s” has no price in this currency at the moment. Choose another currency or another course.")
            % {"course": title}
        )


class NotOpen(UserError):
    """Its author lets nobody new in."""

    def __init__(self, title: Any) -> None:
        super().__init__(
            _("“%(course)s” is not open for enrolment at the moment. Nothing was bought. Choose another course.")
            % {"course": title}
        )


class AlreadyCovered(UserError):
    """The learner may open everything of the set already."""

    def __init__(self, title: Any) -> None:
        super().__init__(_("You already have access to “%(course)s”. Nothing was bought.") % {"course": title})


class PriceChanged(UserError):
    """The price in force is not the one the buyer was shown; `total` is the new one."""

    def __init__(self, shown: int, total: int, currency: str) -> None:
        self.total = total
        super().__init__(
            _("The price has changed from %(shown)s to %(total)s since you opened this page. Nothing was bought. ")
            % {"shown": format_money(shown, currency), "total": format_money(total, currency)}
            + _("Check the new price below and order again if you agree.")
        )


class OrderTooLarge(UserError):
    def __init__(self) -> None:
        super().__init__(
            _(
                "This order is too large for a single payment, so nothing was bought. Choose fewer seats and buy the rest "
                "in a second order."
            )
        )


class GatewayUnavailable(UserError):
    """The payment provider gave no answer, or cannot be used here."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The payment provider is not responding. Your order has been saved and you have not been charged. "
                "Try again in a minute."
            )
        )


class BuyingNotSetUp(UserError):
    """No payment gateway may be used in this installation."""

    def __init__(self) -> None:
        super().__init__(_("Payments are not set up on this site, so nothing can be bought here. Contact the site operator."))


class RefundRejected(UserError):
    """The payment provider answered, and will not pay this money back."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The payment provider did not accept the refund. Check the payment in the provider’s dashboard: it may be "
                "disputed or already paid back."
            )
        )


class RefundNotPossible(UserError):
    """No refund may be asked for or made; the sentence says why."""


class RefundAlreadyRequested(RefundNotPossible):
    """An order is asked about once, whatever the answer was."""

    def __init__(self) -> None:
        super().__init__(_("You have already asked for a refund of this order."))


class OwnRefund(RefundNotPossible):
    """Nobody decides about their own money."""

    def __init__(self) -> None:
        super().__init__(_("You ordered this or asked for the refund yourself. Someone else must decide. Nothing was changed."))


class InvalidMessage(Exception):
    """A message that claims to come from the payment provider and does not; its sender gets no explanation."""
