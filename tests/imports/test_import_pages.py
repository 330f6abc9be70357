"""Uploading a file of people in the console: checked, shown, applied, and never half."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from access.services import add_seats
from accounts.models import AuditEvent, Membership, User
from imports import kinds
from imports.enums import ImportState
from imports.models import StagedImport
from imports.services import parts
from jobs import services as jobs
from jobs.enums import JobState
from jobs.models import Job
from learning.models import Cohort
from mail import tasks
from mail.models import MailDelivery
from tests.courses.factories import published_course
from tests.factories import TeamFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(organisation, member, sign_in):
    return sign_in(member(organisation, "admin").user)


def url(name, organisation, *args):
    return reverse(f"org:{name}", args=[organisation.slug, *args])


def upload(client, organisation, text, name="people.csv", **options):
    file = SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)
    return client.post(url("people_import", organisation), {"file": file} | options)


@pytest.fixture
def run_jobs(django_capture_on_commit_callbacks):
    """Runs what a request hands to a worker."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def report(client, organisation):
    return client.get(url("import_report", organisation, StagedImport.objects.latest("pk").uuid))


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_forty_colleagues_are_enrolled(organisation, client, run_jobs):
    course = published_course(key="expectations", title="Expectations")
    text = "email,first_name\n" + "".join(f"p{n}@example.org,P{n}\n" for n in range(40))
    with run_jobs():
        answer = upload(client, organisation, text, course="expectations", cohort="Spring")
    staged = StagedImport.objects.get()
    assert answer.url == url("import_report", organisation, staged.uuid)
    page = words(client.get(answer.url))
    assert "40 new, 0 rejected" in page
    assert "Enrol 40 people" in page
    assert Membership.objects.filter(state="invited").count() == 0
    with run_jobs():
        client.post(url("import_apply", organisation, staged.uuid))
    page = words(report(client, organisation))
    assert "40 people were invited by e-mail, 40 added to a cohort." in page
    MailDelivery.objects.update(state="queued")
    MailDelivery.objects.filter(recipient="p7@example.org").update(state="sent")
    assert "1 of 40 invitations sent." in words(report(client, organisation))
    MailDelivery.objects.update(state="sent")
    assert "invitations sent." not in words(report(client, organisation))
    assert (Cohort.objects.get().course, Cohort.objects.get().memberships.count()) == (course, 40)
    assert list(AuditEvent.objects.filter(verb__startswith="import.").order_by("pk").values_list("verb", flat=True)) == [
        "import.received",
        "import.applied",
    ]


@pytest.mark.slow
def test_ten_thousand_colleagues_arrive_behind_a_progress_bar(organisation, client, run_jobs, monkeypatch):
    """What the report page shows each time the worker says how far it is; the mails are owed, and sent elsewhere."""
    shown = []
    keep = jobs.Progress.report

    def look(progress, *said, **more):
        keep(progress, *said, **more)
        shown.extend(re.findall(r'<progress [^>]*value="(\d+)"', report(client, organisation).content.decode()))

    monkeypatch.setattr(kinds, "SECONDS_BETWEEN_REPORTS", 0)
    monkeypatch.setattr(jobs.Progress, "report", look)
    monkeypatch.setattr(tasks.send_bulk, "delay", lambda organisation_id: None)
    published_course(key="expectations")
    text = "email,first_name,team\n" + "".join(f"p{n}@example.org,P{n},Team {n % 50}\n" for n in range(10_000))
    with run_jobs():
        upload(client, organisation, text, course="expectations", cohort="Everybody")
    percentages = [int(one) for one in shown]
    assert percentages == sorted(percentages)
    assert len(set(percentages)) > 3
    with run_jobs():
        client.post(url("import_apply", organisation, StagedImport.objects.get().uuid))
    assert "10,000 people were invited by e-mail, 10,000 added to a cohort." in words(report(client, organisation))
    assert Cohort.objects.get().memberships.count() == MailDelivery.objects.count() == 10_000


@pytest.mark.parametrize("part", [2, 500], ids=["in parts", "at once"])
def test_rows_that_are_being_saved_show_no_share_that_looks_finished(organisation, client, run_jobs, monkeypatch, part):
    shown = []
    keep = jobs.Progress.report

    def look(progress, *said, **more):
        keep(progress, *said, **more)
        shown.append(report(client, organisation).content.decode())

    with run_jobs():
        upload(client, organisation, "email\n" + "".join(f"p{n}@example.org\n" for n in range(5)))
    monkeypatch.setattr(parts, "fits_one_transaction", lambda rows: rows <= part)
    monkeypatch.setattr(jobs.Progress, "report", look)
    with run_jobs():
        client.post(url("import_apply", organisation, StagedImport.objects.get().uuid))
    saving = [page for page in shown if "Saving all rows" in page]
    assert len(saving) == (1 if part == 500 else 2)
    assert all(re.search(r'<progress [^>]*max="100"></progress>', page) for page in saving)
    assert not any('value="100"' in page for page in shown)


def test_a_bad_file_names_every_place_and_changes_nothing(organisation, client, run_jobs):
    with run_jobs():
        upload(client, organisation, "email,team\nann@example.org,A\nnobody,B\n,C\n")
    page = words(report(client, organisation))
    assert "The file cannot be imported as it is. Nothing was changed." in page
    assert "Row 3 email nobody “nobody” is not an e-mail address." in page
    assert "Row 4 email The e-mail address is missing." in page
    staged = StagedImport.objects.get()
    client.post(url("import_apply", organisation, staged.uuid))
    staged.refresh_from_db()
    assert (staged.state, Membership.objects.filter(state="invited").count()) == (ImportState.REFUSED, 0)


@pytest.mark.parametrize(
    ("data", "lacks_columns"),
    [("name\nNorth\n", True), ("email,first_name\n", False), (b"\x7fELF\x02\x01\x01" + bytes(200), False)],
    ids=["other columns", "header only", "binary"],
)
def test_only_a_file_that_lacks_columns_is_asked_whether_they_have_other_names(
    organisation, client, run_jobs, data, lacks_columns
):
    with run_jobs():
        upload(client, organisation, data)
    staged = StagedImport.objects.get()
    assert staged.state == ImportState.REFUSED
    assert staged.findings.get("columns", False) is lacks_columns
    assert ("Do its columns have different names?" in words(report(client, organisation))) is lacks_columns


@pytest.mark.parametrize(("count", "shown", "says_so"), [(100, 100, False), (101, 100, True)])
def test_a_hundred_problems_are_shown(organisation, client, run_jobs, count, shown, says_so):
    with run_jobs():
        upload(client, organisation, "email\n" + "nobody\n" * count)
    page = report(client, organisation).content.decode()
    assert page.count("is not an e-mail address.") == shown
    assert ("Only the first 100 are shown." in page) is says_so


def test_the_problems_are_downloaded_by_who_has_just_proved_who_they_are(organisation, client, run_jobs, proves_identity):
    with run_jobs():
        upload(client, organisation, "email\n=cmd()\n")
    address = url("import_problems", organisation, StagedImport.objects.get().uuid)
    admin = User.objects.get(pk=client.session["_auth_user_id"])
    assert client.get(address).url == f"{reverse('account_reauthenticate')}?{urlencode({'next': address})}"
    assert proves_identity(client, admin, next=address).url == address
    answer = client.get(address)
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").replace('"', "").splitlines()
    assert lines[0] == "row,column,value,problem"
    assert lines[1].startswith("2,email,'=cmd(),“=cmd()” is not an e-mail address.")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("people.exe", b"email\nann@example.org\n", "is not a table we can read"),
        ("people.csv", b"", "The submitted file is empty."),
    ],
)
def test_files_that_are_refused_at_the_door(organisation, client, name, data, message):
    answer = upload(client, organisation, data, name=name)
    assert answer.status_code == 200
    assert message in words(answer)
    assert StagedImport.objects.count() == 0


def test_a_file_above_the_limit_is_refused_at_the_door(organisation, client, settings):
    settings.ACCORD_MAX_UPLOAD_BYTES = 100
    answer = upload(client, organisation, "email\n" + "a" * 200)
    assert "The file is larger than" in words(answer)


def test_a_cohort_name_is_kept_with_single_spaces(organisation, client):
    published_course(key="expectations", title="Expectations")
    upload(client, organisation, "email\nann@example.org\n", course="expectations", cohort="  New   one ")
    assert StagedImport.objects.get().options == {"course": "expectations", "cohort": "New one"}


def test_a_cohort_is_found_by_its_name_whatever_its_spaces(organisation, client):
    course = published_course(key="expectations", title="Expectations")
    Cohort.objects.create(organisation=organisation, name="New one", course=course)
    upload(client, organisation, "email\nann@example.org\n", cohort="  New   one ")
    assert StagedImport.objects.get().options == {"cohort": "New one"}


def test_a_file_without_course_and_cohort_has_no_options(organisation, client):
    upload(client, organisation, "email\nann@example.org\n", course="", cohort=" ")
    assert StagedImport.objects.get().options == {}


def test_a_cohort_needs_a_course(organisation, client):
    answer = upload(client, organisation, "email\nann@example.org\n", cohort="Spring")
    assert "There is no cohort “Spring” yet. Name the course it takes, and it will be created." in words(answer)


def test_progress_is_shown_until_the_worker_is_done(organisation, client, run_jobs):
    upload(client, organisation, "email\nann@example.org\n")
    staged = StagedImport.objects.get()
    address = url("import_report", organisation, staged.uuid)
    Job.objects.update(state=JobState.RUNNING, done=50, total=100, step="Checking the file")
    page = client.get(address).content.decode()
    assert '<progress aria-label="Checking" max="100" value="50">' in page
    assert f'<noscript><meta http-equiv="refresh" content="2;url={address}"></noscript>' in page
    fragment = client.get(address, headers={"hx-request": "true"})
    assert fragment.content.decode().lstrip().startswith('<div class="stack" id="import-progress"')
    Job.objects.update(state=JobState.DONE)
    StagedImport.objects.update(state=ImportState.READY)
    assert client.get(address, headers={"hx-request": "true"}).headers["HX-Refresh"] == "true"


def test_a_check_that_died_can_be_started_again(organisation, client, run_jobs):
    upload(client, organisation, "email\nann@example.org\n")
    staged = StagedImport.objects.get()
    Job.objects.update(state=JobState.FAILED, error="This was interrupted.")
    assert "This was interrupted." in words(report(client, organisation))
    with run_jobs():
        client.post(url("import_check", organisation, staged.uuid))
    staged.refresh_from_db()
    assert staged.state == ImportState.READY


def test_a_check_that_is_running_is_not_started_twice(organisation, client):
    upload(client, organisation, "email\nann@example.org\n")
    client.post(url("import_check", organisation, StagedImport.objects.get().uuid))
    assert Job.objects.count() == 1


def test_pressing_twice_applies_once(organisation, client, run_jobs):
    with run_jobs():
        upload(client, organisation, "email\nann@example.org\n")
    staged = StagedImport.objects.get()
    for _time in range(2):
        with run_jobs():
            client.post(url("import_apply", organisation, staged.uuid))
    assert Membership.objects.filter(email="ann@example.org").count() == 1
    assert Job.objects.filter(kind="import_apply").count() == 1


def test_the_example_has_every_column(organisation, client):
    answer = client.get(url("import_template", organisation, "enrolments"))
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").replace('"', "").splitlines()
    assert lines[0] == "email,first_name,last_name,person_id,team,manager_email,cohort,course"
    assert client.get(url("import_template", organisation, "nothing")).status_code == 404


def test_another_organisation_cannot_see_the_report(organisation, client, member, sign_in, run_jobs):
    with run_jobs():
        upload(client, organisation, "email\nann@example.org\n")
    staged = StagedImport.objects.get()
    other = member(type(organisation).objects.create(slug="other", name="Other"), "owner")
    stranger = sign_in(other.user)
    assert stranger.get(url("import_report", organisation, staged.uuid)).status_code == 404
    assert stranger.get(url("import_report", other.organisation, staged.uuid)).status_code == 404
    assert stranger.post(url("import_apply", other.organisation, staged.uuid)).status_code == 404


def test_somebody_without_the_right_for_the_kind_is_refused(organisation, client, member, sign_in, run_jobs):
    with run_jobs():
        upload(client, organisation, "email\nann@example.org\n")
    staged = StagedImport.objects.get()
    partner = sign_in(member(organisation, "lnd_partner").user)
    for answer in (
        partner.get(url("people_import", organisation)),
        partner.get(url("import_template", organisation, "enrolments")),
        partner.get(url("import_report", organisation, staged.uuid)),
        partner.post(url("import_apply", organisation, staged.uuid)),
        partner.get(url("import_problems", organisation, staged.uuid)),
        partner.get(url("people_import", organisation)),
    ):
        assert answer.status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_the_same_queries_for_any_number_of_files(
    organisation, client, run_jobs, count, django_assert_num_queries
):
    for _n in range(count):
        with run_jobs():
            upload(client, organisation, "email\nann@example.org\n")
    with django_assert_num_queries(6):
        client.get(url("people_import", organisation))
    address = url("import_report", organisation, StagedImport.objects.latest("pk").uuid)
    with django_assert_num_queries(7):
        client.get(address)


def test_a_corrected_file_is_uploaded_with_what_was_chosen_for_the_first(organisation, client, run_jobs):
    published_course(key="expectations", title="Expectations")
    with run_jobs():
        upload(client, organisation, "email\nnobody\n", course="expectations", cohort="Spring")
    address = re.search(r'href="([^"]*kind=enrolments[^"]*)">', report(client, organisation).content.decode())
    again = client.get(unescape(address[1]))
    assert (again.context["form"]["course"].value(), again.context["form"]["cohort"].value()) == ("expectations", "Spring")


def test_where_seats_are_missing_the_page_offers_to_buy_them_and_to_check_the_same_file_again(organisation, client, run_jobs):
    course = published_course(key="negotiate", title="Negotiate", is_free=False)
    with run_jobs():
        upload(client, organisation, "email\nann@example.org\n", course="negotiate")
    page = report(client, organisation)
    assert "The file itself needs no correction." in words(page)
    primary = re.findall(r'class="button button--primary"[^>]*>(?:<svg.*?</svg>)?\s*([^<]*)<', page.content.decode(), re.DOTALL)
    assert [text.strip() for text in primary] == ["Buy seats"]
    add_seats(organisation=organisation, course_set=course.sets.get(), quantity=1, source_key="order:1")
    with run_jobs():
        client.post(url("import_check", organisation, StagedImport.objects.get().uuid))
    assert StagedImport.objects.get().state == ImportState.READY


def test_rows_to_correct_come_before_seats_to_buy(organisation, client, run_jobs):
    published_course(key="negotiate", title="Negotiate", is_free=False)
    with run_jobs():
        upload(client, organisation, "email\nann@example.org\nnobody\n", course="negotiate")
    assert "The file itself needs no correction." not in words(report(client, organisation))
    assert StagedImport.objects.get().findings["elsewhere"] is False


def test_text_that_is_called_a_workbook_is_named(organisation, client, run_jobs):
    with run_jobs():
        upload(client, organisation, "email\nann@example.org\n", name="people.xlsx")
    assert "This is not an Excel workbook, whatever its name says." in words(report(client, organisation))


def test_what_was_asked_for_is_on_record_as_asked_for(organisation, client, run_jobs):
    """A worker may find that it cannot; then nothing was imported."""
    upload(client, organisation, "email\nann@example.org\n")
    staged = StagedImport.objects.get()
    StagedImport.objects.update(state=ImportState.READY, job=None)
    client.post(url("import_apply", organisation, staged.uuid))
    assert AuditEvent.objects.filter(verb="import.applied").get().summary == "Requested the import of a file: People to enrol"


def test_discarding_says_so(organisation, client, run_jobs):
    with run_jobs():
        upload(client, organisation, "email\nann@example.org\n")
    page = client.post(url("import_discard", organisation, StagedImport.objects.get().uuid), follow=True)
    assert "The file was discarded." in words(page)


def rows_on(page: str) -> list[str]:
    table = page.split('<h2 id="rows">', 1)[1].split("</table>", 1)[0].split("<tbody>")[1]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in table.split("</tr>")[:-1]]


def test_rows_are_shown_as_they_were_understood_and_what_they_replace(organisation, client, member, run_jobs):
    team = TeamFactory(organisation=organisation, name="North")
    hana = member(organisation, first_name="Hana", last_name="Lee", team=team)
    same = member(organisation, first_name="Bo")
    rows = [f"new{n}@example.org,New,Person {n}," for n in range(12)]
    text = f"email,first_name,last_name,team\n{same.email},Bo,,\n" + "\n".join(rows) + f"\n{hana.email},Hannah,,NORTH\n"
    with run_jobs():
        upload(client, organisation, text)
    page = report(client, organisation).content.decode()
    shown = rows_on(page)
    assert shown[0] == "Row 3 New new0@example.org New Person 0"
    # The row that changes somebody is shown, however late in the file; what stays as it is replaces nothing.
    assert shown[-1] == f"Row 15 Changed {hana.email} Hana → Hannah NORTH"
    assert (len(shown), "<del>Hana</del>" in page, same.email in page) == (10, True, False)
    assert "3 more rows are not shown here." in page
    with run_jobs():
        client.post(url("import_apply", organisation, StagedImport.objects.get().uuid))
    assert '<h2 id="rows">' not in report(client, organisation).content.decode()


def test_a_report_whose_rows_are_gone_shows_none(organisation, client, run_jobs):
    with run_jobs():
        upload(client, organisation, "email\na@b.org\n")
    StagedImport.objects.update(rows_file="")
    page = report(client, organisation).content.decode()
    assert ("Add 1 person" in page, '<h2 id="rows">' in page) == (True, False)


@pytest.mark.parametrize("number", [1, 30])
def test_the_report_takes_the_same_queries_for_any_number_of_rows(
    organisation, client, run_jobs, number, django_assert_num_queries
):
    with run_jobs():
        upload(client, organisation, "email\n" + "".join(f"p{n}@b.org\n" for n in range(number)))
    report(client, organisation)
    with django_assert_num_queries(8):
        report(client, organisation)
