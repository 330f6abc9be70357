"""Gives files that answer questions, or that questions show: documents are saved, others may stand in a page."""

from django.http import HttpRequest, HttpResponse

from assessments.models import AnswerFile, QuestionPicture
from assessments.storage import private_storage
from assessments.uploaded import Family
from common.private_files import private_file


def file_response(request: HttpRequest, answer: AnswerFile, *, name: str) -> HttpResponse:
    """To somebody who may have it; whoever calls this has asked. `name`: what it is saved as."""
    return private_file(
        request,
        private_storage(),
        str(answer.file.name),
        content_type=answer.file_kind.media_type,
        file_name=name,
        is_shown=answer.file_kind.family in (Family.AUDIO, Family.PICTURE),
    )


def picture_response(request: HttpRequest, picture: QuestionPicture) -> HttpResponse:
    """To whoever was shown the question."""
    return private_file(
        request,
        private_storage(),
        str(picture.file.name),
        content_type=picture.media_type,
        file_name=f"picture.{picture.kind}",
        is_shown=True,
    )
