"""Whatever is done to people, cohorts, seats and files, locks are taken in the one order of docs/architecture.md."""

import io
import re
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.models import Seat
from access.services.locks import lock_seats
from accounts.models import Membership
from accounts.services.invitations import resend_invitation, resend_invitations, waiting_to_hear_again
from accounts.services.organisations import delete_team
from imports import services as imports
from imports.enums import ImportState
from learning.models import Enrolment
from learning.services import add_to_cohort, create_cohort
from tests.access.seat_acts import SeatsOfAnOrder
from tests.factories import MembershipFactory, RoleAssignmentFactory, TeamFactory
from tests.locks import ORDER, OutOfOrder, in_order, locked_table, watched
from tests.services.test_seat_races import ACTS

pytestmark = [pytest.mark.services, pytest.mark.django_db]

BY_PRIMARY_KEY = re.compile(r'ORDER BY ("\w+"\."id"|1) ASC FOR NO KEY UPDATE')


def locks_of(act):
    """The statements of an act that lock rows of the tables in the order."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return [query["sql"] for query in captured if locked_table(query["sql"])]


def checked_file(seats):
    """People of one cohort and somebody for another one, of which both take seats of the same course."""
    dan = MembershipFactory(organisation=seats.organisation)
    lines = [f"{dan.email},North,Autumn", *(f"{user.email},North,Spring" for user in seats.users.values())]
    staged = imports.receive_upload(
        organisation=seats.organisation,
        kind="enrolments",
        file=io.BytesIO("\n".join(["email,team,cohort", *lines]).encode()),
        file_name="people.csv",
        options={"course": seats.course.slug},
    )
    imports.check_import(staged)
    assert staged.state == ImportState.READY
    return staged


@pytest.fixture
def seats():
    return SeatsOfAnOrder(seats=4)


@pytest.mark.parametrize("name", ACTS)
def test_acts_on_seats(name, seats):
    if name == "restore":
        seats.refund()
    if name == "expire":
        seats.end()
    if name == "Bo comes back":
        seats.leave("bo")
    tables = in_order(locks_of(lambda: ACTS[name](seats)))
    assert tables == sorted(tables, key=ORDER.index)
    assert len(tables) > 1


def test_an_owner_who_leaves(seats):
    for membership in (seats.member("bo"), MembershipFactory(organisation=seats.organisation)):
        RoleAssignmentFactory(membership=membership, role="owner")
    tables = in_order(locks_of(lambda: seats.leave("bo")))
    assert tables == ["accounts_organisation", "accounts_membership", "access_seat", "access_accessgrant"]


def test_a_file_of_people(seats):
    staged = checked_file(seats)
    tables = in_order(locks_of(lambda: imports.apply_import(staged)))
    assert tables[:4] == ["accounts_organisation", "imports_stagedimport", "learning_cohort", "accounts_membership"]
    assert tables == sorted(tables, key=ORDER.index)


def test_people_are_locked_before_it_is_asked_what_a_file_changes(seats):
    """Otherwise they could be changed in between, and be written back."""
    staged = checked_file(seats)
    with CaptureQueriesContext(connection) as captured:
        imports.apply_import(staged)
    statements = [query["sql"] for query in captured]
    locked = next(number for number, sql in enumerate(statements) if locked_table(sql) == "accounts_membership")
    asked = next(number for number, sql in enumerate(statements) if '"accounts_team"."name"' in sql.split(" FROM ")[0])
    assert locked < asked


def test_the_withdrawal_of_a_file(seats):
    text = b"person_id,hire_date\n0017,2020-01-01\n"
    staged = imports.import_file(organisation=seats.organisation, kind="people", file=io.BytesIO(text), file_name="people.csv")
    tables = in_order(locks_of(lambda: imports.withdraw(staged=staged)))
    assert tables == ["accounts_organisation", "imports_stagedimport"]


def test_many_rows_are_locked_by_primary_key(seats):
    staged = checked_file(seats)
    Membership.objects.update(invited_at=timezone.now() - timedelta(days=2))
    acts = [
        lambda: resend_invitations(organisation=seats.organisation, actor=None, whom=waiting_to_hear_again),
        lambda: imports.apply_import(staged),
        lambda: seats.leave("ann"),
        seats.refund,
        seats.restore,
    ]
    for act in acts:
        for sql in locks_of(act):
            assert sql.startswith("UPDATE") or "LIMIT" in sql or BY_PRIMARY_KEY.search(sql), sql


def first_lock(statements, table):
    return next(sql for sql in statements if locked_table(sql) == table)


def test_the_members_of_a_team_that_is_deleted_are_locked_by_primary_key(seats):
    team = TeamFactory(organisation=seats.organisation)
    Membership.objects.update(team=team)
    statements = locks_of(lambda: delete_team(team=team, actor=None))
    assert BY_PRIMARY_KEY.search(first_lock(statements, "accounts_membership"))


def test_enrolments_that_follow_their_newest_cohort_are_locked_by_primary_key(seats):
    autumn = create_cohort(organisation=seats.organisation, name="Autumn", course=seats.course, actor=None)
    statements = locks_of(lambda: add_to_cohort(cohort=autumn, memberships=[seats.member("bo")]))
    assert BY_PRIMARY_KEY.search(first_lock(statements, "learning_enrolment"))
    assert Enrolment.objects.get().cohort == autumn


def test_a_second_invitation_locks_the_person_before_the_links(seats):
    with CaptureQueriesContext(connection) as captured:
        resend_invitation(membership=seats.member("ann"), actor=None)
    written = [query["sql"] for query in captured if re.search("^UPDATE| UPDATE$", query["sql"])]
    assert 'FROM "accounts_membership"' in written[0]


@pytest.mark.own_transaction
def test_the_watch_over_all_tests_sees_a_transaction_that_goes_back(seats):
    """tests/conftest.py watches every test on PostgreSQL: here is what it would say."""

    def seats_before_their_members():
        with transaction.atomic():
            lock_seats(Seat.objects.all())
            Membership.objects.lock([seats.member("bo")])

    with pytest.raises(OutOfOrder, match="access_seat → accounts_membership"), watched():
        seats_before_their_members()


def test_the_watch_tells_one_transaction_from_the_next(seats):
    with watched():
        seats.free("bo")
        seats.leave("bo")
        Membership.objects.lock([])


def test_a_statement_that_finds_no_row_locks_none(seats):
    with watched(), transaction.atomic():
        lock_seats(Seat.objects.filter(pk=0))
        Membership.objects.lock([seats.member("bo")])


def test_rows_that_a_transaction_has_made_itself_wait_for_nobody(seats):
    with watched(), transaction.atomic():
        lock_seats(Seat.objects.all())
        Membership.objects.lock([Membership.objects.create(organisation=seats.organisation, email="new@example.org")])


def test_somebody_removed_from_a_cohort(seats):
    assert in_order(locks_of(lambda: seats.remove("bo"))) == ["learning_cohort", "accounts_membership", "learning_enrolment"]
