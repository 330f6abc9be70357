"""Closing an account: asked for, kept or not, then erased, and nothing of it left but what was said to stay."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from accounts.enums import AuditVerb, MembershipState
from accounts.errors import CannotClose, ClosingBegan
from accounts.management.people import account_of
from accounts.models import AccountClosure, AuditEvent, DataExport, Membership, RoleAssignment, User
from accounts.personal_data import PrivacyPart, in_order, privacy_parts
from accounts.services.closing import (
    ask_to_close,
    close_accounts,
    erase_account_of,
    erase_now,
    holds_back,
    keep_account,
    remind,
)
from accounts.services.exporting import make_export, start_export
from accounts.services.invitations import invite
from accounts.storage import private_storage
from learning import services as learning
from learning.models import ActivityState, CourseSubscriber, Enrolment
from mail.links import address_of
from mail.models import MailDelivery, MailLink
from mail.services.upkeep import forget_old_mail
from tests.courses.factories import published_course
from tests.factories import MembershipFactory, RoleAssignmentFactory, UserFactory
from tests.practice.factories import sent
from tests.whole_person import WORDS, WholePerson, rows_about, tables_with

pytestmark = pytest.mark.django_db
DAYS = timedelta(days=1)


@pytest.fixture
def person(organisation):
    return WholePerson("zanzibar", organisation)


def after_grace(closure):
    return time_machine.travel(closure.closes_at + timedelta(minutes=1), tick=False)


def close(user) -> AccountClosure:
    closure = ask_to_close(user=user)
    with after_grace(closure):
        close_accounts()
    closure.refresh_from_db()
    return closure


def mails_to(email) -> list[str]:
    return list(MailDelivery.objects.filter(recipient=email).order_by("pk").values_list("template", flat=True))


# What is left -----------------------------------------------------------------------------------------------------------

# The organisation's own list of its people and what it imported; agreements that others made with that address.
STAYS = {"accounts.Membership", "stakeholders.EmploymentStint", "practice.Agreement", "practice.AgreementRevision"}
STAYS |= {"mail.Contact", "mail.MailLink", "mail.MailDelivery"}


def test_nothing_is_left_but_what_was_said_to_stay(person, organisation):
    other = WholePerson("marigold", organisation)
    sent(other.user, party_email=person.email, title="Of the other")
    before = rows_about(other)
    found = tables_with("zanzibar")
    export = start_export(user=person.user, title="A copy", result_url="/")
    make_export(export, lambda done, total: None)
    name = export.file.name
    assert private_storage().exists(name)
    assert len(found) > 25
    closure = close(person.user)
    assert (closure.erased_at is not None, sorted(closure.parts)) == (True, sorted(part.name for part in privacy_parts))
    MailDelivery.objects.filter(template="account_erased").update(state="sent", created_at=timezone.now() - 2 * DAYS)
    forget_old_mail()
    left = tables_with("zanzibar", f"{WORDS}-zanzibar")
    assert set(left) <= STAYS
    assert rows_about(other) == before
    assert [private_storage().exists(name), DataExport.objects.count()] == [False, 0]
    membership = Membership.objects.get(pk=person.membership.pk)
    assert (membership.user, membership.state, membership.email) == (None, MembershipState.LEFT, person.email)
    assert not RoleAssignment.objects.filter(membership=membership).exists()
    # Words stay nowhere, not even where the address does.
    assert tables_with(f"{WORDS}-zanzibar") == {}


def test_nobody_is_written_to_in_the_name_of_whoever_has_gone(person):
    closure = close(person.user)
    assert not MailDelivery.objects.filter(recipient__startswith="bea-").exists()
    assert not MailLink.objects.filter(recipient__startswith="bea-").exists()
    with time_machine.travel(closure.erased_at + timedelta(days=3, minutes=1), tick=False):
        close_accounts()
    closure.refresh_from_db()
    assert closure.swept_at is not None


def test_the_account_that_stays_says_nothing(person):
    close(person.user)
    user = User.objects.get(pk=person.user.pk)
    assert (user.display_name, user.has_address, user.is_active, user.has_usable_password()) == (
        "A former member",
        False,
        False,
        False,
    )
    person.order.refresh_from_db()
    assert (person.order.state, person.order.buyer) == ("paid", user)
    assert list(Enrolment.objects.filter(user=user)) == [person.enrolment]


def test_a_certificate_says_that_it_was_withdrawn(person, client):
    numbers = [person.certificate.uuid, person.certificate.former.get().uuid]
    close(person.user)
    for number in numbers:
        page = client.get(reverse("certificate", args=[number])).content.decode()
        assert "The holder of this certificate withdrew it" in page
        assert "anzibar" not in page


def test_whoever_comes_back_is_somebody_else(person, organisation):
    invited = MembershipFactory(user=None, email=person.email, state=MembershipState.INVITED, first_name="", last_name="")
    invite(organisation=invited.organisation, memberships=[invited])
    close(person.user)
    anew = UserFactory(email=person.email)
    assert anew.pk != person.user.pk
    for part in privacy_parts:
        if part.name not in ("account", "e-mails"):
            assert (part.name, list(part.export(anew))) == (part.name, [])
    # The invitation is the organisation's, and still open.
    assert MailLink.objects.get(kind="invitation", target_id=invited.uuid.hex).is_open
    assert not Membership.objects.filter(user=anew).exists()


# The days of grace --------------------------------------------------------------------------------------------------------


def test_asking_ends_other_sessions_and_writes_one_mail(user, sign_in, proves_identity):
    here, elsewhere = sign_in(user), sign_in(user)
    proves_identity(here, user)
    elsewhere.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = here.get(reverse("close_account"))
    assert page.status_code == 200
    refused = here.post(reverse("close_account"), {"email": "somebody@example.org"})
    assert "This is not the e-mail address of this account" in refused.content.decode()
    assert not AccountClosure.objects.exists()
    answer = here.post(reverse("close_account"), {"email": f" {user.email.upper()} "})
    assert answer.url == reverse("your_data")
    assert mails_to(user.email) == ["account_closing"]
    assert "Your account will be erased on" in here.get("/learn/").content.decode()
    assert elsewhere.get("/learn/").status_code == 302
    assert AuditEvent.objects.get(verb=AuditVerb.ACCOUNT_CLOSING_ASKED).actor == user
    kept = here.post(reverse("keep_account"), follow=True)
    assert "Your account stays open." in kept.content.decode()
    assert "Your account will be erased on" not in here.get("/learn/").content.decode()
    assert not AccountClosure.objects.exists()


def test_closing_asks_for_proof(user, sign_in):
    user.set_password("the harbour at seven")
    user.save()
    client = sign_in(user)
    for method in (client.get, client.post):
        answer = method(reverse("close_account"), {"email": user.email})
        assert answer.status_code == 302
        assert reverse("account_reauthenticate") in answer.url
    assert not AccountClosure.objects.exists()


def test_somebody_without_anything_to_prove_themselves_with_sets_a_password_first(user, sign_in):
    user.set_unusable_password()
    user.save()
    assert sign_in(user).post(reverse("close_account"), {"email": user.email}).url == reverse("account_set_password")
    assert not AccountClosure.objects.exists()


def test_the_link_of_the_mail_keeps_the_account_without_a_sign_in(user, client):
    closure = ask_to_close(user=user)
    with time_machine.travel(closure.closes_at - 2 * DAYS, tick=False):
        close_accounts()
        close_accounts()
        assert mails_to(user.email) == ["account_closing", "account_closing_soon"]
        first, second = (address_of(link) for link in MailLink.objects.filter(kind="keep_account").order_by("pk"))
        path = first.removeprefix("http://127.0.0.1:8000")
        assert "Keep your account?" in client.get(path).content.decode()
        assert AccountClosure.objects.exists()
        assert "Your account stays open" in client.post(path).content.decode()
        assert not AccountClosure.objects.exists()
        for again in (first, second):
            assert "Your account stays open" in client.get(again.removeprefix("http://127.0.0.1:8000")).content.decode()
    user.refresh_from_db()
    assert (user.closes_at, user.is_active) == (None, True)


def test_a_link_from_before_the_account_was_closed_again_does_not_say_that_it_stays_open(user, client):
    ask_to_close(user=user)
    path = address_of(MailLink.objects.get(kind="keep_account")).removeprefix("http://127.0.0.1:8000")
    client.post(path)
    closure = ask_to_close(user=user)
    for page in (client.get(path), client.post(path)):
        assert "This link is from an earlier e-mail" in page.content.decode()
        assert "Your account stays open" not in page.content.decode()
    assert AccountClosure.objects.filter(pk=closure.pk).exists()
    newest = address_of(MailLink.objects.filter(kind="keep_account").latest("pk")).removeprefix("http://127.0.0.1:8000")
    assert "Your account stays open" in client.post(newest).content.decode()
    assert "Your account stays open" in client.get(path).content.decode()


def test_the_link_says_that_an_account_is_erased_whether_it_was_used_or_not(user, client):
    ask_to_close(user=user)
    used = address_of(MailLink.objects.get(kind="keep_account")).removeprefix("http://127.0.0.1:8000")
    client.post(used)
    closure = close(user)
    unused = address_of(MailLink.objects.filter(kind="keep_account").latest("pk")).removeprefix("http://127.0.0.1:8000")
    assert (closure.erased_at is not None, used == unused) == (True, False)
    for path in (used, unused):
        answer = client.get(path)
        assert answer.status_code == 410
        assert "This account can no longer be kept" in answer.content.decode()


def test_a_link_keeps_an_account_that_is_still_there_after_the_day(user, client, organisation):
    """Something that has to be settled first holds an erasure back for longer than any link was given."""
    closure = ask_to_close(user=user)
    path = address_of(MailLink.objects.get(kind="keep_account")).removeprefix("http://127.0.0.1:8000")
    RoleAssignmentFactory(membership=MembershipFactory(user=user, organisation=organisation), role="owner")
    with time_machine.travel(closure.closes_at + 9 * DAYS, tick=False):
        close_accounts()
        assert "Keep your account?" in client.get(path).content.decode()
        assert "Your account stays open" in client.post(path).content.decode()
    assert not AccountClosure.objects.exists()


@pytest.mark.parametrize(("zone", "day"), [("Asia/Tokyo", "2 April 2026"), ("America/New_York", "1 April 2026")])
def test_every_mail_about_closing_and_its_page_name_the_day_of_their_reader(user, client, zone, day):
    """18:00 in London is the next day in Tokyo; the second mail is written by a task, where nobody has a time zone."""
    User.objects.filter(pk=user.pk).update(time_zone=zone)
    user.refresh_from_db()
    with time_machine.travel(datetime(2026, 3, 18, 18, tzinfo=UTC), tick=False):
        closure = ask_to_close(user=user)
    with time_machine.travel(closure.closes_at - 2 * DAYS, tick=False):
        close_accounts()
    days = MailDelivery.objects.filter(recipient=user.email).order_by("pk").values_list("context__day", flat=True)
    assert list(days) == [day, day]
    with time_machine.travel(closure.closes_at - 2 * DAYS, tick=False):
        path = address_of(MailLink.objects.latest("pk")).removeprefix("http://127.0.0.1:8000")
        assert f"It will be erased on {day}," in client.get(path).content.decode()


def test_no_reminders_go_to_somebody_who_is_closing(user, django_capture_on_commit_callbacks):
    from mail.services import enqueue_mail

    ask_to_close(user=user)
    with django_capture_on_commit_callbacks(execute=True):
        stopped = enqueue_mail(template="course_completed", recipient=user.email, context={})
        receipt = enqueue_mail(template="export_ready", recipient=user.email, context={"days": 7})
        other = enqueue_mail(template="course_completed", recipient="bo@example.org", context={})
    states = dict(MailDelivery.objects.values_list("pk", "state"))
    assert [states[row.pk] for row in (stopped, receipt, other)] == ["cancelled", "sent", "sent"]


def test_no_reminders_go_to_another_address_that_they_have_proved(user):
    EmailAddress.objects.create(user=user, email="second@example.org", verified=True)
    EmailAddress.objects.create(user=user, email="third@example.org", verified=False)
    ask_to_close(user=user)
    assert [holds_back(MailDelivery(recipient=f"{name}@example.org")) for name in ("second", "third")] == [True, False]


def test_the_reminder_is_written_once_and_not_to_somebody_who_has_just_kept_their_account(user):
    closure = ask_to_close(user=user)
    remind(closure)
    remind(closure)
    assert mails_to(user.email).count("account_closing_soon") == 1
    AccountClosure.objects.update(reminded_at=None)
    keep_account(user=user)
    remind(closure)
    assert mails_to(user.email).count("account_closing_soon") == 1


def test_a_second_worker_that_comes_to_the_end_records_nothing_more(person):
    closure = close(person.user)
    with after_grace(closure):
        assert erase_account_of(closure) is True
    assert AuditEvent.objects.filter(verb=AuditVerb.ACCOUNT_ERASED, target_id=str(person.user.pk)).count() == 1


def test_once_it_has_begun_it_cannot_be_kept(user, client):
    closure = ask_to_close(user=user)
    link = MailLink.objects.get(kind="keep_account")
    AccountClosure.objects.update(began_at=timezone.now())
    with pytest.raises(ClosingBegan):
        keep_account(user=user)
    answer = client.post(address_of(link).removeprefix("http://127.0.0.1:8000"))
    assert "can no longer be kept" in answer.content.decode()
    closure.refresh_from_db()
    assert closure.began_at


def test_nothing_is_erased_before_the_day_or_where_it_was_kept(user):
    closure = ask_to_close(user=user)
    assert erase_account_of(closure) is False
    keep_account(user=user)
    with after_grace(closure):
        close_accounts()
        assert erase_account_of(closure) is False
    user.refresh_from_db()
    assert (user.is_active, user.has_address) == (True, True)


# A worker that dies, and requests that are under way ----------------------------------------------------------------------


def test_a_worker_that_dies_loses_nothing_and_the_next_goes_on(person):
    calls = []

    def fail(user):
        calls.append(user.pk)
        if len(calls) == 1:
            raise RuntimeError("killed")
        return 0

    firsts = []
    first = PrivacyPart("first", "", lambda user: (), lambda user: len(firsts.append(user) or firsts), lambda user: 0, order=1)
    part = PrivacyPart("that fails", "", lambda user: (), fail, lambda user: 0, order=60)
    privacy_parts.register(first)
    privacy_parts.register(part)
    try:
        closure = ask_to_close(user=person.user)
        with after_grace(closure):
            close_accounts()
            closure.refresh_from_db()
            done = list(closure.parts)
            assert done == [part.name for part in in_order() if part.order < 60]
            assert (closure.began_at is not None, closure.erased_at) == (True, None)
            assert not User.objects.get(pk=person.user.pk).is_active
            close_accounts()
            closure.refresh_from_db()
            close_accounts()
    finally:
        privacy_parts.unregister("that fails")
        privacy_parts.unregister("first")
    assert len(firsts) == 1  # what is noted is not begun anew
    assert (len(calls), closure.erased_at is not None) == (2, True)
    assert mails_to(person.email).count("account_erased") == 1


def test_a_lesson_that_was_being_answered_is_erased_a_little_later(user):
    course = published_course([["l1"]])
    closure = ask_to_close(user=user)
    late = learning.enrol(user=user, course=course)
    with after_grace(closure):
        close_accounts()
    closure.refresh_from_db()
    assert not Enrolment.objects.filter(pk=late.pk).exists()
    written = learning.enrol(user=user, course=course)
    ActivityState.objects.create(enrolment=written, activity=course.activities.first(), data={"text": "late"})
    with time_machine.travel(closure.erased_at + timedelta(minutes=31), tick=False):
        close_accounts()
    assert not ActivityState.objects.exists()
    closure.refresh_from_db()
    assert closure.swept_at is None
    with time_machine.travel(closure.erased_at + timedelta(days=3, minutes=1), tick=False):
        close_accounts()
    closure.refresh_from_db()
    assert closure.swept_at is not None


# Who cannot ---------------------------------------------------------------------------------------------------------------


def test_the_only_owner_hands_over_first(organisation, member, sign_in, proves_identity):
    owner = member(organisation, "owner")
    client = sign_in(owner.user)
    proves_identity(client, owner.user)
    page = client.get(reverse("close_account")).content.decode()
    assert f"You are the only owner of {organisation.name}." in page
    assert reverse("org:people", args=[organisation.slug]) in page
    client.post(reverse("close_account"), {"email": owner.user.email})
    assert not AccountClosure.objects.exists()
    second = member(organisation, "owner")
    closure = ask_to_close(user=owner.user)
    with pytest.raises(CannotClose):
        ask_to_close(user=second.user)
    with after_grace(closure):
        close_accounts()
    assert AccountClosure.objects.get().erased_at


def test_an_owner_who_is_left_alone_meanwhile_is_not_erased(organisation, member):
    owner, second = member(organisation, "owner"), member(organisation, "owner")
    closure = ask_to_close(user=owner.user)
    RoleAssignment.objects.filter(membership=second).delete()
    with after_grace(closure):
        close_accounts()
        assert AccountClosure.objects.get().began_at is None
        RoleAssignmentFactory(membership=second, role="owner")
        close_accounts()
    assert AccountClosure.objects.get().erased_at


def test_the_last_operator_stays():
    operator = UserFactory(is_staff=True, is_superuser=True)
    with pytest.raises(CannotClose, match="only operator"):
        ask_to_close(user=operator)
    UserFactory(is_staff=True, is_superuser=True)
    ask_to_close(user=operator)


@pytest.mark.parametrize("what", ["order", "request", "dispute", "refund"])
def test_open_business_is_settled_first(person, what):
    from billing.models import Dispute, Order, Refund, RefundRequest

    now = timezone.now()
    if what == "order":
        Order.objects.create(buyer=person.user, currency="EUR", total=1, gateway="test")
    elif what == "request":
        RefundRequest.objects.update(state="waiting")
    elif what == "dispute":
        Dispute.objects.create(order=person.order, reference="d", amount=1, state="open", opened_at=now)
    else:
        Refund.objects.create(order=person.order, reference="r", amount=1, state="pending", made_at=now)
    with pytest.raises(CannotClose):
        ask_to_close(user=person.user)


# Operators ----------------------------------------------------------------------------------------------------------------


def test_an_operator_erases_at_once(person, capsys):
    call_command("erase_person", person.email.upper(), "--dry-run")
    said = capsys.readouterr().out
    assert "Nothing was changed." in said
    assert User.objects.filter(email=person.email).exists()
    call_command("erase_person", person.email)
    assert not User.objects.filter(email=person.email).exists()
    assert AuditEvent.objects.filter(verb=AuditVerb.ACCOUNT_ERASED, target_id=str(person.user.pk)).count() == 1
    with pytest.raises(CommandError, match="no account"):
        call_command("erase_person", person.email)


def test_whoever_a_backup_brought_back_is_erased_by_the_number_that_the_log_names(
    person, capsys, caplog, django_capture_on_commit_callbacks
):
    with caplog.at_level("INFO"), django_capture_on_commit_callbacks(execute=True):
        call_command("erase_person", str(person.user.pk))
    assert f"Account {person.user.pk} is erased." in caplog.messages
    assert not User.objects.filter(email=person.email).exists()
    call_command("erase_person", str(person.user.pk))
    assert f"Account {person.user.pk} has been erased already." in capsys.readouterr().out
    assert User.objects.get(pk=person.user.pk).closes_at is None
    with pytest.raises(CommandError, match="no account with this number"):
        call_command("erase_person", "999999999")


def test_an_account_is_found_by_another_address_that_is_proved_and_by_no_other(user):
    EmailAddress.objects.create(user=user, email="Second@example.org", verified=True)
    EmailAddress.objects.create(user=user, email="third@example.org", verified=False)
    assert account_of(" second@EXAMPLE.org ") == user
    with pytest.raises(CommandError, match="no account"):
        account_of("third@example.org")


def test_an_operator_is_told_what_is_in_the_way(organisation, member, capsys):
    owner = member(organisation, "owner")
    call_command("erase_person", owner.user.email, "--dry-run")
    assert "In the way: You are the only owner" in capsys.readouterr().out
    with pytest.raises(CommandError, match="only owner"):
        call_command("erase_person", owner.user.email)
    assert Membership.objects.get(pk=owner.pk).user == owner.user


def test_erasing_twice_changes_nothing_more(person):
    erase_now(user=person.user)
    before = {part.name: list(part.export(person.user)) for part in privacy_parts if part.name != "account"}
    assert [part.name for part in in_order() if part.erase(User.objects.get(pk=person.user.pk))] == []
    assert {part.name: list(part.export(person.user)) for part in privacy_parts if part.name != "account"} == before
    assert not EmailAddress.objects.filter(user=person.user).exists()
    assert (DataExport.objects.count(), CourseSubscriber.objects.count()) == (0, 0)


# What others have, and what comes late ----------------------------------------------------------------------------------------


@pytest.fixture
def erased(user):
    """With the address that the account had."""
    address = user.email
    return close(user), address


def write_late(address: str) -> None:
    MailDelivery.objects.create(template="stalled_course", recipient=address, context={"first_name": "Zanzibar"})


def sweep_after(closure, wait) -> None:
    with time_machine.travel(closure.erased_at + wait, tick=False):
        close_accounts()


def test_a_mail_that_a_task_was_writing_at_that_moment_is_emptied(erased):
    closure, address = erased
    write_late(address)
    sweep_after(closure, timedelta(minutes=31))
    late = MailDelivery.objects.get(template="stalled_course")
    assert (late.recipient, late.context, late.state) == ("", {}, "cancelled")
    # The one that says so still has somebody to go to.
    assert mails_to(address) == ["account_erased"]


def test_mails_to_whoever_opened_another_account_with_that_address_are_theirs(erased):
    closure, address = erased
    UserFactory(email=address)
    write_late(address)
    sweep_after(closure, timedelta(minutes=31))
    assert mails_to(address) == ["account_erased", "stalled_course"]


def test_a_form_that_waits_for_a_sign_in_is_erased_and_nobody_elses_session(user):
    other = UserFactory()
    for held in (
        {"kept_form": {"path": "/", "fields": "text=quandong", "owner": str(user.pk)}},
        {"account_login": {"email": user.email}},
        {"kept_form": {"path": "/", "fields": "text=theirs", "owner": str(other.pk)}},
        {"_auth_user_id": str(other.pk), "note": user.email},
    ):
        session = SessionStore()
        session.update(held)
        session.save()
    close(user)
    left = [session.get_decoded() for session in Session.objects.order_by("pk")]
    whose = {held.get("_auth_user_id") or held["kept_form"]["owner"] for held in left}
    assert (len(left), whose) == (2, {str(other.pk)})


def test_an_address_with_other_letters_is_erased_where_json_spells_it_otherwise():
    user = UserFactory(email="bea@bäckerei.example")
    session = SessionStore()
    session["account_login"] = {"email": user.email}
    session.save()
    LogEntry.objects.create(
        user=UserFactory(),
        object_repr="x",
        action_flag=CHANGE,
        change_message=json.dumps([{"added": {"name": "e-mail address", "object": user.email}}]),
    )
    close(user)
    assert not Session.objects.exists()
    assert list(LogEntry.objects.values_list("object_repr", "change_message")) == [("", "")]


def test_an_address_within_that_of_somebody_else_leaves_the_log_of_admins_alone():
    user, admin = UserFactory(email="bea@example.org"), UserFactory()
    quoted = ["rebea@example.org", "bea@example.org.uk", "x.bea@example.org", "bea@example.org", "Bea <BEA@example.org>."]
    for name in quoted:
        LogEntry.objects.create(user=admin, object_repr=name, action_flag=CHANGE)
    close(user)
    assert list(LogEntry.objects.order_by("pk").values_list("object_repr", flat=True)) == [*quoted[:3], "", ""]
