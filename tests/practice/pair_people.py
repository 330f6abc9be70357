"""A cohort that negotiates in pairs, for tests."""

from collections.abc import Sequence

from accounts.models import Membership, Organisation
from courses.models import Course
from learning.services import add_to_cohort, create_cohort
from practice import services
from practice.models import Pair, PairSeat
from practice.queries.pairs import waiting_in
from tests.courses.factories import published_course
from tests.factories import MembershipFactory, OrganisationFactory

from .simulations import night

TRADED = {"price": "p1000", "payment": "d15", "window": "w530", "length": "m24", "crates": "shared"}
DEAREST = {"price": "p900", "payment": "d60", "window": "w530", "length": "m24", "crates": "chain"}


class PairCohort:
    """`people` members of one cohort, and an open call for the night deliveries."""

    def __init__(
        self,
        people: int = 2,
        *,
        organisation: Organisation | None = None,
        members: Sequence[Membership] = (),
        course: Course | None = None,
        days: int = 3,
    ) -> None:
        self.organisation = organisation or OrganisationFactory()
        self.simulation = services.publish_case(night())
        self.facilitator = MembershipFactory(organisation=self.organisation)
        others = range(people - len(members))
        self.members = [*members, *(MembershipFactory(organisation=self.organisation) for _number in others)]
        self.cohort = create_cohort(
            organisation=self.organisation,
            name=f"Autumn {self.facilitator.pk}",
            course=course or published_course(),
            actor=None,
        )
        add_to_cohort(cohort=self.cohort, memberships=self.members)
        self.users = [member.user for member in self.members]
        self.call = services.open_call(
            cohort=self.cohort, simulation=self.simulation, actor=self.facilitator.user, days_per_turn=days
        )

    def all_say_yes(self) -> None:
        for user in self.users:
            services.join(call=self.call, user=user)

    def volunteer(self, user):
        return next(volunteer for volunteer in waiting_in(self.call) if volunteer.user == user)

    def proposed(self) -> Pair:
        """The first two, proposed to one another."""
        for user in self.users[:2]:
            services.join(call=self.call, user=user)
        first, second = (self.volunteer(user).uuid for user in self.users[:2])
        return services.propose(call=self.call, first=first, second=second, actor=None)

    def running(self, shows: tuple[bool, bool] = (True, True)) -> Pair:
        pair = self.proposed()
        for user, shown in zip(self.users, shows, strict=False):
            services.answer(user=user, uuid=pair.uuid, says_yes=True, shows_sheet=shown)
        pair.refresh_from_db()
        return pair


def on_move(pair: Pair) -> PairSeat:
    """The seat whose turn it is."""
    even = pair.turns.count() % 2 == 0
    side = pair.begins if even else {"you": "them", "them": "you"}[pair.begins]
    return pair.seats.select_related("user").get(side=side)


def take(pair: Pair, kind: str, **more) -> Pair:
    """A turn of whoever has it."""
    at = more.pop("at", pair.turns.count())
    return services.take_turn(user=on_move(pair).user, uuid=pair.uuid, at=at, kind=kind, **more)
