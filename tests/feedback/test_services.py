"""Asking without pressing anybody, closing on the day, and erasing: of whoever asks, and of whoever is asked."""

import re
from datetime import timedelta

import pytest
import yaml
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.personal_data import erase, export_of
from accounts.queries import mailbox_of
from feedback import services
from feedback.contacts import known_contacts
from feedback.enums import RoundState
from feedback.errors import PersonRefused, RoundNotOpen, RoundNotReady
from feedback.models import Rater, Round, ShownComment
from feedback.services.asking import is_wanted
from feedback.services.starting import BETWEEN_ROUNDS
from feedback.wordings import behaviours_of, frequency_words
from mail.links import token_of
from mail.models import Contact, MailDelivery, MailLink
from mail.services.delivering import render
from practice.contacts import MAILS_PER_CONTACT, remember_decline
from practice.errors import MayNotWrite
from skills.models import Evidence, Level
from skills.services import load_framework
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory
from tests.feedback.factories import (
    all_say,
    closed,
    drafted,
    link_of,
    page_of,
    raters,
    running,
    says,
    skill,
    with_people,
)
from tests.practice.factories import sent

pytestmark = pytest.mark.django_db


def later(feedback_round: Round, **delta: int) -> None:
    """As if it had been sent so long ago."""
    Round.objects.filter(pk=feedback_round.pk).update(sent_at=timezone.now() - timedelta(**delta))


# What is asked --------------------------------------------------------------------------------------------------------


def test_what_is_asked_are_the_upper_levels_word_for_word_in_both_persons():
    load_framework(yaml.safe_load((settings.CONTENT_DIR / "skills.yaml").read_text(encoding="utf-8")))
    asked = [pair for one in skill().framework.skills.all() for pair in behaviours_of(list(one.levels.all()))]
    assert len(asked) == 3 * skill().framework.skills.count() == 24
    assert [own for own, _words in asked if not own.startswith("You ")] == []
    assert [words for _own, words in asked if re.search(r"\byou(r|rself)?\b|“", words, re.IGNORECASE)] == []
    assert {row["you"] for row in yaml.safe_load((settings.CONTENT_DIR / "feedback.yaml").read_text())} == {
        own for own, _words in asked
    }


def test_a_sentence_of_another_framework_is_quoted():
    assert behaviours_of([Level(number=4, behaviour="You hum."), Level(number=2, behaviour="You nod.")]) == [
        ("You hum.", "“You hum.”")
    ]


def test_a_round_keeps_the_words_with_which_it_was_begun():
    feedback_round = running(peers=3)
    Level.objects.filter(number=3).update(behaviour="Something else.")
    shown = Client().get(page_of(raters(feedback_round)[0])).content.decode()
    assert "You follow up." in shown
    assert "Something else." not in shown


@pytest.mark.parametrize(
    ("mean", "words"),
    [(1.5, "between never and rarely"), (3.2, "sometimes"), (3.3, "between sometimes and often"), (4.8, "almost always")],
)
def test_frequencies_in_words(mean, words):
    assert frequency_words(mean) == words


# Whom, and how often --------------------------------------------------------------------------------------------------


def test_the_invitation_says_who_asks_until_when_and_how_to_stop_it():
    feedback_round = running(UserFactory(first_name="Leila", last_name="Haddad", email="leila@example.com"), peers=3)
    delivery = MailDelivery.objects.get(template="feedback", recipient="peers0@people.example")
    message = render(delivery)
    assert message.subject == "Leila Haddad asks for your feedback"
    assert "Dear Peers 0," in message.body
    assert "Leila Haddad (leila@example.com)" in message.body
    assert "never what you say by yourself" in message.body
    assert f"Do not ask me again: {settings.ACCORD_BASE_URL}{page_of(raters(feedback_round)[0])}#mails" in " ".join(
        message.body.split()
    )
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert delivery.organisation is None


def test_one_reminder_goes_to_those_who_have_not_answered_by_the_link_they_have():
    feedback_round = running(peers=4)
    says(raters(feedback_round)[0], 3)
    says(raters(feedback_round)[1], 3, is_final=False)
    with pytest.raises(RoundNotOpen, match="People were asked not long ago"):
        services.remind(feedback_round=feedback_round)
    later(feedback_round, days=4)
    links = MailLink.objects.count()
    services.remind(feedback_round=feedback_round)
    reminded = [row.recipient for row in MailDelivery.objects.order_by("pk") if row.context.get("is_reminder")]
    assert reminded == [f"peers{n}@people.example" for n in (1, 2, 3)]
    assert MailLink.objects.count() == links
    with pytest.raises(RoundNotOpen, match="There is one in a round"):
        services.remind(feedback_round=feedback_round)


def test_a_reminder_that_waits_is_not_sent_to_whoever_has_answered_meanwhile():
    feedback_round = running(peers=3)
    later(feedback_round, days=4)
    services.remind(feedback_round=feedback_round)
    waiting = [row for row in MailDelivery.objects.order_by("pk") if row.context.get("is_reminder")]
    says(raters(feedback_round)[0], 4)
    assert [is_wanted(row) for row in waiting] == [False, True, True]
    services.close_round(feedback_round=feedback_round)
    assert [is_wanted(MailDelivery.objects.get(pk=row.pk)) for row in waiting] == [False] * 3


def test_do_not_ask_me_again_is_honoured_by_agreements_and_by_colleagues():
    organisation = OrganisationFactory()
    leila, bea = (MembershipFactory(organisation=organisation).user for _n in range(2))
    feedback_round = running(leila, peers=3)
    rater = raters(feedback_round)[0]
    answered = Client().post(page_of(rater), {"action": "decline"}, follow=True)
    assert "You will not receive e-mails like this again." in answered.content.decode()
    with pytest.raises(PersonRefused, match=r"peers0@people\.example has asked not to be written to"):
        with_people(drafted(bea), peers=1)
    with pytest.raises(MayNotWrite, match="has asked not to be contacted again"):
        sent(bea, party_email="peers0@people.example")
    later(feedback_round, days=4)
    services.remind(feedback_round=feedback_round)
    reminded = {row.recipient for row in MailDelivery.objects.all() if row.context.get("is_reminder")}
    assert reminded == {"peers1@people.example", "peers2@people.example"}


def test_a_decline_to_an_agreement_is_honoured_here():
    user = UserFactory()
    agreement = sent(user, party_email="peers0@people.example")
    remember_decline(contact=agreement.contact)
    with pytest.raises(PersonRefused, match="has asked not to be written to"):
        with_people(drafted(user), peers=1)


def test_the_button_of_a_mail_program_stops_them_even_when_the_round_is_over():
    feedback_round = closed(peers=3)
    link = MailLink.objects.filter(kind="feedback").first()
    assert Client().post(f"/l/{token_of(link)}/", {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Contact.objects.filter(email=link.recipient, declined_at__isnull=False, added_by=feedback_round.user).count() == 1


def test_mails_of_agreements_and_of_feedback_are_counted_together():
    user = UserFactory()
    for n in range(MAILS_PER_CONTACT):
        sent(user, party_email="peers0@people.example", title=f"Agreement {n}")
    feedback_round = drafted(user)
    with_people(feedback_round, peers=4)
    with pytest.raises(MayNotWrite, match="has already received as many e-mails as we send in 14 days"):
        services.send_round(feedback_round=feedback_round)
    feedback_round.refresh_from_db()
    assert feedback_round.state == RoundState.DRAFT
    assert not MailDelivery.objects.filter(template="feedback").exists()


def test_sending_twice_asks_nobody_twice():
    feedback_round = running(peers=3)
    services.send_round(feedback_round=feedback_round)
    assert MailDelivery.objects.filter(template="feedback").count() == 3


def test_somebody_who_is_added_to_a_running_round_is_asked_at_once():
    feedback_round = running(peers=3)
    with_people(feedback_round, customers=1)
    assert MailDelivery.objects.filter(recipient="customers0@people.example", template="feedback").count() == 1


def test_a_round_has_room_for_so_many():
    feedback_round = drafted()
    with_people(feedback_round, peers=24)
    with pytest.raises(PersonRefused, match="room for 24 people"):
        with_people(feedback_round, customers=1)


def test_people_of_agreements_are_offered_and_those_who_declined_are_not():
    user = UserFactory()
    sent(user, party_email="bea@example.org", party_name="Bea Lindt")
    declined = sent(user, party_email="carl@example.org", party_name="Carl Voss")
    remember_decline(contact=declined.contact)
    sent(UserFactory(), party_email="dora@example.org", party_name="Dora Weiss")
    feedback_round = drafted(user)
    assert [contact.email for contact in known_contacts(feedback_round)] == ["bea@example.org"]
    services.add_person(feedback_round=feedback_round, name="Bea", email="bea+work@example.org", group="peers")
    assert "bea@example.org" not in [contact.email for contact in known_contacts(feedback_round)]


def test_whose_mailbox_an_address_is():
    assert mailbox_of(" Ann+Work@Example.org ") == mailbox_of("ann@example.org") == "ann@example.org"


# Closing --------------------------------------------------------------------------------------------------------------


def test_rounds_close_on_their_day_and_the_learner_is_told_once():
    due, other = running(peers=3), running(UserFactory(), customers=3)
    all_say(due, 4)
    Round.objects.filter(pk=due.pk).update(closes_at=timezone.now())
    services.close_rounds()
    services.close_rounds()
    states = list(Round.objects.order_by("pk").values_list("state", flat=True))
    assert (states, other.raters.count()) == ([RoundState.CLOSED, RoundState.OPEN], 3)
    assert MailDelivery.objects.filter(template="feedback_closed").count() == 1
    assert Evidence.objects.get().user == due.user


def test_a_round_without_enough_answers_leaves_no_evidence():
    feedback_round = running(peers=3)
    says(raters(feedback_round)[0], 5)
    done = services.close_round(feedback_round=feedback_round)
    assert (done.state, done.asked, done.shown.count()) == (RoundState.CLOSED, {"peers": 3}, 0)
    assert Evidence.objects.count() == 0


def test_a_draft_of_a_rater_is_not_counted():
    feedback_round = running(peers=4)
    for rater in raters(feedback_round)[:3]:
        says(rater, 2)
    says(raters(feedback_round)[3], 5, is_final=False)
    figure = services.close_round(feedback_round=feedback_round).shown.get().figures.get()
    assert (figure.mean, figure.n) == (2.0, 3)


def test_evidence_of_each_round_is_dated_and_none_is_overwritten():
    user = UserFactory()
    first = closed(user, peers=3)
    Round.objects.filter(pk=first.pk).update(closed_at=timezone.now() - BETWEEN_ROUNDS)
    Evidence.objects.update(occurred_at=timezone.now() - BETWEEN_ROUNDS)
    second = running(user, customers=3)
    all_say(second, 2)
    services.close_round(feedback_round=second)
    found = Evidence.objects.filter(user=user).order_by("occurred_at")
    assert [(one.label, one.source, one.replaces) for one in found] == [
        ("360 feedback: often, as 3 people see it", f"feedback:{first.uuid}", None),
        ("360 feedback: rarely, as 3 people see it", f"feedback:{second.uuid}", None),
    ]


def test_two_tabs_that_begin_a_round_begin_one():
    user = UserFactory()
    drafted(user)
    with pytest.raises(RoundNotReady, match="You have a round of feedback already"):
        drafted(user)
    assert Round.objects.count() == 1


# Erasure and copies ---------------------------------------------------------------------------------------------------


def test_a_learners_copy_has_what_the_pages_show_and_nothing_else():
    user = UserFactory()
    feedback_round = running(user, peers=3)
    all_say(feedback_round, 3, keep="Mixed words")
    [copy] = export_of(user)["feedback_rounds"]
    assert (copy["results"], copy["comments"]) == ([], [])
    assert copy["asked"][0] == {"name": "Peers 0", "email": "peers0@people.example", "group": "peers"}
    services.close_round(feedback_round=feedback_round)
    [copy] = export_of(user)["feedback_rounds"]
    assert copy["asked"] == []
    assert copy["results"] == [
        {"skill": "Discover expectations", "group": "peers", "mean": 3.0, "low": 2.3, "high": 3.7, "people": 3}
    ]
    assert copy["comments"] == [{"question": "keep", "text": "Mixed words"}] * 3


def test_whoever_is_asked_and_has_an_account_gets_what_they_say_while_it_is_theirs():
    person = UserFactory(email="peers0@people.example")
    pretender = UserFactory(email="peers1@people.example", verified_address=False)
    feedback_round = running(peers=3)
    for rater in raters(feedback_round):
        says(rater, 2, 0, keep=f"Of {rater.contact.name}")
    [copy] = export_of(person)["feedback_given"]
    assert (copy["as"], copy["is_sent"], copy["words"]) == ("peers", True, ["Of Peers 0"])
    assert [row["rating"] for row in copy["said"]] == [2, 0, 0]
    assert export_of(pretender)["feedback_given"] == []
    services.close_round(feedback_round=feedback_round)
    assert export_of(person)["feedback_given"] == []


def test_erasing_whoever_is_asked_takes_their_answers_out_and_closes_their_link():
    person = UserFactory(email="peers0@people.example")
    feedback_round = running(peers=4)
    for rater, rating in zip(raters(feedback_round), (5, 2, 2, 2), strict=True):
        says(rater, rating)
    link, address = link_of(raters(feedback_round)[0]), page_of(raters(feedback_round)[0])
    erase(person)
    assert Client().get(address).status_code in (404, 410)
    assert not MailLink.objects.filter(pk=link.pk, revoked_at=None).exists()
    assert not Contact.objects.filter(email="peers0@people.example").exists()
    figure = services.close_round(feedback_round=feedback_round).shown.get().figures.get()
    assert (figure.mean, figure.n) == (2.0, 3)


def test_erasing_whoever_asks_takes_everything_and_their_links_say_that_it_is_over():
    user = UserFactory()
    closed(user, peers=3)
    Round.objects.update(closed_at=timezone.now() - BETWEEN_ROUNDS)
    feedback_round = running(user, customers=3)
    all_say(feedback_round, 4)
    other = running(UserFactory(), peers=3)
    addresses = [page_of(rater) for rater in raters(feedback_round)]
    erase(user)
    erase(user)  # may be repeated
    assert list(Round.objects.all()) == [other]
    assert (Rater.objects.count(), ShownComment.objects.count(), Evidence.objects.filter(user=user).count()) == (3, 0, 0)
    assert {Client().get(address).status_code for address in addresses} <= {404, 410}
    assert not MailDelivery.objects.filter(recipient__startswith="customers").exists()
