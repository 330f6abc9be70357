"""Pages of live pairs: without JavaScript, with what was typed kept, and nothing of a pair for anybody else."""

import pytest
import yaml
from django.conf import settings
from django.urls import reverse

from practice import services
from practice.models import Pair, PairCall, PairTurn
from practice.queries import pairs as queries
from skills.services import load_framework
from tests.factories import MembershipFactory, OrganisationFactory, RoleAssignmentFactory, UserFactory

from .pair_people import TRADED, PairCohort, on_move, take

pytestmark = pytest.mark.django_db
SECRET = "Zanzibar is our limit"


@pytest.fixture
def skills(db):
    return load_framework(yaml.safe_load((settings.CONTENT_DIR / "skills.yaml").read_text()))


@pytest.fixture
def cohort(skills):
    return PairCohort(3)


def page(client, user, address):
    client.force_login(user)
    return client.get(address)


def other_user(pair, user):
    return pair.seats.exclude(user=user).get().user


def text(response):
    return " ".join(response.content.decode().split())


def test_a_cohort_is_led_from_the_list_to_a_partner(client, cohort):
    first, second, _third = cohort.users
    assert reverse("simulations:pairs") in text(page(client, first, reverse("simulations:list")))
    assert reverse("simulations:pairs") not in text(page(client, UserFactory(), reverse("simulations:list")))
    assert "Night deliveries" in text(page(client, first, reverse("simulations:pairs")))
    for user in (first, second):
        client.force_login(user)
        joined = client.post(reverse("simulations:pair_join", args=[cohort.call.uuid]), follow=True)
        assert "You have said yes." in text(joined)
    ask = reverse("simulations:pair_ask", args=[cohort.call.uuid])
    partner = str(cohort.volunteer(first).uuid)
    refused = client.post(ask, {"partner": partner})
    assert (refused.status_code, "may see your sheet afterwards" in text(refused)) == (422, True)
    asked = client.post(ask, {"partner": partner, "sheet": "show"}, follow=True)
    assert f"{first.display_name} has until" in text(asked)
    answer = reverse("simulations:pair_answer", args=[Pair.objects.get().uuid])
    client.force_login(first)
    assert client.post(answer, {"answer": "yes"}).status_code == 422
    begun = client.post(answer, {"answer": "yes", "sheet": "keep"}, follow=True)
    assert "without a deal: " in text(begun)
    assert Pair.objects.get().state == "running"


def test_what_cannot_be_sent_stays_in_its_field(client, cohort):
    pair = cohort.running()
    address = reverse("simulations:pair_turn", args=[pair.uuid])
    client.force_login(on_move(pair).user)
    long = "A long story. " * 90
    form = {f"deal.{issue}": option for issue, option in TRADED.items()}
    refused = client.post(address, form | {"at": 0, "turn": "offer", "message": long})
    assert (refused.status_code, PairTurn.objects.count()) == (422, 0)
    assert long.strip() in text(refused)
    assert '<option value="d15" selected>' in text(refused)
    assert "characters; the limit is 1,000" in text(refused)
    sent = client.post(address, form | {"at": 0, "turn": "offer", "message": "Well?"}, follow=True)
    assert "Offer: €10.00 a drop" in text(sent)
    behind = client.post(address, {"at": 0, "turn": "say", "message": "From another tab"})
    assert (behind.status_code, "From another tab" in text(behind)) == (422, True)
    assert "It has gone on since you opened this page" in text(behind)


def test_a_message_is_shown_as_text(client, cohort):
    pair = cohort.running()
    take(pair, "say", message="<script>alert(1)</script> & **so**")
    shown = text(page(client, on_move(pair).user, pair.get_absolute_url()))
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; **so**" in shown
    assert "<script>alert" not in shown


def test_each_sees_their_own_points_and_words_only(client, cohort):
    pair = cohort.running()
    seats = {seat.side: seat.user for seat in pair.seats.all()}
    learner = text(page(client, seats["you"], pair.get_absolute_url()))
    courier = text(page(client, seats["them"], pair.get_absolute_url()))
    assert ("without a deal: 50 points" in learner, "without a deal: 52 points" in courier) == (True, True)
    assert ("Your customers pay at the till" in learner, "You pay nine drivers every Friday" in courier) == (True, True)
    assert ("nine drivers" in learner, "Your customers pay at the till" in courier) == (False, False)
    assert ("60 days: 15" in learner, "60 days: 0" in courier) == (True, True)


@pytest.mark.parametrize(("shows", "sees"), [((True, True), True), ((True, False), False), ((False, False), False)])
def test_both_sheets_are_shown_only_where_both_said_so(client, cohort, shows, sees):
    pair = cohort.running(shows)
    for user in cohort.users[:2]:
        services.save_notes(user=user, uuid=pair.uuid, notes=f"Notes of {user.pk}")
    take(pair, "offer", deal=TRADED)
    take(pair, "accept")
    for user in cohort.users[:2]:
        shown = text(page(client, user, pair.get_absolute_url()))
        assert f"Notes of {user.pk}" in shown
        other = other_user(pair, user)
        assert [mark in shown for mark in (f"Notes of {other.pk}", 'class="scatter"', "Their alternative:")] == [sees] * 3
        assert ("The sheets stay with each of you." in shown) is not sees
        assert "You have a deal" in shown


def test_the_points_of_a_deal_are_told_from_where_each_sits(client, cohort):
    pair = cohort.running()
    take(pair, "offer", deal=TRADED)
    take(pair, "accept")
    seats = {seat.side: seat.user for seat in pair.seats.all()}
    assert "It is worth 86 points to you and 90 to them." in text(page(client, seats["you"], pair.get_absolute_url()))
    assert "It is worth 90 points to you and 86 to them." in text(page(client, seats["them"], pair.get_absolute_url()))


def test_for_anybody_else_a_pair_does_not_exist(client, cohort):
    pair = cohort.running()
    names = ("pair_answer", "pair_turn", "pair_notes", "pair_stop")
    for user in (cohort.users[2], cohort.facilitator.user, UserFactory()):
        client.force_login(user)
        for name in names:
            address = reverse(f"simulations:{name}", args=[pair.uuid])
            assert client.post(address, {"at": 0, "turn": "say", "message": "x"}).status_code == 404
        assert client.get(pair.get_absolute_url()).status_code == 404
    assert PairTurn.objects.count() == 0


def test_stopping_is_asked_first_and_a_report_leads_to_the_console(client, cohort):
    pair = cohort.running()
    take(pair, "say", message="Something rude")
    hurt = on_move(pair).user
    client.force_login(hurt)
    stop = reverse("simulations:pair_stop", args=[pair.uuid])
    assert "Something rude" in text(client.get(stop))
    assert pair.turns.count() == 1
    refused = client.post(stop, {"report": 1, "words": "x" * 1001})
    assert (refused.status_code, "x" * 1001 in text(refused)) == (422, True)
    done = client.post(stop, {"report": 1, "message": "0", "words": "Not like this."}, follow=True)
    assert "You stopped it." in text(done)


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_of_ones_negotiations_asks_as_much_for_three_as_for_one(client, cohort, n, django_assert_num_queries):
    for _number in range(n):
        pair = cohort.running()
        take(pair, "say", message="Hello")
        take(pair, "walk")
    client.force_login(cohort.users[0])
    client.get(reverse("simulations:pairs"))
    with django_assert_num_queries(8):
        assert text(client.get(reverse("simulations:pairs"))).count("Finished") == n


@pytest.mark.parametrize("n", [1, 3])
def test_the_console_asks_as_much_for_three_pairs_as_for_one(partner, cohort, n, django_assert_num_queries):
    for _number in range(n):
        take(cohort.running(), "walk")
    with django_assert_num_queries(5):
        assert len(queries.calls_of(cohort.cohort, partner)[0].rows) == n


# The console ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def partner(cohort):
    RoleAssignmentFactory(membership=cohort.facilitator, role="lnd_partner")
    return cohort.facilitator.user


def console(cohort):
    return reverse("org:cohort_pairs", args=[cohort.organisation.slug, cohort.cohort.uuid])


def test_a_facilitator_sees_who_has_finished_and_nothing_private(client, cohort, partner):
    pair = cohort.running()
    for user in cohort.users[:2]:
        services.save_notes(user=user, uuid=pair.uuid, notes=SECRET)
    take(pair, "say", message=SECRET)
    under_way = text(page(client, partner, console(cohort)))
    assert ("Under way" in under_way, "1 pair, 0 finished" in under_way) == (True, True)
    take(pair, "offer", deal=TRADED, message=SECRET)
    take(pair, "accept")
    shown = text(page(client, partner, console(cohort)))
    assert ("Finished" in shown, "1 pair, 1 finished" in shown) == (True, True)
    for user in cohort.users[:2]:
        assert user.display_name in shown
    for private in (SECRET, "€10.00", "86 points", " deal<", "walked", pair.get_absolute_url()):
        assert private not in shown


def test_how_it_ended_cannot_be_told_from_the_console(client, cohort, partner):
    pages = []
    for ending in ("accept", "walk"):
        pair = cohort.running()
        take(pair, "offer", deal=TRADED)
        take(pair, ending)
        [row] = queries.calls_of(cohort.cohort, partner)[0].rows
        pages.append((row.state, row.is_finished, row.n_agreed))
        Pair.objects.all().delete()
    assert pages == [("ended", True, 2)] * 2


def test_a_facilitator_pairs_people_and_reads_what_was_reported(client, cohort, partner):
    client.force_login(partner)
    cohort.all_say_yes()
    made = client.post(reverse("org:pairs_all", args=[cohort.organisation.slug, cohort.call.uuid]), follow=True)
    assert "1 pair is asked now. 1 person has no partner and was told so." in text(made)
    pair = Pair.objects.get()
    for seat in pair.seats.all():
        services.answer(user=seat.user, uuid=pair.uuid, says_yes=True, shows_sheet=False)
    take(pair, "say", message="Something rude")
    take(pair, "say", message=SECRET)
    hurt = pair.seats.exclude(side=pair.begins).get()
    services.stop(user=hurt.user, uuid=pair.uuid, is_reported=True, turn=0, words="Not like this.")
    shown = text(client.get(console(cohort)))
    assert ["Something rude" in shown, "Not like this." in shown, SECRET in shown] == [True, True, False]
    overview = reverse("org:overview", args=[cohort.organisation.slug])
    assert "A message in a negotiation in pairs was reported." in text(client.get(overview))
    report = pair.reports.get()
    client.post(reverse("org:pairs_report", args=[cohort.organisation.slug, report.uuid]))
    report.refresh_from_db()
    assert report.settled_by == partner
    assert "was reported" not in text(client.get(overview))


def test_nobody_reads_a_report_about_themselves(client, cohort):
    pair = cohort.running()
    take(pair, "say", message="Something rude")
    rude = other_user(pair, on_move(pair).user)
    RoleAssignmentFactory(membership=rude.memberships.get(), role="admin")
    services.stop(user=on_move(pair).user, uuid=pair.uuid, is_reported=True, turn=0)
    assert "Something rude" not in text(page(client, rude, console(cohort)))
    address = reverse("org:pairs_report", args=[cohort.organisation.slug, pair.reports.get().uuid])
    assert client.post(address).status_code == 404


def test_only_who_manages_people_of_that_organisation_gets_in(client, cohort, partner):
    own = console(cohort)
    assert page(client, cohort.users[0], own).status_code == 403
    stranger = MembershipFactory(organisation=OrganisationFactory())
    RoleAssignmentFactory(membership=stranger, role="owner")
    assert page(client, stranger.user, own).status_code == 404
    theirs = stranger.organisation.slug
    for name in ("pairs_all", "pairs_propose", "pairs_close"):
        assert client.post(reverse(f"org:{name}", args=[theirs, cohort.call.uuid])).status_code == 404
    assert PairCall.objects.get().closed_at is None


def test_a_case_is_chosen_and_a_refused_form_keeps_what_was_typed(client, skills, partner, cohort):
    client.force_login(partner)
    services.close_call(call=cohort.call, actor=partner)
    refused = client.post(console(cohort), {"simulation": cohort.simulation.pk, "days_per_turn": "40"})
    assert 'value="40"' in text(refused)
    assert PairCall.objects.filter(closed_at=None).count() == 0
    client.post(console(cohort), {"simulation": cohort.simulation.pk, "days_per_turn": "5"})
    opened = PairCall.objects.get(closed_at=None)
    assert (opened.days_per_turn, opened.people_choose, opened.organisation) == (5, False, cohort.organisation)
