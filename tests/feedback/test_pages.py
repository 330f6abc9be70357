"""The learner's pages of a round, and those of the people who are asked, from the first to the last."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from feedback.enums import RoundState
from feedback.models import Rater, Round
from mail.models import MailDelivery
from skills.models import Evidence
from tests.factories import UserFactory
from tests.feedback.factories import (
    all_say,
    closed,
    data_of,
    drafted,
    page_of,
    raters,
    running,
    says,
    skill,
    with_people,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner():
    return UserFactory(first_name="Leila", last_name="Haddad", email="leila@example.com")


@pytest.fixture
def leila(client, learner):
    client.force_login(learner)
    return client


def text_of(response) -> str:
    """What is read on a leila, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_a_round_from_the_first_page_to_the_results(leila, client, learner, django_capture_on_commit_callbacks):
    asked = skill()
    assert "You have not asked anybody yet" in text_of(leila.get(reverse("feedback:list")))
    day = timezone.localdate() + timedelta(days=14)
    begun = leila.post(reverse("feedback:new"), {"skills": [asked.pk], "closes_on": day.isoformat()})
    feedback_round = Round.objects.get(user=learner)
    assert begun.url == feedback_round.get_absolute_url()
    for n in range(3):
        form = {"name": f"Peer {n}", "email": f"peer{n}@people.example", "group": "peers"}
        assert leila.post(reverse("feedback:add_person", args=[feedback_round.uuid]), form).status_code == 302
    with django_capture_on_commit_callbacks(execute=True):
        leila.post(reverse("feedback:send", args=[feedback_round.uuid]))
    assert [message.to for message in mail.outbox] == [[f"peer{n}@people.example"] for n in range(3)]
    feedback_round.refresh_from_db()
    assert (feedback_round.state, feedback_round.closes_at.astimezone().date()) == (RoundState.OPEN, day)
    visitor = type(client)()
    for rater, rating in zip(raters(feedback_round), (2, 3, 4), strict=True):
        assert "Feedback for Leila Haddad" in text_of(visitor.get(page_of(rater)))
        assert "have been sent" in text_of(visitor.post(page_of(rater), data_of(rater, rating), follow=True))
    own = data_of(raters(feedback_round)[0], 5)
    assert leila.post(reverse("feedback:own", args=[feedback_round.uuid]), own).url == feedback_round.get_absolute_url()
    leila.post(reverse("feedback:end", args=[feedback_round.uuid]), {"action": "close"})
    results = text_of(leila.get(feedback_round.get_absolute_url()))
    assert "The 3 people who are shown see this sometimes. You see this of yourself more often than they do" in results
    assert "3 people: sometimes (3.0; 2.3 to 3.7 is likely)" in results
    evidence = Evidence.objects.get(user=learner)
    assert (evidence.kind, evidence.label) == ("360", "360 feedback: sometimes, as 3 people see it")
    assert (evidence.skill, evidence.source, evidence.level) == (asked, f"feedback:{feedback_round.uuid}", None)


def test_a_draft_that_could_show_nothing_is_not_sent(leila, learner):
    feedback_round = drafted(learner)
    with_people(feedback_round, customers=2, peers=1, manager=1)
    sent = leila.post(reverse("feedback:send", args=[feedback_round.uuid]), follow=True)
    assert "Nothing could be shown yet: name at least three people of one group." in text_of(sent)
    assert MailDelivery.objects.count() == 0
    with_people(feedback_round, partners=3)
    leila.post(reverse("feedback:send", args=[feedback_round.uuid]))
    assert MailDelivery.objects.filter(template="feedback").count() == 7


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("leila@example.com", "This is your own e-mail address."),
        ("Leila+second@example.com", "This is your own e-mail address."),
        ("peers0@people.example", "peers0@people.example is on the list already. Nobody answers twice."),
        ("peers0+me@people.example", "peers0+me@people.example is on the list already."),
        ("not an address", "Enter a valid email address."),
    ],
)
def test_who_cannot_be_asked_is_refused_with_what_was_typed(leila, learner, email, words):
    feedback_round = drafted(learner)
    with_people(feedback_round, peers=1)
    refused = leila.post(
        reverse("feedback:add_person", args=[feedback_round.uuid]), {"name": "Bea Lindt", "email": email, "group": "peers"}
    )
    assert words in text_of(refused)
    assert 'value="Bea Lindt"' in refused.content.decode()
    assert feedback_round.raters.count() == 1


def test_a_round_of_somebody_else_does_not_exist(leila):
    other = running(peers=3)
    rater = raters(other)[0]
    pages = ["round", "add_person", "own", "end"]
    assert {leila.get(reverse(f"feedback:{name}", args=[other.uuid])).status_code for name in pages} == {404}
    acts = ["send", "remind", "discard", "end", "own", "add_person"]
    assert {leila.post(reverse(f"feedback:{name}", args=[other.uuid])).status_code for name in acts} == {404}
    assert leila.post(reverse("feedback:remove_person", args=[other.uuid, rater.uuid])).status_code == 404
    other.refresh_from_db()
    assert (other.state, other.raters.count()) == (RoundState.OPEN, 3)


def test_a_visitor_is_asked_to_sign_in(client):
    feedback_round = running(peers=3)
    for name in ("round", "own", "end"):
        assert client.get(reverse(f"feedback:{name}", args=[feedback_round.uuid])).url.startswith("/accounts/login/")


def test_only_a_draft_is_discarded_and_only_from_a_draft_is_anybody_taken(leila, learner):
    feedback_round = drafted(learner)
    first = with_people(feedback_round, peers=4)[0]
    leila.post(reverse("feedback:remove_person", args=[feedback_round.uuid, first.uuid]))
    assert feedback_round.raters.count() == 3
    leila.post(reverse("feedback:send", args=[feedback_round.uuid]))
    leila.post(reverse("feedback:remove_person", args=[feedback_round.uuid, raters(feedback_round)[0].uuid]))
    leila.post(reverse("feedback:discard", args=[feedback_round.uuid]))
    assert Round.objects.get().raters.count() == 3


def test_what_is_missing_in_the_learners_own_answers_is_said_and_the_rest_is_kept(leila, learner):
    feedback_round = running(learner, peers=3)
    whole = data_of(raters(feedback_round)[0], 3)
    first, *rest = [name for name in whole if name.startswith("b")]
    address = reverse("feedback:own", args=[feedback_round.uuid])
    refused = leila.post(address, dict.fromkeys(rest, 3))
    assert "What you have chosen so far is saved." in text_of(refused)
    assert text_of(refused).count("Choose how often, or the last answer.") == 2  # in the list and beside the question
    shown = leila.get(address).content.decode()
    assert shown.count(" checked") == 2
    assert f'href="#id_{first}_0"' in refused.content.decode()


# Those who are asked --------------------------------------------------------------------------------------------------


def test_the_page_says_who_asks_and_what_is_told_before_the_first_question(client):
    feedback_round = running(customers=3)
    shown = text_of(client.get(page_of(raters(feedback_round)[0])))
    assert "Leila Haddad (person" in shown
    assert "You are asked as one of: customers." in shown
    assert shown.index("is not told who has answered") < shown.index("How often have you seen this")
    assert "As the manager" not in shown


def test_a_manager_is_told_what_is_shown_of_a_manager_and_agrees_to_nothing_by_default(client):
    feedback_round = running(manager=1, peers=2)
    shown = client.get(page_of(raters(feedback_round, "manager")[0]))
    assert "Your answers are put together with those of the peers, and shown only where that makes three people" in text_of(
        shown
    )
    box = re.search(r"<input[^>]*may_be_named[^>]*>", shown.content.decode())[0]
    assert "checked" not in box


def test_a_draft_is_kept_without_a_script_and_nothing_is_sent(client):
    feedback_round = running(peers=3)
    rater = raters(feedback_round)[0]
    saved = client.post(page_of(rater), data_of(rater, 2, action="draft", keep="Asks early."), follow=True)
    assert "Your draft is saved." in text_of(saved)
    assert saved.content.decode().count(" checked") == 3
    assert "Asks early." in text_of(client.get(page_of(rater)))
    rater.refresh_from_db()
    assert not rater.is_submitted
    assert "Asks early" not in rater.answers


def test_what_is_typed_is_saved_on_the_way(client):
    feedback_round = running(peers=3)
    rater = raters(feedback_round)[0]
    data = data_of(rater, 4)
    del data["action"]
    answered = client.post(page_of(rater), data, headers={"HX-Request": "true"})
    assert text_of(answered) == "Draft saved. Nothing has been sent."
    assert "<html" not in answered.content.decode()
    assert client.get(page_of(rater)).content.decode().count(" checked") == 3


def test_a_gap_is_refused_with_all_that_was_typed_and_kept(client):
    feedback_round = running(peers=3)
    rater = raters(feedback_round)[0]
    data = data_of(rater, 4, keep="Goes on asking.")
    missing = next(name for name in data if name.startswith("b"))
    del data[missing]
    refused = client.post(page_of(rater), data)
    assert "Choose how often, or the last answer." in text_of(refused)
    assert "Goes on asking." in text_of(refused)
    assert "autofocus" in refused.content.decode()
    rater.refresh_from_db()
    assert not rater.is_submitted
    assert "Goes on asking." in text_of(client.get(page_of(rater)))


def test_what_was_sent_is_shown_to_nobody_who_gets_hold_of_the_link(client):
    feedback_round = running(peers=3)
    rater = raters(feedback_round)[0]
    client.post(page_of(rater), data_of(rater, 1, keep="Very private words."))
    for address in (page_of(rater), f"{page_of(rater)}?again"):
        shown = client.get(address).content.decode()
        assert "Very private words" not in shown
        assert " checked" not in shown


def test_it_can_be_answered_anew_and_taken_back_until_it_closes(client, leila):
    feedback_round = running(peers=3)
    visitor = type(client)()
    first, *others = raters(feedback_round)
    visitor.post(page_of(first), data_of(first, 1))
    visitor.post(page_of(first), data_of(first, 5) | {"again": "1"})
    for rater in others:
        visitor.post(page_of(rater), data_of(rater, 2))
    back = visitor.post(page_of(others[0]), {"action": "take_back"}, follow=True)
    assert "Your answers are deleted." in text_of(back)
    others[0].refresh_from_db()
    assert (others[0].answers, others[0].is_submitted) == ("", False)
    visitor.post(page_of(others[0]), data_of(others[0], 4))
    leila.force_login(feedback_round.user)
    leila.post(reverse("feedback:end", args=[feedback_round.uuid]), {"action": "close"})
    figure = feedback_round.shown.get().figures.get()
    assert (figure.mean, figure.n) == (3.7, 3)  # of 5, 4 and 2


def test_closed_called_off_and_overdue_links_say_so(client):
    finished = running(peers=3)
    addresses = [page_of(rater) for rater in raters(finished)]
    all_say(finished, 3)
    page_owner = type(client)()
    page_owner.force_login(finished.user)
    page_owner.post(reverse("feedback:end", args=[finished.uuid]), {"action": "close"})
    answered = client.get(addresses[0])
    assert (answered.status_code, "This round is closed" in text_of(answered)) == (410, True)
    typed = client.post(addresses[1], {"action": "send", "keep": "Words of the last minute"})
    assert typed.status_code == 410
    assert "your answers were not taken" in text_of(typed)
    assert "Words of the last minute" in text_of(typed)

    called_off = running(UserFactory(), customers=3)
    addresses = [page_of(rater) for rater in raters(called_off)]
    page_owner.force_login(called_off.user)
    page_owner.post(reverse("feedback:end", args=[called_off.uuid]), {"action": "cancel"})
    assert "This round was called off" in text_of(client.get(addresses[0]))

    overdue = running(UserFactory(), partners=3)
    Round.objects.filter(pk=overdue.pk).update(closes_at=timezone.now())
    late = raters(overdue)[0]
    assert client.get(page_of(late)).status_code == 410
    assert client.post(page_of(late), data_of(late, 4)).status_code == 410
    assert Rater.objects.get(pk=late.pk).answers == ""


def test_the_deadline_stands_in_the_raters_time_zone(client):
    user = UserFactory(time_zone="Europe/Lisbon")
    UserFactory(email="peers0@people.example", time_zone="Asia/Tokyo")
    feedback_round = running(user, peers=3)
    tokyo, lisbon, _third = raters(feedback_round)
    assert "(Tokyo time)" in text_of(client.get(page_of(tokyo)))
    assert "23:59 (Lisbon time)" in text_of(client.get(page_of(lisbon)))
    words = {row.recipient: row.context["closes"] for row in MailDelivery.objects.filter(template="feedback")}
    assert words["peers0@people.example"].endswith("(Tokyo time)")
    assert words["peers1@people.example"].endswith("23:59 (Lisbon time)")


def test_a_round_that_is_over_shows_on_the_skill_and_leads_back(leila, learner):
    feedback_round = closed(learner, peers=3)
    shown = leila.get(reverse("skill", args=["discover-expectations"])).content.decode()
    assert "360 feedback: often, as 3 people see it" in shown
    assert feedback_round.get_absolute_url() in shown


def test_a_second_round_waits_for_three_months(leila, learner):
    feedback_round = closed(learner, peers=3)
    form = {"skills": [skill().pk], "closes_on": (timezone.localdate() + timedelta(days=14)).isoformat()}
    refused = leila.post(reverse("feedback:new"), form)
    assert "Your last round closed not long ago." in text_of(refused)
    assert Round.objects.count() == 1
    Round.objects.filter(pk=feedback_round.pk).update(closed_at=timezone.now() - timedelta(days=91))
    assert leila.post(reverse("feedback:new"), form).status_code == 302
    assert Round.objects.count() == 2
    refused = leila.post(reverse("feedback:new"), form)
    assert "You have a round of feedback already." in text_of(refused)


def test_figures_of_one_page_take_as_many_queries_for_many_people_as_for_few(leila, learner, django_assert_num_queries):
    feedback_round = running(learner, peers=3)
    says(raters(feedback_round)[0], 3)
    with CaptureQueriesContext(connection) as few:
        leila.get(feedback_round.get_absolute_url())
    with_people(feedback_round, customers=8)
    with django_assert_num_queries(len(few)):
        leila.get(feedback_round.get_absolute_url())


def test_a_manager_is_counted_with_the_peers_whatever_they_agree_to(leila, learner):
    feedback_round = running(learner, manager=1, peers=2)
    for rater in raters(feedback_round):
        says(rater, 3, may_be_named=True)
    [row] = leila.get(feedback_round.get_absolute_url()).context["progress"]
    assert (row.label, row.asked, row.at_least) == ("Manager and peers, together", 3, 3)


@pytest.mark.parametrize("is_script", [True, False])
def test_words_that_are_too_long_are_named_and_the_rest_of_a_draft_is_kept(client, is_script):
    rater = raters(running(peers=3))[0]
    headers = {"HX-Request": "true"} if is_script else {}
    data = data_of(rater, 4, action="draft", keep="x" * 1501, change="Kept words")
    del data[next(name for name in data if name.startswith("b"))]
    answered = text_of(client.post(page_of(rater), data, headers=headers))
    assert "Choose how often" not in answered
    assert ("except what is too long" if is_script else "the limit is 1,500") in answered
    kept = client.get(page_of(rater)).content.decode()
    assert ("Kept words" in kept, "xxx" in kept, kept.count(" checked")) == (True, False, 2)


def test_the_page_names_the_learner_and_shows_no_address_as_a_name(client):
    rater = raters(running(peers=3))[0]
    assert "Leila Haddad may close it earlier" in text_of(client.get(page_of(rater)))
    says(rater, 3)
    assert "Leila Haddad may close it earlier" in text_of(client.get(page_of(rater)))


def steps_of(leila, slug="discover-expectations") -> list[str]:
    return [step.title for step in leila.get(reverse("skill", args=[slug])).context["steps"]]


def test_a_skill_leads_to_a_round_as_far_as_one_may_be_begun_or_looked_at(leila, learner):
    skill()
    skill("negotiate-fairness", "Negotiate fairness")
    assert "Ask those who work with you" in steps_of(leila)
    feedback_round = running(learner, peers=3)
    assert "Your round of feedback" in steps_of(leila)
    assert steps_of(leila, "negotiate-fairness") == []
    all_say(feedback_round, 3)
    leila.post(reverse("feedback:end", args=[feedback_round.uuid]), {"action": "close"})
    assert {"Ask those who work with you", "Your round of feedback"}.isdisjoint(steps_of(leila))
    Round.objects.update(closed_at=timezone.now() - timedelta(days=91))
    assert "Ask those who work with you" in steps_of(leila)


def test_an_invitation_that_never_arrived_is_named_and_a_reminder_is_not(leila, learner):
    feedback_round = running(learner, peers=3)
    MailDelivery.objects.filter(recipient="peers0@people.example").update(state="bounced")
    Round.objects.update(sent_at=timezone.now() - timedelta(days=4))
    leila.post(reverse("feedback:remind", args=[feedback_round.uuid]))
    reminders = MailDelivery.objects.filter(recipient="peers1@people.example").order_by("-pk")
    MailDelivery.objects.filter(pk=reminders[0].pk).update(state="bounced")
    shown = leila.get(feedback_round.get_absolute_url())
    undelivered = [person.rater.contact.email for person in shown.context["people"] if person.is_undelivered]
    assert undelivered == ["peers0@people.example"]
    assert text_of(shown).count("The e-mail could not be delivered.") == 1
