"""Questions that a file or a recording answers: kept at once, for their learner, as long as the sitting is open."""

import errno
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.personal_data import erase
from accounts.services.exporting import write_archive
from assessments.errors import AnswerNotAccepted, AttemptClosed, FileNotAccepted, TimeIsUp
from assessments.models import AnswerFile, Attempt, Instrument, Response
from assessments.services import keep_file, remove_file, save_response, start_attempt, submit_attempt
from assessments.services.uploads import forget_left_answers
from assessments.storage import private_storage
from common.kept_forms import owner_token
from tests.assessments import files
from tests.assessments.factories import learner
from tests.assessments.files import AUTHOR, sent
from tests.factories import UserFactory
from tests.rating.factories import file_question, open_question, text_version

pytestmark = pytest.mark.django_db


def sitting(by="file", **fields):
    question = file_question(by=by, **fields)
    return start_attempt(enrolment=learner(question.course), occasion="before")


@pytest.fixture
def attempt(client):
    begun = sitting()
    client.force_login(begun.user)
    return begun


def version_of(attempt):
    return text_version(attempt)


def keep(attempt, kind="pdf", name="answer.pdf", **fields):
    return keep_file(attempt=attempt, item_version_id=version_of(attempt).pk, upload=sent(kind, name), **fields)


def kept(attempt):
    return AnswerFile.objects.get(response__attempt=attempt)


def content_of(attempt):
    with kept(attempt).file.open() as file:
        return file.read()


def address_of(attempt):
    return reverse("assessments:attempt", args=[attempt.uuid])


def upload_address(attempt):
    return reverse("assessments:change_file", args=[attempt.uuid, version_of(attempt).pk])


def posted(attempt, kind="pdf", name="Zenobia's answer.pdf", shown="", **fields):
    """As the form of the page sends it."""
    pk = version_of(attempt).pk
    upload = {f"upload-{pk}": sent(kind, name)} if kind else {}
    return {f"answer-{pk}": shown, "action": "save"} | upload | fields


# Kept, replaced, removed --------------------------------------------------------------------------------------------------


def test_a_file_is_kept_privately_under_a_name_that_says_nothing(attempt):
    response = keep(attempt, name="../../Zenobia's answer.exe")

    answer = kept(attempt)
    assert (response.chosen, response.is_complete) == ([answer.uuid.hex], True)
    assert (answer.kind, answer.name) == ("pdf", "Zenobia's answer.exe")
    assert answer.size == len(files.pdf())
    folder, year, month, name = answer.file.name.split("/")
    assert (folder, f"{year}-{month}", len(name)) == ("answers", f"{timezone.now():%Y-%m}", 32)
    assert answer.uuid.hex not in name
    assert AUTHOR not in content_of(attempt)


def test_another_takes_its_place_and_nothing_of_the_first_is_left(attempt, django_capture_on_commit_callbacks):
    keep(attempt)
    first = kept(attempt)

    with django_capture_on_commit_callbacks(execute=True):
        keep(attempt, "docx")

    second = kept(attempt)
    assert (second.kind, Response.objects.get(attempt=attempt, item_version=version_of(attempt)).chosen) == (
        "docx",
        [second.uuid.hex],
    )
    assert (private_storage().exists(first.file.name), private_storage().exists(second.file.name)) == (False, True)


def test_a_file_is_removed_with_its_answer(attempt, django_capture_on_commit_callbacks):
    keep(attempt)
    answer = kept(attempt)

    with django_capture_on_commit_callbacks(execute=True):
        assert remove_file(attempt=attempt, file=answer.uuid) is True

    assert AnswerFile.objects.count() == 0
    assert Response.objects.get(item_version=version_of(attempt)).chosen == []
    assert not private_storage().exists(answer.file.name)
    assert remove_file(attempt=attempt, file=answer.uuid) is False


def test_where_another_tab_has_saved_one_since_that_one_stays(attempt):
    keep(attempt)
    newer = kept(attempt)

    assert keep(attempt, "docx", seen="") is None

    assert kept(attempt) == newer
    assert sorted(stored()) == [newer.file.name]


def stored():
    return list(AnswerFile.objects.values_list("file", flat=True))


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("webm", None, "This is a file of the kind WebM. Accepted are: PDF, Word (DOCX)"),
        ("pdf", b"", "The file is empty."),
        ("pdf", b"MZ\0\0", "This file is of no kind that is accepted here. Save your answer as one of: PDF"),
        ("pdf", b"%PDF-1.7 cut", "cannot be read to its end"),
        ("pdf", files.pdf(b"/Encrypt 1 0 R"), "protected by a password"),
        ("docx", files.docx(**{"word/vbaProject.bin": b""}), "has macros, scripts or other files in it"),
        ("pdf", files.pdf(b" " * 1024 * 1024), "at most 1.0"),
    ],
)
def test_what_cannot_be_the_answer_is_refused_and_nothing_is_stored(attempt, kind, data, words):
    before = list_of_files()

    with pytest.raises(FileNotAccepted) as error:
        keep_file(attempt=attempt, item_version_id=version_of(attempt).pk, upload=sent(kind, data=data))

    assert words in str(error.value).replace("\xa0", " ")
    assert (AnswerFile.objects.count(), list_of_files()) == (0, before)


def list_of_files():
    storage, folder = private_storage(), f"answers/{timezone.now():%Y/%m}"
    return sorted(storage.listdir(folder)[1]) if storage.exists(folder) else []


def test_the_installation_may_take_less_than_an_author_allows(attempt, settings):
    settings.ACCORD_MAX_ANSWER_BYTES = 100

    with pytest.raises(FileNotAccepted, match="at most 100"):
        keep(attempt)


def test_an_author_s_kinds_alone_are_taken():
    attempt = sitting(kinds=("odt",))

    with pytest.raises(FileNotAccepted, match=r"kind PDF\. Accepted are: OpenDocument \(ODT\)"):
        keep(attempt)
    assert keep(attempt, "odt").is_complete is True


@pytest.mark.parametrize("kind", ["webm", "m4a", "mp3", "ogg", "wav"])
def test_a_recording_answers_a_question_by_speaking(kind):
    attempt = sitting("audio")

    keep(attempt, kind)

    assert (kept(attempt).kind, kept(attempt).is_audio) == (kind, True)
    with pytest.raises(FileNotAccepted, match="Accepted are: WebM"):
        keep(attempt, "pdf")


def test_only_questions_that_take_files_take_them(attempt):
    others = [entry.item_version_id for entry in attempt.items.all() if not entry.item_version.is_open]
    for version in (others[0], 0):
        with pytest.raises(AnswerNotAccepted, match="takes no file"):
            keep_file(attempt=attempt, item_version_id=version, upload=sent())
    with pytest.raises(AnswerNotAccepted, match="answered by a file"):
        save_response(attempt=attempt, item_version_id=version_of(attempt).pk, chosen="0" * 32)
    assert Response.objects.filter(attempt=attempt).count() == 0


# The end of a sitting -----------------------------------------------------------------------------------------------------


def test_after_submitting_nothing_changes(attempt):
    keep(attempt)
    answer = kept(attempt)
    submit_attempt(attempt=attempt)

    with pytest.raises(AttemptClosed):
        keep(attempt, "docx")
    with pytest.raises(AttemptClosed):
        remove_file(attempt=attempt, file=answer.uuid)
    assert kept(attempt) == answer


def test_a_file_that_arrives_after_the_time_does_not_count(client, attempt):
    Attempt.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    attempt.refresh_from_db()

    with pytest.raises(TimeIsUp):
        keep(attempt)
    answer = client.post(address_of(attempt), posted(attempt), follow=True)

    assert "Your answer to question 5 arrived after the time and does not count." in answer.content.decode()
    attempt.refresh_from_db()
    assert (attempt.is_closed_by_time, AnswerFile.objects.count()) == (True, 0)


def test_the_clock_of_the_page_takes_a_file_along_and_is_not_held_up_by_one_that_is_refused(client, attempt):
    Attempt.objects.update(due_at=timezone.now())

    answer = client.post(address_of(attempt), posted(attempt, "webm", action="time-up"), follow=True)

    attempt.refresh_from_db()
    assert (attempt.submitted_at is not None, AnswerFile.objects.count()) == (True, 0)
    assert "Your last change to question 5 could not be saved and does not count." in answer.content.decode()


def test_a_file_sent_by_the_clock_in_time_counts(client, attempt):
    Attempt.objects.update(due_at=timezone.now())

    client.post(address_of(attempt), posted(attempt, action="time-up"))

    attempt.refresh_from_db()
    assert (attempt.submitted_at is not None, kept(attempt).kind) == (True, "pdf")


# Pages --------------------------------------------------------------------------------------------------------------------


def test_the_page_says_what_is_taken_and_who_sees_it(client, attempt):
    page = client.get(address_of(attempt)).content.decode().replace("\xa0", " ")

    assert "Answer with a file: PDF, Word (DOCX), OpenDocument (ODT), TXT, PNG, JPEG; at most 1.0 MB." in page
    assert 'accept=".pdf,.docx,.odt,.txt,.png,.jpg,.jpeg"' in page
    assert 'enctype="multipart/form-data"' in page
    assert "who are not told whose it is" in page
    assert "Look for your name in its text, pictures and comments yourself." in page
    assert "data-recorder" not in page


def test_a_page_without_javascript_uploads_replaces_and_removes(client, attempt):
    first = client.post(address_of(attempt), posted(attempt), follow=True)
    answer = kept(attempt)
    assert "Zenobia&#x27;s answer.pdf" in first.content.decode()
    assert f'value="{answer.uuid.hex}"' in first.content.decode()

    client.post(address_of(attempt), posted(attempt, "docx", "second.docx", shown=answer.uuid.hex))
    answer = kept(attempt)
    assert answer.name == "second.docx"
    removed = client.post(
        address_of(attempt), posted(attempt, None, shown=answer.uuid.hex, remove=answer.uuid.hex), follow=True
    )

    assert AnswerFile.objects.count() == 0
    assert "The file of question 5 was removed." in removed.content.decode()
    assert "4 answered" not in removed.content.decode()


def test_sending_the_page_again_without_a_new_file_keeps_the_one_that_is_there(client, attempt):
    keep(attempt)
    answer = kept(attempt)

    client.post(address_of(attempt), posted(attempt, None, shown=answer.uuid.hex))

    assert kept(attempt) == answer


def test_what_names_no_file_removes_none(client, attempt):
    """Both fields are what the page sends, and nobody has to send what it showed."""
    keep(attempt)
    answer = client.post(address_of(attempt), posted(attempt, None, shown="x", remove="x"))
    assert answer.status_code == 302
    assert content_of(attempt) != b""


def test_an_old_page_neither_replaces_nor_removes_a_newer_file(client, attempt):
    keep(attempt)
    old = kept(attempt).uuid.hex
    keep(attempt, "docx")
    newer = kept(attempt)

    uploaded = client.post(address_of(attempt), posted(attempt, "odt", shown=old))
    removed = client.post(address_of(attempt), posted(attempt, None, shown=old, remove=old))
    submitted = client.post(address_of(attempt), posted(attempt, None, shown=old, action="submit"))

    assert kept(attempt) == newer
    assert ["differing=5" in page["Location"] for page in (uploaded, removed, submitted)] == [True, True, True]
    attempt.refresh_from_db()
    assert attempt.submitted_at is None


def test_a_refused_file_keeps_the_page_from_being_submitted_and_everything_else_is_saved(client, attempt):
    other = attempt.items.first().item_version
    sent_with_it = {f"answer-{other.pk}": "b", f"shown-{other.pk}": "", "action": "submit-open"}

    page = client.post(address_of(attempt), posted(attempt, "webm") | sent_with_it)

    text = page.content.decode()
    assert page.status_code == 422
    assert "A file was not kept" in text
    assert "This is a file of the kind WebM." in text
    assert 'href="#question-5"' in text
    attempt.refresh_from_db()
    assert (attempt.submitted_at, Response.objects.get(attempt=attempt).chosen) == (None, ["b"])


def test_on_a_full_disk_everything_else_is_saved_and_the_file_is_asked_for_again(client, attempt, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(type(private_storage()), "save", full)
    other = attempt.items.first().item_version
    sent_with_it = {f"answer-{other.pk}": "b", f"shown-{other.pk}": "", "action": "submit-open"}
    page = client.post(address_of(attempt), posted(attempt) | sent_with_it)
    assert page.status_code == 422
    assert "The file could not be stored just now; your other answers are kept." in page.content.decode()
    assert Response.objects.get(attempt=attempt).chosen == ["b"]


def test_several_files_at_once_are_too_many(client, attempt):
    pk = version_of(attempt).pk

    page = client.post(address_of(attempt), {f"upload-{pk}": [sent(), sent("docx")], f"answer-{pk}": "", "action": "save"})

    assert "These are 2 files; this question takes one." in page.content.decode()
    assert AnswerFile.objects.count() == 0


def test_a_script_uploads_and_removes_and_gets_the_field_anew(client, attempt):
    pk = version_of(attempt).pk

    saved = client.post(upload_address(attempt), {f"upload-{pk}": sent()}).content.decode()
    answer = kept(attempt)

    assert "Saved at" in saved
    assert 'id="file-5" class="stack stack--tight" hx-swap-oob="innerHTML"' in saved
    assert f'name="answer-{pk}" value="{answer.uuid.hex}"' in saved
    assert "1 of 5 answered" in saved
    removed = client.post(upload_address(attempt), {"remove": answer.uuid.hex}).content.decode()
    assert "File removed" in removed
    assert AnswerFile.objects.count() == 0
    again = client.post(upload_address(attempt), {"remove": answer.uuid.hex}).content.decode()
    assert "This file was replaced in another tab" in again


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"remove": "x"}, "There is no such file."), ({"kind": "webm"}, "This is a file of the kind WebM."), ({}, "")],
)
def test_what_a_script_sends_amiss_is_said_beside_the_field(client, attempt, fields, words):
    kind = fields.pop("kind", None)
    given = fields | ({f"upload-{version_of(attempt).pk}": sent(kind)} if kind else {})

    answer = client.post(upload_address(attempt), given)

    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert ("status--danger" in answer.content.decode()) is bool(words)


def test_uploads_are_counted(client, attempt, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"answer_file": "1/h/user"}
    field = f"upload-{version_of(attempt).pk}"

    first = client.post(upload_address(attempt), {field: sent()}).content.decode()
    second = client.post(upload_address(attempt), {field: sent("docx")}).content.decode()

    assert "Saved at" in first
    assert "You have uploaded many files within a short time." in second
    assert kept(attempt).kind == "pdf"


def test_a_question_in_words_has_no_address_for_files(client):
    question = open_question()
    begun = start_attempt(enrolment=learner(question.course), occasion="before")
    client.force_login(begun.user)

    assert client.post(upload_address(begun), {}).status_code == 404
    assert 'enctype="multipart/form-data"' not in client.get(address_of(begun)).content.decode()


def test_what_is_far_too_large_is_refused_unread_also_without_a_token(attempt, settings):
    settings.ACCORD_MAX_ANSWER_BYTES = 100
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 600
    client = Client(enforce_csrf_checks=True)
    client.force_login(attempt.user)

    too_large = client.post(upload_address(attempt), {"remove": "x" * 1001})
    small = client.post(upload_address(attempt), {"remove": "x"})

    assert (too_large.status_code, small.status_code) == (413, 403)
    assert "It was not read, and nothing was changed." in too_large.content.decode()


def test_the_page_of_a_recording_records_or_takes_a_file(client):
    attempt = sitting("audio")
    client.force_login(attempt.user)

    page = client.get(address_of(attempt)).content.decode()
    start = client.get(reverse("assessments:start", args=[attempt.enrolment.uuid, "before"])).content.decode()

    assert "Answer by speaking, for at most 3 minutes." in page
    assert 'data-minutes="3"' in page
    assert 'accept=".webm,.weba,.m4a,.mp4,.mp3,.ogg,.oga,.opus,.wav,audio/*"' in page
    assert "have a microphone ready" in start
    keep(attempt, "webm", "recording.webm")
    assert (
        f'<audio class="answer-audio" controls preload="metadata" src="{own_address(attempt)}"'
        in client.get(address_of(attempt)).content.decode()
    )


def test_where_each_question_has_its_page_a_refused_file_stays_on_it(client, attempt):
    Instrument.objects.update(presentation="single")
    address = f"{address_of(attempt)}?question=5"

    refused = client.post(address, posted(attempt, "webm", to="review"))
    page = refused.content.decode()
    kept_one = client.post(address, posted(attempt, to="review"))

    assert refused.status_code == 422
    assert 'id="question-5"' in page
    assert 'id="question-4"' not in page
    assert (kept_one["Location"], kept(attempt).kind) == (f"{address_of(attempt)}?review=1", "pdf")


def test_signed_out_the_file_has_to_be_chosen_again_and_nothing_else(client, attempt):
    other = attempt.items.first().item_version
    token = {"kept-for": owner_token(attempt.user), f"answer-{other.pk}": "b", f"shown-{other.pk}": ""}
    client.logout()

    answer = client.post(address_of(attempt), posted(attempt) | token)
    words = [str(message) for message in get_messages(answer.wsgi_request)]

    assert words == ["You have been signed out. Sign in again: what you entered is kept, but the file has to be chosen again."]
    assert AnswerFile.objects.count() == 0
    assert client.post(upload_address(attempt), {}, headers={"HX-Request": "true"}).status_code == 401


def test_where_time_is_limited_the_page_says_that_late_files_do_not_count(client, attempt):
    words = "What arrives after the end of your time does not count."
    assert words not in client.get(address_of(attempt)).content.decode()

    Attempt.objects.update(due_at=timezone.now() + timedelta(minutes=5))

    assert words in client.get(address_of(attempt)).content.decode()


# Who gets it --------------------------------------------------------------------------------------------------------------


def own_address(attempt):
    return reverse("assessments:own_file", args=[kept(attempt).uuid])


def test_its_learner_gets_it_to_save_under_its_own_name(client, attempt):
    keep(attempt, "docx", "Zenobia's answer.docx")

    answer = client.get(own_address(attempt))

    assert answer.content == content_of(attempt)
    assert answer["Content-Type"] == "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert answer["Content-Disposition"] == 'attachment; filename="Zenobia\'s answer.docx"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, no-store"


def test_a_recording_is_given_in_parts_as_players_ask_for_it(client):
    attempt = sitting("audio")
    client.force_login(attempt.user)
    keep(attempt, "mp3", "x.mp3")
    whole = content_of(attempt)

    def part(wanted):
        answer = client.get(own_address(attempt), headers={"Range": wanted})
        return answer.status_code, answer.get("Content-Range"), answer.content

    size = len(whole)
    assert part("bytes=0-1") == (206, f"bytes 0-1/{size}", whole[:2])
    assert part("bytes=10-") == (206, f"bytes 10-{size - 1}/{size}", whole[10:])
    assert part("bytes=-5") == (206, f"bytes {size - 5}-{size - 1}/{size}", whole[-5:])
    assert part(f"bytes={size}-") == (416, f"bytes */{size}", b"")
    assert part("bytes=0-") == (200, None, whole)
    assert part("bytes=0-1,5-6") == (200, None, whole)
    answer = client.get(own_address(attempt))
    assert (answer["Content-Type"], answer["Accept-Ranges"]) == ("audio/mpeg", "bytes")
    assert answer["Content-Disposition"].startswith("inline")


def test_for_everybody_else_there_is_no_such_file(client, attempt):
    keep(attempt)
    address = own_address(attempt)

    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    other = client.get(address).status_code
    posted_by_other = client.post(upload_address(attempt), {"remove": kept(attempt).uuid.hex}).status_code
    client.logout()
    signed_out = client.get(address)

    assert (other, posted_by_other, signed_out.status_code) == (404, 404, 302)
    assert "/accounts/login/" in signed_out["Location"]
    assert AnswerFile.objects.count() == 1


def test_nobody_removes_the_file_of_another_sitting(client, attempt):
    keep(attempt)
    mine = start_attempt(enrolment=learner(attempt.enrolment.course, user=UserFactory()), occasion="before")
    client.force_login(mine.user)

    client.post(upload_address(mine), {"remove": kept(attempt).uuid.hex})

    assert kept(attempt).response.chosen == [kept(attempt).uuid.hex]


def test_a_file_that_is_not_stored_any_more_is_not_found(client, attempt):
    keep(attempt)
    private_storage().delete(kept(attempt).file.name)

    assert client.get(own_address(attempt)).status_code == 404


# Personal data ------------------------------------------------------------------------------------------------------------


def test_a_copy_of_one_s_data_has_the_file(attempt):
    keep(attempt, "txt", "mine.txt")
    archive = io.BytesIO()

    write_archive(attempt.user, archive)

    with zipfile.ZipFile(archive) as package:
        [row] = json.loads(package.read("data.json"))["parts"]["files of answers"]
        assert (row["name"], row["kind"], row["bytes"]) == ("mine.txt", "TXT", len(files.txt()))
        assert package.read(f"files/{row['file']}") == files.txt()


def test_with_their_person_files_go_for_good(attempt, django_capture_on_commit_callbacks):
    keep(attempt)
    other = start_attempt(enrolment=learner(attempt.enrolment.course, user=UserFactory()), occasion="before")
    keep(other, "docx")
    gone, stays = kept(attempt).file.name, kept(other).file.name

    with django_capture_on_commit_callbacks(execute=True):
        counts = erase(attempt.user)

    assert counts["files of answers"] == 1
    assert list(AnswerFile.objects.values_list("response__attempt", flat=True)) == [other.pk]
    assert (private_storage().exists(gone), private_storage().exists(stays)) == (False, True)


def test_files_whose_sitting_is_gone_are_deleted_once_a_day_has_passed(attempt, monkeypatch):
    keep(attempt)
    other = start_attempt(enrolment=learner(attempt.enrolment.course, user=UserFactory()), occasion="before")
    keep(other)
    left, named = kept(attempt).file.name, kept(other).file.name
    attempt.delete()

    forget_left_answers()
    assert private_storage().exists(left)
    tomorrow = timezone.now() + timedelta(days=1, minutes=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    forget_left_answers()

    assert (private_storage().exists(left), private_storage().exists(named)) == (False, True)
