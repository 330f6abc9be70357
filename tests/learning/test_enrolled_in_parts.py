"""A large file on SQLite: written part after part while others work, and still whole or not at all, wherever it is cut off."""

import io
import itertools
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from access.models import AccessGrant, Seat
from access.services.seats import add_seats, free_seat
from accounts.errors import PeopleHeld
from accounts.models import AuditEvent, Membership, Organisation, changing_people_of
from accounts.services import assign_role
from accounts.services.invitations import accept_invitation
from accounts.services.people import add_person, change_person, mark_as_left, reinstate
from common.errors import UserError
from imports import services
from imports.enums import ImportState
from imports.errors import Overtaken
from imports.models import RowChange, StagedImport
from imports.services import parts
from imports.services.parts import Go, settle_imports
from jobs import services as jobs
from jobs.enums import JobState
from jobs.services import perform, stop_job
from learning.enrolling.kind import EnrolmentParts
from learning.models import Cohort, CohortMembership, Enrolment
from learning.services import add_to_cohort, create_cohort
from mail.models import MailDelivery, MailLink
from tests.courses.factories import published_course
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


in_parts = pytest.mark.sqlite  # a database server does it in one transaction


@pytest.fixture(autouse=True)
def parts_of_two(monkeypatch):
    monkeypatch.setattr(parts, "PART", 2)
    monkeypatch.setattr(parts, "BREATH", 0)


@pytest.fixture
def user(organisation, member):
    """Somebody who may import people."""
    return member(organisation, "admin", email="admin@example.org").user


@pytest.fixture
def paid(organisation):
    course = published_course(key="negotiate", title="Negotiate", is_free=False)
    add_seats(organisation=organisation, course_set=course.own_set, quantity=6, source_key="order:1")
    return course


@pytest.fixture
def people(organisation, paid, member):
    """Somebody active, somebody invited, and somebody who had left a role and a cohort."""
    active = member(organisation, "admin", email="ann@example.org", first_name="Ann")
    invited = add_person(organisation=organisation, actor=None, email="bo@example.org", first_name="Bo")
    left = member(organisation, "billing", email="cy@example.org", first_name="Cy")
    free = published_course([["o1"]], key="old", title="Old", is_free=True)
    old = create_cohort(organisation=organisation, name="Old", course=free, actor=None)
    add_to_cohort(cohort=old, memberships=[left])
    mark_as_left(membership=left, actor=None)
    return active, invited, left


TEXT = """email,first_name,team,cohort,course
ann@example.org,Anna,North,Spring,negotiate
bo@example.org,Bob,,Spring,negotiate
cy@example.org,Cyd,,Spring,negotiate
di@example.org,Di,South,Spring,negotiate
ed@example.org,Ed,North,Spring,negotiate
di@example.org,Di,South,Summer,negotiate
ann@example.org,Anna,North,Summer,negotiate
"""


def check(organisation, text=TEXT):
    staged = services.receive_upload(
        organisation=organisation, kind="enrolments", file=io.BytesIO(text.encode()), file_name="people.csv"
    )
    services.check_import(staged)
    assert staged.state == ImportState.READY, list(staged.problems.values_list("message", flat=True))
    return staged


def state_of(organisation):
    """All that a file of people may change, without keys and moments."""
    return {
        "people": {
            member.email: (
                member.first_name,
                member.person_id,
                member.team and member.team.name,
                member.state,
                member.left_at is None,
                sorted(member.roles.values_list("role", flat=True)),
            )
            for member in organisation.memberships.select_related("team")
        },
        "teams": sorted(organisation.teams.values_list("name", flat=True)),
        "places": sorted(CohortMembership.objects.values_list("cohort__name", "membership__email")),
        "cohorts": sorted(organisation.cohorts.values_list("name", flat=True)),
        "seats": sorted(Seat.objects.values_list("number", "state", "membership__email"), key=str),
        "access": sorted((grant.user.email, grant.revoked_at is None) for grant in AccessGrant.objects.select_related("user")),
        "enrolments": sorted(Enrolment.objects.values_list("user__email", "cohort__name"), key=str),
        "mails": sorted(MailDelivery.objects.values_list("recipient", "template", "state")),
        "links": sorted((link.recipient, link.revoked_at is None) for link in MailLink.objects.all()),
        "held": Organisation.objects.get(pk=organisation.pk).people_held_at is not None,
    }


class Killed(BaseException):
    """The process is gone: nothing that follows is done."""


@contextmanager
def killed(monkeypatch, survived):
    """Kills the process after some transactions, just after the next. Yields a list: empty if it lived."""
    deaths, part = [], Go.part
    calls = itertools.count()

    @contextmanager
    def until_death(go, **marker):
        is_last = next(calls) == survived
        with part(go, **marker) as locked:
            yield locked
        if is_last:
            deaths.append(1)
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Go, "part", until_death)
        patch.setattr(parts, "_take_back", lambda go: None)  # nor is anything taken back
        with suppress(Killed):
            yield deaths


class Undone(Exception):
    pass


@contextmanager
def undone():
    """What is done within leaves no trace."""
    with suppress(Undone), transaction.atomic():
        yield
        raise Undone


def settle_later():
    StagedImport.objects.update(updated_at=timezone.now() - timedelta(minutes=6))
    settle_imports()


# Whole ----------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def as_one(user, organisation, people, monkeypatch):
    """What the file comes to in one transaction."""
    found = {}
    with undone(), monkeypatch.context() as patch:
        patch.setattr(parts, "fits_one_transaction", lambda rows: True)
        staged = check(organisation)
        found["result"] = services.apply_import(staged)
        found["state"], found["counts"] = state_of(organisation), staged.summary
        found["audit"] = sorted(AuditEvent.objects.values_list("verb", "summary"))
    return found


def test_parts_come_to_the_same_as_one_transaction(organisation, people, as_one):
    staged = check(organisation)
    assert services.apply_import(staged) == as_one["result"]
    assert (state_of(organisation), staged.summary) == (as_one["state"], as_one["counts"])
    assert sorted(AuditEvent.objects.values_list("verb", "summary")) == as_one["audit"]
    assert as_one["state"]["people"]["cy@example.org"] == ("Cyd", "", None, "invited", True, [])
    assert (people[0].user.email, True) in as_one["state"]["access"]
    assert (staged.state, StagedImport.objects.get().marker) == (ImportState.APPLIED, {})


@in_parts
@pytest.mark.parametrize("how", ["again", "settled"])
def test_wherever_it_is_killed_it_ends_whole_or_not_at_all(organisation, as_one, monkeypatch, how):
    """After each transaction, which is the same to the next as before the one that follows it."""
    staged = check(organisation)
    before, ends, survived = state_of(organisation), [], 0
    while True:
        with undone():
            with killed(monkeypatch, survived) as deaths:
                services.apply_import(StagedImport.objects.get(pk=staged.pk))
            if deaths:
                if how == "again":
                    services.apply_import(StagedImport.objects.get(pk=staged.pk))
                else:
                    settle_later()
            after = state_of(organisation)
            ends.append("whole" if after == as_one["state"] else "nothing" if after == before else after)
            kept = StagedImport.objects.get(pk=staged.pk)
            assert kept.marker == {}
            assert (kept.state == ImportState.APPLIED) == (ends[-1] == "whole")
            if kept.state == ImportState.APPLIED:
                assert kept.results["applied"] == as_one["result"]
        if not deaths:
            break
        survived += 1
    assert survived > 9
    if how == "again":
        assert set(ends) == {"whole"}
    else:
        # Up to the last row everything is taken back; afterwards it is finished.
        turn = ends.index("whole")
        assert set(ends[:turn]) == {"nothing"}
        assert set(ends[turn:]) == {"whole"}
        assert 0 < turn < len(ends) - 1


@in_parts
@pytest.mark.parametrize("error", [UserError("No room."), DatabaseError("disk full"), KeyboardInterrupt()])
@pytest.mark.parametrize("written", range(4))
def test_whatever_goes_wrong_is_taken_back(organisation, people, monkeypatch, error, written):
    staged = check(organisation)
    before, calls = state_of(organisation), itertools.count()
    write = EnrolmentParts.write

    def fail(self, locked, rows):
        write(self, locked, rows)
        if next(calls) == written:
            raise error

    monkeypatch.setattr(EnrolmentParts, "write", fail)
    with pytest.raises(type(error)):
        services.apply_import(staged)
    assert state_of(organisation) == before
    kept = StagedImport.objects.get()
    assert (kept.marker, RowChange.objects.count()) == ({}, 0)
    assert kept.state == (ImportState.REFUSED if isinstance(error, UserError) else ImportState.UPLOADED)


@in_parts
def test_what_was_being_taken_back_when_the_process_was_killed_is_taken_back_later(organisation, people, monkeypatch):
    staged = check(organisation)
    before, take_back = state_of(organisation), EnrolmentParts.take_back
    write, calls = EnrolmentParts.write, itertools.count()

    def fail(self, locked, rows):
        write(self, locked, rows)
        if next(calls) == 2:
            raise UserError("No room.")

    def die(self, locked, changes):
        raise Killed

    monkeypatch.setattr(EnrolmentParts, "write", fail)
    monkeypatch.setattr(EnrolmentParts, "take_back", die)
    with pytest.raises(Killed):
        services.apply_import(staged)
    assert state_of(organisation) != before
    monkeypatch.setattr(EnrolmentParts, "take_back", take_back)
    settle_imports()
    assert StagedImport.objects.get().marker != {}, "it is at work yet, for all that anybody knows"
    settle_later()
    assert state_of(organisation) == before


# Others meanwhile -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def in_the_middle(organisation, people, monkeypatch):
    """An import that has written some rows."""
    staged = check(organisation)
    with killed(monkeypatch, 4) as deaths:
        services.apply_import(staged)
    assert deaths
    assert StagedImport.objects.get().marker["phase"] == "writing"
    return staged


@in_parts
def test_other_changes_to_the_people_wait_with_words(organisation, people, paid, in_the_middle, user):
    active, invited, _left = people
    new = Membership.objects.get(email="di@example.org")
    cohort = Cohort.objects.get(name="Spring")
    link = MailLink.objects.get(recipient=invited.email)
    seat = Seat.objects.filter(membership=invited).get()
    before = state_of(organisation)
    acts = {
        "add": lambda: add_person(organisation=Organisation.objects.get(), actor=None, email="new@example.org"),
        "change": lambda: change_person(membership=invited, actor=None, first_name="X"),
        "leave": lambda: mark_as_left(membership=active, actor=None),
        "reinstate": lambda: reinstate(membership=new, actor=None),
        "accept": lambda: accept_invitation(link=link, user=UserFactory(email=invited.email)),
        "role": lambda: assign_role(membership=active, role="owner"),
        "place": lambda: add_to_cohort(cohort=cohort, memberships=[active]),
        "free": lambda: free_seat(seat=seat, actor=None),
    }
    for name, act in acts.items():
        with pytest.raises(PeopleHeld, match="in a few minutes"):
            act()
        assert state_of(organisation) == before, name


@in_parts
def test_a_request_that_has_to_wait_says_so_and_loses_nothing(organisation, member, in_the_middle, client):
    client.force_login(member(organisation, "owner", email="owner@example.org").user)
    invited, before = Membership.objects.get(email="bo@example.org"), state_of(organisation)
    leave = reverse("org:person_leave", args=[organisation.slug, invited.uuid])
    assert "An import is changing people" in client.post(leave, follow=True).content.decode()
    cohort = Cohort.objects.get(name="Spring")
    remove = reverse("org:cohort_remove", args=[organisation.slug, cohort.uuid, invited.uuid])
    response = client.post(remove)
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert "reload this page" in response.content.decode()
    assert (
        client.post(remove, headers={"accept": "application/json"}).json()["detail"].startswith("An import is changing people")
    )
    assert state_of(organisation) == before


@in_parts
def test_other_organisations_do_not_wait(people, in_the_middle):
    other = Organisation.objects.create(slug="other", name="Other")
    assert add_person(organisation=other, actor=None, email="new@example.org").pk


@in_parts
def test_another_file_of_the_same_organisation_stays_ready(organisation, in_the_middle):
    second = check(organisation, "email\nnew@example.org\n")
    with pytest.raises(PeopleHeld):
        services.apply_import(second)
    second.refresh_from_db()
    assert (second.state, second.problems.count()) == (ImportState.READY, 0)


@in_parts
def test_a_file_of_outcomes_does_not_wait(organisation, in_the_middle):
    file = io.BytesIO(b"person_id,hire_date\n1,2020-01-01\n")
    staged = services.import_file(organisation=organisation, kind="people", file=file, file_name="people.csv")
    assert staged.state == ImportState.APPLIED


@in_parts
@pytest.mark.parametrize("act", ["start_check", "start_apply", "discard"])
def test_nobody_checks_or_discards_what_is_in_the_middle(in_the_middle, user, act):
    staged = StagedImport.objects.get()
    with pytest.raises(services.NotReady, match=r"interrupted|processed"):
        getattr(services, act)(staged, actor=user)


@in_parts
def test_whoever_goes_on_from_an_old_marker_stops(organisation, in_the_middle, monkeypatch):
    late = StagedImport.objects.get()
    services.apply_import(StagedImport.objects.get())
    whole = state_of(organisation)
    go = Go(late, actor=None, is_whole=False)
    with pytest.raises(Overtaken), changing_people_of(organisation.pk), go.part(after=99):
        pass
    assert state_of(organisation) == whole


# In a worker ----------------------------------------------------------------------------------------------------------------
@in_parts
def test_a_job_goes_on_where_its_worker_was_killed_and_says_the_whole(organisation, as_one, user, monkeypatch):
    monkeypatch.setattr(jobs.run_job, "apply_async", lambda *_args, **_options: None)
    staged = check(organisation)
    job = services.start_apply(staged, actor=user)
    with killed(monkeypatch, 5):
        perform(job.pk, runner="first")
    settle_later()
    assert StagedImport.objects.get().marker, "its job starts again, so nobody else takes it up"
    perform(job.pk, runner="first")
    job.refresh_from_db()
    assert (job.state, job.result, state_of(organisation)) == (JobState.DONE, as_one["result"], as_one["state"])


@in_parts
def test_stop_takes_back_what_was_written(organisation, people, user, monkeypatch):
    monkeypatch.setattr(jobs.run_job, "apply_async", lambda *_args, **_options: None)
    staged = check(organisation)
    before = state_of(organisation)
    job = services.start_apply(staged, actor=user)
    write = EnrolmentParts.write

    def write_and_be_stopped(self, locked, rows):
        write(self, locked, rows)
        stop_job(job)

    monkeypatch.setattr(EnrolmentParts, "write", write_and_be_stopped)
    perform(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, "You stopped this before it finished. Nothing was changed.")
    assert state_of(organisation) == before


@in_parts
def test_once_all_rows_are_saved_it_cannot_be_stopped(organisation, as_one, user, monkeypatch):
    monkeypatch.setattr(jobs.run_job, "apply_async", lambda *_args, **_options: None)
    staged = check(organisation)
    job = services.start_apply(staged, actor=user)
    opened = EnrolmentParts.open

    def open_and_be_stopped(self, staged, changes):
        opened(self, staged, changes)
        with pytest.raises(services.NotReady, match="too far along"):
            services.stop(StagedImport.objects.select_related("job").get())
        stop_job(job)  # by another way

    monkeypatch.setattr(EnrolmentParts, "open", open_and_be_stopped)
    perform(job.pk)
    assert (state_of(organisation), StagedImport.objects.get().state) == (as_one["state"], ImportState.APPLIED)


# Undone ---------------------------------------------------------------------------------------------------------------------


def test_what_was_enrolled_can_be_withdrawn(organisation, people, paid):
    before = state_of(organisation)
    staged = check(organisation)
    services.apply_import(staged)
    withdrawn = parts.withdraw_in_parts(staged, actor=None)
    after = state_of(organisation)
    for name in ("people", "teams", "places", "cohorts", "seats"):
        assert after[name] == before[name], name
    assert (withdrawn.state, withdrawn.results["withdrawn"]["message"]) == (
        ImportState.WITHDRAWN,
        "2 people were removed, 3 people were restored.",
    )
    assert [access for access in after["access"] if access not in before["access"]] == [(people[0].user.email, False)]
    assert [link for link in after["links"] if link[1]] == [("bo@example.org", True)], "the links of the import are withdrawn"
    assert RowChange.objects.count() == 0
    assert parts.withdraw_in_parts(staged, actor=None).state == ImportState.WITHDRAWN


def test_who_has_joined_or_got_more_since_stays_and_is_named(organisation, people, paid, member, client):
    client.force_login(member(organisation, "owner", email="owner@example.org").user)
    staged = check(organisation)
    services.apply_import(staged)
    accept_invitation(link=MailLink.objects.get(recipient="di@example.org"), user=UserFactory(email="di@example.org"))
    other = create_cohort(organisation=organisation, name="By hand", course=paid, actor=None)
    add_to_cohort(cohort=other, memberships=[Membership.objects.get(email="ed@example.org")])
    change_person(membership=people[1], actor=None, first_name="Robert")
    address = reverse("org:import_withdraw", args=[organisation.slug, staged.uuid])
    report = reverse("org:import_report", args=[organisation.slug, staged.uuid])
    assert f'href="{address}"' in client.get(report).content.decode()
    page = client.get(address).content.decode()
    assert "2 people have since joined or been given more, and are kept." in page
    assert "3 people who were here before get back the details" in page
    assert "Di" in page
    assert "Ed" in page
    parts.withdraw_in_parts(staged, actor=None)
    after = state_of(organisation)["people"]
    assert after["di@example.org"][3] == "active"
    assert after["ed@example.org"][3] == "invited"
    assert after["ann@example.org"][:3] == ("Ann", "", None)
    assert after["bo@example.org"][0] == "Robert", "changed since, so it is not written over"
    assert after["cy@example.org"][3:] == ("left", False, ["billing"])
    assert sorted(CohortMembership.objects.values_list("cohort__name", "membership__email")) == [
        ("By hand", "ed@example.org"),
        ("Old", "cy@example.org"),
        ("Spring", "di@example.org"),
        ("Spring", "ed@example.org"),
        ("Summer", "di@example.org"),
    ]
    page = client.get(report).content.decode()
    assert "3 people were restored, 2 have since joined or been given more, and are kept." in page
    assert "People who were kept" in page
    (event,) = AuditEvent.objects.filter(verb="import.withdrawn")
    assert event.summary == "Withdrew an import of people: 0 removed, 3 restored, 2 kept"


def test_a_seat_in_use_stays_with_who_uses_it(organisation, people, paid):
    staged = check(organisation)
    services.apply_import(staged)
    Enrolment.objects.filter(cohort__name__in=["Spring", "Summer"]).update(percentage=60)
    withdrawn = parts.withdraw_in_parts(staged, actor=None).results["withdrawn"]
    assert (withdrawn["seats_freed"], withdrawn["seats_kept"]) == (4, 1)
    assert Seat.objects.get(membership=people[0]).state == "activated"
    assert Enrolment.objects.get(percentage=60).cohort is None
    assert AccessGrant.objects.get(user=people[0].user).revoked_at is None


def test_a_later_file_about_the_same_people_is_withdrawn_first(organisation, people, member, client):
    client.force_login(member(organisation, "owner", email="owner@example.org").user)
    first, other = check(organisation), None
    services.apply_import(first)
    other = check(organisation, "email,first_name\ndi@example.org,Dido\n")
    services.apply_import(other)
    StagedImport.objects.filter(pk=other.pk).update(file_name="other.csv")
    address = reverse("org:import_withdraw", args=[organisation.slug, first.uuid])
    assert "other.csv" in client.get(address).content.decode()
    answer = client.post(address, follow=True).content.decode()
    assert "Later files changed some of the same people: other.csv." in answer
    parts.withdraw_in_parts(other, actor=None)
    assert Membership.objects.get(email="di@example.org").first_name == "Di"
    assert parts.withdraw_in_parts(first, actor=None).state == ImportState.WITHDRAWN


def test_after_a_month_what_was_replaced_is_forgotten(organisation, people, member, client):
    from imports.tasks import forget_old_changes

    client.force_login(member(organisation, "owner", email="owner@example.org").user)
    staged = check(organisation)
    services.apply_import(staged)
    forget_old_changes()
    assert RowChange.objects.exists()
    StagedImport.objects.update(applied_at=timezone.now() - timedelta(days=31))
    address = reverse("org:import_withdraw", args=[organisation.slug, staged.uuid])
    assert "can no longer be withdrawn" in client.get(address).content.decode()
    with pytest.raises(services.NotReady, match="for 30 days"):
        parts.withdraw_in_parts(staged, actor=None)
    forget_old_changes()
    assert not RowChange.objects.exists()
    report = reverse("org:import_report", args=[organisation.slug, staged.uuid])
    assert address not in client.get(report).content.decode()


@in_parts
def test_withdrawing_goes_on_where_it_was_killed(organisation, people, monkeypatch):
    before = state_of(organisation)
    staged = check(organisation)
    services.apply_import(staged)
    survived, deaths = 0, [1]
    while deaths:
        with undone():
            with killed(monkeypatch, survived) as deaths:
                parts.withdraw_in_parts(StagedImport.objects.get(pk=staged.pk), actor=None)
            settle_later()
            kept = StagedImport.objects.get(pk=staged.pk)
            assert (kept.state, kept.marker) == (ImportState.WITHDRAWN, {})
            assert kept.results["withdrawn"]["message"] == "2 people were removed, 3 people were restored."
            assert state_of(organisation)["people"] == before["people"]
        survived += 1
    assert survived > 4


def test_a_job_withdraws(organisation, people, user, django_capture_on_commit_callbacks):
    staged = check(organisation)
    services.apply_import(staged)
    with django_capture_on_commit_callbacks(execute=True):
        job = services.start_withdrawal(staged, actor=user)
    job.refresh_from_db()
    assert (job.state, job.result["removed"]) == (JobState.DONE, 2)


def test_what_an_import_replaced_is_given_and_erased_with_the_person(organisation, people):
    from accounts.personal_data import erase, export_of

    services.apply_import(check(organisation))
    user = people[0].user
    (held,) = export_of(user)["details replaced by imports"]
    assert (held["organisation"], held["details"]) == (organisation.name, {"first_name": ["Ann", "Anna"]})
    assert erase(user)["details replaced by imports"] == 1
    assert export_of(user)["details replaced by imports"] == []


@in_parts
def test_a_withdrawal_cannot_be_stopped(organisation, people, user, monkeypatch, member, client):
    client.force_login(member(organisation, "owner", email="owner@example.org").user)
    monkeypatch.setattr(jobs.run_job, "apply_async", lambda *_args, **_options: None)
    staged = check(organisation)
    services.apply_import(staged)
    job = services.start_withdrawal(staged, actor=user)
    take_back = EnrolmentParts.take_back

    def take_back_and_be_stopped(self, locked, changes):
        take_back(self, locked, changes)
        with pytest.raises(services.NotReady, match="too far along"):
            services.stop(StagedImport.objects.select_related("job").get())
        stop_job(job)  # by another way

    monkeypatch.setattr(EnrolmentParts, "take_back", take_back_and_be_stopped)
    perform(job.pk)
    assert StagedImport.objects.get().state == ImportState.WITHDRAWN
    assert Organisation.objects.get().people_held_at is None
    page = client.get(reverse("org:import_report", args=[organisation.slug, staged.uuid])).content.decode()
    assert "could not be completed" not in page


@in_parts
def test_payments_wait_for_an_import_without_an_error(organisation, in_the_middle, monkeypatch):
    from billing.models import WebhookEvent
    from billing.services import webhooks

    event = WebhookEvent.objects.create(gateway="stripe", event_id="evt_1", kind="checkout.session.completed", payload={})
    monkeypatch.setattr(webhooks, "orders_for", lambda event: [None])
    monkeypatch.setattr(webhooks, "settle", lambda order: Organisation.objects.lock(organisation.pk))
    for _again in range(3):
        assert webhooks.process_event(event.pk) is False
    event.refresh_from_db()
    assert (event.tries, event.error) == (0, "")
    assert event.retry_at < timezone.now() + timedelta(minutes=2)


def test_somebody_who_left_again_goes_with_the_import(organisation, people):
    staged = check(organisation)
    services.apply_import(staged)
    mark_as_left(membership=Membership.objects.get(email="di@example.org"), actor=None)
    assert parts.withdraw_in_parts(staged, actor=None).results["withdrawn"]["n_stayed"] == 0


def test_later_files_that_changed_nothing_are_named_before_withdrawing(organisation, people, member, client):
    client.force_login(member(organisation, "owner", email="owner@example.org").user)
    staged = check(organisation)
    services.apply_import(staged)
    services.apply_import(check(organisation, "email\ndi@example.org\nnew@example.org\n"))
    StagedImport.objects.exclude(pk=staged.pk).update(file_name="later.csv")
    page = client.get(reverse("org:import_withdraw", args=[organisation.slug, staged.uuid])).content.decode()
    assert "import those files again afterwards" in page
    assert "later.csv" in page
