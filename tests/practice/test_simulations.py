"""Simulations: what is published, played, kept and told; and to whom."""

import json
from uuid import UUID, uuid4

import pytest
import yaml
from django.conf import settings
from django.urls import reverse

from accounts.personal_data import erase, export_of
from common.shown import mark_of
from learning.models import ActivityState
from learning.services import start_free
from practice import queries, services
from practice.errors import MapNotUnderstood, MoveRefused, TalkMoved
from practice.models import Simulation, SimulationRun
from practice.talks import talk_of
from skills.models import Evidence
from skills.services import load_framework
from tests.courses.factories import block, lesson, published_course, uid
from tests.factories import UserFactory

from .simulation_cases import interview, negotiation

pytestmark = pytest.mark.django_db

DEAL = {"rent": "low", "hours": "early", "cleaning": "you-clean", "term": "a-year"}
GREEDY = DEAL | {"cleaning": "they-clean"}
CARDS = ["q-vans", "q-phone", "q-blame"]


@pytest.fixture
def skills(db):
    return load_framework(yaml.safe_load((settings.CONTENT_DIR / "skills.yaml").read_text()))


@pytest.fixture
def bakery(skills):
    return services.publish_case(interview())


@pytest.fixture
def ovens(skills):
    return services.publish_case(negotiation(), position=1)


@pytest.fixture
def learner():
    return UserFactory()


def play(run, *moves):
    for move in moves:
        run = services.play(user=run.user, uuid=run.uuid, at=len(run.moves), move=move)
    return run


def talk(run):
    """The interview up to its end."""
    return play(run, *({"card": card} for card in CARDS), {"end": True})


def start(user, simulation):
    return services.start_run(user=user, simulation=simulation)


# Publishing -------------------------------------------------------------------------------------------------------------


def test_a_case_is_a_new_version_only_where_it_has_changed(bakery):
    assert services.is_published(interview())
    assert services.publish_case(interview()).current_version == bakery.current_version
    changed = services.publish_case(interview(summary="Find out what he expects."))
    assert (changed.pk, changed.current_version.number) == (bakery.pk, 2)
    assert not services.is_published(interview())
    assert Simulation.objects.get().summary == "Find out what he expects."


def test_who_has_begun_goes_on_with_the_case_they_began_with(bakery, learner):
    run = play(start(learner, bakery), {"card": "q-vans"})
    services.publish_case(interview(minutes=6))
    run = SimulationRun.objects.get(pk=run.pk)
    assert talk_of(run).state.talk.minutes == 18
    assert start(learner, Simulation.objects.get()).version.number == 2


# Playing ----------------------------------------------------------------------------------------------------------------


def test_the_same_move_sent_twice_counts_once(bakery, learner):
    run = start(learner, bakery)
    for _time in range(2):
        services.play(user=learner, uuid=run.uuid, at=0, move={"card": "q-vans"})
    run.refresh_from_db()
    assert run.moves == [{"card": "q-vans"}]


@pytest.mark.parametrize("at", [0, 2, -1])
def test_a_move_from_a_page_that_is_no_longer_true_changes_nothing(bakery, learner, at):
    run = play(start(learner, bakery), {"card": "q-vans"})
    with pytest.raises(TalkMoved, match="another window"):
        services.play(user=learner, uuid=run.uuid, at=at, move={"card": "q-phone"})
    run.refresh_from_db()
    assert run.moves == [{"card": "q-vans"}]


@pytest.mark.parametrize("move", [{"card": "nothing"}, {"card": "q-vans", "minutes": 0}, {}, {"end": False}])
def test_a_move_that_there_is_not_changes_nothing(bakery, learner, move):
    run = start(learner, bakery)
    with pytest.raises(MoveRefused):
        play(run, move)
    run.refresh_from_db()
    assert run.moves == []


def test_a_talk_that_is_over_takes_no_move(ovens, learner):
    run = play(start(learner, ovens), {"move": "walk"})
    with pytest.raises(MoveRefused, match="This talk is over"):
        play(run, {"move": "ask_priorities"})


def test_nobody_plays_the_talk_of_somebody_else(bakery, learner):
    run = start(learner, bakery)
    with pytest.raises(SimulationRun.DoesNotExist):
        services.play(user=UserFactory(), uuid=run.uuid, at=0, move={"card": "q-vans"})


def test_trying_again_is_the_same_person_in_the_same_mood(ovens, learner):
    first = play(start(learner, ovens), {"move": "walk"})
    services.publish_case(negotiation(rounds=5), position=1)
    second = services.start_run(user=learner, simulation=ovens, again=first)
    assert (second.seed, second.version, second.moves) == (first.seed, first.version, [])


def test_what_was_taken_away_cannot_be_begun(ovens, learner):
    Simulation.objects.update(is_listed=False)
    ovens.refresh_from_db()
    with pytest.raises(MoveRefused, match="cannot be started any more"):
        start(learner, ovens)


# What comes of it -------------------------------------------------------------------------------------------------------


def test_a_deal_is_scored_in_three_numbers_and_practice_never_moves_a_level(ovens, learner):
    run = play(start(learner, ovens), {"move": "ask_priorities"}, {"move": "ask_priorities"}, {"move": "ask_priorities"})
    run = play(run, {"move": "offer", "deal": DEAL})
    # 70 and 50 points over alternatives of 20 and 20; the best of each is 70, and together 120.
    assert run.result["own"] == pytest.approx(50 / 50)
    assert run.result["joint"] == pytest.approx((120 - 40) / (120 - 40))
    assert run.result["balance"] == pytest.approx(30 / 50)
    assert run.result["ended"] == "deal"
    evidence = Evidence.objects.get()
    assert (evidence.user, evidence.skill.slug, evidence.kind) == (learner, "negotiate-fairness", "practice")
    assert (evidence.level, evidence.share, evidence.source) == (None, None, f"simulation:{run.uuid}")


def test_an_interview_is_over_only_with_its_map(bakery, learner):
    run = talk(start(learner, bakery))
    assert (run.finished_at, run.result) == (None, None)
    assert not Evidence.objects.exists()
    noted = [{"line": "on-time", "status": "known", "rank": 1}, {"line": "new-van", "status": "known", "rank": None}]
    run = services.save_map(user=learner, uuid=run.uuid, entries=noted, is_final=True)
    assert run.result["found"] == pytest.approx(3 / 6)
    assert run.result["honest"] == pytest.approx(1 / 2)
    assert Evidence.objects.get().skill.slug == "discover-expectations"
    again = services.save_map(user=learner, uuid=run.uuid, entries=noted, is_final=True)
    assert again.finished_at == run.finished_at
    with pytest.raises(TalkMoved, match="shown already"):
        services.save_map(user=learner, uuid=run.uuid, entries=noted[:1], is_final=True)
    assert Evidence.objects.count() == 1


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([], "still empty"),
        ([{"line": "on-time", "status": "known", "rank": "first"}], "The place of “The van comes before seven.” is a number"),
        ([{"line": "on-time", "status": "known", "rank": 0}], "The place of “The van comes before seven.” is a number"),
        ([{"line": "on-time", "status": "", "limit": "early"}], "Say whether you heard it or assume it"),
        ([{"line": "nothing", "status": "known"}], "Line 1 is not one of those"),
        ([{"line": "on-time", "status": "sure"}], "known or assumed"),
        ([{"line": "on-time", "status": "known", "limit": "x" * 301}], "has 301 characters, of at most 300"),
    ],
)
def test_a_map_that_cannot_be_shown_says_why(bakery, learner, entries, words):
    run = talk(start(learner, bakery))
    with pytest.raises(MapNotUnderstood, match=words):
        services.save_map(user=learner, uuid=run.uuid, entries=entries, is_final=True)
    run.refresh_from_db()
    assert (run.map, run.finished_at) == ([], None)


def test_the_map_waits_for_the_end_of_the_talk(bakery, ovens, learner):
    for run in (start(learner, bakery), play(start(learner, ovens), {"move": "ask_limit"})):
        with pytest.raises(MapNotUnderstood, match="comes after the talk"):
            services.save_map(user=learner, uuid=run.uuid, entries=[], is_final=False)


# From a lesson ----------------------------------------------------------------------------------------------------------


def test_the_activity_of_a_lesson_is_finished_by_the_first_talk_that_comes_to_its_end(client, learner, ovens):
    block_id = uid("s1")
    blocks = [block("simulation", "s1", {"simulation": "ovens", "title": "Ovens", "intro": ""})]
    enrolment = start_free(user=learner, course=published_course([[lesson("one", blocks=blocks)]]))
    page = client.get(f"{ovens.get_absolute_url()}?enrolment={enrolment.uuid}&block={block_id}").content.decode()
    assert str(block_id) in page
    client.post(reverse("simulations:start", args=["ovens"]), {"enrolment": enrolment.uuid, "block": block_id})
    run = SimulationRun.objects.get()
    assert (run.enrolment, run.activity.block_id) == (enrolment, UUID(block_id))
    (row,) = queries.simulations_in({"ovens", "gone"}, enrolment.pk).values()
    assert (row.open_run, row.n_finished) == (run, 0)
    assert not ActivityState.objects.filter(finished_at__isnull=False).exists()
    play(run, {"move": "walk"})
    assert ActivityState.objects.get(enrolment=enrolment, activity=run.activity).finished_at is not None
    (row,) = queries.simulations_in({"ovens"}, enrolment.pk).values()
    assert (row.open_run, row.n_finished) == (None, 1)


def test_a_block_that_leads_to_another_simulation_is_not_finished_by_this_one(client, learner, ovens, bakery):
    blocks = [block("simulation", "s1", {"simulation": "bakery", "title": "Bakery", "intro": ""})]
    enrolment = start_free(user=learner, course=published_course([[lesson("one", blocks=blocks)]]))
    client.post(reverse("simulations:start", args=["ovens"]), {"enrolment": enrolment.uuid, "block": uid("s1")})
    assert SimulationRun.objects.get().activity is None


def test_a_talk_begun_in_a_lesson_leads_back_to_it(client, learner, ovens):
    blocks = [block("simulation", "s1", {"simulation": "ovens", "title": "Ovens", "intro": ""})]
    course = published_course([[lesson("one", blocks=blocks)]])
    enrolment = start_free(user=learner, course=course)
    client.post(reverse("simulations:start", args=["ovens"]), {"enrolment": enrolment.uuid, "block": uid("s1")})
    run = SimulationRun.objects.get()
    back = f'href="/courses/{course.slug}/module-1/one/#b-{uid("s1")}"'
    assert back in client.get(run.get_absolute_url()).content.decode()
    play(run, {"move": "walk"})
    assert back in client.get(run.get_absolute_url()).content.decode()


@pytest.mark.parametrize("given", [{}, {"enrolment": "x", "block": "y"}, {"enrolment": str(uuid4()), "block": str(uuid4())}])
def test_a_start_from_no_lesson_of_theirs_is_a_talk_of_its_own(client, ovens, given):
    client.post(reverse("simulations:start", args=["ovens"]), given)
    run = SimulationRun.objects.get()
    assert (run.enrolment, run.activity) == (None, None)


# Pages ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(client, learner):
    client.force_login(learner)
    return client


def address(name, run):
    return reverse(f"simulations:{name}", args=[run.uuid])


def test_an_interview_is_played_to_its_end_by_plain_forms(client, learner, bakery):
    briefing = client.get(bakery.get_absolute_url()).content.decode()
    assert "Sit down with Emil" in briefing
    page = client.post(reverse("simulations:start", args=["bakery"]), follow=True).content.decode()
    run = SimulationRun.objects.get()
    assert "How was yesterday’s delivery?" in page
    for at, card in enumerate(CARDS):
        hand = [shown.id for shown in talk_of(SimulationRun.objects.get()).state.hand]
        answer = client.post(address("move", run), {"at": at, "card": hand.index(card)})
        assert answer.url == f"{run.get_absolute_url()}#now"
    assert "Then it was my fault." in client.get(run.get_absolute_url()).content.decode()
    page = client.post(address("move", run), {"at": 3, "end": "1"}, follow=True).content.decode()
    assert "What does Emil expect?" in page
    kept = {"on-time.status": "known", "on-time.rank": "1", "on-time.limit": "twice <a> month", "keep": "1"}
    page = client.post(address("map", run), kept, follow=True).content.decode()
    assert 'value="twice &lt;a&gt; month"' in page
    kept["shown"] = mark_of(SimulationRun.objects.get().map)
    page = client.post(address("map", run), kept | {"show": "1", "new-van.status": "assumed"}, follow=True).content.decode()
    assert "What Emil says about your map" in page
    assert "The van is fine." in page
    assert "You forget something" not in page
    assert "One thing you did not hear" not in page, "all three were heard"


def test_a_map_that_cannot_be_read_is_shown_again_as_it_was_typed(client, learner, bakery):
    run = talk(start(learner, bakery))
    answer = client.post(
        address("map", run), {"on-time.status": "known", "on-time.rank": "erstens", "on-time.limit": "früh", "show": "1"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="erstens"' in page
    assert 'value="früh"' in page
    assert "The place of “The van comes before seven.” is a number" in page


def test_what_is_typed_beside_a_line_that_is_not_on_the_map_is_asked_about_and_kept(client, learner, bakery):
    run = talk(start(learner, bakery))
    for button in ("keep", "show"):
        answer = client.post(address("map", run), {"on-time.limit": "a\x00b", "on-time.rank": "0", button: "1"})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "You wrote something beside “The van comes before seven.”" in page
        assert 'value="ab"' in page
        assert 'value="0"' in page


def test_the_map_is_answered_in_the_order_of_the_learner(client, learner, bakery):
    run = talk(start(learner, bakery))
    sent = {"on-time.status": "known", "on-time.rank": "2", "no-blame.status": "known", "no-blame.rank": "1", "show": "1"}
    page = client.post(address("map", run), sent, follow=True).content.decode()
    assert page.index("Nobody is blamed.") < page.index("The van comes before seven.")


@pytest.mark.parametrize("card", ["", "q-vans", "6", "99999", "-1"])
def test_a_card_that_is_not_in_the_hand_is_refused_in_plain_words(client, learner, bakery, card):
    run = start(learner, bakery)
    answer = client.post(address("move", run), {"at": 0, "card": card})
    assert answer.status_code == 422
    assert "This cannot be said now. Choose something from the list." in answer.content.decode()


def test_the_page_of_a_talk_tells_nothing_of_what_is_hidden(client, learner, bakery):
    page = client.get(start(learner, bakery).get_absolute_url()).content.decode()
    told = [word for word in ("q-vans", "on-time", "one-voice", "no-blame", "new-van", "Nobody is blamed") if word in page]
    assert told == []


def test_half_a_package_is_refused_in_plain_words_with_the_others_kept(client, learner, ovens):
    run = start(learner, ovens)
    fields = {
        f"{name}.{issue}": option for name, deal in (("first", DEAL), ("second", GREEDY)) for issue, option in deal.items()
    }
    answer = client.post(address("move", run), fields | {"third.rent": "low", "move": "packages", "at": 0})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Package 3 is not complete. Choose something for every issue." in page
    assert "open>\n        <summary>Offer two or three packages at once" in page


def test_beginning_twice_is_one_talk(client, learner, ovens):
    for _time in range(2):
        client.post(reverse("simulations:start", args=["ovens"]))
    assert SimulationRun.objects.count() == 1
    play(SimulationRun.objects.get(), {"move": "walk"})
    for _time in range(2):
        client.post(address("again", SimulationRun.objects.last()))
    assert SimulationRun.objects.count() == 2


def test_a_talk_goes_on_after_its_simulation_was_taken_away(client, learner, ovens):
    run = play(start(learner, ovens), {"move": "ask_limit"})
    Simulation.objects.update(is_listed=False)
    page = client.get(run.get_absolute_url()).content.decode()
    assert f'href="{ovens.get_absolute_url()}"' not in page
    play(run, {"move": "walk"})
    assert "Try again with what you know" not in client.get(run.get_absolute_url()).content.decode()


def test_a_negotiation_is_played_to_its_end_by_plain_forms(client, learner, ovens):
    client.post(reverse("simulations:start", args=["ovens"]))
    run = SimulationRun.objects.get()
    moves = [
        {"move": "ask_priorities"},
        {"move": "ask_issue", "ask_issue.issue": "hours"},
        {"move": "tell", "tell.issue": "hours"},
        {"move": "offer", **{f"deal.{issue}": option for issue, option in GREEDY.items()}, "reason.rent": "index"},
    ]
    for at, fields in enumerate(moves):
        assert client.post(address("move", run), fields | {"at": at}).status_code == 302
    page = client.get(run.get_absolute_url()).content.decode()
    assert "The rounds are used up" in page
    assert "How about low, early, they-clean and a-year? The index says low." in page
    page = client.post(address("move", run), {"move": "accept", "at": 4}, follow=True).content.decode()
    assert "You have a deal" in page
    assert "Balance of gains" in page
    assert '<svg class="scatter"' in page
    run.refresh_from_db()
    assert run.moves[3]["reasons"] == {"rent": "index"}


def test_packages_that_are_the_same_are_refused_and_kept_on_the_page(client, learner, ovens):
    run = start(learner, ovens)
    fields = {f"{name}.{issue}": option for name in ("first", "second") for issue, option in GREEDY.items()}
    answer = client.post(address("move", run), fields | {"move": "packages", "at": 0})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Two of the packages are the same." in page
    assert page.count('<option value="they-clean" selected>') >= 2


def test_a_page_that_is_no_longer_true_leads_to_where_the_talk_stands(client, learner, ovens):
    run = play(start(learner, ovens), {"move": "ask_priorities"})
    posted = {f"deal.{issue}": option for issue, option in GREEDY.items()} | {"move": "offer", "at": 0}
    answer = client.post(address("move", run), posted)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This talk has gone on in another window." in page
    assert '<option value="they-clean" selected>' in page, "what was chosen there is kept"
    run.refresh_from_db()
    assert run.finished_at is None


def test_walking_away_where_there_is_no_zone_is_right(client, learner, skills):
    cold = services.publish_case(negotiation(zone=False, batna={"you": 75, "them": 75}, them_rule={"target": 80, "beta": 0.6}))
    run = play(start(learner, cold), {"move": "walk"})
    assert run.result["walked_rightly"] == 1.0
    page = client.get(run.get_absolute_url()).content.decode()
    assert "That was right: there was no deal here" in page
    assert "Balance of gains" not in page


@pytest.mark.parametrize("name", ["run", "move", "map", "again"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_talk_of_somebody_else_does_not_exist(client, bakery, name, method):
    run = talk(start(UserFactory(), bakery))
    before = (SimulationRun.objects.count(), run.moves)
    answer = getattr(client, method)(address(name, run), {"at": 4, "end": "1", "show": "1", "on-time.status": "known"})
    assert answer.status_code in (404, 405)
    run.refresh_from_db()
    assert (SimulationRun.objects.count(), run.moves, run.map) == (*before, [])


def test_what_was_typed_while_signed_out_comes_back(client, learner, bakery):
    run = talk(start(learner, bakery))
    page = client.get(run.get_absolute_url()).content.decode()
    token = page.split('name="kept-for" value="', 1)[1].split('"', 1)[0]
    client.logout()
    sent = {"on-time.status": "known", "on-time.limit": "früh", "kept-for": token, "show": "1"}
    assert "/login/" in client.post(address("map", run), sent).url
    client.force_login(learner, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(address("map", run)).content.decode()
    assert "You were signed out." in page
    assert 'value="früh"' in page
    run.refresh_from_db()
    assert (run.map, run.finished_at) == ([], None)


def test_an_offer_sent_while_signed_out_comes_back_and_is_not_made(client, learner, ovens):
    run = start(learner, ovens)
    page = client.get(run.get_absolute_url()).content.decode()
    token = page.split('name="kept-for" value="', 1)[1].split('"', 1)[0]
    client.logout()
    sent = {f"deal.{issue}": option for issue, option in GREEDY.items()} | {"move": "offer", "at": 0, "kept-for": token}
    client.post(address("move", run), sent)
    client.force_login(learner, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(address("move", run)).content.decode()
    assert "You were signed out." in page
    assert '<option value="they-clean" selected>' in page
    run.refresh_from_db()
    assert run.moves == []


def test_the_list_says_what_is_open_and_what_is_finished(client, learner, bakery, ovens, django_assert_max_num_queries):
    start(learner, bakery)
    play(start(learner, ovens), {"move": "walk"})
    client.get(reverse("simulations:list"))
    with django_assert_max_num_queries(8):
        page = client.get(reverse("simulations:list")).content.decode()
    assert "Continue" in page
    assert "1 time finished" in page


def test_a_turn_takes_few_queries_however_long_the_talk(client, learner, ovens, django_assert_max_num_queries):
    run = start(learner, ovens)
    for at in range(3):
        with django_assert_max_num_queries(12):
            client.post(address("move", run), {"move": "ask_limit", "at": at})


def test_it_is_exported_with_what_was_said_and_erased_with_the_account(learner, bakery):
    talk(start(learner, bakery))
    rows = export_of(learner)["simulations"]
    assert "them: Late again." in json.loads(json.dumps(rows))[0]["talk"]
    erase(learner)
    assert not SimulationRun.objects.exists()
