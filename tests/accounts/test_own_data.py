"""A copy of everything that is held of somebody: whole, for them alone, and gone after a week."""

import io
import json
import re
import tracemalloc
import zipfile
from datetime import timedelta
from html.parser import HTMLParser

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.audit import record
from accounts.enums import AuditVerb
from accounts.models import AuditEvent, DataExport, User
from accounts.personal_data import OwnFile, PrivacyPart, privacy_parts
from accounts.services.exporting import forget_exports, make_export, start_export, write_archive
from accounts.storage import private_storage
from accounts.views.own_data import what_happens
from assessments.models import CheckAnswer
from jobs.models import Job
from jobs.services import perform, run_job
from mail.models import MailDelivery
from tests.factories import UserFactory
from tests.whole_person import WholePerson

pytestmark = pytest.mark.django_db
PASSWORD = "the harbour at seven"


@pytest.fixture(autouse=True)
def _nothing_of_other_tests():
    for name in files_of_exports():
        private_storage().delete(f"exports/{name}")


def files_of_exports() -> list[str]:
    return private_storage().listdir("exports")[1] if private_storage().exists("exports") else []


@pytest.fixture
def proved(sign_in, proves_identity):
    def make(user):
        client = sign_in(user)
        proves_identity(client, user)
        return client

    return make


def archive_of(user) -> zipfile.ZipFile:
    file = io.BytesIO()
    write_archive(user, file)
    return zipfile.ZipFile(file)


def ready(user) -> DataExport:
    export = start_export(user=user, title="A copy", result_url="/")
    perform(export.job.pk)
    export.refresh_from_db()
    return export


# What is in it ------------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs


def test_a_copy_has_all_that_one_wrote_and_nothing_of_anybody_else(organisation):
    person, other = WholePerson("zanzibar", organisation), WholePerson("marigold", organisation)
    archive = archive_of(person.user)
    assert archive.testzip() is None
    data = json.loads(archive.read("data.json"))
    assert (data["schema"], set(data["parts"])) == (1, {part.name for part in privacy_parts})
    empty = [name for name, rows in data["parts"].items() if not rows]
    assert sorted(empty) == ["figures of organisations", "ledger of analyses"]
    page = archive.read("index.html").decode()
    for text in (archive.read("data.json").decode(), page):
        assert person.words in text
        assert person.email in text
        assert other.tag not in text.lower()
        assert "s3cret" not in text
    assert not re.search(r">[0-9]{4}-[0-9]{2}-[0-9]{2}T", page)  # but as a day and a time
    assert {name.split("/")[1] for name in archive.namelist() if name.startswith("files/")} == {
        "answers",
        "images",
        "documents",
    }
    (document,) = [name for name in archive.namelist() if "/documents/" in name]
    assert archive.read(document) == b"words of the site"


def test_counts_agree_with_what_is_given(organisation):
    person = WholePerson("zanzibar", organisation)
    counted = {part.name: part.count(person.user) for part in privacy_parts}
    assert counted == {part.name: len(list(part.export(person.user))) for part in privacy_parts}


def test_the_page_reads_by_course_and_loads_nothing(organisation):
    person = WholePerson("zanzibar", organisation)
    text = archive_of(person.user).read("index.html").decode()
    page = Page()
    page.feed(text)
    assert {"script", "img", "link", "iframe", "a"} & set(page.tags) == set()
    assert [value for name, value in page.attributes if name in ("src", "href", "style") or name.startswith("on")] == []
    assert f"&lt;script&gt;{person.words}&lt;/script&gt;" in text
    assert "http" not in re.sub(r"http-equiv", "", text)
    words = text[text.index("What you wrote in lessons") :]
    headings = re.findall(r"<h([345])>([^<]+)</h", words)[:3]
    assert headings == [("3", person.course.title), ("4", "Module 1"), ("5", "Lesson l-rabiznaz")]
    assert "@media print" in text


def test_the_page_says_what_was_ordered(organisation):
    person = WholePerson("zanzibar", organisation)
    text = archive_of(person.user).read("index.html").decode()
    assert "<dt>Quantity</dt><dd>1</dd><dt>What</dt><dd>Course</dd>" in text
    assert "<dd>what</dd>" not in text


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "C:\\x\\y", "a/..", "con\x00.txt", "..", "x" * 300])
def test_names_of_files_stay_below_their_folder(user, name):
    def nothing(user):
        return 0

    def files(user):
        return [OwnFile(name, lambda: io.BytesIO(b"x"))]

    part = PrivacyPart("hostile", "", lambda user: (), nothing, nothing, files=files)
    privacy_parts.register(part)
    try:
        (found,) = [entry for entry in archive_of(user).namelist() if entry.startswith("files/")]
    finally:
        privacy_parts.unregister("hostile")
    assert not re.search(r"\.\.|\\|\x00|:|//", found)
    assert len(found) < 200


@pytest.mark.slow
def test_memory_and_queries_stay_flat_however_much_somebody_answered(organisation):
    person = WholePerson("zanzibar", organisation)

    def cost() -> tuple[int, int]:
        tracemalloc.start()
        with CaptureQueriesContext(connection) as queries:
            write_archive(person.user, io.BytesIO())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak, len(queries)

    cost()
    few = cost()
    answer = CheckAnswer.objects.get(enrolment=person.enrolment)
    more = [CheckAnswer(enrolment=person.enrolment, item_version=answer.item_version, chosen=["a"], is_correct=True)]
    CheckAnswer.objects.bulk_create(more * 1 + [CheckAnswer(**_fields(answer)) for _n in range(9_999)], batch_size=1000)
    many = cost()
    assert many[0] < few[0] + 3_000_000
    assert many[1] == few[1]


def _fields(answer):
    return {"enrolment": answer.enrolment, "item_version": answer.item_version, "chosen": ["a"], "is_correct": True}


# Who gets it --------------------------------------------------------------------------------------------------------------


def test_it_is_made_in_the_background_and_told_by_mail(user, proved):
    client = proved(user)
    answer = client.post(reverse("prepare_export"))
    job = Job.objects.get()
    assert answer.url == reverse("job", args=[job.uuid])
    assert client.post(reverse("prepare_export")).url == answer.url
    assert "is being made" in client.get(reverse("your_data")).content.decode()
    perform(job.pk)
    assert MailDelivery.objects.get(template="export_ready").recipient == user.email
    page = client.get(reverse("your_data")).content.decode()
    export = DataExport.objects.get()
    assert reverse("download_export", args=[export.uuid]) in page
    download = client.get(reverse("download_export", args=[export.uuid]))
    assert (download["Content-Type"], download["Cache-Control"]) == ("application/zip", "private, no-store")
    assert download["Content-Disposition"].startswith('attachment; filename="accord-')
    assert zipfile.ZipFile(io.BytesIO(download.getvalue())).testzip() is None
    assert AuditEvent.objects.get(verb=AuditVerb.ACCOUNT_EXPORTED).actor == user


def test_nobody_else_gets_it(user, organisation, member, proved, client):
    member(organisation, user=user)
    export = ready(user)
    path = reverse("download_export", args=[export.uuid])
    owner = member(organisation, "owner").user
    others = [UserFactory(), UserFactory(is_staff=True), UserFactory(is_staff=True, is_superuser=True), owner]
    assert [proved(other).get(path).status_code for other in others] == [404] * 4
    assert [proved(other).get(reverse("job", args=[export.job.uuid])).status_code for other in others] == [404] * 4
    assert client.get(path).status_code == 302
    given = proved(user).get(path)
    assert given.status_code == 200
    given.close()


def test_making_and_downloading_ask_for_proof(user, sign_in):
    user.set_password(PASSWORD)
    user.save()
    export, client = ready(user), sign_in(user)
    for answer in (client.post(reverse("prepare_export")), client.get(reverse("download_export", args=[export.uuid]))):
        assert (answer.status_code, reverse("account_reauthenticate") in answer.url) == (302, True)
    assert DataExport.objects.count() == 1


def test_five_a_day(user, proved):
    client = proved(user)
    for _turn in range(5):
        client.post(reverse("prepare_export"))
        perform(Job.objects.latest("pk").pk)
    count = Job.objects.count()
    answer = client.post(reverse("prepare_export"), follow=True)
    assert "five copies within a day" in answer.content.decode()
    assert (Job.objects.count(), DataExport.objects.count()) == (count, 1)


def test_a_second_press_while_one_is_being_made_is_none_of_the_five(user, proved, settings, monkeypatch):
    monkeypatch.setattr(run_job, "apply_async", lambda *_arguments, **_options: None)
    client = proved(user)
    answers = [client.post(reverse("prepare_export")) for _turn in range(8)]
    job = Job.objects.get()
    assert {answer.url for answer in answers} == {reverse("job", args=[job.uuid])}


def test_it_is_private_and_gone_after_a_week(user, proved):
    export = ready(user)
    name = export.file.name
    assert private_storage().exists(name)
    assert "uploads" not in name
    assert user.email not in name
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1), tick=False):
        assert proved(user).get(reverse("download_export", args=[export.uuid])).status_code == 404
        forget_exports()
    assert (DataExport.objects.count(), private_storage().exists(name)) == (0, False)


def test_what_a_killed_worker_left_goes_too(user):
    export = ready(user)
    DataExport.objects.filter(pk=export.pk).update(file="", ready_at=None)
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        forget_exports()
    assert files_of_exports() == []


def test_a_copy_that_is_still_to_be_had_stays_on_disk_for_its_week(user):
    export = ready(user)
    with time_machine.travel(timezone.now() + timedelta(days=6), tick=False):
        forget_exports()
    assert files_of_exports() == [export.file.name.split("/")[-1]]


def test_a_copy_of_an_account_that_was_closed_meanwhile_is_not_kept(user):
    export = start_export(user=user, title="", result_url="/")
    User.objects.filter(pk=user.pk).update(is_active=False)
    make_export(export, lambda done, total: None)
    export.refresh_from_db()
    assert (export.ready_at, files_of_exports()) == (None, [])
    assert not MailDelivery.objects.filter(template="export_ready").exists()


def test_made_again_it_replaces_the_one_before(user):
    first, second = ready(user), ready(user)
    assert list(DataExport.objects.all()) == [second]
    assert files_of_exports() == [second.file.name.split("/")[-1]]
    make_export(second, lambda done, total: None)
    assert files_of_exports() == [second.file.name.split("/")[-1]]
    assert first.pk != second.pk


def test_the_page_shows_how_much_there_is_and_promises_what_will_happen(user, proved, client):
    page = proved(user).get(reverse("your_data")).content.decode()
    assert "Your account: name, addresses, password" in page
    closing = proved(user).get(reverse("close_account")).content.decode()
    for sentences in what_happens(user).values():
        assert sentences
        assert len(sentences) == len(set(sentences))
        assert all(escape(sentence) in closing for sentence in sentences)
    assert "kept for as long as tax law requires" in closing
    privacy = client.get(reverse("privacy")).content.decode()
    assert reverse("your_data") in privacy
    assert "14 days" in privacy


def test_what_somebody_has_nothing_of_stands_apart(user):
    before = what_happens(user)
    record(verb=AuditVerb.ACCOUNT_KEPT, summary="Kept their account", actor=user, target=user)
    after = what_happens(user)
    (moved,) = set(after["anonymous"]) - set(before["anonymous"])
    assert moved in before["would_be_anonymous"]
    assert moved not in after["would_be_anonymous"]
    assert (after["goes"], after["stays"]) == (before["goes"], before["stays"])
    assert "What you wrote in lessons: reflections, plans, rules, examples, worksheets" in before["would_go"]
    assert "What you wrote in lessons: reflections, plans, rules, examples, worksheets" not in before["goes"]


def test_an_operator_makes_a_copy_for_somebody(user, tmp_path, capsys):
    path = tmp_path / "copy.zip"
    call_command("export_person", user.email, str(path))
    assert zipfile.ZipFile(path).testzip() is None
    assert path.stat().st_mode & 0o077 == 0
    assert AuditEvent.objects.get(verb=AuditVerb.ACCOUNT_EXPORTED).actor is None
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_person", user.email, str(path))
    with pytest.raises(CommandError, match="no account"):
        call_command("export_person", "nobody@example.org", str(path))
