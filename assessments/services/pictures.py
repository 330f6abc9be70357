"""Pictures of questions: drawn anew, so that nothing is left of them but their points, and kept as long as their versions."""

import hashlib
import io
from typing import Any

from django.core.files.base import ContentFile
from PIL import Image

from assessments.models import QuestionPicture
from assessments.uploaded import pictures
from assessments.uploaded.refusals import Fault, Unreadable

WIDEST = 1600
"""Points across: as much as a page shows on a sharp screen."""


def keep_picture(data: bytes, *, alt: str) -> dict[str, Any]:
    """A PNG or JPEG, as a version of a question holds it. Raises Unreadable for what is no picture, damaged or too large.

    `alt`: what is to be seen, for whoever does not see it.
    """
    kind = pictures.kind_of(data)
    if not kind:
        raise Unreadable(Fault.UNKNOWN)
    drawn, width, height = _narrowed(pictures.clean(data), kind)
    digest = hashlib.sha256(drawn).hexdigest()
    picture = QuestionPicture.objects.filter(digest=digest).first()
    if picture is None:
        picture = QuestionPicture(kind=kind, width=width, height=height, digest=digest)
        picture.file.save(digest, ContentFile(drawn), save=False)
        picture.save()
    return {"id": str(picture.uuid), "alt": alt, "width": width, "height": height}


def _narrowed(data: bytes, kind: str) -> tuple[bytes, int, int]:
    with Image.open(io.BytesIO(data)) as picture:
        if picture.width <= WIDEST:
            return data, picture.width, picture.height
        smaller = picture.resize((WIDEST, max(1, round(picture.height * WIDEST / picture.width))))
        out = io.BytesIO()
        smaller.save(out, picture.format, **({"quality": pictures.QUALITY} if kind == "jpg" else {}))
        return out.getvalue(), smaller.width, smaller.height
