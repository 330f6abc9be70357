"""A course that its author has not opened: newcomers meet it on no road, and nobody who is on it loses anything."""

import io
import uuid

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Group
from django.urls import reverse

from access.enums import GrantSource
from access.models import CourseSet
from access.services.grants import grant_access
from accounts.models import Membership
from billing.errors import NotOpen
from billing.services import set_price, start_order
from cms.site import AUTHORS, REVIEWERS, ensure_site
from common.errors import UserError
from courses.models import Course
from courses.services import unpublish
from imports import services as imports
from learning.errors import CourseClosed
from learning.models import Cohort, Enrolment
from learning.services import add_to_cohort, create_cohort, finish_activity, start_free
from learning.services.cohorts import enrol_in_cohorts
from tests.courses.factories import lesson, published_course, uid
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
ADDRESS, LESSON, SAMPLE = "/courses/listening/", "/courses/listening/module-1/l2/", "/courses/listening/module-1/l1/"


@pytest.fixture
def course() -> Course:
    return published_course([[lesson("l1", sample=True), "l2"]], key="listening", title="Listening")


@pytest.fixture
def close(course):
    def act(*, is_free: bool = True) -> Course:
        unpublish(course=course)
        Course.objects.filter(pk=course.pk).update(is_free=is_free)
        course.refresh_from_db()
        return course

    return act


def test_visitors_and_strangers_find_nothing_of_it(course, close, client, sign_in):
    close()
    for reader in (client, sign_in(UserFactory())):
        for address in (ADDRESS, LESSON, SAMPLE):
            assert reader.get(address).status_code == 404
        assert reader.post(f"{ADDRESS}start/").status_code == 404
        assert "Listening" not in reader.get("/courses/").text
    assert client.get("/api/v1/courses").json() == []
    assert not Enrolment.objects.exists()


def test_an_author_reads_that_it_is_not_open_yet_and_cannot_start_it(course, close, sign_in):
    ensure_site()
    author = UserFactory()
    author.groups.add(Group.objects.get(name=AUTHORS))
    close()
    client = sign_in(author)
    page = client.get(ADDRESS)
    assert "Not open for enrolment yet" in page.text
    assert "Start this course" not in page.text
    assert "This course is not open for enrolment yet." in client.get(LESSON, follow=True).text
    client.post(f"{ADDRESS}start/")
    assert not Enrolment.objects.exists()


def test_a_reviewer_reads_it_once_they_have_the_second_factor_that_they_need(course, close, sign_in, settings):
    settings.ACCORD_REQUIRE_SECOND_FACTOR = True
    ensure_site()
    reviewer = UserFactory()
    reviewer.groups.add(Group.objects.get(name=REVIEWERS))
    close()
    client = sign_in(reviewer)
    assert [client.get(address).status_code for address in (ADDRESS, SAMPLE)] == [404, 404]
    TOTP.activate(reviewer, "JBSWY3DPEHPK3PXP")
    assert [client.get(address).status_code for address in (ADDRESS, SAMPLE)] == [200, 200]


def test_those_who_are_on_it_keep_learning(course, close, sign_in):
    enrolment = start_free(user=UserFactory(), course=course)
    close()
    client = sign_in(enrolment.user)
    assert client.get(ADDRESS).status_code == client.get(LESSON).status_code == 200
    finish_activity(enrolment=enrolment, block_id=uid("l1"))
    finish_activity(enrolment=enrolment, block_id=uid("l2"))
    assert Enrolment.objects.get().completed_at is not None
    assert start_free(user=enrolment.user, course=course) == enrolment


def test_who_bought_it_before_begins_it_and_who_has_everything_does_not(course, close, sign_in):
    course = close(is_free=False)
    buyer, subscriber = UserFactory(), UserFactory()
    everything = CourseSet.objects.create(slug="everything", title="Everything", is_catalogue=True)
    grant_access(user=buyer, course_set=course.own_set, source=GrantSource.ORDER, source_key="order:1")
    grant_access(user=subscriber, course_set=everything, source=GrantSource.ORDER, source_key="order:2")
    assert sign_in(buyer).get(LESSON).status_code == 200
    assert sign_in(subscriber).get(LESSON).status_code == 404
    assert [enrolment.user for enrolment in Enrolment.objects.all()] == [buyer]


def test_nobody_buys_it(course, close, organisation, sign_in):
    set_price(course_set=course.own_set, kind="person", currency="EUR", amount=4_900)
    set_price(course_set=course.own_set, kind="seat", currency="EUR", amount=3_900)
    course = close(is_free=False)
    buyer = UserFactory()
    assert sign_in(buyer).get(reverse("billing:buy", args=["listening"])).status_code == 404
    for who, total in ((None, 4_900), (organisation, 3_900)):
        with pytest.raises(NotOpen, match="not open for enrolment"):
            start_order(
                buyer=buyer,
                organisation=who,
                course_set=course.own_set,
                currency="EUR",
                shown_total=total,
                request_key=uuid.uuid4(),
            )


def test_no_cohort_is_made_for_it_and_nobody_is_added_to_one(course, close, organisation):
    cohort = create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    placed, new = (MembershipFactory(organisation=organisation) for _number in range(2))
    add_to_cohort(cohort=cohort, memberships=[placed])
    course = close()
    with pytest.raises(CourseClosed, match="nobody new can be added"):
        add_to_cohort(cohort=cohort, memberships=[placed, new])
    assert add_to_cohort(cohort=cohort, memberships=[placed]) == 0
    assert create_cohort(organisation=organisation, name="Spring", course=course, actor=None) == cohort
    with pytest.raises(CourseClosed):
        create_cohort(organisation=organisation, name="Summer", course=course, actor=None)
    assert (cohort.memberships.count(), Enrolment.objects.count(), Cohort.objects.count()) == (1, 1, 1)


def test_somebody_who_was_added_before_joins(course, close, organisation):
    cohort = create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    invited = MembershipFactory(organisation=organisation, state="invited", joined_at=None)
    add_to_cohort(cohort=cohort, memberships=[invited])
    close()
    enrol_in_cohorts(membership=invited)
    assert Enrolment.objects.get().cohort == cohort


def checked(organisation, text: str):
    staged = imports.receive_upload(
        organisation=organisation, kind="enrolments", file=io.BytesIO(text.encode()), file_name="people.csv"
    )
    return imports.check_import(staged)


def test_a_file_adds_nobody_and_says_in_which_row(course, close, organisation):
    cohort = create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    ann = MembershipFactory(organisation=organisation, user__email="ann@example.org")
    add_to_cohort(cohort=cohort, memberships=[ann])
    close()
    staged = checked(organisation, "email,cohort\nann@example.org,Spring\nben@example.org,Spring\n")
    assert [(problem.row_number, problem.column) for problem in staged.problems.all()] == [(3, "course")]
    assert "not open for enrolment" in staged.problems.get().message


def test_a_course_that_closes_after_the_check_takes_nobody_in(course, close, organisation):
    create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    staged = checked(organisation, "email,cohort\nben@example.org,Spring\n")
    close()
    with pytest.raises(UserError):
        imports.apply_import(staged)
    assert not Membership.objects.filter(email="ben@example.org").exists()
