"""What so many answers are enough for."""

from dataclasses import dataclass

CLASSICAL, ADAPTIVE, DIF, DIF_GROUP = 50, 200, 500, 200


@dataclass(frozen=True)
class Readiness:
    """`answers` is how many the least answered item has; with everybody asked everything, how many answered completely.

    Under 50, classical figures are provisional and there are no parameters worth keeping; up to 199 parameters need a prior and
    are no basis for adaptive selection; from 200 they are.
    """

    answers: int

    @property
    def is_provisional(self) -> bool:
        return self.answers < CLASSICAL

    @property
    def needs_prior(self) -> bool:
        return self.answers < ADAPTIVE

    @property
    def may_adapt(self) -> bool:
        return self.answers >= ADAPTIVE


def may_test_dif(group_sizes: tuple[int, int]) -> bool:
    """Whether two groups are large enough to ask whether an item works differently in them."""
    return sum(group_sizes) >= DIF and min(group_sizes) >= DIF_GROUP
