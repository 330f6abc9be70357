"""What is applied is what the check said, whatever happened in between and however long the file is."""

import io

import pytest

from access.models import Seat
from access.services import add_seats
from accounts.models import Membership, Organisation
from accounts.services.people import mark_as_left
from imports import services
from imports.staging import BATCH_SIZE
from stakeholders.models import CustomerStint, EmploymentStint
from tests.courses.factories import published_course

pytestmark = pytest.mark.django_db


def check(organisation, kind, text, **options):
    staged = services.receive_upload(
        organisation=organisation, kind=kind, file=io.BytesIO(text.encode()), file_name="file.csv", options=options
    )
    return services.check_import(staged)


def far_apart(row):
    """A person in row 2 and again beyond the first batch that is applied."""
    others = "".join(f"q{n}@example.org,Q,,\n" for n in range(BATCH_SIZE))
    return f"email,first_name,cohort,course\nann@example.org,Ann,A,expectations\n{others}{row}\n"


def test_a_new_person_in_two_batches_counts_as_the_report_said(organisation):
    published_course(key="expectations", title="Expectations", is_free=True)
    staged = check(organisation, "enrolments", far_apart("ann@example.org,Ann,B,expectations"))
    said = staged.summary
    assert said == f"{BATCH_SIZE + 2:,} new, 0 rejected"
    services.apply_import(staged)
    assert staged.summary == said


def test_a_changed_person_in_two_batches_counts_as_the_report_said(organisation):
    published_course(key="expectations", title="Expectations", is_free=True)
    before = "email,first_name,cohort,course\nann@example.org,Old,A,expectations\nann@example.org,Old,B,expectations\n"
    services.apply_import(check(organisation, "enrolments", before))
    staged = check(organisation, "enrolments", far_apart("ann@example.org,Ann,B,expectations"))
    said = staged.summary
    services.apply_import(staged)
    assert staged.summary == said


def test_somebody_who_comes_back_gets_the_seats_of_all_their_rows(organisation):
    published_course(key="expectations", title="Expectations", is_free=True)
    paid = published_course([["n1"]], key="negotiate", title="Negotiate", is_free=False)
    add_seats(organisation=organisation, course_set=paid.sets.get(), quantity=3, source_key="order:1")
    before = "email,first_name,cohort,course\nann@example.org,Ann,A,expectations\nann@example.org,Ann,B,negotiate\n"
    services.apply_import(check(organisation, "enrolments", before))
    mark_as_left(membership=Membership.objects.get(email="ann@example.org"), actor=None)
    services.apply_import(check(organisation, "enrolments", far_apart("ann@example.org,Ann,B,negotiate")))
    assert [seat.membership.email for seat in Seat.objects.exclude(membership=None)] == ["ann@example.org"]


def test_a_row_that_changed_nothing_brings_nobody_back_who_left_since(organisation):
    published_course(key="expectations", title="Expectations", is_free=True)
    text = "email,first_name\nann@example.org,Ann\n"
    options = {"course": "expectations", "cohort": "Spring"}
    services.apply_import(check(organisation, "enrolments", text, **options))
    staged = check(organisation, "enrolments", text + "bo@example.org,Bo\n", **options)
    assert staged.summary == "1 new, 1 unchanged, 0 rejected"
    mark_as_left(membership=Membership.objects.get(email="ann@example.org"), actor=None)
    result = services.apply_import(staged)
    assert result["invited"] == 1
    assert Membership.objects.get(email="ann@example.org").state == "left"


REPEATED = {
    "people": "person_id,hire_date\n1,2020-01-01\n2,2020-01-01\n1,2020-01-01\n1,2020-01-01\n",
    "enrolments": "email,first_name\nann@example.org,Ann\nbo@example.org,Bo\nann@example.org,Ann\nann@example.org,Ann\n",
}


@pytest.mark.parametrize("kind", REPEATED)
def test_rows_that_repeat_others_are_counted_too(organisation, kind):
    staged = check(organisation, kind, REPEATED[kind])
    said = staged.summary
    assert said == "2 new, 2 unchanged, 0 rejected"
    services.apply_import(staged)
    assert staged.summary == said
    again = check(organisation, kind, REPEATED[kind])
    assert again.summary == "4 unchanged, 0 rejected"
    services.apply_import(again)
    assert again.summary == "4 unchanged, 0 rejected"


@pytest.mark.parametrize("kind", REPEATED)
def test_rows_that_repeat_others_are_counted_in_what_is_applied_at_once(organisation, kind):
    file = io.BytesIO(REPEATED[kind].encode())
    staged = services.import_file(organisation=organisation, kind=kind, file=file, file_name="file.csv")
    assert (staged.rows_total, staged.summary) == (4, "2 new, 2 unchanged, 0 rejected")


def test_rows_that_repeat_others_are_counted_beside_those_that_are_skipped(organisation):
    text = "email,first_name\nann@example.org,Ann\nnobody,No\nann@example.org,Ann\nnobody,No\n"
    staged = services.skip_rows(check(organisation, "enrolments", text))
    said = staged.summary
    assert said == "1 new, 1 unchanged, 2 skipped"
    services.apply_import(staged)
    assert staged.summary == said


def test_how_many_rows_repeat_others_is_said(organisation):
    assert "2 rows are exact duplicates and count once." in check(organisation, "people", REPEATED["people"]).notes


def test_whatever_passes_its_check_can_be_applied(organisation):
    names = ",".join(f"c{n}" for n in range(55))
    values = ",".join("\N{GRINNING FACE}" * 200 for _ in range(55))
    staged = check(organisation, "people", f"person_id,hire_date,{names}\n1,2020-01-01,{values}\n")
    assert staged.state == "ready"
    services.apply_import(staged)
    assert EmploymentStint.objects.count() == 1


def test_a_file_is_checked_again_when_the_currency_of_its_amounts_has_changed(organisation):
    staged = check(organisation, "customers", "customer_id,start_date,annual_value\nC1,2020-01-01,1500\n")
    Organisation.objects.filter(pk=organisation.pk).update(currency="JPY")
    staged.organisation.refresh_from_db()
    with pytest.raises(services.NotReady, match="Check the file again"):
        services.apply_import(staged)
    services.apply_import(services.check_import(staged))
    assert CustomerStint.objects.get().annual_value == 1500


def test_a_team_in_another_case_is_no_other_detail(organisation):
    text = "email,first_name,team\nann@example.org,Ann,North\nann@example.org,Ann,NORTH\nann@example.org,Bea,North\n"
    staged = check(organisation, "enrolments", text)
    assert [problem.row_number for problem in staged.problems.all()] == [4]
    staged = check(organisation, "enrolments", text.rsplit("ann", 1)[0])
    assert staged.summary == "1 new, 1 unchanged, 0 rejected"
    services.apply_import(staged)
    assert [team.name for team in organisation.teams.all()] == ["North"]
