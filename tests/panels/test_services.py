"""A panel is opened, rated, closed, and its keys are taken."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.utils import timezone

from assessments.enums import ItemState
from assessments.errors import KeyNotTaken
from assessments.models import Item, ItemVersion
from assessments.services import start_attempt
from mail.models import MailDelivery, MailLink
from panels.analysis import result_of
from panels.contacts import has_stopped
from panels.errors import JudgementRefused, KeyRefused, NotInvited, PanelClosed, PanelNotOpened
from panels.models import BarredMailbox, Expert, Judgement, Panel
from panels.services import (
    change_ratings,
    close_panel,
    decline,
    forget_expert,
    go_on,
    invite_experts,
    keep_up,
    open_panel,
    save_judgement,
    stop_by_link,
    submit,
    take_key,
    withdraw_invitation,
)
from tests.assessments.factories import course_with_forms, item, learner, skills
from tests.courses.factories import published_course
from tests.factories import UserFactory
from tests.panels.factories import (
    AGREED,
    LEVELLED,
    experts,
    finished_panel,
    judged,
    levelled_options,
    link_of,
    opened,
    points_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demonstration(settings):
    settings.ACCORD_DEMO = True


@pytest.fixture
def question():
    skills()
    return item(published_course([["l1"]]), "q1", options=levelled_options())


def key_of(item) -> ItemVersion:
    return Item.objects.get(pk=item.pk).current_version


# Opening ----------------------------------------------------------------------------------------------------------------


def test_a_panel_judges_the_wording_of_the_day(question):
    panel = opened(question)
    before = question.current_version
    item(question.course, "q1", options=levelled_options(), prompt="Another question?")
    assert [one.item_version for one in panel.items.all()] == [before]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "multiple", "correct": ["a", "b"]}, "not better or worse by themselves"),
        ({"state": "draft"}, "asked in no assessment"),
        ({"use": "check"}, "asked in no assessment"),
    ],
)
def test_what_no_panel_can_judge_is_refused_with_the_reason(fields, words):
    skills()
    with pytest.raises(PanelNotOpened, match=words):
        opened(item(published_course([["l1"]]), "q1", **fields))
    assert Panel.objects.count() == 0


@pytest.mark.parametrize(("days", "words"), [(0, "after today"), (181, "180 days")])
def test_a_panel_closes_in_time(question, days, words):
    with pytest.raises(PanelNotOpened, match=words):
        opened(question, closes_on=timezone.localdate() + timedelta(days=days))


def test_a_panel_needs_questions():
    with pytest.raises(PanelNotOpened, match="at least one question"):
        opened()


# Experts ----------------------------------------------------------------------------------------------------------------


def test_experts_are_asked_once_each_by_mail(question):
    panel, author = opened(question), UserFactory(first_name="Ada", last_name="Author")
    told = invite_experts(panel=panel, emails=["One@example.org", "one@example.org", "two@example.org"], sender=author)
    again = invite_experts(panel=panel, emails=["two@example.org", "three@example.org"], sender=author)
    assert (told.asked, told.left_out, again.asked, again.left_out) == (2, [], 1, ["two@example.org was asked before."])
    mails = MailDelivery.objects.filter(template="panel_invitation").order_by("pk")
    assert [mail.recipient for mail in mails] == ["one@example.org", "two@example.org", "three@example.org"]
    assert mails[0].context["sender_name"] == "Ada Author"
    assert (mails[0].context["questions"], mails[0].context["minutes"]) == (1, 5)


def test_whoever_opens_a_panel_is_no_expert_of_it(question):
    author = UserFactory()
    panel = opened(question, opened_by=author)
    with pytest.raises(NotInvited, match="no expert of it"):
        invite_experts(panel=panel, emails=["one@example.org", author.email], sender=UserFactory())
    assert Expert.objects.count() == 0


def test_nobody_is_asked_twice_under_another_address_of_the_same_mailbox(question):
    panel = opened(question)
    told = invite_experts(panel=panel, emails=["one+a@example.org", "One@example.org", "two@example.org"], sender=UserFactory())
    again = invite_experts(panel=panel, emails=["two+work@example.org"], sender=UserFactory())
    words = "goes to the mailbox of somebody who was asked before, or who invites to this panel."
    assert (told.asked, told.left_out, again.asked) == (2, [f"one@example.org {words}"], 0)
    assert again.left_out == [f"two+work@example.org {words}"]


def test_whoever_opens_or_invites_is_no_expert_under_any_address_of_theirs(question):
    author, other = UserFactory(email="amy@accord.example"), UserFactory(email="bob@accord.example")
    EmailAddress.objects.create(user=author, email="amy@home.example")
    panel = opened(question, opened_by=author)
    for email in ("amy+7@accord.example", "AMY@home.example", "amy+x@home.example"):
        with pytest.raises(NotInvited, match=re.escape(email.lower())):
            invite_experts(panel=panel, emails=[email], sender=other)
    assert invite_experts(panel=panel, emails=["one@example.org"], sender=other).asked == 1
    told = invite_experts(panel=panel, emails=["bob+2@accord.example"], sender=author)
    assert (told.asked, panel.experts.count()) == (0, 1)


def test_an_expert_of_a_panel_invites_nobody_to_it(question):
    panel, both = opened(question), UserFactory(email="bob@accord.example")
    invite_experts(panel=panel, emails=["bob+expert@accord.example"], sender=UserFactory())
    with pytest.raises(NotInvited, match="You are an expert of this panel"):
        invite_experts(panel=panel, emails=["one@example.org"], sender=both)
    assert panel.experts.count() == 1


def test_whoever_has_finished_and_is_forgotten_does_not_count_twice(question):
    panel = opened(question)
    for number in range(8):
        invite_experts(panel=panel, emails=["one@example.org", f"one+{number}@example.org"], sender=UserFactory())
        for expert in panel.experts.exclude(email=""):
            judged(expert, number)
            forget_expert(expert=expert)
    assert panel.experts.counted().count() == 1
    assert invite_experts(panel=opened(question), emails=["one@example.org"], sender=UserFactory()).asked == 1
    assert not any("example" in row.digest for row in BarredMailbox.objects.all())


def test_who_took_part_without_finishing_may_be_asked_again(question):
    panel = opened(question)
    [expert] = experts(panel, 1)
    forget_expert(expert=expert)
    assert invite_experts(panel=panel, emails=["expert1@example.org"], sender=UserFactory()).asked == 1


def test_who_asked_not_to_be_written_to_is_not(question):
    panel = opened(question)
    [expert] = experts(panel, 1)
    decline(expert=expert, no_more=True)
    told = invite_experts(panel=opened(question), emails=[expert.email.upper()], sender=UserFactory())
    assert (told.asked, told.left_out) == (0, ["expert1@example.org has asked not to be written to."])
    assert MailDelivery.objects.get(template="panel_invitation").state == "cancelled"


def test_the_button_of_a_mail_program_stops_mails_and_keeps_what_is_finished(question):
    panel = opened(question)
    first, second = experts(panel, 2)
    judged(first)
    for expert in (first, second):
        stop_by_link(link_of(expert))
        expert.refresh_from_db()
    assert (has_stopped(first.email), has_stopped(second.email)) == (True, True)
    assert (first.submitted_at is None, first.declined_at, second.declined_at is None) == (False, None, False)


def test_an_invitation_can_be_withdrawn_until_it_is_answered(question):
    panel = opened(question)
    first, second = experts(panel, 2)
    judged(first)
    link = link_of(second)
    assert [withdraw_invitation(expert=first), withdraw_invitation(expert=second)] == [False, True]
    link.refresh_from_db()
    assert (list(panel.experts.all()), link.is_open, link.recipient) == ([first], False, "")


# Rating -----------------------------------------------------------------------------------------------------------------


def test_a_draft_is_kept_and_replaced(question):
    panel = opened(question)
    [expert] = experts(panel, 1)
    asked = panel.items.get()
    save_judgement(expert=expert, panel_item=asked, points={"a": 2}, best="", levels={})
    save_judgement(expert=expert, panel_item=asked, points={"a": 3, "b": 5}, best="b", levels={"a": 1})
    kept = Judgement.objects.get()
    assert (kept.points, kept.best, kept.levels) == ({"a": 3, "b": 5}, "b", {"a": 1})
    with pytest.raises(JudgementRefused, match="1 question is not finished: number 1"):
        submit(expert=expert, name="", is_named=False, expertise="Buying", consents=True)


@pytest.mark.parametrize(
    ("points", "best", "levels"), [({"x": 1}, "", {}), ({"a": 6}, "", {}), ({"a": 1}, "x", {}), ({}, "", {"a": 0})]
)
def test_what_a_question_does_not_have_is_refused(question, points, best, levels):
    panel = opened(question)
    [expert] = experts(panel, 1)
    with pytest.raises(JudgementRefused, match="other answers"):
        save_judgement(expert=expert, panel_item=panel.items.get(), points=points, best=best, levels=levels)


def test_a_question_of_another_panel_is_refused(question):
    [expert] = experts(opened(question), 1)
    with pytest.raises(JudgementRefused, match="other answers"):
        save_judgement(expert=expert, panel_item=opened(question).items.get(), points={}, best="", levels={})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"consents": False}, "only if you agree"),
        ({"expertise": " "}, "what makes you an expert"),
        ({"is_named": True}, "Enter your name"),
    ],
)
def test_nothing_counts_without_consent_and_a_word_on_the_expert(question, fields, words):
    panel = opened(question)
    [expert] = experts(panel, 1)
    save_judgement(expert=expert, panel_item=panel.items.get(), points=AGREED, best="b", levels={})
    with pytest.raises(JudgementRefused, match=words):
        submit(expert=expert, **{"name": "", "is_named": False, "expertise": "Buying", "consents": True} | fields)
    assert panel.experts.counted().count() == 0


def test_an_unnamed_expert_leaves_no_name(question):
    panel = opened(question)
    [expert] = experts(panel, 1)
    save_judgement(expert=expert, panel_item=panel.items.get(), points=AGREED, best="b", levels={})
    submit(expert=expert, name="Nora Named", is_named=False, expertise="Buying", consents=True)
    expert.refresh_from_db()
    assert (expert.name, expert.expertise) == ("", "Buying")


def test_whoever_changes_ratings_counts_once_they_have_finished_again(question):
    panel = opened(question)
    [expert] = experts(panel, 1)
    judged(expert)
    with pytest.raises(JudgementRefused, match="Change my ratings"):
        save_judgement(expert=expert, panel_item=panel.items.get(), points=AGREED, best="b", levels={})
    change_ratings(expert=expert)
    assert panel.experts.counted().count() == 0
    judged(expert)
    assert panel.experts.counted().count() == 1


def test_nobody_rates_once_it_is_closed(question):
    panel = opened(question)
    first, second = experts(panel, 2)
    judged(first)
    close_panel(panel=panel)
    with pytest.raises(PanelClosed):
        save_judgement(expert=second, panel_item=panel.items.get(), points={}, best="", levels={})
    with pytest.raises(PanelClosed):
        change_ratings(expert=first)
    with pytest.raises(PanelClosed):
        invite_experts(panel=panel, emails=["late@example.org"], sender=UserFactory())
    go_on(panel=panel, closes_on=timezone.localdate() + timedelta(days=3))
    judged(second)
    assert panel.experts.counted().count() == 2


# By the clock -----------------------------------------------------------------------------------------------------------


def test_who_has_not_finished_is_reminded_once_when_half_of_the_time_is_over(question):
    panel = opened(question)
    first, second, third, fourth = experts(panel, 4)
    judged(first)
    decline(expert=second, no_more=False)
    stop_by_link(link_of(third))
    begun = timezone.now()
    for days in (6, 7, 8, 13):
        with time_machine.travel(begun + timedelta(days=days), tick=False):
            keep_up()
        reminded = list(MailDelivery.objects.filter(template="panel_reminder").values_list("recipient", flat=True))
        assert reminded == ([] if days == 6 else [fourth.email])


def test_a_panel_is_closed_after_its_last_day(question):
    panel = opened(question)
    begun = timezone.now()
    with time_machine.travel(begun + timedelta(days=14), tick=False):
        keep_up()
        panel.refresh_from_db()
        assert (panel.is_open, panel.closed_at) == (True, None)
    with time_machine.travel(begun + timedelta(days=15), tick=False):
        assert Panel.objects.get().is_open is False
        keep_up()
        panel.refresh_from_db()
        assert panel.closed_at == timezone.now()


# Keys -------------------------------------------------------------------------------------------------------------------


def test_the_panels_key_is_a_new_version(question):
    before = question.current_version
    panel = finished_panel(question)
    made = take_key(panel_item=panel.items.get())
    assert (made.number, made.key_provenance, made.panel_experts, made.correct) == (2, "panel", 8, ["b"])
    assert (made.levels, made.prompt) == (LEVELLED, before.prompt)
    assert [option["feedback"] for option in made.options] == [option["feedback"] for option in before.options]
    before.refresh_from_db()
    assert (before.key_provenance, before.panel_experts) == ("author", None)
    stored = Item.objects.get()
    assert (stored.current_version, stored.state) == (made, ItemState.LIVE)


def test_taking_it_twice_makes_one_version(question):
    asked = finished_panel(question).items.get()
    assert take_key(panel_item=asked) == take_key(panel_item=asked)
    assert question.versions.count() == 2


def test_the_panel_may_hold_another_answer_to_be_best(question):
    """The author's key is b; the experts hold c to be best, and levels of theirs say so too."""
    said = {"agreed": {"a": 2, "b": 3, "c": 5, "d": 1}, "best": "c", "levels": {"a": 2, "b": 3, "c": 5, "d": 1}}
    made = take_key(panel_item=finished_panel(question, **said).items.get())
    assert (made.correct, made.levels) == (["c"], {"a": 2, "b": 3, "c": 5, "d": 1})


def test_a_key_that_contradicts_the_authors_levels_is_none_without_levels_of_the_panel(question):
    asked = finished_panel(question, agreed={"a": 2, "b": 3, "c": 5, "d": 1}, best="c").items.get()
    with pytest.raises(KeyRefused):
        take_key(panel_item=asked)
    assert question.versions.count() == 1


def test_seven_experts_give_no_key(question):
    asked = finished_panel(question, count=7).items.get()
    with pytest.raises(KeyRefused, match="no key"):
        take_key(panel_item=asked)


def test_no_key_is_taken_before_the_panel_is_closed(question):
    panel = opened(question)
    for number, expert in enumerate(experts(panel, 8)):
        judged(expert, number)
    with pytest.raises(KeyRefused, match="still open"):
        take_key(panel_item=panel.items.get())


def test_a_demonstration_keys_nothing_but_a_demonstration(question, settings):
    asked = finished_panel(question).items.get()
    settings.ACCORD_DEMO = False
    with pytest.raises(KeyRefused, match="made up"):
        take_key(panel_item=asked)
    assert key_of(question).key_provenance == "author"


def test_a_split_answer_is_left_out_of_the_question(question):
    panel = opened(question)
    asked = panel.items.get()
    for number, expert in enumerate(experts(panel, 8)):
        points = AGREED | {"c": 1 if number % 2 else 5}
        save_judgement(expert=expert, panel_item=asked, points=points, best="b", levels={})
        submit(expert=expert, name="", is_named=False, expertise="Buying", consents=True)
    made = take_key(panel_item=close_panel(panel=panel).items.get())
    assert ([option["id"] for option in made.options], made.correct) == (["a", "b", "d"], ["b"])


def test_best_and_worst_and_ratings_are_keyed_by_the_means():
    skills()
    course = published_course([["l1"]])
    ratings = ["a:2", "b:4", "c:3", "d:1"]
    asked = [item(course, kind, kind=kind, correct=ratings) for kind in ("rate", "best-worst")]
    panel = finished_panel(*asked)
    keys = [take_key(panel_item=one).correct for one in panel.items.all()]
    assert keys == [["a:2", "b:4.75", "c:3", "d:1"]] * 2


def test_steps_are_keyed_in_the_order_of_the_means():
    skills()
    places = ["a:1", "b:2", "c:3", "d:4"]
    panel = finished_panel(item(published_course([["l1"]]), "o1", kind="order", correct=places))
    assert take_key(panel_item=panel.items.get()).correct == ["a:3", "b:1", "c:2", "d:4"]


def test_a_question_that_was_written_again_keeps_its_key(question):
    asked = finished_panel(question).items.get()
    item(question.course, "q1", options=levelled_options(), prompt="Another question?")
    with pytest.raises(KeyNotTaken, match="written again"):
        take_key(panel_item=asked)


def test_attempts_keep_what_they_were_asked():
    course = course_with_forms()
    attempt = start_attempt(enrolment=learner(course), occasion="before")
    asked = list(attempt.items.select_related("item"))
    panel = finished_panel(*(entry.item for entry in asked))
    for one in panel.items.all():
        take_key(panel_item=one)
    versions = {entry.item_version for entry in attempt.items.select_related("item_version")}
    assert {version.key_provenance for version in versions} == {"author"}
    assert {key_of(entry.item).key_provenance for entry in asked} == {"panel"}


def test_the_panels_key_stays_while_only_reasons_are_written_again(question):
    take_key(panel_item=finished_panel(question).items.get())
    reworded = [option | {"feedback": "Another reason"} for option in levelled_options()]
    version = item(question.course, "q1", options=reworded).current_version
    assert (version.number, version.key_provenance, version.panel_experts) == (3, "panel", 8)
    version = item(question.course, "q1", options=reworded, correct=["c"]).current_version
    assert (version.number, version.key_provenance, version.panel_experts) == (4, "author", None)


# What is shown ----------------------------------------------------------------------------------------------------------


def means(panel):
    verdict = result_of(panel).items[0].verdict
    return None if verdict is None else [option.mean for option in verdict.options]


def test_nothing_is_shown_of_fewer_than_eight(question):
    panel = finished_panel(question, count=7)
    result = result_of(panel)
    assert (result.experts, result.alpha, means(panel)) == (0, None, None)
    with pytest.raises(KeyRefused, match="is no key"):
        take_key(panel_item=panel.items.get())
    go_on(panel=panel, closes_on=timezone.localdate() + timedelta(days=3))
    invite_experts(panel=panel, emails=["expert8@example.org"], sender=UserFactory())
    judged(panel.experts.get(submitted_at=None), agreed={"a": 1, "b": 4, "c": 3, "d": 2})
    close_panel(panel=panel)
    assert (result_of(panel).experts, means(panel)) == (8, [1.875, 4.625, 3.0, 1.125])


def test_whoever_finishes_after_it_went_on_is_shown_once_there_are_eight_of_them(question):
    """The difference of two means by one expert is what that expert rated."""
    panel = finished_panel(question)
    before, alpha = means(panel), result_of(panel).alpha
    for more in (7, 1):
        go_on(panel=panel, closes_on=timezone.localdate() + timedelta(days=3))
        there = panel.experts.count()
        emails = [f"late{number}@example.org" for number in range(there, there + more)]
        invite_experts(panel=panel, emails=emails, sender=UserFactory())
        for expert in panel.experts.filter(submitted_at=None):
            judged(expert, agreed={"a": 1, "b": 5, "c": 4, "d": 2})
        assert panel.experts.shown().count() == (8 if more == 7 else 16)
        close_panel(panel=panel)
        if more == 7:
            assert (means(panel), result_of(panel).alpha) == (before, alpha)
    assert (result_of(panel).experts, means(panel)) == (16, [1.5, 4.875, 3.5, 1.5])
    assert take_key(panel_item=panel.items.get()).panel_experts == 16


def test_ratings_that_were_shown_are_final(question):
    panel = finished_panel(question)
    before = means(panel)
    go_on(panel=panel, closes_on=timezone.localdate() + timedelta(days=3))
    with pytest.raises(JudgementRefused, match="Authors have read means"):
        change_ratings(expert=panel.experts.first())
    close_panel(panel=panel)
    assert means(panel) == before


def test_ratings_that_nobody_could_read_change_after_it_went_on(question):
    panel = finished_panel(question, count=7)
    go_on(panel=panel, closes_on=timezone.localdate() + timedelta(days=3))
    assert change_ratings(expert=panel.experts.first()).submitted_at is None


# Erasure ----------------------------------------------------------------------------------------------------------------


def test_an_expert_who_is_forgotten_leaves_ratings_of_nobody(question):
    panel = opened(question)
    everybody = experts(panel, 8)
    for number, expert in enumerate(everybody):
        judged(expert, number)
    before = result_of(panel)
    link = link_of(everybody[0])
    forget_expert(expert=everybody[0])
    forgotten = Expert.objects.get(pk=everybody[0].pk)
    assert (forgotten.email, forgotten.name, forgotten.expertise) == ("", "", "")
    after = result_of(panel)
    assert (after.experts, after.alpha, after.items[0].verdict) == (8, before.alpha, before.items[0].verdict)
    link.refresh_from_db()
    assert (link.is_open, link.recipient) == (False, "")
    assert not MailDelivery.objects.filter(recipient="expert1@example.org").exists()
    assert not MailLink.objects.filter(recipient="expert1@example.org").exists()


def test_what_a_forgotten_expert_had_not_finished_goes_with_them(question):
    panel = opened(question)
    [expert] = experts(panel, 1)
    save_judgement(expert=expert, panel_item=panel.items.get(), points={"a": 1}, best="", levels={})
    forget_expert(expert=expert)
    assert (Expert.objects.count(), Judgement.objects.count()) == (0, 0)


def test_a_forgotten_address_that_wants_no_mail_gets_none(question):
    [expert] = experts(opened(question), 1)
    decline(expert=expert, no_more=True)
    forget_expert(expert=expert)
    assert invite_experts(panel=opened(question), emails=["expert1@example.org"], sender=UserFactory()).asked == 0


def test_open_panel_is_of_whoever_opens_it(question):
    author = UserFactory()
    panel = open_panel(
        title="T", words="", closes_on=timezone.localdate() + timedelta(days=9), items=[question], opened_by=author
    )
    assert (panel.opened_by, panel.is_demonstration, points_of(1, AGREED)["b"]) == (author, False, 4)
