"""Files that answer open questions, and pictures that questions show. `models` brings them to Django; its models are named
here by their names.
"""

import secrets

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.storage import private_storage
from assessments.uploaded import KINDS, Family, FileKind
from common.models import PublicModel

FOLDER = "answers"
PICTURES = "question-pictures"


def answer_path(_answer: "AnswerFile", _file_name: str) -> str:
    """Under a name that says nothing, not even which answer it is."""
    return f"{FOLDER}/{timezone.now():%Y/%m}/{secrets.token_hex(16)}"


def picture_path(picture: "QuestionPicture", _file_name: str) -> str:
    return f"{PICTURES}/{picture.digest}"


class QuestionPicture(PublicModel):
    """What versions of questions show. Kept as long as they are: a sitting shows what it showed, whatever its author changes.

    Whoever was shown a question has its address, which nobody can guess: visitors of a skill check, and experts without an
    account, see it as learners do.
    """

    file = models.FileField(upload_to=picture_path, storage=private_storage, max_length=200)
    kind = models.CharField(max_length=10, choices=[(name, KINDS[name].label) for name in ("png", "jpg")])
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, unique=True, help_text=_("SHA-256 of the file: the same picture is kept once."))

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def media_type(self) -> str:
        return KINDS[self.kind].media_type


class AnswerFile(PublicModel):
    """The file that answers one question of an attempt; a response holds its id. Replaced as a whole, never changed."""

    response = models.OneToOneField("assessments.Response", models.CASCADE, related_name="file")
    file = models.FileField(upload_to=answer_path, storage=private_storage, max_length=200)
    kind = models.CharField(max_length=10, choices=[(kind.name, kind.label) for kind in KINDS.values()])
    name = models.CharField(max_length=200, help_text=_("What its learner calls it. Nobody else is shown it."))
    size = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.uuid)

    @property
    def known_as(self) -> str:
        """The id as a response holds it."""
        return self.uuid.hex

    @property
    def file_kind(self) -> FileKind:
        return KINDS[self.kind]

    @property
    def is_audio(self) -> bool:
        return self.file_kind.family == Family.AUDIO

    @property
    def is_picture(self) -> bool:
        return self.file_kind.family == Family.PICTURE

    @property
    def bare_name(self) -> str:
        """What it is saved as by those who may not know whose it is."""
        return f"answer{self.file_kind.ending}"
