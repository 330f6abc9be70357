"""Live pairs: who is paired with whom, whose turn it is, how it ends, who is told, and who sees what."""

import random
import zoneinfo
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
import yaml
from django.conf import settings

from accounts.personal_data import erase, export_of
from learning.services import add_to_cohort, archive_cohort, remove_from_cohort
from mail.models import MailDelivery, StoppedMails
from practice import services
from practice.errors import MoveRefused, PairRefused, TalkMoved
from practice.models import Pair, PairReport, PairSeat, PairTurn, PairVolunteer
from practice.queries import pairs as queries
from practice.services.pair_mails import is_wanted
from practice.services.pairing import matched
from practice.talks import pair_talk_of
from skills.models import Evidence
from skills.services import load_framework
from tests.factories import MembershipFactory, UserFactory

from .pair_people import DEAREST, TRADED, PairCohort, on_move, take
from .simulations import lunch, night

pytestmark = pytest.mark.django_db
NOON = datetime(2027, 6, 15, 12, tzinfo=UTC)


@pytest.fixture
def skills(db):
    return load_framework(yaml.safe_load((settings.CONTENT_DIR / "skills.yaml").read_text()))


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def cohort(skills):
    return PairCohort()


def other_of(pair, seat):
    return pair.seats.select_related("user").exclude(pk=seat.pk).get()


def mails(template):
    return list(MailDelivery.objects.filter(template=template).order_by("pk").values_list("recipient", flat=True))


# Who is paired ----------------------------------------------------------------------------------------------------------


def test_only_a_negotiation_with_a_second_sheet_is_played_by_two(cohort):
    alone = services.publish_case(lunch())
    with pytest.raises(PairRefused, match="Choose another one"):
        services.open_call(cohort=cohort.cohort, simulation=alone, actor=cohort.facilitator.user, days_per_turn=3)
    archive_cohort(cohort=cohort.cohort, actor=None)
    with pytest.raises(PairRefused, match="archived"):
        services.open_call(cohort=cohort.cohort, simulation=cohort.simulation, actor=cohort.facilitator.user, days_per_turn=3)


def test_a_case_is_asked_of_a_cohort_once_at_a_time(cohort):
    again = services.open_call(
        cohort=cohort.cohort, simulation=cohort.simulation, actor=cohort.facilitator.user, days_per_turn=9
    )
    assert (again.pk, again.days_per_turn) == (cohort.call.pk, 3)


def test_somebody_of_another_cohort_or_organisation_finds_no_call(cohort):
    stranger, colleague = UserFactory(), MembershipFactory(organisation=cohort.organisation).user
    assert [queries.call_known_to(user, cohort.call.uuid) for user in (stranger, colleague)] == [None, None]
    assert queries.call_known_to(cohort.users[0], cohort.call.uuid) == cohort.call
    with pytest.raises(PairRefused, match="do not belong"):
        services.join(call=cohort.call, user=colleague)
    assert PairVolunteer.objects.count() == 0


def test_it_begins_once_both_have_said_yes(cohort):
    pair = cohort.proposed()
    assert (pair.state, sorted(mails("pair_asked"))) == ("proposed", sorted(user.email for user in cohort.users))
    services.answer(user=cohort.users[0], uuid=pair.uuid, says_yes=True)
    pair.refresh_from_db()
    assert (pair.state, pair.started_at) == ("proposed", None)
    with pytest.raises(TalkMoved, match="both said yes"):
        services.take_turn(user=cohort.users[0], uuid=pair.uuid, at=0, kind="say", message="Hello")
    services.answer(user=cohort.users[1], uuid=pair.uuid, says_yes=True)
    pair.refresh_from_db()
    assert (pair.state, pair.started_at) == ("running", NOON)


def test_who_asks_has_said_yes_to_that_partner(cohort):
    cohort.all_say_yes()
    first, second = cohort.users
    pair = services.ask_partner(call=cohort.call, user=first, partner=cohort.volunteer(second).uuid, shows_sheet=True)
    agreed = {seat.user: (seat.agreed_at, seat.shows_sheet) for seat in pair.seats.all()}
    assert agreed == {first: (NOON, True), second: (None, None)}
    assert mails("pair_asked") == [second.email]
    with pytest.raises(PairRefused):
        services.ask_partner(call=cohort.call, user=second, partner=cohort.volunteer, shows_sheet=True)


def test_a_no_leaves_both_looking_and_the_other_is_told(cohort):
    pair = cohort.proposed()
    services.answer(user=cohort.users[0], uuid=pair.uuid, says_yes=True)
    services.answer(user=cohort.users[1], uuid=pair.uuid, says_yes=False)
    pair.refresh_from_db()
    assert (pair.state, pair.ending, mails("pair_over")) == ("ended", "declined", [cohort.users[0].email])
    assert {volunteer.user for volunteer in queries.waiting_in(cohort.call)} == set(cohort.users)
    with pytest.raises(PairRefused, match="over already"):
        services.answer(user=cohort.users[1], uuid=pair.uuid, says_yes=True)
    for asking, asked in (cohort.users, reversed(cohort.users)):
        with pytest.raises(PairRefused, match="did not begin"):
            services.ask_partner(call=cohort.call, user=asking, partner=cohort.volunteer(asked).uuid, shows_sheet=True)


def test_of_an_odd_number_one_is_told_and_comes_first_next_time(skills):
    cohort = PairCohort(3)
    cohort.all_say_yes()
    assert services.pair_everybody(call=cohort.call, actor=None) == (1, 1)
    left = queries.waiting_in(cohort.call)
    assert (len(left), mails("pair_alone")) == (1, [left[0].user.email])
    assert services.pair_everybody(call=cohort.call, actor=None) == (0, 1)
    assert len(mails("pair_alone")) == 1
    latecomer = MembershipFactory(organisation=cohort.organisation)
    add_to_cohort(cohort=cohort.cohort, memberships=[latecomer])
    services.join(call=cohort.call, user=latecomer.user)
    assert queries.waiting_in(cohort.call)[0].user == left[0].user
    assert services.pair_everybody(call=cohort.call, actor=None) == (1, 0)


def test_partners_who_have_met_are_not_proposed_again_and_nobody_is_lost():
    lot = random.Random(7)
    met = {frozenset((1, 2)), frozenset((3, 4))}
    couples, alone = matched([1, 2, 3, 4], met, lot)
    assert alone == []
    assert not {frozenset(couple) for couple in couples} & met
    assert sorted(person for couple in couples for person in couple) == [1, 2, 3, 4]
    assert matched([1, 2], {frozenset((1, 2))}, lot) == ([], [1, 2])
    for n in range(1, 12):
        couples, alone = matched(range(n), set(), lot)
        assert (len(couples), len(alone)) == (n // 2, n % 2)
        assert 0 not in alone or n == 1


def test_who_had_one_side_gets_the_other(cohort):
    pair = cohort.running()
    sides = {seat.user_id: seat.side for seat in pair.seats.all()}
    take(pair, "walk")
    cohort.all_say_yes()
    again = cohort.proposed()
    assert {seat.user_id: seat.side for seat in again.seats.all()} == {
        user: {"you": "them", "them": "you"}[side] for user, side in sides.items()
    }


def test_closing_tells_who_waits_and_lets_go_on_what_runs(skills):
    cohort = PairCohort(3)
    pair = cohort.running()
    services.join(call=cohort.call, user=cohort.users[2])
    services.close_call(call=cohort.call, actor=None)
    services.close_call(call=cohort.call, actor=None)
    pair.refresh_from_db()
    assert (pair.state, mails("pair_alone")) == ("running", [cohort.users[2].email])
    with pytest.raises(PairRefused, match="No new pairs"):
        services.join(call=cohort.call, user=cohort.users[2])


# Turns ------------------------------------------------------------------------------------------------------------------


def test_they_take_turns_until_a_deal_and_both_have_practised(cohort):
    pair = cohort.running()
    first = on_move(pair)
    second = other_of(pair, first)
    take(pair, "say", message="What matters most to you?")
    take(pair, "offer", deal=DEAREST, message="This would do.")
    take(pair, "offer", deal=TRADED)
    assert [(turn.number, turn.side, turn.kind) for turn in pair.turns.all()] == [
        (0, first.side, "say"),
        (1, second.side, "offer"),
        (2, first.side, "offer"),
    ]
    take(pair, "accept")
    pair.refresh_from_db()
    talk = pair_talk_of(pair, "you")
    assert (pair.state, pair.ending, pair.ended_by) == ("ended", "deal", second.side)
    assert talk.case.domain.worth(talk.bargain.deal) == (86, 90)
    theirs = pair_talk_of(pair, "them")
    assert theirs.case.domain.worth(theirs.bargain.deal) == (90, 86)
    found = Evidence.objects.order_by("user").values_list("user", "kind", "skill__slug", "level", "source")
    assert list(found) == [
        (seat.user_id, "practice", "create-mutual-value", None, f"pair:{seat.uuid}") for seat in pair.seats.order_by("user")
    ]
    assert queries.waiting_in(cohort.call) == []


def test_it_is_refused_out_of_turn_and_says_what_is_wrong(cohort):
    pair = cohort.running()
    first, second = on_move(pair), other_of(pair, on_move(pair))
    for user, move, words in (
        (second.user, {"kind": "say", "message": "Me first"}, "not your turn"),
        (first.user, {"kind": "accept"}, "no offer yet"),
        (first.user, {"kind": "say", "message": "  "}, "Write something"),
        (first.user, {"kind": "say", "message": "x" * 1001}, "1,001 characters"),
        (first.user, {"kind": "say", "message": "a\x00b"}, "U[+]0000"),
        (first.user, {"kind": "offer", "deal": TRADED | {"price": "free"}}, "no option"),
        (first.user, {"kind": "offer", "deal": {"price": "p900"}}, "one option for each issue"),
        (first.user, {"kind": "shout"}, "Choose whether"),
    ):
        with pytest.raises(MoveRefused, match=words):
            services.take_turn(user=user, uuid=pair.uuid, at=0, **move)
    assert PairTurn.objects.count() == 0
    with pytest.raises(Pair.DoesNotExist):
        services.take_turn(user=UserFactory(), uuid=pair.uuid, at=0, kind="say", message="Hi")


def test_the_same_turn_sent_twice_counts_once(cohort):
    pair = cohort.running()
    user = on_move(pair).user
    MailDelivery.objects.all().delete()
    for _time in range(2):
        services.take_turn(user=user, uuid=pair.uuid, at=0, kind="offer", deal=TRADED, message="So?\r\n")
    assert [turn.message for turn in PairTurn.objects.all()] == ["So?"]
    assert mails("pair_turn") == [on_move(pair).user.email]
    with pytest.raises(TalkMoved, match="still here"):
        services.take_turn(user=user, uuid=pair.uuid, at=0, kind="offer", deal=DEAREST)


def test_a_walk_that_crosses_an_acceptance_is_not_done(cohort):
    pair = cohort.running()
    take(pair, "offer", deal=TRADED)
    offering = other_of(pair, on_move(pair)).user
    take(pair, "accept")
    with pytest.raises(TalkMoved, match="over"):
        services.take_turn(user=offering, uuid=pair.uuid, at=1, kind="walk")
    pair.refresh_from_db()
    assert pair.ending == "deal"


def test_one_may_walk_away_at_any_time_and_after_all_rounds_only_accept_or_walk(cohort):
    pair = cohort.running()
    for number in range(2 * night().rounds):
        take(pair, "say", message=f"Number {number}")
    with pytest.raises(MoveRefused, match="rounds are used up"):
        take(pair, "offer", deal=TRADED)
    waiting = other_of(pair, on_move(pair))
    services.take_turn(user=waiting.user, uuid=pair.uuid, at=16, kind="walk")
    pair.refresh_from_db()
    assert (pair.ending, pair.ended_by) == ("walked", waiting.side)
    assert Evidence.objects.count() == 2


def test_who_never_took_part_has_not_practised(cohort):
    pair = cohort.running()
    first = on_move(pair)
    take(pair, "walk")
    assert (Evidence.objects.count(), first.pair.turns.count()) == (0, 1)


def test_those_under_way_keep_the_case_they_began_with(cohort):
    pair = cohort.running()
    changed = services.publish_case(replace(night(), summary="Another summary."))
    assert changed.current_version != cohort.call.simulation.current_version
    pair.refresh_from_db()
    assert pair.version == cohort.call.simulation.current_version


# Time and mail ----------------------------------------------------------------------------------------------------------


def test_each_turn_has_one_mail_with_the_deadline_of_its_reader(cohort):
    reader = cohort.users[0]
    reader.time_zone = "America/New_York"
    reader.save()
    pair = cohort.running()
    MailDelivery.objects.filter(template="pair_turn").delete()
    if on_move(pair).user == reader:
        take(pair, "say", message="Hello")
        MailDelivery.objects.filter(template="pair_turn").delete()
    take(pair, "say", message="A secret of mine")
    mail = MailDelivery.objects.get(template="pair_turn")
    pair.refresh_from_db()
    assert pair.due_at == datetime(2027, 6, 18, 23, 59, tzinfo=zoneinfo.ZoneInfo("America/New_York"))
    assert (mail.recipient, mail.context["until"]) == (reader.email, "Friday 18 June, 23:59 (America/New York)")
    assert "secret" not in str(mail.context)
    assert is_wanted(mail)
    take(pair, "say", message="And mine")
    assert not is_wanted(mail)


def test_whoever_stopped_these_mails_gets_none_and_nobody_is_woken(cohort, at_noon):
    pair = cohort.running()
    waiting = other_of(pair, on_move(pair)).user
    StoppedMails.objects.create(user=waiting, choice="pairs")
    MailDelivery.objects.all().delete()
    take(pair, "say", message="Hello")
    assert MailDelivery.objects.count() == 0
    at_noon.move_to(NOON + timedelta(hours=10))
    take(pair, "say", message="Hello to you")
    assert MailDelivery.objects.get().not_before == datetime(2027, 6, 16, 8, tzinfo=UTC)


def test_a_turn_that_is_not_taken_in_time_ends_it_and_the_other_goes_on_looking(cohort, at_noon):
    pair = cohort.running()
    late, other = on_move(pair), other_of(pair, on_move(pair))
    at_noon.move_to(pair.due_at - timedelta(minutes=1))
    services.settle_pairs()
    pair.refresh_from_db()
    assert pair.state == "running"
    at_noon.move_to(pair.due_at)
    services.settle_pairs()
    services.settle_pairs()
    pair.refresh_from_db()
    assert (pair.ending, pair.ended_by, Evidence.objects.count()) == ("expired", late.side, 0)
    assert sorted(mails("pair_over")) == sorted([late.user.email, other.user.email])
    assert [volunteer.user for volunteer in queries.waiting_in(cohort.call)] == [other.user]
    with pytest.raises(TalkMoved, match="over"):
        services.take_turn(user=late.user, uuid=pair.uuid, at=0, kind="say", message="Sorry")


def test_a_turn_sent_too_late_ends_it_even_before_the_sweep(cohort, at_noon):
    pair = cohort.running()
    at_noon.move_to(pair.due_at)
    with pytest.raises(TalkMoved):
        take(pair, "say", message="Just in time?")
    pair.refresh_from_db()
    assert (pair.ending, pair.turns.count()) == ("expired", 0)


def test_a_proposal_that_nobody_answers_lapses(cohort, at_noon):
    pair = cohort.proposed()
    at_noon.move_to(NOON + timedelta(days=8))
    services.settle_pairs()
    pair.refresh_from_db()
    assert (pair.state, pair.ending) == ("ended", "declined")


def test_whoever_waits_for_days_is_told_once_that_nobody_is_left(cohort, at_noon):
    services.join(call=cohort.call, user=cohort.users[0])
    at_noon.move_to(NOON + timedelta(days=2))
    services.settle_pairs()
    assert mails("pair_alone") == []
    for days in (4, 5):
        at_noon.move_to(NOON + timedelta(days=days))
        services.settle_pairs()
    assert mails("pair_alone") == [cohort.users[0].email]


# People who go ----------------------------------------------------------------------------------------------------------


def test_who_is_removed_from_the_cohort_ends_it_for_both(cohort):
    pair = cohort.running()
    gone = cohort.members[0]
    remove_from_cohort(cohort=cohort.cohort, membership=gone, actor=None)
    services.settle_pairs()
    pair.refresh_from_db()
    assert (pair.ending, pair.ended_by) == ("left", pair.seats.get(user=gone.user).side)
    assert sorted(mails("pair_over")) == sorted(user.email for user in cohort.users)
    assert [volunteer.user for volunteer in queries.waiting_in(cohort.call)] == [cohort.users[1]]


def test_a_closed_account_takes_its_words_and_ends_what_was_under_way(cohort):
    pair = cohort.running()
    first = on_move(pair)
    second = other_of(pair, first)
    services.save_notes(user=first.user, uuid=pair.uuid, notes="Never below 60.")
    take(pair, "offer", deal=TRADED, message="My words")
    take(pair, "say", message="Their words")
    erase(first.user)
    pair.refresh_from_db()
    assert (pair.ending, pair.ended_by) == ("left", first.side)
    assert [(turn.message, turn.is_erased, turn.deal is None) for turn in pair.turns.all()] == [
        ("", True, False),
        ("Their words", False, True),
    ]
    first.refresh_from_db()
    assert (first.user, first.notes) == (None, "")
    told = MailDelivery.objects.exclude(state="cancelled").get(template="pair_over")
    assert (told.recipient, told.context["other"], told.context["ending"]) == (second.user.email, "Your partner", "left")
    erase(second.user)
    assert (Pair.objects.count(), PairSeat.objects.count()) == (0, 0)


def test_the_export_has_both_sides_words_and_not_the_other_sheet(cohort):
    pair = cohort.running()
    first = on_move(pair)
    second = other_of(pair, first)
    services.save_notes(user=first.user, uuid=pair.uuid, notes="My notes")
    services.save_notes(user=second.user, uuid=pair.uuid, notes="Hidden notes")
    take(pair, "offer", deal=TRADED, message="Take it.")
    rows = export_of(second.user)["pairs"]
    assert [row["simulation"] for row in rows] == ["Night deliveries", "Night deliveries"]
    assert rows[1]["notes"] == "Hidden notes"
    assert rows[1]["talk"][0].startswith("them, offer: Take it. [€10.00 a drop, ")
    assert "My notes" not in str(rows)
    assert first.user.email not in str(rows)


# Stopping and reporting -------------------------------------------------------------------------------------------------


def test_stopping_needs_no_reason_and_a_report_goes_with_one_message(cohort):
    pair = cohort.running()
    take(pair, "say", message="Something rude")
    hurt = on_move(pair)
    with pytest.raises(PairRefused, match="own words"):
        services.stop(user=hurt.user, uuid=pair.uuid, is_reported=True)
    for _time in range(2):
        services.stop(user=hurt.user, uuid=pair.uuid, is_reported=True, turn=0, words="I do not want this.")
    pair.refresh_from_db()
    report = PairReport.objects.get()
    assert (pair.ending, pair.ended_by, report.turn.message) == ("stopped", hurt.side, "Something rude")
    assert mails("pair_over") == [other_of(pair, hurt).user.email]
    assert [volunteer.user for volunteer in queries.waiting_in(cohort.call)] == [other_of(pair, hurt).user]


def test_one_cannot_report_ones_own_message(cohort):
    pair = cohort.running()
    own = on_move(pair)
    take(pair, "say", message="Mine")
    with pytest.raises(PairRefused):
        services.stop(user=own.user, uuid=pair.uuid, is_reported=True, turn=0)
    assert PairReport.objects.count() == 0


def test_notes_and_the_choice_about_the_sheet_are_final_at_the_end(cohort):
    pair = cohort.running(shows=(True, False))
    services.choose_sheet(user=cohort.users[1], uuid=pair.uuid, shows_sheet=True)
    assert set(pair.seats.values_list("shows_sheet", flat=True)) == {True}
    take(pair, "walk")
    for act, more in ((services.choose_sheet, {"shows_sheet": False}), (services.save_notes, {"notes": "Later"})):
        with pytest.raises(TalkMoved, match="over"):
            act(user=cohort.users[0], uuid=pair.uuid, **more)
