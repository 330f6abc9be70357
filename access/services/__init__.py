"""Everything that changes what somebody may open. One verb per function."""

from access.services.expiry import expire_seats
from access.services.grants import grant_access, restore_access, revoke_access
from access.services.reversals import restore_seats, withdraw_seats
from access.services.seats import add_seats, assign_seats, free_seat

__all__ = [
    "add_seats",
    "assign_seats",
    "expire_seats",
    "free_seat",
    "grant_access",
    "restore_access",
    "restore_seats",
    "revoke_access",
    "withdraw_seats",
]
