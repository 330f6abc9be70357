import uuid
from datetime import date, timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.models import Activity
from learning.models import ActivityState
from learning.services import start_free
from mail.errors import LinkNotOpen
from mail.models import Contact, MailDelivery, MailLink
from practice.errors import AgreementChanged, AgreementIncomplete, AgreementNotEditable, MayNotWrite
from practice.models import Agreement, AgreementRevision
from practice.services import answer_revision, delete_agreement, remind, reopen, save_draft, send_agreement, take_over
from skills.models import Evidence
from tests.assessments.factories import skills
from tests.courses.factories import block, lesson, published_course, uid
from tests.factories import OrganisationFactory, UserFactory
from tests.practice.factories import FIELDS, draft, link_of, sent

pytestmark = pytest.mark.django_db


def answer(agreement, said, **more):
    link = link_of(agreement)
    revision = AgreementRevision.objects.get(pk=link.target_id)
    return answer_revision(revision=revision, link=link, answer=said, **more)


def state(agreement):
    return Agreement.objects.get(pk=agreement.pk).state


# Drafts ---------------------------------------------------------------------------------------------------------------


def test_draft_needs_nothing_to_be_complete():
    empty = dict.fromkeys(FIELDS, "") | {"review_on": None}
    saved = save_draft(user=UserFactory(), uuid=uuid.uuid4(), fields=empty | {"they_expect": "Half a sent"})
    assert (saved.state, saved.they_expect, saved.title) == ("draft", "Half a sent", "")


def test_first_save_that_is_sent_twice_makes_one_draft():
    user, key = UserFactory(), uuid.uuid4()
    for _request in range(2):
        save_draft(user=user, uuid=key, fields=FIELDS, seen="")
    assert Agreement.objects.count() == 1


def test_newer_text_of_another_tab_is_not_overwritten():
    agreement = draft()
    seen = agreement.version_mark
    save_draft(user=agreement.user, uuid=agreement.uuid, fields={"title": "From the other tab"}, seen=seen)
    with pytest.raises(AgreementChanged) as caught:
        save_draft(user=agreement.user, uuid=agreement.uuid, fields={"title": "From this one"}, seen=seen)
    assert caught.value.agreement.title == "From the other tab"


def test_equal_text_is_never_a_conflict():
    agreement = draft()
    save_draft(user=agreement.user, uuid=agreement.uuid, fields={"title": "New"}, seen=agreement.version_mark)
    saved = save_draft(user=agreement.user, uuid=agreement.uuid, fields={"title": "New"}, seen=agreement.version_mark)
    assert saved.title == "New"


@pytest.mark.parametrize("said", [None, "confirmed"])
def test_what_was_sent_is_not_edited_behind_the_other_partys_back(said):
    agreement = sent()
    if said:
        answer(agreement, said)
    with pytest.raises(AgreementNotEditable, match="Withdraw it first"):
        save_draft(user=agreement.user, uuid=agreement.uuid, fields={"i_expect": "More."})


# Sending --------------------------------------------------------------------------------------------------------------


def test_sending_freezes_the_text_and_mails_a_link(django_capture_on_commit_callbacks):
    agreement = draft()
    with django_capture_on_commit_callbacks(execute=True):
        revision = send_agreement(agreement=agreement)
    assert (revision.number, revision.title, revision.they_expect) == (1, FIELDS["title"], FIELDS["they_expect"])
    assert state(agreement) == "sent"
    [message] = mail.outbox
    assert message.to == ["bea@example.org"]
    assert message.subject == f"{agreement.user.display_name} asks what you expect: Handover on Fridays"
    assert agreement.user.email in message.body
    assert "Decline, or stop e-mails like this" in message.body
    assert "/l/" in message.body


def test_mail_does_not_carry_the_text_of_the_agreement(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        sent()
    [message] = mail.outbox
    everything = message.body + str(message.alternatives) + str(MailDelivery.objects.get().context)
    assert FIELDS["they_expect"] not in everything
    assert FIELDS["i_expect"] not in everything


def test_link_stays_open_for_30_days():
    with time_machine.travel("2026-03-01 10:00Z", tick=False):
        link = link_of(sent())
    assert link.expires_at.date() == date(2026, 3, 31)


def test_sending_twice_sends_once():
    agreement = draft()
    assert send_agreement(agreement=agreement).pk == send_agreement(agreement=agreement).pk
    assert (AgreementRevision.objects.count(), MailDelivery.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": ""}, "please add: what it is about"),
        ({"they_expect": "", "review_on": None}, "please add: what they expect, the review date"),
        ({"party_email": "bea@"}, "“bea@” is not a complete e-mail address"),
        ({"review_on": date(2020, 1, 1)}, "is in the past"),
        ({"title": "Win at https://example.org"}, "Leave web and e-mail addresses out"),
        ({"party_name": "www.example.org"}, "Leave web and e-mail addresses out"),
    ],
)
def test_what_the_other_party_could_not_use_is_not_sent(fields, words):
    agreement = draft(**fields)
    with pytest.raises(AgreementIncomplete, match=words):
        send_agreement(agreement=agreement)
    assert (state(agreement), MailDelivery.objects.count()) == ("draft", 0)


def test_nobody_agrees_with_themselves():
    user = UserFactory(email="ada@example.com")
    with pytest.raises(AgreementIncomplete, match="your own e-mail address"):
        send_agreement(agreement=draft(user, party_email="Ada@Example.com"))


def test_contact_of_an_agreement_belongs_to_no_organisation(member):
    user = member(OrganisationFactory()).user
    sent(user)
    assert list(Contact.objects.values_list("organisation", "added_by", "email")) == [(None, user.pk, "bea@example.org")]


# How often ------------------------------------------------------------------------------------------------------------


def test_three_mails_in_14_days_to_one_contact_are_enough():
    user = UserFactory()
    with time_machine.travel("2026-03-01 10:00Z", tick=False):
        for number in range(3):
            sent(user, title=f"Number {number}", review_on=date(2026, 6, 1))
        fourth = draft(user, review_on=date(2026, 6, 1))
        with pytest.raises(MayNotWrite, match=r"as many e-mails as we send in 14 days. You can send this from 15 March 2026"):
            send_agreement(agreement=fourth)
        assert state(fourth) == "draft"
    with time_machine.travel("2026-03-15 10:01Z", tick=False):
        assert send_agreement(agreement=fourth).number == 1


def test_another_contact_is_not_counted():
    user = UserFactory()
    for number in range(4):
        sent(user, party_email=f"person{number}@example.org")
    assert MailLink.objects.count() == 4


def test_one_address_is_protected_from_many_senders():
    for _sender in range(12):
        sent()
    with pytest.raises(MayNotWrite, match="as many e-mails as we send"):
        sent()


def test_reminder_waits_three_days_and_replaces_the_link(django_capture_on_commit_callbacks):
    with time_machine.travel("2026-03-01 10:00Z", tick=False) as clock:
        agreement = sent(review_on=date(2026, 6, 1))
        first = link_of(agreement)
        clock.shift(timedelta(days=2))
        with pytest.raises(MayNotWrite, match="from 4 March 2026"):
            remind(agreement=agreement)
        clock.shift(timedelta(days=1, minutes=1))
        with django_capture_on_commit_callbacks(execute=True):
            remind(agreement=agreement)
        first.refresh_from_db()
        second = link_of(agreement)
        assert (first.is_open, second.is_open, second.target_id == first.target_id) == (False, True, True)
    assert mail.outbox[-1].subject.startswith("Reminder: ")


def test_draft_has_nothing_to_be_reminded_of():
    with pytest.raises(AgreementNotEditable, match="not waiting"):
        remind(agreement=draft())


# Answers --------------------------------------------------------------------------------------------------------------


def test_confirmation_is_evidence_from_work_without_names():
    skills()
    agreement = sent()
    answer(agreement, "confirmed")
    [evidence] = Evidence.objects.all()
    assert (evidence.user, evidence.skill.slug, evidence.kind, evidence.source, evidence.label) == (
        agreement.user,
        "make-expectations-explicit",
        "workplace",
        f"agreement:{agreement.uuid}",
        "Agreement confirmed by the other party",
    )
    assert (evidence.share, evidence.level, evidence.is_provisional) == (None, None, True)


@pytest.mark.parametrize("said", ["corrected", "declined"])
def test_only_a_confirmation_is_evidence(said):
    skills()
    answer(sent(), said, they_expect="Other", i_expect="Other")
    assert Evidence.objects.count() == 0


def test_confirmation_works_without_a_framework_of_skills():
    agreement = sent()
    answer(agreement, "confirmed")
    assert state(agreement) == "confirmed"


def test_second_confirmation_after_a_revision_is_the_same_evidence():
    skills()
    agreement = sent()
    answer(agreement, "confirmed")
    reopen(agreement=agreement)
    send_agreement(agreement=agreement)
    answer(agreement, "confirmed")
    assert Evidence.objects.count() == 1


def test_confirmation_finishes_the_activity_it_was_written_for():
    course = published_course([[lesson("l1", blocks=[block("agreement", "deal")])]])
    enrolment = start_free(user=UserFactory(), course=course)
    activity = Activity.objects.get(course=course, block_id=uid("deal"))
    answer(sent(enrolment.user, enrolment=enrolment, activity=activity), "confirmed")
    assert ActivityState.objects.get(enrolment=enrolment, activity=activity).finished_at is not None


@pytest.mark.parametrize(("said", "words"), [("corrected", "has corrected"), ("declined", "has declined")])
def test_learner_is_told_of_every_answer(said, words, django_capture_on_commit_callbacks):
    agreement = sent()
    with django_capture_on_commit_callbacks(execute=True):
        answer(agreement, said, they_expect="Other words", i_expect="Others", comment="A comment")
    [message] = mail.outbox
    assert (message.to, message.subject) == ([agreement.user.email], f"Bea Lindt {words}: Handover on Fridays")
    assert f"/agreements/{agreement.uuid}/" in message.body
    assert "Other words" not in message.body
    assert "A comment" not in message.body


def test_of_a_confirmation_the_learner_is_told_with_the_copy(django_capture_on_commit_callbacks):
    agreement = sent()
    with django_capture_on_commit_callbacks(execute=True):
        answer(agreement, "confirmed", comment="A comment")
    message = next(one for one in mail.outbox if one.to == [agreement.user.email])
    assert message.subject == "Bea Lindt has confirmed your agreement"
    assert f"/agreements/{agreement.uuid}/" in message.body
    assert "A comment" not in message.body


def test_answer_is_final():
    agreement = sent()
    link = link_of(agreement)
    answer(agreement, "confirmed")
    revision = AgreementRevision.objects.get()
    with pytest.raises(LinkNotOpen, match="has been answered"):
        answer_revision(revision=revision, link=link, answer="declined")
    assert state(agreement) == "confirmed"


def test_taking_back_closes_the_link():
    agreement = sent()
    link, revision = link_of(agreement), AgreementRevision.objects.get()
    reopen(agreement=agreement)
    with pytest.raises(LinkNotOpen):
        answer_revision(revision=revision, link=link, answer="confirmed")
    assert state(agreement) == "draft"


def test_correction_can_be_taken_over_and_sent_again():
    agreement = sent()
    answer(agreement, "corrected", they_expect="A list by three o'clock.", i_expect="Questions before noon.", comment="Earlier")
    taken = take_over(agreement=agreement)
    assert (taken.state, taken.they_expect, taken.i_expect) == (
        "draft",
        "A list by three o'clock.",
        "Questions before noon.",
    )
    send_agreement(agreement=agreement)
    answer(agreement, "confirmed")
    history = AgreementRevision.objects.order_by("number").values_list("number", "they_expect", "answer", "comment")
    assert list(history) == [
        (1, "A list by four o'clock.", "corrected", "Earlier"),
        (2, "A list by three o'clock.", "confirmed", ""),
    ]


def test_taking_over_twice_changes_nothing_more():
    agreement = sent()
    answer(agreement, "corrected", they_expect="Theirs", i_expect="Theirs")
    take_over(agreement=agreement)
    save_draft(user=agreement.user, uuid=agreement.uuid, fields={"they_expect": "Mine again"})
    assert take_over(agreement=agreement).they_expect == "Mine again"


# Do not write again ---------------------------------------------------------------------------------------------------


def decline_for_good(user):
    answer(sent(user), "declined", do_not_write=True)


def test_who_declines_for_good_is_not_written_to_again_by_anyone_of_the_organisation(member):
    organisation = OrganisationFactory()
    asker, colleague = member(organisation).user, member(organisation).user
    decline_for_good(asker)
    for user in (asker, colleague):
        with pytest.raises(MayNotWrite, match=r"bea@example.org has asked not to be contacted again"):
            sent(user, party_email="BEA@example.org")
    assert MailLink.objects.count() == 1


def test_another_organisation_may_still_ask(member):
    decline_for_good(member(OrganisationFactory()).user)
    assert sent(member(OrganisationFactory()).user).state == "sent"


def test_learners_without_an_organisation_count_as_one_group(member):
    decline_for_good(UserFactory())
    with pytest.raises(MayNotWrite):
        sent(UserFactory())
    assert sent(member(OrganisationFactory()).user).state == "sent"


def test_plain_decline_does_not_stop_another_question():
    agreement = sent()
    answer(agreement, "declined")
    assert send_agreement(agreement=agreement).number == 2


def test_row_that_holds_the_decline_does_not_name_the_learner(member):
    organisation = OrganisationFactory()
    decline_for_good(member(organisation).user)
    [row] = Contact.objects.filter(organisation=organisation)
    assert (row.email, row.added_by, row.name, row.declined_at is not None) == ("bea@example.org", None, "", True)


# Deleting -------------------------------------------------------------------------------------------------------------


def test_deleting_removes_the_text_and_closes_the_link():
    agreement = sent()
    link = link_of(agreement)
    delete_agreement(agreement=agreement)
    link.refresh_from_db()
    assert (Agreement.objects.count(), AgreementRevision.objects.count(), link.is_open) == (0, 0, False)


def test_deleting_keeps_the_evidence():
    skills()
    agreement = sent()
    answer(agreement, "confirmed")
    delete_agreement(agreement=agreement)
    assert Evidence.objects.count() == 1


acts = st.lists(st.sampled_from(["send", "confirmed", "corrected", "declined", "reopen", "take_over", "remind"]), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=acts)
def test_whatever_order_acts_arrive_in_at_most_one_link_is_open_and_every_answer_is_kept(db, acts):
    agreement = draft(party_email=f"{uuid.uuid4().hex}@example.org")
    answered = 0
    for act in acts:
        try:
            if act == "send":
                send_agreement(agreement=agreement)
            elif act == "reopen":
                reopen(agreement=agreement)
            elif act == "take_over":
                take_over(agreement=agreement)
            elif act == "remind":
                remind(agreement=agreement)
            elif link_of(agreement) is not None:
                answer(agreement, act, they_expect="Theirs", i_expect="Theirs")
                answered += 1
        except (MayNotWrite, LinkNotOpen, AgreementNotEditable):
            pass
    ids = [str(pk) for pk in agreement.revisions.values_list("pk", flat=True)]
    asking = MailLink.objects.filter(kind="agreement", target_id__in=ids)
    links = asking.filter(used_at=None, revoked_at=None, expires_at__gt=timezone.now())
    assert links.count() == (1 if state(agreement) == "sent" else 0)
    assert agreement.revisions.exclude(answer="").count() == answered
    assert asking.count() <= 3
