"""Both of a pair, and two tabs of one, at one moment: no turn is lost, none is doubled, one end stands."""

import pytest

from mail.models import MailDelivery
from practice import services
from practice.errors import MoveRefused, PairRefused, TalkMoved
from practice.models import Pair, PairSeat, PairTurn, SimulationRun
from tests.factories import UserFactory
from tests.practice.pair_people import DEAREST, TRADED, PairCohort, on_move
from tests.practice.simulations import LUNCH, shipped
from tests.services.threads import at_once, overlapping

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
TOGETHER = pytest.mark.parametrize("together", [overlapping, lambda *acts: at_once(acts)], ids=["overlapping", "at once"])
REFUSED = (TalkMoved, MoveRefused, PairRefused)


def attempt(act, **arguments):
    """The act, and what refused it as its result."""

    def run():
        try:
            return act(**arguments)
        except REFUSED as error:
            return error

    return run


@pytest.fixture
def cohort():
    return PairCohort(4)


@TOGETHER
def test_a_double_click_is_one_turn_and_one_mail(cohort, together):
    pair = cohort.running()
    MailDelivery.objects.all().delete()
    turn = {"user": on_move(pair).user, "uuid": pair.uuid, "at": 0, "kind": "offer", "deal": TRADED, "message": "So?"}
    results = together(attempt(services.take_turn, **turn), attempt(services.take_turn, **turn))
    assert [result.pk for result in results] == [pair.pk, pair.pk]
    assert list(PairTurn.objects.values_list("number", "kind", "message")) == [(0, "offer", "So?")]
    assert MailDelivery.objects.filter(template="pair_turn").count() == 1


@TOGETHER
def test_two_tabs_with_different_turns_leave_one_and_say_so(cohort, together):
    pair = cohort.running()
    turn = {"user": on_move(pair).user, "uuid": pair.uuid, "at": 0, "kind": "offer"}
    results = together(attempt(services.take_turn, **turn, deal=TRADED), attempt(services.take_turn, **turn, deal=DEAREST))
    assert sum(isinstance(result, TalkMoved) for result in results) == 1
    assert PairTurn.objects.get().deal in (TRADED, DEAREST)


@TOGETHER
def test_one_accepts_while_the_other_walks_away_and_one_end_stands(cohort, together):
    pair = cohort.running()
    offering = on_move(pair).user
    services.take_turn(user=offering, uuid=pair.uuid, at=0, kind="offer", deal=TRADED)
    accepting = on_move(pair).user
    results = together(
        attempt(services.take_turn, user=accepting, uuid=pair.uuid, at=1, kind="accept"),
        attempt(services.take_turn, user=offering, uuid=pair.uuid, at=1, kind="walk"),
    )
    pair.refresh_from_db()
    assert sum(isinstance(result, TalkMoved) for result in results) == 1
    assert list(pair.turns.values_list("number", flat=True)) == [0, 1]
    assert {"accept": "deal", "walk": "walked"}[pair.turns.last().kind] == pair.ending
    assert MailDelivery.objects.filter(template="pair_over").count() == 1


@TOGETHER
def test_both_say_yes_at_one_moment_and_it_begins_once(cohort, together):
    pair = cohort.proposed()
    users = [seat.user for seat in pair.seats.all()]
    together(*(attempt(services.answer, user=user, uuid=pair.uuid, says_yes=True, shows_sheet=True) for user in users))
    pair.refresh_from_db()
    assert (pair.state, pair.seats.filter(agreed_at=None).count()) == ("running", 0)
    assert MailDelivery.objects.filter(template="pair_turn").count() <= 1


@TOGETHER
def test_two_who_ask_the_same_person_at_one_moment_make_one_pair(cohort, together):
    cohort.all_say_yes()
    first, second, wanted, _other = cohort.users
    partner = cohort.volunteer(wanted).uuid
    results = together(
        *(
            attempt(services.ask_partner, call=cohort.call, user=user, partner=partner, shows_sheet=True)
            for user in (first, second)
        )
    )
    assert sum(isinstance(result, PairRefused) for result in results) == 1
    assert (Pair.objects.count(), PairSeat.objects.filter(user=wanted).count()) == (1, 1)


@TOGETHER
def test_pairing_everybody_twice_at_one_moment_pairs_everybody_once(cohort, together):
    cohort.all_say_yes()
    results = together(
        *(attempt(services.pair_everybody, call=cohort.call, actor=cohort.facilitator.user) for _time in range(2))
    )
    assert sorted(results) == [(0, 0), (2, 0)]
    assert sorted(PairSeat.objects.values_list("user", flat=True)) == sorted(user.pk for user in cohort.users)


@TOGETHER
def test_a_stop_and_a_turn_at_one_moment_end_it_without_losing_the_turn(cohort, together):
    pair = cohort.running()
    seat = on_move(pair)
    other = pair.seats.exclude(pk=seat.pk).get().user
    results = together(
        attempt(services.take_turn, user=seat.user, uuid=pair.uuid, at=0, kind="say", message="Hello"),
        attempt(services.stop, user=other, uuid=pair.uuid),
    )
    pair.refresh_from_db()
    assert pair.ending == "stopped"
    assert pair.turns.count() == (0 if isinstance(results[0], TalkMoved) else 1)


def test_a_talk_that_is_started_four_times_at_one_moment_begins_once():
    simulation = services.publish_case(shipped(LUNCH))
    user = UserFactory()
    found = at_once([lambda: services.start_run(user=user, simulation=simulation)] * 4)
    assert (len({run.pk for run in found}), SimulationRun.objects.count()) == (1, 1)
