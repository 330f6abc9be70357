"""Images and documents as authors upload them, and courses that show them."""

from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from wagtail.documents.models import Document
from wagtail.images.tests.utils import get_test_image_file

from cms.models import AccordImage, AccordRendition
from courses.models import Course
from tests.courses.factories import block, lesson, published_course

FILTER = "width-720|format-webp"


def uploaded_image(title: str = "Diagram", **fields: Any) -> AccordImage:
    return AccordImage.objects.create(title=title, file=get_test_image_file(f"{title.lower()}.png"), **fields)


def uploaded_document(name: str = "checklist.pdf", content: bytes = b"%PDF-1.7 what is paid for") -> Document:
    return Document.objects.create(title=name, file=ContentFile(content, name))


def image_block(image: AccordImage) -> dict[str, Any]:
    value = {"image": image.pk, "alt": "A diagram", "caption": "", "credit": ""}
    return block("image", f"image-{image.pk}", value)


def link_block(document: Document) -> dict[str, Any]:
    return block("text", f"link-{document.pk}", {"html": f'<p><a href="{document.url}">The checklist</a></p>'})


def course_with(*blocks: dict[str, Any], sample: bool = False, is_free: bool = False, key: str = "shown") -> Course:
    """One lesson with these blocks, and another without them."""
    lessons = [lesson(f"{key}-1", blocks=list(blocks), sample=sample), lesson(f"{key}-2")]
    return published_course([lessons], is_free=is_free, key=key)


def read(response: Any) -> bytes:
    """The body, to the end: only then is the file closed."""
    return b"".join(response.streaming_content)


def rendition(image: AccordImage) -> AccordRendition:
    """A smaller copy as a lesson shows it, without the time that making one takes."""
    found = AccordRendition.objects.filter(image=image, filter_spec=FILTER).first()
    if found is not None:
        return found
    stem = PurePosixPath(image.file.name).stem
    file = get_test_image_file(f"{stem}.width-720.png")
    return AccordRendition.objects.create(image=image, filter_spec=FILTER, focal_point_key="", file=file)


def rendition_address(image: AccordImage) -> str:
    return rendition(image).url
