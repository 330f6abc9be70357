"""A page of a pair or of a map that is older than what is saved: the newer stays, and what was typed is there to be read."""

import pytest
import yaml
from django.conf import settings
from django.urls import reverse

from common.kept_forms import OWNER_FIELD, owner_token
from practice import services
from practice.models import PairTurn
from skills.queries import record_of
from skills.rows import evidence_rows
from skills.services import load_framework
from tests.factories import UserFactory

from .pair_people import TRADED, PairCohort, on_move, take
from .simulation_cases import interview
from .test_simulations import CARDS

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohort(db):
    load_framework(yaml.safe_load((settings.CONTENT_DIR / "skills.yaml").read_text()))
    return PairCohort(3)


def text(response):
    return " ".join(response.content.decode().split())


class Tab:
    """A page of a running pair, and what it sends: what it showed when it was opened, with what was changed on it."""

    def __init__(self, client, user, pair) -> None:
        client.force_login(user)
        self.client, self.pair, self.user = client, pair, user
        shown = client.get(pair.get_absolute_url()).context["own_sheet"]
        self.fields = {
            "notes": shown.notes,
            "sheet": shown.chosen,
            "shown-notes": shown.notes_mark,
            "shown-sheet": shown.present,
        }

    def send(self, name="pair_notes", **changed):
        self.client.force_login(self.user)
        return self.client.post(reverse(f"simulations:{name}", args=[self.pair.uuid]), self.fields | changed)

    @property
    def seat(self):
        return self.pair.seats.get(user=self.user)


def test_an_older_tab_changes_neither_the_choice_nor_the_notes_of_a_newer_one(client, cohort):
    pair = cohort.running()
    old, new = (Tab(client, cohort.users[0], pair) for _tab in range(2))
    assert new.send(sheet="keep", notes="Never below 60.").status_code == 302
    refused = old.send(notes="From the older tab")
    assert refused.status_code == 422
    assert (old.seat.shows_sheet, old.seat.notes) == (False, "Never below 60.")
    sheet = refused.context["own_sheet"]
    assert (sheet.notes, sheet.saved_elsewhere, sheet.chosen) == ("From the older tab", "Never below 60.", "keep")
    assert "Never below 60.</textarea>" in text(refused)
    old.fields |= {"shown-notes": sheet.notes_mark, "shown-sheet": sheet.present, "sheet": sheet.chosen}
    assert old.send(notes="Both").status_code == 302
    assert (old.seat.shows_sheet, old.seat.notes) == (False, "Both")


def test_an_older_tab_that_only_showed_another_choice_says_which_one_stays(client, cohort):
    pair = cohort.running()
    old, new = (Tab(client, cohort.users[0], pair) for _tab in range(2))
    new.send(sheet="keep")
    old.send(notes="A word")
    assert (old.seat.shows_sheet, old.seat.notes) == (False, "A word")
    assert "was changed in another tab. That choice stays" in text(client.get(pair.get_absolute_url()))


@pytest.mark.parametrize("missing", ["shown-sheet", "shown-notes"])
def test_a_page_that_does_not_say_what_it_showed_changes_nothing_that_is_saved(client, cohort, missing):
    pair = cohort.running()
    tab = Tab(client, cohort.users[0], pair)
    services.save_notes(user=tab.user, uuid=pair.uuid, notes="Mine")
    tab.fields = Tab(client, cohort.users[0], pair).fields
    del tab.fields[missing]
    tab.send(sheet="keep", notes="Other")
    assert (tab.seat.shows_sheet, tab.seat.notes) == {"shown-sheet": (True, "Other"), "shown-notes": (True, "Mine")}[missing]


def test_a_choice_sent_with_notes_that_are_too_long_is_shown_as_it_was_sent(client, cohort):
    tab = Tab(client, cohort.users[0], cohort.running())
    refused = tab.send(sheet="keep", notes="x" * 2001)
    assert refused.status_code == 422
    assert '<input type="radio" name="sheet" value="keep" checked>' in text(refused)
    assert "x" * 2001 in text(refused)


def test_a_second_yes_from_an_older_page_does_not_change_the_choice(client, cohort):
    pair = cohort.proposed()
    for shows in (False, True):
        services.answer(user=cohort.users[0], uuid=pair.uuid, says_yes=True, shows_sheet=shows)
    assert pair.seats.get(user=cohort.users[0]).shows_sheet is False


def test_notes_typed_when_the_other_walks_away_are_shown_once_more(client, cohort):
    pair = cohort.running()
    walker = on_move(pair).user
    typing = next(user for user in cohort.users[:2] if user != walker)
    tab = Tab(client, typing, pair)
    take(pair, "walk")
    over = tab.send(notes="What I heard")
    assert over.status_code == 422
    assert "which were not saved" in text(over)
    assert "What I heard</textarea>" in text(over)


def test_a_turn_keeps_the_notes_of_its_page_also_the_turn_that_ends_it(client, cohort):
    pair = cohort.running()
    tab = Tab(client, on_move(pair).user, pair)
    offer = {f"deal.{issue}": option for issue, option in TRADED.items()} | {"turn": "offer", "at": 0}
    assert tab.send("pair_turn", **offer, notes="Payment is worth most", sheet="keep").status_code == 302
    assert (tab.seat.notes, tab.seat.shows_sheet) == ("Payment is worth most", False)
    other = Tab(client, on_move(pair).user, pair)
    ending = {"turn": "accept", "at": 1, "notes": "Good enough"}
    for _click in range(2):
        assert other.send("pair_turn", **ending).status_code == 302
    assert (other.seat.notes, PairTurn.objects.count()) == ("Good enough", 2)


def test_notes_are_saved_while_they_are_typed_and_an_older_page_is_told(client, cohort):
    pair = cohort.running()
    tab, old = (Tab(client, cohort.users[0], pair) for _tab in range(2))
    address = reverse("simulations:pair_notes", args=[pair.uuid])
    sent = {"notes": "As typed", "shown-notes": tab.fields["shown-notes"]}
    line = client.post(address, sent, headers={"HX-Request": "true"})
    assert ("Saved at" in text(line), tab.seat.notes) == (True, "As typed")
    late = client.post(address, sent | {"notes": "Late"}, headers={"HX-Request": "true"})
    assert ("Not saved. Your notes were changed" in text(late), old.seat.notes) == (True, "As typed")
    assert f'name="shown-notes" value="{old.fields["shown-notes"]}"' in text(late)


def kept_after_sign_in(client, user, address, fields):
    """What is shown after a form was sent without a session, and its author signed in again."""
    client.logout()
    sent = client.post(address, fields | {OWNER_FIELD: owner_token(user)})
    assert sent["Location"] == f"/accounts/login/?next={address}"
    kept = client.session["kept_form"]
    client.force_login(user)
    session = client.session
    session["kept_form"] = kept
    session.save()
    return client.get(address, follow=True)


def test_notes_sent_while_signed_out_are_filled_in(client, cohort):
    pair = cohort.running()
    user = cohort.users[0]
    address = reverse("simulations:pair_notes", args=[pair.uuid])
    page = kept_after_sign_in(client, user, address, {"notes": "Typed for long", "shown-notes": "", "sheet": "keep"})
    assert page.status_code == 200
    assert "Typed for long</textarea>" in text(page)


def test_whom_one_asked_while_signed_out_is_chosen_again(client, cohort):
    cohort.all_say_yes()
    first, second, _third = cohort.users
    address = reverse("simulations:pair_ask", args=[cohort.call.uuid])
    chosen = str(cohort.volunteer(second).uuid)
    page = kept_after_sign_in(client, first, address, {"partner": chosen, "sheet": "keep"})
    assert f'value="{chosen}" checked' in text(page)
    assert 'value="keep" checked' in text(page)


def test_a_yes_said_while_signed_out_is_asked_for_again(client, cohort):
    pair = cohort.proposed()
    address = reverse("simulations:pair_answer", args=[pair.uuid])
    page = kept_after_sign_in(client, cohort.users[0], address, {"answer": "yes", "sheet": "keep"})
    assert "has not been sent yet" in text(page)
    assert 'value="keep" checked' in text(page)


@pytest.mark.parametrize("name", ["pair_ask", "pair_answer", "pair_notes"])
def test_the_address_of_a_button_leads_to_its_page(client, cohort, name):
    pair = cohort.proposed()
    client.force_login(cohort.users[0])
    row = cohort.call if name == "pair_ask" else pair
    assert client.get(reverse(f"simulations:{name}", args=[row.uuid]))["Location"] == row.get_absolute_url()


def test_enter_on_the_radio_of_a_proposal_begins_nothing(client, cohort):
    pair = cohort.proposed()
    client.force_login(cohort.users[0])
    asked = client.post(reverse("simulations:pair_answer", args=[pair.uuid]), {"sheet": "keep"})
    assert (asked.status_code, 'value="keep" checked' in text(asked)) == (422, True)
    pair.refresh_from_db()
    assert pair.state == "proposed"


# The map of an interview ---------------------------------------------------------------------------------------------------


@pytest.fixture
def mapping(client, db):
    """A talk that is over, and the address of its map."""
    learner = UserFactory()
    run = services.start_run(user=learner, simulation=services.publish_case(interview()))
    for move in (*({"card": card} for card in CARDS), {"end": True}):
        run = services.play(user=learner, uuid=run.uuid, at=len(run.moves), move=move)
    client.force_login(learner)
    return run, reverse("simulations:map", args=[run.uuid])


def line(name, limit="", **more):
    return {f"{name}.status": "known", f"{name}.limit": limit, "keep": "1"} | more


def test_an_older_tab_does_not_replace_the_map_of_a_newer_one(client, mapping):
    run, address = mapping
    mark = client.get(run.get_absolute_url()).context["map_mark"]
    client.post(address, line("on-time", "before seven", shown=mark))
    refused = client.post(address, line("no-blame", "never", shown=mark))
    run.refresh_from_db()
    assert (refused.status_code, [entry["line"] for entry in run.map]) == (422, ["on-time"])
    assert 'value="never"' in text(refused)
    assert "yes, I heard it): <bdi>before seven</bdi>" in text(refused)
    assert client.post(address, line("no-blame", "never", shown=refused.context["map_mark"])).status_code == 302
    run.refresh_from_db()
    assert [entry["limit"] for entry in run.map] == ["never"]


def test_lines_typed_while_the_map_was_shown_in_another_tab_are_there_to_be_read(client, mapping):
    _run, address = mapping
    client.post(address, line("on-time", show="1"))
    over = client.post(address, line("no-blame", "typed for long"))
    assert over.status_code == 422
    assert "What you noted here, which was not saved" in text(over)
    assert "<bdi>typed for long</bdi>" in text(over)


def test_a_limit_that_is_too_long_is_shown_whole(client, mapping):
    _run, address = mapping
    refused = client.post(address, line("on-time", "x" * 400))
    assert (refused.status_code, "x" * 400 in text(refused)) == (422, True)
    assert "has 400 characters, of at most 300" in text(refused)


def test_enter_in_a_line_of_the_map_saves_and_does_not_show_it(client, mapping):
    run, address = mapping
    page = text(client.get(run.get_absolute_url()))
    form = page.split(f'action="{address}"')[1]
    assert form.index('name="keep" value="1"') < form.index('name="show"')


# What Enter does, and what is true ------------------------------------------------------------------------------------------


def test_enter_on_a_message_to_report_stops_nothing(client, cohort):
    pair = cohort.running()
    take(pair, "say", message="Something rude")
    client.force_login(on_move(pair).user)
    shown = client.post(reverse("simulations:pair_stop", args=[pair.uuid]), {"look": "1", "message": "0", "words": "Not so"})
    pair.refresh_from_db()
    assert (shown.status_code, pair.state, pair.reports.count()) == (200, "running", 0)
    assert "Not so</textarea>" in text(shown)
    assert 'name="message" value="0" checked' in text(shown)


def test_nobody_is_first_in_line_while_somebody_waits_whom_they_may_not_ask(client, cohort):
    pair = cohort.proposed()
    first, second, _third = cohort.users
    services.answer(user=first, uuid=pair.uuid, says_yes=False)
    services.join(call=cohort.call, user=second)
    services.join(call=cohort.call, user=first)
    client.force_login(first)
    shown = text(client.get(cohort.call.get_absolute_url()))
    assert ("Nobody whom you could ask" in shown, "You are first in line" in shown) == (True, False)
    over = text(client.get(pair.get_absolute_url()))
    assert ("It did not begin" in over, "Report a message" in over) == (True, False)


def test_evidence_says_what_kind_of_practice_it_is(client, cohort):
    pair = cohort.running()
    for _turn in range(2):
        take(pair, "say", message="Hello")
    take(pair, "walk")
    user = cohort.users[0]
    run = services.start_run(user=user, simulation=cohort.simulation)
    for at, move in enumerate([{"move": "offer", "deal": TRADED, "reasons": {}}] * 8):
        if run.finished_at is None:
            run = services.play(user=user, uuid=run.uuid, at=at, move=move)
    said = {row.told for row in evidence_rows(user, record_of(user, cohort.simulation.skill.slug))}
    assert said == {"a negotiation with a colleague, without a deal", "a negotiation played alone, with a deal"}
