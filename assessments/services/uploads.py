"""Files that answer a question: kept at once, replaced and removed as long as the sitting is open, never changed afterwards."""

from datetime import timedelta
from pathlib import PurePosixPath
from uuid import UUID

from celery import shared_task
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments import queries
from assessments.answers import kinds_in_words, most_bytes
from assessments.errors import AnswerNotAccepted, FileNotAccepted
from assessments.file_models import FOLDER, answer_path
from assessments.formats.written import Means
from assessments.models import AnswerFile, Attempt, ItemVersion, Response
from assessments.services.attempts import lock_attempt, refuse_late
from assessments.storage import private_storage
from assessments.uploaded import AUDIO, Fault, Received, Unreadable, received
from common import sweeps
from common.private_files import stored_before

LEFT_AFTER = timedelta(days=1)
MAX_FORGOTTEN = 500
NAME_LENGTH = 200


def keep_file(
    *, attempt: Attempt, item_version_id: int, upload: "UploadedFile[bytes]", seen: str | None = None
) -> Response | None:
    """Make a file the answer to a question, in place of the one before. `seen`: the file that the page showed; where another
    has come since, that one stays, and this returns None.

    Raises FileNotAccepted for what cannot be this answer, AttemptClosed and TimeIsUp as `save_responses` does.
    """
    refuse_late(attempt)
    version = _version(attempt, item_version_id)
    taken = _received(version, upload)
    name = private_storage().save(answer_path(AnswerFile(), ""), ContentFile(taken.data))
    try:
        kept = _keep(attempt, version, taken, name, _name_of(upload), seen)
    except BaseException:
        private_storage().delete(name)
        raise
    if kept is None:
        private_storage().delete(name)
    return kept


@transaction.atomic
def _keep(attempt: Attempt, version: ItemVersion, taken: Received, stored: str, name: str, seen: str | None) -> Response | None:
    locked = lock_attempt(attempt)
    refuse_late(locked)
    response = locked.responses.filter(item_version=version).first() or Response(attempt=locked, item_version=version)
    if seen is not None and seen != next(iter(response.chosen), ""):
        return None
    if response.pk is not None:
        _forget(AnswerFile.objects.filter(response=response))
    answer = AnswerFile(kind=taken.kind.name, name=name, size=len(taken.data), file=stored)
    response.chosen, response.is_complete = [answer.known_as], True
    response.save()
    answer.response = response
    answer.save()
    return response


@transaction.atomic
def remove_file(*, attempt: Attempt, file: UUID) -> bool:
    """Take the answer back that this file is. False where it is not the answer any more: another has come in its place."""
    locked = lock_attempt(attempt)
    refuse_late(locked)
    answer = AnswerFile.objects.select_related("response").filter(response__attempt=locked, uuid=file).first()
    if answer is None:
        return False
    response = answer.response
    _forget(AnswerFile.objects.filter(pk=answer.pk))
    response.chosen, response.is_complete = [], True
    response.save()
    return True


def forget_files_of(user_id: int) -> int:
    """All that somebody answered with a file. Safe to repeat."""
    return _forget(AnswerFile.objects.filter(response__attempt__user=user_id))


def _forget(files: QuerySet[AnswerFile]) -> int:
    """The rows first, the files once that has been committed."""
    names = [str(answer.file.name) for answer in files]
    count: int = files.delete()[0]
    for name in names:
        transaction.on_commit(lambda name=name: private_storage().delete(name))  # type: ignore[misc]  # bound as it is now
    return count


def _version(attempt: Attempt, item_version_id: int) -> ItemVersion:
    for entry in queries.presented_items(attempt):
        if entry.item_version_id == item_version_id and entry.item_version.takes_file:
            return entry.item_version
    raise AnswerNotAccepted(_("This question takes no file, or is not part of your assessment. Reload the page."))


def _name_of(upload: "UploadedFile[bytes]") -> str:
    name = PurePosixPath((upload.name or "").replace("\\", "/")).name
    return "".join(letter for letter in name if letter.isprintable())[-NAME_LENGTH:]


# What may come in ---------------------------------------------------------------------------------------------------------


def _received(version: ItemVersion, upload: "UploadedFile[bytes]") -> Received:
    """Looked at whole, in memory: no larger than `ACCORD_MAX_ANSWER_BYTES`."""
    most = most_bytes(version)
    if (upload.size or 0) > most:
        raise FileNotAccepted(_too_large(version, upload.size or 0, most))
    try:
        taken = received(upload.read())
    except Unreadable as error:
        raise FileNotAccepted(_unreadable(version, error.fault)) from error
    terms = version.answer_terms
    if taken.kind.name not in (AUDIO if terms.by == Means.AUDIO else terms.kinds):
        raise FileNotAccepted(
            _("This is a file of the kind %(kind)s. Accepted are: %(kinds)s. Save your answer as one of these and upload that.")
            % {"kind": taken.kind.label, "kinds": kinds_in_words(version)}
        )
    return taken


def _too_large(version: ItemVersion, size: int, most: int) -> str:
    said = {"size": filesizeformat(size), "most": filesizeformat(most)}
    if version.answer_terms.by == Means.AUDIO:
        return _("The recording has %(size)s; at most %(most)s are accepted. Save it with a lower quality, or as MP3.") % said
    return _("The file has %(size)s; at most %(most)s are accepted. Make its pictures smaller, or save it as PDF.") % said


def _unreadable(version: ItemVersion, fault: Fault) -> str:
    return {
        Fault.EMPTY: _("The file is empty. Save your answer again and upload that."),
        Fault.UNKNOWN: _("This file is of no kind that is accepted here. Save your answer as one of: %(kinds)s."),
        Fault.BROKEN: _("The file cannot be read to its end: it is damaged, or its upload was cut short. Upload it again."),
        Fault.VIDEO: _("This is a video. Upload a recording with sound alone."),
        Fault.PROTECTED: _("The file is protected by a password. Save it without one and upload that."),
        Fault.ACTIVE: _("The file has macros, scripts or other files in it. Save it without them, or as plain PDF."),
        Fault.TOO_MUCH: _("There is too much in this file. Make its pictures smaller, or upload only the part that answers."),
    }[fault] % {"kinds": kinds_in_words(version)}


# Files that no answer names -----------------------------------------------------------------------------------------------


@shared_task(name="assessments.forget_left_answers")
def forget_left_answers() -> None:
    """Daily: files whose answer went with its sitting, its course or its organisation, or whose upload was cut short."""
    storage = private_storage()
    names = stored_before(storage, FOLDER, timezone.now() - LEFT_AFTER)
    left = names.difference(AnswerFile.objects.values_list("file", flat=True))
    sweeps.each(sorted(left)[:MAX_FORGOTTEN], storage.delete, name="Files that no answer names")
