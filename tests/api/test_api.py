import pytest

from courses import services as course_services
from learning import services
from learning.models import Enrolment
from tests.courses.factories import published_course, uid
from tests.factories import MembershipFactory, OrganisationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return published_course([["l1"]], key="first", title="First")


@pytest.fixture
def cohort(organisation, course):
    return services.create_cohort(organisation=organisation, name="Spring", course=course, actor=None)


def progress_address(organisation, cohort) -> str:
    return f"/api/v1/organisations/{organisation.slug}/cohorts/{cohort.uuid}/progress"


def test_the_description_names_every_path(client):
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert sorted(paths) == [
        "/api/v1/courses",
        "/api/v1/me/enrolments",
        "/api/v1/organisations/{slug}/cohorts/{uuid}/progress",
    ]


def test_courses_are_public(client, course):
    course_services.unpublish(course=published_course([["x"]], key="gone"))
    assert client.get("/api/v1/courses").json() == [
        {
            "key": "first",
            "slug": "first",
            "title": "First",
            "summary": "What one will be able to do.",
            "minutes": 5,
            "is_free": True,
            "skills": [{"slug": "discover-expectations", "level": 3}],
        }
    ]


def test_enrolments_are_ones_own(client, user, course, sign_in):
    assert client.get("/api/v1/me/enrolments").status_code == 401
    services.start_free(user=MembershipFactory().user, course=course)
    enrolment = services.start_free(user=user, course=course)
    services.finish_activity(enrolment=enrolment, block_id=uid("l1"))
    (row,) = sign_in(user).get("/api/v1/me/enrolments").json()
    assert (row["course"], row["percentage"], row["certificate"]) == ("first", 100, str(enrolment.certificate.uuid))


def test_progress_of_a_cohort_says_started_and_finished_only(organisation, cohort, member, sign_in):
    person = MembershipFactory(organisation=organisation, person_id="P-1")
    services.add_to_cohort(cohort=cohort, memberships=[person])
    services.finish_activity(enrolment=Enrolment.objects.get(), block_id=uid("l1"))
    answer = sign_in(member(organisation, "admin").user).get(progress_address(organisation, cohort)).json()
    assert (answer["people"], answer["started"], answer["finished"], answer["late"]) == (1, 1, 1, 0)
    (row,) = answer["members"]
    assert sorted(row) == ["email", "finished_on", "person_id", "started_on", "state"]
    assert (row["email"], row["person_id"], row["started_on"] is not None) == (person.email, "P-1", True)


def test_progress_is_closed_to_others(client, organisation, cohort, member, sign_in):
    address = progress_address(organisation, cohort)
    assert client.get(address).status_code == 401
    assert sign_in(member(organisation).user).get(address).status_code == 403
    assert sign_in(member(OrganisationFactory(), "admin").user).get(address).status_code == 404


def test_a_cohort_is_not_found_under_another_organisation(cohort, member, sign_in):
    other = OrganisationFactory()
    assert sign_in(member(other, "admin").user).get(progress_address(other, cohort)).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_progress_takes_the_same_queries_for_any_number(
    organisation, cohort, member, sign_in, count, django_assert_num_queries
):
    services.add_to_cohort(cohort=cohort, memberships=MembershipFactory.create_batch(count, organisation=organisation))
    client = sign_in(member(organisation, "admin").user)
    with django_assert_num_queries(7):
        client.get(progress_address(organisation, cohort))
