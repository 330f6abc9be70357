"""A file of people does what its check said, or nothing: whatever was changed in the console in between."""

import gzip
import io
import json

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from accounts.models import AuditEvent, Membership
from accounts.services.invitations import accept_invitation
from accounts.services.people import add_person, change_person, mark_as_left
from imports import services
from imports.enums import ImportState
from learning.models import Cohort, CohortMembership
from learning.services import add_to_cohort, change_cohort, create_cohort, remove_from_cohort
from mail.models import MailDelivery, MailLink
from tests.courses.factories import published_course
from tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return published_course(key="expectations", title="Expectations", is_free=True)


@pytest.fixture
def ann(organisation):
    return Membership.objects.create(organisation=organisation, email="ann@example.org", first_name="Ann")


def check(organisation, text, **options):
    staged = services.receive_upload(
        organisation=organisation, kind="enrolments", file=io.BytesIO(text.encode()), file_name="people.csv", options=options
    )
    services.check_import(staged)
    assert staged.state == ImportState.READY
    return staged


def everything():
    """All that a file of people may change."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Membership, Cohort, CohortMembership, MailDelivery, AuditEvent)
    ]


def assert_asks_to_check_again(staged):
    before = everything()
    with pytest.raises(services.ChangedSinceCheck, match="Check the file again"):
        services.apply_import(staged)
    staged.refresh_from_db()
    assert everything() == before
    assert (staged.state, bool(staged.file), bool(staged.rows_file)) == (ImportState.UPLOADED, True, True)
    with pytest.raises(services.NotReady, match="Check it again"):
        services.apply_import(staged)


def test_a_correction_invites_nobody_who_left_since(organisation, ann):
    staged = check(organisation, "email,first_name\nann@example.org,Anna\n")
    mark_as_left(membership=ann, actor=None)
    assert_asks_to_check_again(staged)
    services.apply_import(services.check_import(staged))
    assert staged.state == ImportState.APPLIED
    assert Membership.objects.get().state == "invited"


@pytest.mark.parametrize(
    ("column", "was", "becomes"),
    [
        ("person_id", "1", "2"),
        ("last_name", "Lee", "Berg"),
        ("manager_email", "maria@example.org", "bo@example.org"),
        ("team", "North", "South"),
    ],
)
def test_what_was_changed_since_is_not_written_back(organisation, ann, column, was, becomes):
    values = {name: TeamFactory(organisation=organisation, name=name) for name in ("North", "South")}
    change_person(membership=ann, actor=None, **{column: values.get(was, was)})
    staged = check(organisation, f"email,first_name,{column}\nann@example.org,Anna,{was}\n")
    change_person(membership=ann, actor=None, **{column: values.get(becomes, becomes)})
    assert_asks_to_check_again(staged)


def test_what_the_file_says_nothing_about_may_change(organisation, ann):
    staged = check(organisation, "email,first_name,last_name\nann@example.org,Anna,\n")
    change_person(membership=ann, actor=None, last_name="Berg", person_id="7")
    services.apply_import(staged)
    ann.refresh_from_db()
    assert (ann.first_name, ann.last_name, ann.person_id) == ("Anna", "Berg", "7")


def test_an_address_that_was_corrected_since_makes_no_second_person(organisation, ann):
    staged = check(organisation, "email,first_name\nann@example.org,Anna\n")
    change_person(membership=ann, actor=None, email="ann.lee@example.org")
    assert_asks_to_check_again(staged)


def test_a_number_that_was_given_to_somebody_else_since(organisation, ann):
    staged = check(organisation, "email,person_id\nbo@example.org,7\n")
    change_person(membership=ann, actor=None, person_id="7")
    assert_asks_to_check_again(staged)


def test_somebody_who_was_added_since_with_other_details(organisation):
    staged = check(organisation, "email,first_name\nbo@example.org,Bo\n")
    add_person(organisation=organisation, actor=None, email="bo@example.org", first_name="Bodil")
    assert_asks_to_check_again(staged)


def test_what_was_done_by_hand_meanwhile_counts_as_unchanged(organisation, course, ann):
    cohort = create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    text = "email,first_name,cohort\nann@example.org,Anna,Spring\nbo@example.org,Bo,\ncy@example.org,Cy,\n"
    staged = check(organisation, text)
    assert staged.summary == "2 new, 1 changed, 0 rejected"
    change_person(membership=ann, actor=None, first_name="Anna")
    add_to_cohort(cohort=cohort, memberships=[ann])
    add_person(organisation=organisation, actor=None, email="bo@example.org", first_name="Bo")
    result = services.apply_import(staged)
    assert staged.summary == "1 new, 2 unchanged, 0 rejected"
    assert (result["invited"], result["placed"], result["cohorts"]) == (1, 0, [])


def test_whoever_accepted_meanwhile_is_still_the_person_who_was_meant(organisation, course):
    add_person(organisation=organisation, actor=None, email="bo@example.org")
    staged = check(organisation, "email,team\nbo@example.org,North\n", course="expectations")
    accept_invitation(link=MailLink.objects.get(), user=UserFactory(email="bo@example.org"))
    services.apply_import(staged)
    assert CohortMembership.objects.get().membership.state == "active"


def test_somebody_who_was_removed_from_the_cohort_since_is_not_put_back(organisation, course, ann):
    cohort = create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    add_to_cohort(cohort=cohort, memberships=[ann])
    staged = check(organisation, "email,first_name,cohort\nann@example.org,Anna,Spring\n")
    remove_from_cohort(cohort=cohort, membership=ann, actor=None)
    assert_asks_to_check_again(staged)


# Cohorts and courses ----------------------------------------------------------------------------------------------------


def test_a_course_with_another_slug_is_the_same_course(organisation, course):
    staged = check(organisation, "email\nann@example.org\n", course="expectations", cohort="Spring")
    type(course).objects.update(slug="what-others-expect")
    services.apply_import(staged)
    assert Cohort.objects.get().course == course


def test_a_renamed_cohort_is_the_same_cohort(organisation, course):
    cohort = create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    staged = check(organisation, "email\nann@example.org\n", cohort="Spring")
    change_cohort(cohort=cohort, name="Summer", starts_on=None, due_on=None, actor=None)
    assert services.apply_import(staged)["cohorts"] == ["Summer"]
    assert CohortMembership.objects.get().cohort == Cohort.objects.get() == cohort


def test_a_cohort_that_was_deleted_and_made_anew_is_another_one(organisation, course):
    create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    staged = check(organisation, "email\nann@example.org\n", cohort="Spring")
    Cohort.objects.all().delete()
    create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    assert_asks_to_check_again(staged)


def test_a_course_that_was_deleted_and_made_anew_is_another_one(organisation, course):
    staged = check(organisation, "email\nann@example.org\n", course="expectations", cohort="Spring")
    course.own_set.delete()
    course.delete()
    published_course(key="expectations", title="Expectations", is_free=True)
    assert_asks_to_check_again(staged)


def test_a_new_cohort_that_somebody_made_since_is_the_one_meant(organisation, course):
    staged = check(organisation, "email\nann@example.org\n", course="expectations", cohort="Spring")
    cohort = create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    services.apply_import(staged)
    assert CohortMembership.objects.get().cohort == cohort


def test_a_new_cohort_whose_name_was_taken_since_for_another_course(organisation, course):
    staged = check(organisation, "email\nann@example.org\n", course="expectations", cohort="Spring")
    create_cohort(organisation=organisation, name="Spring", course=published_course([["n1"]], key="negotiate"), actor=None)
    assert_asks_to_check_again(staged)


# The page ---------------------------------------------------------------------------------------------------------------


def test_the_page_says_so_and_offers_to_check_the_file_again(
    organisation, ann, member, sign_in, django_capture_on_commit_callbacks
):
    client = sign_in(member(organisation, "admin").user)
    staged = check(organisation, "email,first_name\nann@example.org,Anna\n")
    mark_as_left(membership=ann, actor=None)
    address = reverse("org:import_report", args=[organisation.slug, staged.uuid])
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("org:import_apply", args=[organisation.slug, staged.uuid]))
    page = client.get(address).content.decode()
    assert "The people, cohorts or courses in this file were changed after it was checked. Check the file again." in page
    assert page.count("button--primary") == 1
    assert "Check the file again</button>" in page
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("org:import_check", args=[organisation.slug, staged.uuid]))
    page = client.get(address).content.decode()
    assert "One person will be invited by e-mail when you continue." in page
    assert "Change 1 person" in page


def test_rows_that_were_checked_without_the_skipped_ones_are_checked_again_too(organisation, ann, member, sign_in):
    client = sign_in(member(organisation, "admin").user)
    text = b"email,first_name\nann@example.org,Anna\nnobody,No\n"
    staged = services.receive_upload(
        organisation=organisation, kind="enrolments", file=io.BytesIO(text), file_name="people.csv"
    )
    services.skip_rows(services.check_import(staged))
    mark_as_left(membership=ann, actor=None)
    assert_asks_to_check_again(staged)
    page = client.get(reverse("org:import_report", args=[organisation.slug, staged.uuid])).content.decode()
    assert "Change 1 person" not in page
    assert "Check the file</button>" in page


def test_rows_that_an_earlier_version_kept_are_checked_again(organisation):
    """They say nothing of what was agreed."""
    staged = check(organisation, "email\nann@example.org\n")
    with staged.rows_file.open("rb") as packed:
        description, *rows = gzip.decompress(packed.read()).decode().splitlines()
    names = [name for name in json.loads(description)["names"] if name not in ("agreed", "cohort_key", "course_key")]
    lines = [json.dumps(json.loads(description) | {"names": names}), *(row.removesuffix(",,,") for row in rows)]
    staged.rows_file.save("rows.csv.gz", ContentFile(gzip.compress("\r\n".join(lines).encode())))
    with pytest.raises(services.NotReady, match="Check the file again"):
        services.apply_import(staged)


# People and rows --------------------------------------------------------------------------------------------------------


def test_buttons_and_sentences_count_people_not_rows(organisation, course, ann, member, sign_in):
    """Somebody new in two cohorts, somebody who comes back, and a correction."""
    mark_as_left(membership=ann, actor=None)
    add_person(organisation=organisation, actor=None, email="cy@example.org")
    text = (
        "email,first_name,cohort,course\nbo@example.org,Bo,A,expectations\nbo@example.org,Bo,B,expectations\n"
        "ann@example.org,Ann,,\ncy@example.org,Cy,,\n"
    )
    staged = check(organisation, text)
    assert staged.summary == "2 new, 2 changed, 0 rejected"
    client = sign_in(member(organisation, "admin").user)
    page = client.get(reverse("org:import_report", args=[organisation.slug, staged.uuid])).content.decode()
    assert "Enrol 3 people" in page
    assert "2 people will be invited by e-mail when you continue." in page
    assert services.apply_import(staged)["message"] == "2 people were invited by e-mail, 2 added to a cohort."


def test_people_are_counted_once_however_far_apart_their_rows_are(organisation, course):
    """A blank row ends a block."""
    text = "email,cohort,course\nann@example.org,A,expectations\n,,\nann@example.org,B,expectations\n"
    result = check(organisation, text).options["result"]
    assert (result["people"], result["to_invite"], result["to_place"]) == (1, 1, 2)
