"""Review days: who is asked when, who reads what, what is kept."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core import mail as django_mail
from django.db import IntegrityError, transaction
from icalendar import Calendar

from mail.models import MailDelivery, MailLink
from mail.services.choices import stop_mails
from mail.services.delivering import render, send
from practice.contacts import remember_decline
from practice.errors import AnswersFinal, ReviewClosed, ReviewDayRefused, ReviewNotDue
from practice.models import Agreement, AgreementRevision, Party, Review, ReviewAnswer, ReviewRequest
from practice.queries import open_review_of, reviews_of_agreements, reviews_seen
from practice.services import (
    agree_next_review,
    answer_review,
    ask_about_reviews,
    delete_agreement,
    reopen,
    send_agreement,
    set_party_wants_mails,
)
from practice.services.asking import turn_on
from skills.models import Evidence, Framework, Skill
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory
from tests.practice.factories import FIELDS, answer_newest, confirmed, copy_link_of

pytestmark = pytest.mark.django_db
DAY = date(2027, 6, 15)
NOON = datetime(2027, 6, 15, 12, tzinfo=UTC)
WEEK = timedelta(weeks=1)
ONE_DAY = timedelta(days=1)


@pytest.fixture
def agreement():
    with time_machine.travel(NOON - 30 * ONE_DAY, tick=False):
        return confirmed(review_on=DAY)


def run(at):
    """The task at that hour; which parties it asked, in which turn."""
    before = set(ReviewRequest.objects.values_list("pk", flat=True))
    with time_machine.travel(at, tick=False):
        ask_about_reviews()
    return {(str(row.party), row.turn) for row in ReviewRequest.objects.exclude(pk__in=before)}


def say(agreement, party, verdict="kept", words="", at=NOON):
    with time_machine.travel(at, tick=False):
        return answer_review(review=open_review_of(agreement), party=party, verdict=verdict, what_changed=words)


def questions():
    return MailDelivery.objects.filter(template="agreement_review")


BOTH = {("learner", 1), ("other", 1)}


# When -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "turn"), [(-1, None), (0, 1), (1, 1), (6, 1), (7, 2), (13, 2), (14, None), (400, None)])
def test_which_question_is_asked_on_a_day(days, turn):
    assert turn_on(DAY, DAY + days * ONE_DAY) == turn


def test_confirming_opens_the_review_of_the_day_in_the_text(agreement):
    review = open_review_of(agreement)
    assert (review.number, review.due_on, review.revision.number, review.set_by) == (1, DAY, 1, "")


def test_both_are_asked_on_the_day_once_more_after_a_week_and_never_again(agreement):
    asked = [run(NOON + days * ONE_DAY + hours * timedelta(hours=1)) for days in range(-3, 40) for hours in (0, 1)]
    assert [found for found in asked if found] == [BOTH, {("learner", 2), ("other", 2)}]
    assert questions().count() == 4
    assert set(questions().values_list("priority", "organisation")) == {("bulk", None)}


def test_who_has_answered_is_not_asked_again(agreement):
    assert run(NOON) == BOTH
    say(agreement, Party.OTHER)
    assert run(NOON + WEEK) == {("learner", 2)}


@pytest.mark.parametrize(
    ("zone", "at", "is_asked"),
    [
        ("", "2027-06-15T07:59:00Z", False),
        ("", "2027-06-15T08:00:00Z", True),
        ("", "2027-06-15T18:00:00Z", False),
        ("America/New_York", "2027-06-15T11:59:00Z", False),  # one minute to eight, in summer time
        ("America/New_York", "2027-06-15T12:00:00Z", True),
        ("America/New_York", "2027-06-15T23:00:00Z", False),
        ("Asia/Tokyo", "2027-06-14T23:00:00Z", True),  # eight in the morning of the fifteenth
        ("Asia/Tokyo", "2027-06-15T09:30:00Z", False),
        ("Nowhere/Else", "2027-06-15T12:00:00Z", True),
    ],
)
def test_the_learners_clock_counts_for_both_where_the_other_has_no_account(zone, at, is_asked):
    with time_machine.travel(NOON - 30 * ONE_DAY, tick=False):
        confirmed(UserFactory(time_zone=zone), review_on=DAY)
    assert run(at) == (BOTH if is_asked else set())


@pytest.mark.parametrize(
    ("day", "at", "is_asked"),
    [
        # New York puts its clocks forward on 14 March 2027 and back on 7 November 2027.
        (date(2027, 3, 13), "2027-03-13T12:30:00Z", False),
        (date(2027, 3, 13), "2027-03-13T13:00:00Z", True),
        (date(2027, 3, 14), "2027-03-14T12:00:00Z", True),
        (date(2027, 11, 7), "2027-11-07T12:30:00Z", False),
        (date(2027, 11, 7), "2027-11-07T13:00:00Z", True),
    ],
)
def test_clocks_that_change_are_followed(day, at, is_asked):
    with time_machine.travel(datetime.combine(day, NOON.timetz()) - 30 * ONE_DAY, tick=False):
        confirmed(UserFactory(time_zone="America/New_York"), review_on=day)
    assert bool(run(at)) == is_asked


def test_each_is_asked_by_their_own_clock_where_the_other_has_an_account_too():
    UserFactory(email="bea@example.org", time_zone="Asia/Tokyo")
    with time_machine.travel(NOON - 30 * ONE_DAY, tick=False):
        confirmed(UserFactory(time_zone="America/New_York"), review_on=DAY)
    assert run("2027-06-14T23:30:00Z") == {("other", 1)}
    assert run("2027-06-15T12:30:00Z") == {("learner", 1)}


def test_without_a_zone_of_their_own_people_live_where_their_organisation_does():
    user = MembershipFactory(organisation=OrganisationFactory(time_zone="Asia/Tokyo")).user
    with time_machine.travel(NOON - 30 * ONE_DAY, tick=False):
        confirmed(user, review_on=DAY)
    assert run("2027-06-14T23:30:00Z") == BOTH


def test_a_site_that_stood_still_for_a_day_makes_up_for_it(agreement):
    assert run(NOON + 2 * ONE_DAY) == BOTH


# Who is not asked -----------------------------------------------------------------------------------------------------


def test_nobody_is_asked_about_what_was_withdrawn_refused_or_deleted(agreement):
    with time_machine.travel(NOON - ONE_DAY, tick=False):
        reopen(agreement=agreement)
    assert run(NOON) == set()
    with time_machine.travel(NOON - ONE_DAY, tick=False):
        send_agreement(agreement=agreement)
        answer_newest(agreement, "declined")
    assert run(NOON) == set()
    delete_agreement(agreement=agreement)
    assert run(NOON) == set()


def test_an_account_that_is_closed_ends_the_questions_to_both(agreement):
    agreement.user.is_active = False
    agreement.user.save()
    assert run(NOON) == set()


def test_who_stopped_these_mails_is_not_asked_and_the_other_is(agreement):
    stop_mails(user_id=agreement.user_id, choice="agreements")
    assert run(NOON) == {("other", 1)}


def test_the_other_party_stops_mails_of_this_agreement(agreement):
    set_party_wants_mails(revision=agreement.revisions.get(), wanted=False)
    assert run(NOON) == {("learner", 1)}
    set_party_wants_mails(revision=agreement.revisions.get(), wanted=True)
    assert run(NOON + ONE_DAY) == {("other", 1)}


def test_who_asked_never_to_be_written_to_is_not_asked(agreement):
    remember_decline(contact=agreement.contact)
    assert run(NOON) == {("learner", 1)}


@pytest.mark.parametrize(
    "act",
    [
        lambda agreement: answer_review(review=open_review_of(agreement), party=Party.LEARNER, verdict="kept"),
        lambda agreement: reopen(agreement=agreement),
        lambda agreement: stop_mails(user_id=agreement.user_id, choice="agreements"),
        lambda agreement: type(agreement.user).objects.filter(pk=agreement.user_id).update(is_active=False),
    ],
    ids=["answered", "withdrawn", "stopped", "account closed"],
)
def test_a_question_that_waits_is_not_sent_once_its_reason_is_gone(agreement, act):
    run(NOON)
    [question] = questions().filter(recipient=agreement.user.email)
    with time_machine.travel(NOON, tick=False):
        act(agreement)
        send([question.pk])
    question.refresh_from_db()
    assert (question.state, len(django_mail.outbox)) == ("cancelled", 0)


def test_killed_between_note_and_mail_asks_nobody_twice(agreement, monkeypatch):
    """Both are written in one transaction: either both are there, or neither."""
    from practice.services import asking

    def die(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(asking.mail, "enqueue_in_bulk", die)
    with pytest.raises(KeyboardInterrupt):
        run(NOON)
    assert (ReviewRequest.objects.count(), questions().count()) == (0, 0)
    monkeypatch.undo()
    assert run(NOON) == BOTH
    assert run(NOON) == set()


# Answers --------------------------------------------------------------------------------------------------------------


def seen_by(agreement, party):
    return reviews_seen(agreement.revisions.first(), party, DAY)[0]


def test_nobody_reads_the_others_answer_before_giving_their_own(agreement):
    say(agreement, Party.OTHER, "partly", "The list came late twice.")
    learner = seen_by(agreement, Party.LEARNER)
    assert (learner.own, learner.other, learner.has_other_answered) == (None, None, True)
    say(agreement, Party.LEARNER, "kept", "We talk every Friday.")
    for party, own, other in ((Party.LEARNER, "kept", "partly"), (Party.OTHER, "partly", "kept")):
        seen = seen_by(agreement, party)
        assert (seen.own.verdict, seen.other.verdict, seen.outcome_words) == (own, other, "Seen differently")


def test_an_answer_may_be_changed_until_both_have_answered(agreement):
    say(agreement, Party.LEARNER, "kept")
    assert say(agreement, Party.LEARNER, "partly", "Not in May.").verdict == "partly"
    say(agreement, Party.OTHER, "partly")
    for party in Party:
        with pytest.raises(AnswersFinal, match="answers stay as they are"):
            say(agreement, party, "kept")
    assert say(agreement, Party.LEARNER, "partly", "Not in May.").verdict == "partly"  # a request that is sent twice
    assert sorted(ReviewAnswer.objects.values_list("verdict", flat=True)) == ["partly", "partly"]


def test_nobody_answers_before_the_day(agreement):
    with pytest.raises(ReviewNotDue):
        say(agreement, Party.LEARNER, at=NOON - ONE_DAY)


def test_the_day_begins_where_the_learner_is():
    with time_machine.travel(NOON - 30 * ONE_DAY, tick=False):
        agreement = confirmed(UserFactory(time_zone="Asia/Tokyo"), review_on=DAY)
    assert say(agreement, Party.LEARNER, at="2027-06-14T15:30:00Z").verdict == "kept"


def test_a_verdict_that_does_not_exist_is_refused(agreement):
    with pytest.raises(ValueError, match="not a verdict"):
        say(agreement, Party.LEARNER, "splendid")


def test_a_review_of_what_was_withdrawn_is_over(agreement):
    review = open_review_of(agreement)
    reopen(agreement=agreement)
    with time_machine.travel(NOON, tick=False), pytest.raises(ReviewClosed, match="Nothing was saved"):
        answer_review(review=review, party=Party.OTHER, verdict="kept")


def test_the_database_holds_one_answer_of_a_party_and_one_open_review(agreement):
    review = open_review_of(agreement)
    ReviewAnswer.objects.create(review=review, party="other", verdict="kept")
    for row in (
        ReviewAnswer(review=review, party="other", verdict="partly"),
        ReviewAnswer(review=review, party="learner", verdict="splendid"),
        ReviewAnswer(review=review, party="employer", verdict="kept"),
        Review(agreement=agreement, revision=review.revision, number=2, due_on=DAY),
        ReviewRequest(review=review, party="other", turn=3),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


@pytest.mark.parametrize(
    ("own", "other", "label"),
    [
        ("kept", "kept", "Agreement kept, as both of you say"),
        ("partly", "partly", "Agreement partly kept, as both of you say"),
        ("not_kept", "not_kept", "Agreement reviewed together: not kept, as both of you say"),
        ("kept", "partly", "Agreement reviewed together: “Kept” in your view, “Partly kept” in theirs"),
    ],
)
def test_what_both_say_is_evidence_from_work_without_names_and_words(agreement, own, other, label):
    framework, _new = Framework.objects.get_or_create(slug="accord", defaults={"title": "Accord"})
    Skill.objects.create(framework=framework, slug="manage-expectations-over-time", name="Manage", position=9)
    say(agreement, Party.LEARNER, own, "Secret")
    assert not Evidence.objects.filter(source__startswith="review:").exists()
    say(agreement, Party.OTHER, other, "Secret")
    [evidence] = Evidence.objects.filter(source__startswith="review:")
    assert (evidence.user, evidence.kind, evidence.label, evidence.is_provisional) == (agreement.user, "workplace", label, True)


def test_a_review_works_without_a_framework_of_skills(agreement):
    say(agreement, Party.LEARNER)
    assert say(agreement, Party.OTHER).verdict == "kept"


def test_whoever_answered_first_hears_that_the_other_has_too(agreement):
    say(agreement, Party.LEARNER)
    say(agreement, Party.OTHER)
    [told] = MailDelivery.objects.filter(template="agreement_answers")
    assert told.recipient == agreement.user.email
    assert "Compare both answers: http" in " ".join(render(told).body.split())


def test_what_one_does_at_night_the_other_reads_in_the_morning(agreement):
    UserFactory(email="bea@example.org", time_zone="Asia/Tokyo")
    say(agreement, Party.OTHER, at="2027-06-15T11:00:00Z")
    say(agreement, Party.LEARNER, at="2027-06-15T11:30:00Z")  # half past eight in the evening in Tokyo
    told = MailDelivery.objects.get(template="agreement_answers")
    assert (told.priority, told.not_before) == ("bulk", datetime(2027, 6, 15, 23, tzinfo=UTC))


# The next day ---------------------------------------------------------------------------------------------------------


def both_say(agreement, at=NOON):
    say(agreement, Party.LEARNER, at=at)
    say(agreement, Party.OTHER, at=at)


def set_next(agreement, day, party=Party.LEARNER, at=NOON):
    with time_machine.travel(at, tick=False):
        return agree_next_review(review=open_review_of(agreement), party=party, due_on=day)


@pytest.mark.parametrize("party", list(Party))
def test_either_sets_the_next_day_and_both_are_asked_on_it(agreement, party):
    both_say(agreement)
    following = set_next(agreement, DAY + 90 * ONE_DAY, party)
    assert (following.number, following.set_by, following.revision) == (2, party, agreement.revisions.get())
    assert run(NOON + WEEK) == set()
    assert run(NOON + 90 * ONE_DAY) == BOTH
    history = reviews_of_agreements([agreement], DAY)[agreement.pk]
    assert [(seen.review.number, seen.outcome) for seen in history] == [(2, ""), (1, "kept")]


def test_the_same_next_day_is_set_once(agreement):
    both_say(agreement)
    review = open_review_of(agreement)
    with time_machine.travel(NOON, tick=False):
        rows = {agree_next_review(review=review, party=Party.LEARNER, due_on=DAY + 2 * WEEK).pk for _again in range(2)}
    assert (len(rows), MailDelivery.objects.filter(template="agreement_next_day").count()) == (1, 2)


@pytest.mark.parametrize(("days", "is_refused"), [(-1, True), (0, True), (6, True), (7, False), (732, False), (733, True)])
def test_a_next_day_is_neither_tomorrow_nor_in_the_far_future(agreement, days, is_refused):
    both_say(agreement)
    if is_refused:
        with pytest.raises(ReviewDayRefused, match="at least a week"):
            set_next(agreement, DAY + days * ONE_DAY)
    else:
        assert set_next(agreement, DAY + days * ONE_DAY).number == 2


def test_who_waits_for_the_other_sets_a_next_day_after_two_weeks(agreement):
    say(agreement, Party.OTHER)
    with pytest.raises(ReviewDayRefused, match="Say first"):
        set_next(agreement, DAY + 90 * ONE_DAY, Party.OTHER, at=NOON + 13 * ONE_DAY)
    with pytest.raises(ReviewDayRefused, match="Say first"):
        set_next(agreement, DAY + 90 * ONE_DAY, Party.LEARNER, at=NOON + 14 * ONE_DAY)
    assert set_next(agreement, DAY + 90 * ONE_DAY, Party.OTHER, at=NOON + 14 * ONE_DAY).number == 2
    seen = reviews_seen(agreement.revisions.get(), Party.LEARNER, DAY)[1]
    assert (seen.own, seen.other, seen.can_answer) == (None, None, False)


# What goes out --------------------------------------------------------------------------------------------------------


def message_to(template, recipient):
    return render(MailDelivery.objects.get(template=template, recipient=recipient))


def entry_of(message):
    [(name, content, mimetype)] = message.attachments
    assert name == "review.ics"
    return Calendar.from_ical(content).walk("VEVENT")[0], mimetype


def test_both_get_the_confirmed_text_and_a_file_for_the_calendar(agreement):
    party = message_to("agreement_copy", "bea@example.org")
    learner = message_to("agreement_copy", agreement.user.email)
    for message in (party, learner):
        for words in (FIELDS["they_expect"], FIELDS["i_expect"], "15 June 2027"):
            assert words in message.body
        assert "A list by four o&#x27;clock." in message.alternatives[0].content
        entry, mimetype = entry_of(message)
        assert (entry.decoded("dtstart"), int(entry["SEQUENCE"]), mimetype) == (DAY, 0, "text/calendar; method=PUBLISH")
        assert str(entry["UID"]) == f"{agreement.uuid}@127.0.0.1"
        assert FIELDS["title"] not in message.subject + str(entry["SUMMARY"]) + str(entry["DESCRIPTION"])
        assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert b'Content-Type: text/calendar; method="PUBLISH"; charset="utf-8"' in message.message().as_bytes()
    assert party.subject == f"Your agreement with {agreement.user.display_name}: a copy for you"
    assert learner.subject == "Bea Lindt has confirmed your agreement"
    assert "/l/" not in str(entry_of(party)[0]["DESCRIPTION"])  # others look into calendars


def test_the_text_is_not_kept_in_the_table_of_mails(agreement):
    everything = str(list(MailDelivery.objects.values()))
    assert FIELDS["they_expect"] not in everything


def test_text_of_several_lines_stays_as_it_was_written():
    confirmed(they_expect="One.\n\nTwo: see https://example.org/list", review_on=DAY)
    message = message_to("agreement_copy", "bea@example.org")
    assert "One.\n\nTwo: see https://example.org/list" in message.body


def test_withdrawing_takes_the_day_out_of_both_calendars(agreement):
    with time_machine.travel(NOON - WEEK, tick=False):
        reopen(agreement=agreement)
    for recipient in ("bea@example.org", agreement.user.email):
        message = message_to("agreement_withdrawn", recipient)
        entry, mimetype = entry_of(message)
        assert (str(entry["STATUS"]), int(entry["SEQUENCE"]), mimetype) == ("CANCELLED", 1, "text/calendar; method=CANCEL")
        assert str(entry["UID"]) == f"{agreement.uuid}@127.0.0.1"
        assert FIELDS["title"] not in message.subject


def test_a_new_version_replaces_the_entry(agreement):
    with time_machine.travel(NOON - WEEK, tick=False):
        reopen(agreement=agreement)
        Agreement.objects.filter(pk=agreement.pk).update(review_on=DAY + WEEK)
        send_agreement(agreement=agreement)
        answer_newest(agreement, "confirmed")
    newest = MailDelivery.objects.filter(template="agreement_copy", recipient="bea@example.org").order_by("pk").last()
    entry, _mimetype = entry_of(render(newest))
    assert (entry.decoded("dtstart"), int(entry["SEQUENCE"])) == (DAY + WEEK, 2)
    both_say(agreement, at=NOON + WEEK)
    set_next(agreement, DAY + 60 * ONE_DAY, at=NOON + WEEK)
    entry, _mimetype = entry_of(message_to("agreement_next_day", "bea@example.org"))
    assert (entry.decoded("dtstart"), int(entry["SEQUENCE"])) == (DAY + 60 * ONE_DAY, 3)


def test_deleting_cancels_the_day_though_nothing_is_left(agreement, django_capture_on_commit_callbacks):
    with time_machine.travel(NOON - WEEK, tick=False), django_capture_on_commit_callbacks(execute=True):
        delete_agreement(agreement=agreement)
    assert {message.to[0] for message in django_mail.outbox} == {"bea@example.org", agreement.user.email}
    assert not Review.objects.exists()
    assert not MailLink.objects.filter(kind="agreement_copy", revoked_at=None).exists()


def test_a_day_that_has_passed_is_not_cancelled(agreement):
    with time_machine.travel(NOON + ONE_DAY, tick=False):
        reopen(agreement=agreement)
    assert not MailDelivery.objects.filter(template="agreement_withdrawn").exists()


def test_who_wants_no_such_mails_still_hears_of_the_answer():
    user = UserFactory()
    stop_mails(user_id=user.pk, choice="agreements")
    confirmed(user, review_on=DAY)
    assert set(MailDelivery.objects.filter(recipient=user.email).values_list("template", flat=True)) == {"agreement_answered"}


def test_the_questions_say_why_they_came_and_carry_no_private_words_in_subjects(agreement):
    run(NOON)
    party, learner = (render(questions().get(recipient=who)) for who in ("bea@example.org", agreement.user.email))
    assert party.subject == f"Review day: was your agreement with {agreement.user.display_name} kept?"
    assert learner.subject == "Your review day: was the agreement kept?"
    assert f"/agreements/{agreement.uuid}/#review" in learner.body
    assert "Stop e-mails like this: http" in " ".join(learner.body.split())
    assert "Stop e-mails about this agreement: http" in " ".join(party.body.split())
    for message in (party, learner):
        assert FIELDS["they_expect"] not in message.body
        assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    run(NOON + WEEK)
    again = [render(one).subject for one in questions().filter(context__turn=2)]
    assert all(subject.startswith("Once more: was your agreement") for subject in again)


# The link that stays --------------------------------------------------------------------------------------------------


def test_one_link_lasts_a_year_beyond_the_next_day(agreement):
    first = copy_link_of(agreement)
    assert abs(first.expires_at - (NOON + 365 * ONE_DAY)) < 2 * ONE_DAY
    both_say(agreement)
    set_next(agreement, DAY + 90 * ONE_DAY)
    assert MailLink.objects.filter(kind="agreement_copy").count() == 1
    assert abs(copy_link_of(agreement).expires_at - (NOON + 455 * ONE_DAY)) < 2 * ONE_DAY


def test_another_party_does_not_inherit_the_stop_of_the_first(agreement):
    set_party_wants_mails(revision=agreement.revisions.get(), wanted=False)
    reopen(agreement=agreement)
    Agreement.objects.filter(pk=agreement.pk).update(party_email="carl@example.org")
    send_agreement(agreement=agreement)
    agreement.refresh_from_db()
    assert agreement.party_stopped_at is None
    set_party_wants_mails(revision=AgreementRevision.objects.get(number=1), wanted=False)
    agreement.refresh_from_db()
    assert agreement.party_stopped_at is None
