"""What people, administrators and the bank do to the seats of one order, and what holds whatever they did."""

import uuid
from datetime import timedelta

from django.utils import timezone

from access.enums import CURRENT_STATES, SeatState
from access.models import AccessGrant, Seat, SeatPool
from access.queries import free_seats, pools_of, seats_held
from access.services import add_seats, expire_seats, free_seat
from accounts.enums import MembershipState
from accounts.models import Membership
from accounts.services.invitations import KIND, accept_invitation, invite
from accounts.services.people import mark_as_left, reinstate
from billing.gateways import CheckoutStatus
from billing.models import Order
from billing.services import set_price, settle, start_order
from courses.models import Course
from learning.services import add_to_cohort, create_cohort, remove_from_cohort
from mail.models import MailLink
from tests.courses.factories import published_course
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory

PRICE = 9_900


class Bank:
    """A gateway that says of every checkout what it was told to say."""

    def __init__(self, state: str, amount: int) -> None:
        self.status = CheckoutStatus(state, amount, "EUR", refunded=amount if state == "refunded" else 0)

    def fetch(self, reference: str) -> CheckoutStatus:
        return self.status


class SeatsOfAnOrder:
    """An organisation with a paid order of seats, a cohort, Ann who is invited and Bo who is a member; both have a seat."""

    def __init__(self, *, seats: int = 2, ends_in: timedelta | None = None, course: Course | None = None) -> None:
        self.organisation, self.buyer = OrganisationFactory(), UserFactory()
        self.course = course or published_course(is_free=False)
        self.course_set = self.course.sets.get()
        self.cohort = create_cohort(organisation=self.organisation, name="Spring", course=self.course, actor=None)
        self.order = self.place_order(seats, ends_in)
        self.users = {"ann": UserFactory(), "bo": UserFactory()}
        ann, bo = self.users.values()
        members = [
            Membership.objects.create(organisation=self.organisation, email=ann.email),
            MembershipFactory(organisation=self.organisation, user=bo),
        ]
        self.ids = dict(zip(self.users, [membership.pk for membership in members], strict=True))
        invite(organisation=self.organisation, memberships=members[:1])
        add_to_cohort(cohort=self.cohort, memberships=members)

    def place_order(self, seats: int, ends_in: timedelta | None) -> Order:
        set_price(course_set=self.course_set, kind="seat", currency="EUR", amount=PRICE)
        order = start_order(
            buyer=self.buyer,
            organisation=self.organisation,
            course_set=self.course_set,
            quantity=seats,
            currency="EUR",
            shown_total=PRICE * seats,
            request_key=uuid.uuid4(),
        )
        Order.objects.filter(pk=order.pk).update(gateway_reference=f"checkout-{order.pk}")
        add_seats(
            organisation=self.organisation,
            course_set=self.course_set,
            quantity=seats,
            source_key=order.lines.get().source_key,
            ends_at=timezone.now() + ends_in if ends_in else None,
        )
        settle(order, gateway=Bank("paid", order.total))
        return order

    # What somebody does ---------------------------------------------------------------------------------------------------

    def member(self, name: str) -> Membership:
        return Membership.objects.get(pk=self.ids[name])

    def accept(self, name: str) -> None:
        """Nothing to do where no invitation is open any more."""
        membership = self.member(name)
        links = MailLink.objects.filter(kind=KIND, target_id=membership.uuid.hex, used_at=None, revoked_at=None)
        if (link := links.first()) and membership.state == MembershipState.INVITED:
            accept_invitation(link=link, user=self.users[name])

    def leave(self, name: str) -> None:
        mark_as_left(membership=self.member(name), actor=None)

    def come_back(self, name: str) -> None:
        reinstate(membership=self.member(name), actor=None)

    def add(self, name: str) -> None:
        add_to_cohort(cohort=self.cohort, memberships=[self.member(name)])

    def remove(self, name: str) -> None:
        remove_from_cohort(cohort=self.cohort, membership=self.member(name), actor=None)

    def free(self, name: str) -> None:
        for seat in Seat.objects.filter(membership=self.ids[name]):
            free_seat(seat=seat, actor=None)

    def refund(self) -> None:
        settle(self.order, gateway=Bank("refunded", self.order.total))

    def restore(self) -> None:
        """The refund itself fails: the money is ours again."""
        settle(self.order, gateway=Bank("paid", self.order.total))

    def sweep(self) -> None:
        expire_seats()

    def end(self) -> None:
        """As if the time of these seats were over: pool and grants carry the same date."""
        just_now = timezone.now() - timedelta(seconds=1)
        SeatPool.objects.filter(organisation=self.organisation).update(ends_at=just_now)
        AccessGrant.objects.filter(organisation=self.organisation).update(ends_at=just_now)

    def buy_more(self) -> None:
        """Two seats that do not end."""
        key = f"order:more:{self.organisation.pk}"
        add_seats(organisation=self.organisation, course_set=self.course_set, quantity=2, source_key=key)

    # What holds -----------------------------------------------------------------------------------------------------------

    def check(self) -> None:
        now = timezone.now()
        running = Seat.objects.filter(pool__organisation=self.organisation).exclude(pool__ends_at__lte=now)
        held = {
            (seat.pk, seat.membership_id, seat.membership.user_id): seat
            for seat in running.filter(state__in=[SeatState.ASSIGNED, SeatState.ACTIVATED]).select_related("membership")
        }
        granted = {
            (*(int(part) for part in grant.source_key.split(":")[1:]), grant.user_id)
            for grant in AccessGrant.objects.filter(source="seat", organisation=self.organisation).in_force()
        }
        active = {key for key, seat in held.items() if seat.membership.state == MembershipState.ACTIVE}
        assert granted == active, "a grant without its seat, or a member's seat without its grant"
        assert {held[key].state for key in active} <= {SeatState.ACTIVATED}
        waiting = [seat for key, seat in held.items() if key not in active]
        assert {(seat.state, seat.membership.state) for seat in waiting} <= {(SeatState.ASSIGNED, MembershipState.INVITED)}
        assert set(seats_held(self.organisation).values_list("pk", flat=True)) == {seat.pk for seat in held.values()}
        self.check_counts()
        self.order.refresh_from_db()
        states = set(running.filter(pool__source_key=self.order.lines.get().source_key).values_list("state", flat=True))
        if self.order.state == "refunded":
            assert states <= {SeatState.REVOKED}
        else:
            assert SeatState.REVOKED not in states

    def check_counts(self) -> None:
        pools = list(pools_of(self.organisation))
        assert sum(pool.free for pool in pools) == free_seats(self.organisation, self.course)
        for pool in pools:
            assert pool.quantity == pool.free + pool.assigned + pool.activated + pool.withdrawn + pool.expired

    def check_swept(self) -> None:
        ended = Seat.objects.filter(pool__in=SeatPool.objects.ended())
        assert not ended.filter(state__in=CURRENT_STATES).exists()
