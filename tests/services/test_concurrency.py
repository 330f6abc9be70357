"""Many people, tabs and workers at once end exactly like one after the other."""

import io
import itertools
import threading
from collections import Counter
from uuid import uuid4

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend as LocMemBackend
from django.db import transaction
from django.test import Client
from django.urls import reverse

from access.enums import SeatState
from access.errors import SeatsExhausted
from access.models import AccessGrant, Seat
from access.services import add_seats, assign_seats, free_seat
from accounts.enums import MembershipState
from accounts.models import AuditEvent, Membership, User
from accounts.services.invitations import KIND, accept_invitation, invite
from accounts.services.people import mark_as_left
from assessments.models import FormAllocation
from assessments.scoring.allocation import BLOCK_LENGTH
from assessments.services import start_attempt
from assessments.services.allocation import allocate_forms
from courses.models import Course, CourseVersion
from courses.services import publish_version
from imports import services as import_services
from imports.enums import ImportState
from imports.errors import NotReady, Overtaken
from imports.models import StagedImport
from imports.services.processing import finish_check
from jobs.models import Job
from learning.models import Certificate, CohortMembership, Enrolment
from learning.services import add_to_cohort, create_cohort, enrol, finish_activity, open_lesson, save_entry, start_free
from mail.enums import DeliveryState
from mail.errors import LinkNotOpen
from mail.links import token_of
from mail.models import MailDelivery, MailLink
from mail.services import delivering
from tests.assessments.factories import course_with_forms
from tests.courses.factories import block, content, lesson, published_course, uid
from tests.factories import MembershipFactory, UserFactory
from tests.services.threads import at_once, overlapping, unhindered


class OneAtATime(LocMemBackend):
    """Fails where another is connected."""

    line = threading.Lock()
    is_open = False

    def open(self):
        if not self.is_open:
            assert self.line.acquire(blocking=False), "two at once"
            self.is_open = True

    def close(self):
        if self.is_open:
            self.is_open = False
            self.line.release()


pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
ROUNDS = 20


def members(organisation, number, state=MembershipState.ACTIVE):
    """Many members in two statements."""
    emails = [f"{state}{n}@example.com" for n in range(number)]
    users = [None] * number
    if state == MembershipState.ACTIVE:
        users = User.objects.bulk_create([User(email=email) for email in emails])
    return Membership.objects.bulk_create(
        [
            Membership(organisation=organisation, user=user, email=email, state=state)
            for user, email in zip(users, emails, strict=True)
        ]
    )


def paid_course(organisation, seats):
    course = published_course(is_free=False)
    course_set = course.own_set
    return course, add_seats(organisation=organisation, course_set=course_set, quantity=seats, source_key="order:1")


def states_of(pool):
    return dict(Counter(pool.seats.values_list("state", flat=True)))


# Seats ----------------------------------------------------------------------------------------------------------------


def test_the_last_seat_goes_to_exactly_one_of_sixteen(organisation):
    course, pool = paid_course(organisation, seats=3)
    first, second, *others = members(organisation, 18)
    assign_seats(organisation=organisation, course=course, memberships=[first, second])
    acts = [
        lambda membership=membership: (
            assign_seats(organisation=organisation, course=course, memberships=[membership]) and membership.pk
        )
        for membership in others
    ]
    for _round in range(ROUNDS):
        results = at_once(acts, expected=SeatsExhausted)
        [winner] = [result for result in results if not isinstance(result, SeatsExhausted)]
        assert states_of(pool) == {SeatState.ACTIVATED: 3}
        last = pool.seats.get(membership=winner)
        assert AccessGrant.objects.filter(revoked_at=None).count() == 3
        free_seat(seat=last, actor=None)
        assert states_of(pool) == {SeatState.ACTIVATED: 2, SeatState.FREE: 1}


def test_the_last_seat_goes_to_one_of_the_cohorts_that_want_it(organisation):
    course, pool = paid_course(organisation, seats=1)
    people = members(organisation, 8)
    cohorts = [create_cohort(organisation=organisation, name=f"Cohort {n}", course=course, actor=None) for n in range(8)]
    results = at_once(
        [
            lambda cohort=cohort, membership=membership: add_to_cohort(cohort=cohort, memberships=[membership])
            for cohort, membership in zip(cohorts, people, strict=True)
        ],
        expected=SeatsExhausted,
    )
    assert [result for result in results if not isinstance(result, SeatsExhausted)] == [1]
    assert states_of(pool) == {SeatState.ACTIVATED: 1}
    assert (CohortMembership.objects.count(), Enrolment.objects.count()) == (1, 1)


# Progress -------------------------------------------------------------------------------------------------------------


def test_two_tabs_that_finish_activities_of_one_enrolment_lose_none():
    checks = {f"l{n}": [f"c{n}"] for n in range(1, 7)}
    course = published_course([list(checks)], checks=checks)
    enrolment = start_free(user=UserFactory(), course=course)
    blocks = [uid(name) for pair in checks.items() for name in (pair[0], pair[1][0])]

    def tab(mine):
        stale = Enrolment.objects.get(pk=enrolment.pk)
        return [finish_activity(enrolment=stale, block_id=block_id).activity_id for block_id in mine]

    at_once([lambda: tab(blocks[0:10:2]), lambda: tab(blocks[1:10:2])])
    enrolment.refresh_from_db()
    assert (enrolment.percentage, enrolment.completed_at, Certificate.objects.count()) == (83, None, 0)

    at_once([lambda: tab(blocks[10:]), lambda: tab(reversed(blocks[10:]))])
    enrolment.refresh_from_db()
    assert (enrolment.percentage, enrolment.activity_states.count()) == (100, 12)
    assert Certificate.objects.get().completed_on == enrolment.completed_at.date()


def test_the_last_activity_finished_in_many_tabs_gives_one_certificate():
    course = published_course([["l1"]])
    for _round in range(ROUNDS):
        enrolment = start_free(user=UserFactory(), course=course)
        at_once([lambda enrolment=enrolment: finish_activity(enrolment=enrolment, block_id=uid("l1"))] * 4)
        assert Certificate.objects.filter(enrolment=enrolment).count() == 1
    assert set(Enrolment.objects.values_list("percentage", flat=True)) == {100}


def test_a_course_started_in_many_tabs_is_started_once(user):
    course = published_course()
    enrolments = at_once([lambda: start_free(user=user, course=course).pk] * 8)
    assert (len(set(enrolments)), Enrolment.objects.count(), AccessGrant.objects.count()) == (1, 1, 1)


# Invitations ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def invited(organisation):
    """A function that invites an address into a cohort of a free course; gives the link."""

    def make(email):
        course = Course.objects.first() or published_course()
        cohort = create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
        membership = Membership.objects.create(organisation=organisation, email=email)
        add_to_cohort(cohort=cohort, memberships=[membership])
        invite(organisation=organisation, memberships=[membership])
        return MailLink.objects.get(kind=KIND, recipient=email)

    return make


def test_an_invitation_accepted_by_eight_threads_joins_once(user, invited):
    link = invited(user.email)
    results = at_once(
        [lambda: accept_invitation(link=MailLink.objects.get(pk=link.pk), user=user).pk for _n in range(8)],
        expected=LinkNotOpen,
    )
    membership = Membership.objects.get(email=user.email)
    assert [result for result in results if not isinstance(result, LinkNotOpen)] == [membership.pk]
    assert (membership.state, membership.user) == (MembershipState.ACTIVE, user)
    assert (Enrolment.objects.count(), AccessGrant.objects.count()) == (1, 1)
    assert AuditEvent.objects.filter(verb="person.joined").count() == 1


def test_a_newcomer_who_presses_the_button_eight_times_gets_one_account(invited):
    link = invited("new@example.com")
    answers = {"first_name": "Noor", "last_name": "Aziz", "password": "a-long-and-good-sentence"}
    statuses = at_once([lambda: Client().post(reverse("mail_link", args=[token_of(link)]), answers).status_code] * 8)
    assert Counter(statuses)[302] == 1
    assert set(statuses) <= {200, 302, 409, 410}
    assert (User.objects.count(), Enrolment.objects.count()) == (1, 1)


@pytest.mark.parametrize("first", ["accepts", "is added"])
def test_somebody_added_while_they_accept_is_enrolled(first, organisation, user):
    """Whoever commits first, the other one sees it: access and enrolment are not lost between the two."""
    course, pool = paid_course(organisation, seats=1)
    cohort = create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    membership = Membership.objects.create(organisation=organisation, email=user.email)
    invite(organisation=organisation, memberships=[membership])
    link = MailLink.objects.get(recipient=user.email)

    def accept():
        accept_invitation(link=link, user=user)

    def add():
        add_to_cohort(cohort=cohort, memberships=[membership])

    overlapping(*((accept, add) if first == "accepts" else (add, accept)))
    assert states_of(pool) == {SeatState.ACTIVATED: 1}
    assert list(Enrolment.objects.values_list("user", "cohort")) == [(user.pk, cohort.pk)]
    assert list(AccessGrant.objects.values_list("user", flat=True)) == [user.pk]


@pytest.mark.parametrize("first", ["leaves", "is added"])
def test_somebody_added_while_they_are_marked_as_left_keeps_no_seat(first, organisation):
    course, pool = paid_course(organisation, seats=1)
    cohort = create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    [membership] = members(organisation, 1)

    def leave():
        mark_as_left(membership=Membership.objects.get(pk=membership.pk), actor=None)

    def add():
        add_to_cohort(cohort=cohort, memberships=[membership])

    overlapping(*((leave, add) if first == "leaves" else (add, leave)))
    assert states_of(pool) == {SeatState.FREE: 1}
    assert AccessGrant.objects.filter(revoked_at=None).count() == 0


def test_an_invitation_accepted_while_they_are_marked_as_left_ends_in_one_state(organisation):
    for number in range(ROUNDS):
        someone = UserFactory()
        membership = Membership.objects.create(organisation=organisation, email=someone.email, person_id=str(number))
        invite(organisation=organisation, memberships=[membership])
        link = MailLink.objects.get(recipient=someone.email)
        at_once(
            [
                lambda link=link, user=someone: accept_invitation(link=link, user=user),
                lambda membership=membership: mark_as_left(membership=Membership.objects.get(pk=membership.pk), actor=None),
            ],
            expected=LinkNotOpen,
        )
        membership.refresh_from_db()
        assert membership.state == MembershipState.LEFT


# Cohorts --------------------------------------------------------------------------------------------------------------


def test_the_same_five_hundred_added_by_four_threads_are_added_once(organisation):
    course, pool = paid_course(organisation, seats=500)
    people = members(organisation, 500)
    cohort = create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    added = at_once([lambda: add_to_cohort(cohort=cohort, memberships=people)] * 4)
    assert sorted(added) == [0, 0, 0, 500]
    assert states_of(pool) == {SeatState.ACTIVATED: 500}
    assert (CohortMembership.objects.count(), Enrolment.objects.count(), AccessGrant.objects.count()) == (500, 500, 500)


@pytest.mark.parametrize("is_free", [True, False])
def test_the_same_people_added_to_two_cohorts_of_a_course_are_enrolled_once(is_free, organisation):
    course = published_course(is_free=is_free)
    course_set = course.own_set
    add_seats(organisation=organisation, course_set=course_set, quantity=40, source_key="order:1")
    people = members(organisation, 40)
    cohorts = [create_cohort(organisation=organisation, name=f"Cohort {n}", course=course, actor=None) for n in range(4)]
    # Half of them meet the people in the other order.
    orders = itertools.cycle([people, people[::-1]])
    added = at_once(
        [
            lambda cohort=cohort, them=them: add_to_cohort(cohort=cohort, memberships=them)
            for cohort, them in zip(cohorts, orders, strict=False)
        ]
    )
    assert added == [40] * 4
    assert (CohortMembership.objects.count(), Enrolment.objects.count()) == (160, 40)
    assert Seat.objects.exclude(state=SeatState.FREE).count() == (0 if is_free else 40)


# Forms, versions, mails -----------------------------------------------------------------------------------------------


def test_sixteen_learners_who_start_at_once_are_drawn_in_balanced_blocks():
    course = course_with_forms()
    enrolments = [start_free(user=UserFactory(), course=course) for _n in range(16)]
    attempts = at_once(
        [lambda enrolment=enrolment: start_attempt(enrolment=enrolment, occasion="before") for enrolment in enrolments]
    )
    allocations = list(FormAllocation.objects.order_by("sequence"))
    assert [allocation.sequence for allocation in allocations] == list(range(16))
    firsts = [allocation.first_id for allocation in allocations]
    for start in range(0, 16, BLOCK_LENGTH):
        assert sorted(Counter(firsts[start : start + BLOCK_LENGTH]).values()) == [BLOCK_LENGTH // 2] * 2
    drawn = {allocation.enrolment_id: allocation.first_id for allocation in allocations}
    assert {attempt.enrolment_id: attempt.instrument_id for attempt in attempts} == drawn


def test_a_learner_who_starts_in_many_tabs_is_drawn_once():
    course = course_with_forms()
    enrolment = start_free(user=UserFactory(), course=course)
    attempts = at_once([lambda: start_attempt(enrolment=enrolment, occasion="before").pk] * 8)
    assert (len(set(attempts)), FormAllocation.objects.count()) == (1, 1)


def test_equal_content_published_by_four_threads_is_one_version():
    course = published_course([["l1"]])
    texts = content([["l1", "l2"], ["l3"]])
    versions = at_once([lambda: publish_version(course=Course.objects.get(pk=course.pk), content=texts).pk] * 4)
    assert len(set(versions)) == 1
    assert sorted(CourseVersion.objects.values_list("number", flat=True)) == [1, 2]
    assert (course.lessons.count(), course.activities.count()) == (3, 3)


def test_different_content_published_by_four_threads_is_numbered_without_a_gap():
    course = published_course([["l1"]])
    versions = at_once(
        [
            lambda n=n: publish_version(course=Course.objects.get(pk=course.pk), content=content([["l1", f"new{n}"]])).pk
            for n in range(4)
        ]
    )
    course.refresh_from_db()
    assert sorted(CourseVersion.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5]
    assert course.current_version.number == 5
    assert course.current_version_id in versions


def test_a_mail_sent_by_four_workers_leaves_once(organisation):
    people = members(organisation, 10, MembershipState.INVITED)
    deliveries = invite(organisation=organisation, memberships=people)
    at_once([lambda pk=pk: delivering.send([pk]) for pk in deliveries for _worker in range(4)])
    assert sorted(message.to for message in mail.outbox) == sorted([person.email] for person in people)
    assert set(MailDelivery.objects.values_list("state", "attempts")) == {(DeliveryState.SENT, 1)}


def test_bulk_mail_that_four_workers_come_for_leaves_once_and_batch_by_batch(organisation, monkeypatch, settings):
    """Whoever comes second goes away: no two speak to the mail server for one organisation."""
    monkeypatch.setattr(delivering, "SENT_TOGETHER", 5)
    settings.ACCORD_MAIL_TRANSPORT = f"{__name__}.OneAtATime"
    people = members(organisation, 20, MembershipState.INVITED)
    invite(organisation=organisation, memberships=people, batch=uuid4())
    at_once([lambda: delivering.send_bulk(organisation.pk)] * 4)
    assert sorted(message.to for message in mail.outbox) == sorted([person.email] for person in people)
    assert set(MailDelivery.objects.values_list("state", "attempts")) == {(DeliveryState.SENT, 1)}


# Files ----------------------------------------------------------------------------------------------------------------


def checked_file(organisation, course, number=50):
    """A checked import of people for a cohort of `course`, ready to be applied."""
    rows = "".join(f"colleague{n}@example.com,Team {n % 3}\n" for n in range(number))
    staged = import_services.receive_upload(
        organisation=organisation,
        kind="enrolments",
        file=io.BytesIO(f"email,team\n{rows}".encode()),
        file_name="people.csv",
        options={"course": course.slug, "cohort": "Spring"},
    )
    import_services.check_import(staged)
    assert staged.state == ImportState.READY
    return staged


def what_there_is():
    return (Membership.objects.count(), CohortMembership.objects.count(), MailDelivery.objects.count())


def test_a_file_applied_by_four_workers_at_once_is_applied_once(organisation):
    staged = checked_file(organisation, published_course())
    messages = at_once([lambda: import_services.apply_import(StagedImport.objects.get(pk=staged.pk)).get("placed")] * 4)
    assert messages == [50] * 4
    assert what_there_is() == (50, 50, 50)


@pytest.mark.parametrize("start", [import_services.start_apply, import_services.start_check])
def test_work_that_four_people_start_at_once_is_begun_once(start, organisation):
    staged = checked_file(organisation, published_course())
    pages = [StagedImport.objects.get(pk=staged.pk) for _page in range(4)]
    results = at_once([lambda page=page: start(page, actor=None) for page in pages], expected=NotReady)
    assert [isinstance(result, NotReady) for result in results].count(True) == 3
    assert Job.objects.count() == 1


@pytest.mark.parametrize("act", ["apply", "discard"])
def test_a_check_that_ends_while_its_file_is_applied_or_discarded_changes_nothing(act, organisation):
    staged = checked_file(organisation, published_course())
    slow = StagedImport.objects.get(pk=staged.pk)

    def go_on():
        if act == "apply":
            import_services.apply_import(staged)
        else:
            import_services.discard_import(staged)

    _done, refused = overlapping(go_on, lambda: at_once([lambda: finish_check(slow, [], is_refused=True)], expected=NotReady))
    assert [type(result) for result in refused] == [Overtaken]
    assert list(StagedImport.objects.values_list("state", flat=True)) == (["applied"] if act == "apply" else [])


def test_the_same_file_uploaded_twice_and_applied_at_once_changes_things_once(organisation):
    course = published_course()
    both = [checked_file(organisation, course) for _upload in range(2)]
    results = at_once([lambda staged=staged: import_services.apply_import(staged) for staged in both])
    assert sorted((result["invited"], result["placed"]) for result in results) == [(0, 0), (50, 50)]
    assert set(StagedImport.objects.values_list("state", flat=True)) == {ImportState.APPLIED}
    assert what_there_is() == (50, 50, 50)


# Nobody waits for somebody else's long work ---------------------------------------------------------------------------


def test_learners_go_on_while_a_file_is_being_applied(organisation):
    """An apply of thousands of rows is one transaction. It holds no lock that a learner's own work would wait for."""
    course = published_course([[lesson("l1", blocks=[block("reflection", "r1")])]])
    learner = MembershipFactory(organisation=organisation)
    create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    enrolment = enrol(user=learner.user, course=course, organisation=organisation)
    staged = checked_file(organisation, course)

    def work():
        open_lesson(enrolment=enrolment, lesson=course.lessons.get())
        save_entry(enrolment=enrolment, block_id=uid("r1"), data={"text": "I asked."})
        finish_activity(enrolment=enrolment, block_id=uid("l1"))
        return start_free(user=UserFactory(), course=course).percentage

    with transaction.atomic():
        assert import_services.apply_import(staged)["placed"] == 50
        assert unhindered(work) == 0
    enrolment.refresh_from_db()
    assert enrolment.percentage == 100


def test_learners_go_on_while_somebody_enrols_thousands_or_publishes(organisation):
    """A draw of forms and an enrolment both touch the course; neither waits for the other's transaction."""
    course = course_with_forms()
    learner, other = UserFactory(), UserFactory()
    enrolment = start_free(user=learner, course=course)
    people = members(organisation, 20)
    cohort = create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    with transaction.atomic():
        add_to_cohort(cohort=cohort, memberships=people)
        assert unhindered(lambda: allocate_forms(enrolment=enrolment).sequence) == 0
    with transaction.atomic():
        allocate_forms(enrolment=start_free(user=other, course=course))
        assert unhindered(lambda: start_free(user=UserFactory(), course=course).percentage) == 0
    with transaction.atomic():
        publish_version(course=course, content=content([["l1", "l2"]], checks={"l1": ["c1"]}, has_assessment=True))
        assert unhindered(lambda: start_free(user=UserFactory(), course=course).percentage) == 0


def test_people_join_while_seats_of_their_organisation_are_handed_out(organisation, user):
    course, pool = paid_course(organisation, seats=3)
    membership = Membership.objects.create(organisation=organisation, email=user.email)
    assign_seats(organisation=organisation, course=course, memberships=[membership])
    invite(organisation=organisation, memberships=[membership])
    link = MailLink.objects.get(recipient=user.email)
    others = members(organisation, 2)
    with transaction.atomic():
        assign_seats(organisation=organisation, course=course, memberships=others)
        assert unhindered(lambda: accept_invitation(link=link, user=user).pk) == membership.pk
    assert states_of(pool) == {SeatState.ACTIVATED: 3}
