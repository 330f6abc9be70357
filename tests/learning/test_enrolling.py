"""Enrolling people from a table."""

import io
import json
from pathlib import Path

import pytest
from django.core import mail
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.models import Seat
from access.services import add_seats
from accounts.enums import MembershipState
from accounts.models import AuditEvent, Membership, Team
from common.errors import UserError
from imports import services
from imports.enums import ImportState
from imports.kinds import FileCheck, import_kinds
from imports.models import StagedImport
from imports.staging import staged_rows
from learning.models import Cohort, CohortMembership, Enrolment
from learning.services import create_cohort
from mail.models import MailDelivery, MailLink
from tests.courses.factories import published_course
from tests.factories import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return published_course(key="expectations", title="Expectations", is_free=True)


@pytest.fixture
def paid():
    return published_course([["n1", "n2"]], key="negotiate", title="Negotiate", is_free=False)


def check(organisation, text, **options):
    data = text if isinstance(text, bytes) else text.encode()
    staged = services.receive_upload(
        organisation=organisation, kind="enrolments", file=io.BytesIO(data), file_name="people.csv", options=options
    )
    return services.check_import(staged)


def problems(staged):
    return [(problem.row_number, problem.column, problem.message) for problem in staged.problems.all()]


def numbered(count, start=0):
    return "email,first_name,team\n" + "".join(f"p{n}@example.org,P{n},Team {n % 3}\n" for n in range(start, start + count))


def test_people_are_invited_and_added_to_cohorts(organisation, course, django_capture_on_commit_callbacks):
    staged = check(organisation, numbered(40), course="expectations", cohort="Spring")
    assert (staged.state, staged.summary) == (ImportState.READY, "40 new, 0 rejected")
    assert import_kinds["enrolments"].pages.button(staged) == "Enrol 40 people"
    assert Membership.objects.count() == 0
    with django_capture_on_commit_callbacks(execute=True):
        result = services.apply_import(staged)
    assert result == {
        "message": "40 people were invited by e-mail, 40 added to a cohort.",
        "invited": 40,
        "placed": 40,
        "cohorts": ["Spring"],
    }
    assert (Cohort.objects.get().course, CohortMembership.objects.count(), Team.objects.count()) == (course, 40, 3)
    assert len(mail.outbox) == 40
    assert "Expectations" in mail.outbox[0].subject


def test_the_same_file_again_changes_nothing_and_mails_nobody(organisation, course, django_capture_on_commit_callbacks):
    for _time in range(2):
        staged = check(organisation, numbered(5), course="expectations", cohort="Spring")
        with django_capture_on_commit_callbacks(execute=True):
            result = services.apply_import(staged)
    assert staged.summary == "5 unchanged, 0 rejected"
    assert (result["invited"], result["placed"]) == (0, 0)
    assert (len(mail.outbox), Membership.objects.count(), CohortMembership.objects.count()) == (5, 5, 5)


def test_active_members_are_enrolled_at_once_and_not_mailed(organisation, course, member):
    membership = member(organisation)
    staged = check(organisation, f"email\n{membership.email.upper()}\n", course="expectations")
    services.apply_import(staged)
    assert (staged.rows_new, staged.rows_changed) == (0, 1)
    assert Enrolment.objects.get().user == membership.user
    assert Cohort.objects.get().name == "Expectations"
    assert MailDelivery.objects.count() == 0


def test_rows_name_their_own_cohort_and_course(organisation, course, paid):
    add_seats(organisation=organisation, course_set=paid.sets.get(), quantity=1, source_key="order:1")
    text = "email,cohort,course\nann@example.org,A,expectations\nann@example.org,B,Negotiate\nbo@example.org,,\n"
    services.apply_import(check(organisation, text))
    assert sorted(CohortMembership.objects.values_list("membership__email", "cohort__name", "cohort__course__slug")) == [
        ("ann@example.org", "A", "expectations"),
        ("ann@example.org", "B", "negotiate"),
    ]
    assert Membership.objects.count() == 2
    assert MailLink.objects.count() == 2


@pytest.mark.parametrize("is_there", [False, True])
def test_a_cohort_is_the_same_in_whatever_case_rows_name_it(organisation, course, is_there):
    if is_there:
        create_cohort(organisation=organisation, name="Spring", course=course, actor=None)
    rows = "ann@example.org,Spring\nbo@example.org,spring\nbo@example.org,SPRING\n"
    services.apply_import(check(organisation, "email,cohort\n" + rows, course="expectations"))
    assert [cohort.name for cohort in Cohort.objects.all()] == ["Spring"]
    assert sorted(CohortMembership.objects.values_list("membership__email", flat=True)) == ["ann@example.org", "bo@example.org"]


def test_people_are_added_to_a_cohort_some_at_a_time(organisation, course, monkeypatch):
    """However long the file is, no more are held back than are added at once."""
    monkeypatch.setattr("imports.services.parts.BATCH_SIZE", 2)
    staged = check(organisation, numbered(5), course="expectations", cohort="Spring")
    with CaptureQueriesContext(connection) as captured:
        result = services.apply_import(staged)
    written = [query["sql"] for query in captured if query["sql"].startswith('INSERT INTO "learning_cohortmembership"')]
    assert len(written) == 3
    # One act is one event, with the whole number.
    added = AuditEvent.objects.filter(verb="cohort.people_added")
    assert [(event.after, event.summary) for event in added] == [({"placed": 5}, "Added 5 people to “Spring”")]
    assert (result["placed"], CohortMembership.objects.count()) == (5, 5)


def test_a_paid_course_takes_a_seat_for_each(organisation, paid):
    add_seats(organisation=organisation, course_set=paid.sets.get(), quantity=3, source_key="order:1")
    services.apply_import(check(organisation, numbered(3), course="negotiate"))
    assert Seat.objects.filter(state="assigned").count() == 3


def test_too_few_seats_refuse_the_file_with_how_many_are_missing(organisation, paid):
    add_seats(organisation=organisation, course_set=paid.sets.get(), quantity=3, source_key="order:1")
    staged = check(organisation, numbered(5), course="negotiate")
    assert problems(staged) == [
        (
            0,
            "course",
            "You are 2 seats short for “Negotiate”: the file needs 5. Buy them under Seats, then check the file again.",
        )
    ]
    add_seats(organisation=organisation, course_set=paid.sets.get(), quantity=2, source_key="order:2")
    assert services.check_import(staged).state == ImportState.READY


def test_seats_that_went_in_the_meantime_refuse_the_whole_file(organisation, paid):
    add_seats(organisation=organisation, course_set=paid.sets.get(), quantity=3, source_key="order:1")
    staged = check(organisation, numbered(3), course="negotiate")
    services.apply_import(check(organisation, numbered(1, start=10), course="negotiate"))
    with pytest.raises(UserError, match="You need one more seat"):
        services.apply_import(staged)
    assert Membership.objects.count() == 1


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_of_any_encoding_and_delimiter(organisation, codec, delimiter):
    rows = [["E-Mail", "First Name", "Team"], ["zoe@example.org", "Zoë", "Küche"]]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    services.apply_import(check(organisation, text.encode(codec)))
    membership = Membership.objects.get()
    assert (membership.email, membership.first_name, membership.team.name) == ("zoe@example.org", "Zoë", "Küche")


def test_every_bad_cell_is_named_with_row_column_and_remedy(organisation, course):
    text = (
        "email,first_name,person_id,manager_email,course\n"
        "ann@example.org,Ann,1,,expectations\n"
        ",Bo,2,,\n"
        "cy(at)example.org,Cy,1.5E+10,boss,\n"
        f"dee@example.org,{'D' * 151},4,,unknown\n"
    )
    staged = check(organisation, text)
    assert problems(staged) == [
        (3, "email", "the e-mail address is missing. Add it, or delete the row."),
        (
            4,
            "email",
            "“cy(at)example.org” is not an e-mail address. It needs a name, an @ and a domain, such as ann@example.org.",
        ),
        (
            4,
            "person_id",
            "the identifier “1.5E+10” was shortened by a spreadsheet. Format the column as text and export it again.",
        ),
        (4, "manager_email", "“boss” is not an e-mail address. It needs a name, an @ and a domain, such as ann@example.org."),
        (5, "first_name", "this has 151 characters; the maximum is 150. Shorten it."),
        (5, "course", "there is no course “unknown”. Choose one of: expectations."),
    ]
    assert (staged.rows_total, staged.rows_refused, Membership.objects.count()) == (4, 3, 0)


def test_rows_that_repeat_count_once(organisation):
    staged = check(organisation, "email,team\nann@example.org,A\nANN@Example.org,A\nann@example.org,A\n")
    assert staged.summary == "1 new, 2 unchanged, 0 rejected"
    assert staged.notes == ["Rows 3, 4 repeat earlier rows and count once."]
    services.apply_import(staged)
    assert Membership.objects.count() == 1


@pytest.mark.parametrize(("count", "more"), [(20, ""), (21, "…"), (22, "…")])
def test_no_more_than_twenty_rows_that_repeat_are_named(organisation, count, more):
    staged = check(organisation, "email\n" + "ann@example.org\n" * (1 + count))
    named = ", ".join(str(number) for number in range(3, 23))
    assert staged.notes == [f"Rows {named}{more} repeat earlier rows and count once."]


def test_the_first_of_all_earlier_rows_is_named(organisation, course):
    earlier = "".join(f"ann@example.org,A,{name},expectations\n" for name in "PQRSTUVW")
    staged = check(organisation, f"email,team,cohort,course\n{earlier},,,\nann@example.org,B,P,expectations\n")
    assert problems(staged) == [(11, "email", "the address is also in row 2, with different details. Keep the correct one.")]


def test_a_cohort_of_that_name_elsewhere_is_another_one(organisation, course, member):
    other = OrganisationFactory()
    for where in (other, organisation):
        member(where, email="ann@example.org", user=UserFactory(email=f"ann@{where.slug}.example.org"))
    for where in (other, organisation):
        services.apply_import(check(where, "email\nann@example.org\n", cohort="Spring", course="expectations"))
    assert list(CohortMembership.objects.order_by("pk").values_list("cohort__organisation", "membership__organisation")) == [
        (other.pk, other.pk),
        (organisation.pk, organisation.pk),
    ]


def test_one_address_with_two_sets_of_details_is_refused(organisation):
    staged = check(organisation, "email,team\nann@example.org,A\nANN@example.org,B\n")
    assert problems(staged) == [(3, "email", "the address is also in row 2, with different details. Keep the correct one.")]


@pytest.mark.parametrize("teams", ["AAB", "ABA", "ABB"])
def test_all_rows_of_an_address_with_two_sets_of_details_are_skipped_together(organisation, teams):
    rows = "".join(f"ann@example.org,{team}\n" for team in teams)
    staged = check(organisation, f"email,team\nbo@example.org,A\n{rows}")
    assert (staged.skippable_rows, staged.valid_rows) == (3, 1)
    services.apply_import(services.skip_rows(staged))
    assert Membership.objects.get().email == "bo@example.org"


def test_one_number_for_two_people_is_refused(organisation):
    staged = check(organisation, "email,person_id\nann@example.org,1\nbo@example.org,1\n")
    assert problems(staged) == [
        (3, "person_id", "the employee number 1 is also in row 2, for ann@example.org. Each person needs their own number.")
    ]


def test_rows_are_told_apart_across_the_blocks_in_which_a_file_is_read(organisation):
    """A blank row ends a block."""
    text = (
        "email,person_id,team\nann@example.org,1,A\n,,\nbo@example.org,1,A\n,,\nann@example.org,1,B\n,,\nANN@example.org,1,A\n"
    )
    staged = check(organisation, text)
    assert problems(staged) == [
        (4, "person_id", "the employee number 1 is also in row 2, for ann@example.org. Each person needs their own number."),
        (6, "email", "the address is also in row 2, with different details. Keep the correct one."),
    ]
    assert staged.notes == ["Row 8 repeats an earlier row and counts once."]


def test_who_was_refused_is_still_known_in_later_blocks(organisation):
    text = "email,person_id,team\nann@example.org,1,A\nbo@example.org,1,A\n,,\nbo@example.org,2,A\n,,\nbo@example.org,1,A\n"
    assert problems(check(organisation, text)) == [
        (3, "person_id", "the employee number 1 is also in row 2, for ann@example.org. Each person needs their own number."),
        (5, "email", "the address is also in row 3, with different details. Keep the correct one."),
        (7, "person_id", "the employee number 1 is also in row 2, for ann@example.org. Each person needs their own number."),
    ]


@pytest.mark.parametrize("blank", ["", ",,\n"])
def test_two_cohorts_of_a_course_take_one_seat_across_blocks_too(organisation, paid, blank):
    add_seats(organisation=organisation, course_set=paid.sets.get(), quantity=1, source_key="order:1")
    staged = check(organisation, f"email,cohort,course\nann@example.org,A,negotiate\n{blank}ann@example.org,B,negotiate\n")
    assert (staged.state, problems(staged)) == (ImportState.READY, [])
    services.apply_import(staged)
    assert (Seat.objects.get().state, CohortMembership.objects.count()) == ("assigned", 2)


def test_a_row_that_changes_nothing_does_not_bring_an_earlier_cohort_back(organisation, course, member):
    membership = member(organisation, email="ann@example.org")
    for name in ("A", "B"):
        services.apply_import(check(organisation, "email\nann@example.org\n", cohort=name, course="expectations"))
    services.apply_import(check(organisation, "email\nann@example.org\nbo@example.org\n", cohort="A", course="expectations"))
    assert Enrolment.objects.get(user=membership.user_id).cohort.name == "B"


def test_whoever_holds_a_seat_needs_no_other_one(organisation, paid):
    add_seats(organisation=organisation, course_set=paid.sets.get(), quantity=1, source_key="order:1")
    services.apply_import(check(organisation, "email,cohort,course\nann@example.org,A,negotiate\n"))
    staged = check(organisation, "email,cohort,course\nann@example.org,B,negotiate\n")
    assert (staged.state, problems(staged)) == (ImportState.READY, [])


def test_a_number_that_belongs_to_another_address_is_refused(organisation, member):
    membership = member(organisation, person_id="1")
    staged = check(organisation, "email,person_id\nann@example.org,1\n")
    ((row, column, message),) = problems(staged)
    assert (row, column, staged.rows_new) == (2, "person_id", 0)
    assert message.startswith(f"The employee number 1 belongs to {membership.email}.")


def test_lost_zeros_and_unused_columns_are_noticed(organisation):
    staged = check(organisation, "email,person_id,Shoe size\nann@example.org,007,38\nbo@example.org,8,40\n")
    assert staged.state == ImportState.READY
    assert staged.notes[0].startswith("Some values in person_id seem to have lost their leading zeros: row 3 has “8”")
    assert staged.notes[1] == "Not used: “shoe size”."


def test_a_cohort_takes_one_course(organisation, course, paid):
    text = "email,cohort,course\nann@example.org,A,expectations\nbo@example.org,A,negotiate\ncy@example.org,B,\n"
    assert problems(check(organisation, text)) == [
        (
            3,
            "course",
            "the cohort “A” takes “Expectations”. Choose another name for the cohort, or that course.",
        ),
        (4, "cohort", "there is no cohort “B” yet. Name the course it takes, and it will be created."),
    ]


def test_a_course_without_version_cannot_be_taken(organisation):
    from tests.factories import CourseFactory

    CourseFactory(key="draft", title="Draft")
    ((row, column, message),) = problems(check(organisation, "email\nann@example.org\n", course="draft"))
    assert (row, column, message) == (0, "course", "the course “Draft” has not been published yet. Choose another.")


def test_the_check_takes_few_queries_per_block(organisation, course, django_assert_num_queries):
    kind = import_kinds["enrolments"]
    from imports.tables.reading import open_table

    def run(count):
        file = io.BytesIO(numbered(count).encode())
        table = open_table(file, file_name="x.csv", columns=kind.header)
        staged = StagedImport(organisation=organisation, kind="enrolments", options={"course": "expectations"})
        with staged_rows(kind, kind.staged_names(table), has_covariates=False) as staging:
            # The course, the known people, the cohort; two indices and one look-up in the session's own table, and its COPY.
            with django_assert_num_queries(7 if connection.vendor == "postgresql" else 6):
                kind.read(FileCheck(staged, table, staging))
            return [row for rows in staging.batches() for row in rows]

    assert len(run(1)) == 1
    assert len(run(400)) == 400


def test_leaving_frees_the_seat_and_says_so_before(organisation, paid, member):
    from accounts.member_parts import facts_about, losses_of
    from accounts.services.people import mark_as_left

    add_seats(organisation=organisation, course_set=paid.sets.get(), quantity=1, source_key="order:1")
    membership = member(organisation)
    services.apply_import(check(organisation, f"email\n{membership.email}\n", course="negotiate", cohort="Spring"))
    assert losses_of(membership) == [f"Their seat for “{paid.sets.get()}”, which becomes available to someone else"]
    courses, seats = facts_about(membership)
    assert [(fact.label, fact.text, fact.badge) for fact in courses.facts] == [("Spring", "Negotiate", "Not started")]
    assert [(fact.label, fact.badge, fact.act) for fact in seats.facts] == [
        (str(paid.sets.get()), "In use", "Release this seat")
    ]
    mark_as_left(membership=membership, actor=None)
    assert Seat.objects.get().state == "free"


# The command ------------------------------------------------------------------------------------------------------------


def enrol(organisation, path, *arguments):
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command("enrol", organisation.slug, str(path), *arguments, stdout=out, stderr=err)
    except SystemExit as exit_:
        code = exit_.code
    return code, out.getvalue(), err.getvalue()


def test_the_command_reports_as_json(organisation, course, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(numbered(3))
    code, out, _err = enrol(organisation, path, "--course", "expectations", "--cohort", "Spring", "--json")
    report = json.loads(out)
    assert code == 0
    assert report["checksum"] == StagedImport.objects.get().checksum
    del report["checksum"]
    assert report == {
        "organisation": organisation.slug,
        "kind": "enrolments",
        "file": "people.csv",
        "encoding": "UTF-8",
        "delimiter": ",",
        "state": "applied",
        "dry_run": False,
        "rows": 3,
        "new": 3,
        "changed": 0,
        "unchanged": 0,
        "refused": 0,
        "notes": [],
        "problems": [],
        "applied": True,
        "invited": 3,
        "placed": 3,
        "cohorts": ["Spring"],
    }


def test_the_command_refuses_with_row_numbers_and_changes_nothing(organisation, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("email\nann@example.org\nnobody\n")
    code, out, err = enrol(organisation, path)
    assert code == 1
    assert "Row 3, email: “nobody” is not an e-mail address." in err
    assert "Nothing was changed." in err
    assert "2 rows: 1 new, 0 changed, 0 unchanged, 1 rejected." in out
    assert Membership.objects.count() == 0


def kept_files():
    folder = Path(storages["private"].location)
    return [path for path in folder.rglob("*") if path.is_file()]


def test_rows_that_cannot_be_read_again_are_an_error_of_the_command(organisation, course, tmp_path, monkeypatch):
    path = tmp_path / "people.csv"
    path.write_text(numbered(3))
    apply_import = services.apply_import

    def apply_without_rows(staged):
        staged.rows_file.storage.delete(staged.rows_file.name)
        return apply_import(staged)

    monkeypatch.setattr(services, "apply_import", apply_without_rows)
    with pytest.raises(CommandError, match="Check the file again, then import it"):
        call_command("enrol", organisation.slug, str(path))


def test_a_dry_run_leaves_nothing_behind(organisation, course, tmp_path, django_capture_on_commit_callbacks):
    path = tmp_path / "people.csv"
    kept_before = kept_files()
    path.write_text(numbered(3))
    with django_capture_on_commit_callbacks(execute=True):
        code, out, _err = enrol(organisation, path, "--course", "expectations", "--dry-run", "--json")
    assert kept_files() == kept_before
    report = json.loads(out)
    assert (code, report["dry_run"], report["applied"], report["new"]) == (0, True, False, 3)
    assert (Membership.objects.count(), StagedImport.objects.count(), AuditEvent.objects.count()) == (0, 0, 0)


def test_the_command_needs_an_organisation_and_a_file(organisation, tmp_path):
    with pytest.raises(CommandError, match="There is no organisation “nowhere”"):
        call_command("enrol", "nowhere", "people.csv")
    with pytest.raises(CommandError, match="No such file"):
        call_command("enrol", organisation.slug, str(tmp_path / "none.csv"))


def test_an_organisation_is_made_by_command_with_its_owner():
    out = io.StringIO()
    for _time in range(2):
        call_command("create_organisation", "northwind", "--name", "Northwind Care", "--owner", "ann@example.org", stdout=out)
    assert out.getvalue().splitlines() == [
        "Created Northwind Care: /org/northwind/",
        "Found Northwind Care: /org/northwind/",
    ]
    membership = Membership.objects.get()
    assert (membership.state, [role.role for role in membership.roles.all()]) == (MembershipState.INVITED, ["owner"])
    assert MailDelivery.objects.count() == 1
    with pytest.raises(CommandError, match="slug"):
        call_command("create_organisation", "not a slug")


@pytest.mark.parametrize(("second", "title"), [("expectations", "Expectations"), ("", "")])
def test_an_invitation_names_the_course_only_where_all_of_the_file_take_it(organisation, second, title):
    published_course(key="expectations", title="Expectations", is_free=True)
    text = f"email,course\nann@example.org,expectations\nbo@example.org,{second}\n"
    services.import_file(organisation=organisation, kind="enrolments", file=io.BytesIO(text.encode()), file_name="people.csv")
    assert {delivery.context["course_title"] for delivery in MailDelivery.objects.all()} == {title}


@pytest.mark.parametrize("column", ["first_name", "last_name"])
def test_a_name_that_is_an_address_is_refused_with_its_row(organisation, column):
    staged = check(organisation, f"email,{column}\nann@example.org,Ann\nbo@example.org,Read https://evil.example now\n")
    (problem,) = staged.problems.all()
    assert (problem.row_number, problem.column) == (3, column)
    assert problem.message == "this has a web or e-mail address in it. Enter the name alone."
