"""Files as answers: each is kept as soon as it arrives, by a script or with the form, and given back to its owner."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from allauth.core.ratelimit import consume
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.console import signed_in
from assessments import services
from assessments.errors import AnswerNotAccepted, FileNotAccepted
from assessments.given_files import file_response, picture_response
from assessments.models import AnswerFile, Attempt, QuestionPicture
from assessments.sheets import Question, Sheet, sheet_of

logger = logging.getLogger(__name__)
# A page may send the files of several questions at once.
FILES_AT_ONCE = 4
REMOVE = "remove"


def most_bytes_of_a_page() -> int:
    """More is refused before any of it is read (`common.middleware.BodySizeMiddleware`)."""
    return FILES_AT_ONCE * settings.ACCORD_MAX_ANSWER_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def takes_files(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    view.most_bytes = most_bytes_of_a_page  # type: ignore[attr-defined]  # read by the middleware
    return view


@dataclass
class Taken:
    """What became of the files that a page sent. `outdated`: numbers of questions that were answered elsewhere meanwhile."""

    refused: list[tuple[Question, str]] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)
    removed: Question | None = None


def take_files(request: HttpRequest, attempt: Attempt) -> Taken:
    """Keep the files that came with a form, and take back the one that it removes. What cannot be kept holds up no other.

    Raises AttemptClosed and TimeIsUp as `save_responses` does.
    """
    taken, sheet = Taken(), sheet_of(attempt)
    for question in sheet.questions:
        if question.version.takes_file and (uploads := request.FILES.getlist(question.upload_field)):
            _take(request, attempt, question, uploads, taken)
    if REMOVE in request.POST:
        taken.removed = _remove(request, attempt, sheet, taken)
    return taken


def _take(
    request: HttpRequest, attempt: Attempt, question: Question, uploads: "list[UploadedFile[bytes]]", taken: Taken
) -> None:
    try:
        kept = keep_upload(request, attempt, question, uploads, seen=request.POST.get(question.field))
    except FileNotAccepted as error:
        taken.refused.append((question, str(error)))
    else:
        if not kept:
            taken.outdated.append(str(question.number))


def keep_upload(
    request: HttpRequest,
    attempt: Attempt,
    question: Question,
    uploads: "list[UploadedFile[bytes]]",
    *,
    seen: str | None = None,
) -> bool:
    """Whether it is the answer now. Raises FileNotAccepted, also for several files and for too many within a short time."""
    if len(uploads) > 1:
        raise FileNotAccepted(
            _("These are %(n)s files; this question takes one. Choose the one that answers it.") % {"n": len(uploads)}
        )
    if not consume(request, action="answer_file", user=signed_in(request)):
        raise FileNotAccepted(
            _("You have uploaded many files within a short time. Wait a few minutes, then upload this one again.")
        )
    [upload] = uploads
    try:
        kept = services.keep_file(attempt=attempt, item_version_id=question.version.pk, upload=upload, seen=seen)
    except OSError as error:
        # Whoever answers can do nothing about it; what else they have answered is kept.
        logger.exception("An answer could not be stored")
        raise FileNotAccepted(
            _("The file could not be stored just now; your other answers are kept. Upload it again in a few minutes.")
        ) from error
    return kept is not None


def _remove(request: HttpRequest, attempt: Attempt, sheet: Sheet, taken: Taken) -> Question | None:
    """The question whose file was taken back; one that was replaced elsewhere meanwhile stays."""
    wanted = request.POST[REMOVE]
    question = next((one for one in sheet.questions if one.version.takes_file and wanted == _shown(request, one)), None)
    file = _file_named(wanted)
    if question is None or file is None:
        return None
    if not services.remove_file(attempt=attempt, file=file):
        taken.outdated.append(str(question.number))
    return question


def _file_named(wanted: str) -> UUID | None:
    try:
        return UUID(hex=wanted)
    except ValueError:
        return None


def _shown(request: HttpRequest, question: Question) -> str:
    """The file that the page was showing."""
    return request.POST.get(question.field, "")


def change_file(request: HttpRequest, attempt: Attempt, question: Question) -> None:
    """What a script of the page sends for one question: its file, or that it is removed; nothing when it tries again what has
    arrived after all. Raises UserError.
    """
    if REMOVE in request.POST:
        wanted = _file_named(request.POST[REMOVE])
        if wanted is None:
            raise AnswerNotAccepted(_("There is no such file. Reload the page."))
        if not services.remove_file(attempt=attempt, file=wanted):
            raise AnswerNotAccepted(_("This file was replaced in another tab or on another device. The latest one is shown."))
        return
    if uploads := request.FILES.getlist(question.upload_field):
        keep_upload(request, attempt, question, uploads)


@require_safe
@login_required
def own_file(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What somebody answered with, for them alone, under the name they gave it."""
    answers = AnswerFile.objects.filter(response__attempt__user=signed_in(request))
    answer = get_object_or_404(answers, uuid=uuid)
    return file_response(request, answer, name=answer.name or answer.bare_name)


@require_safe
def picture(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What a question shows, for whoever was shown the question: nobody else has its address."""
    found = get_object_or_404(QuestionPicture, uuid=uuid)
    return picture_response(request, found)
