"""A file that is no picture, or only half of one, is an error of the form and not of the site."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from wagtail.documents.models import Document
from wagtail.images import get_image_model

from cms.site import ensure_site
from tests.factories import UserFactory

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the file of a thumbnail to the garbage collector.
    pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"),
]
FORMATS = {"gif": "GIF", "jpg": "JPEG", "png": "PNG", "webp": "WEBP"}


def picture(format_name: str) -> bytes:
    """Big enough to be cut in the middle of its pixels."""
    file = io.BytesIO()
    Image.effect_noise((120, 120), 90).convert("RGB").save(file, format_name)
    return file.getvalue()


def broken() -> dict[str, tuple[str, bytes]]:
    files = {}
    for ending, name in FORMATS.items():
        whole = picture(name)
        for what, length in (("header", 12), ("tenth", len(whole) // 10), ("half", len(whole) // 2)):
            files[f"{ending} cut after {what}"] = (f"x.{ending}", whole[:length])
        files[f"{ending} with noise"] = (f"x.{ending}", whole[:30] + b"\xff\x00\x7f" * 200)
        files[f"text called {ending}"] = (f"x.{ending}", b"no picture at all")
        files[f"empty {ending}"] = (f"x.{ending}", b"")
    files["gif of a header alone"] = ("x.gif", b"GIF89a")
    files["gif of nonsense"] = ("x.gif", b"GIF89a" + b"\x00" * 40)
    files["png called gif"] = ("x.gif", picture("PNG"))
    files["svg that ends early"] = ("x.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><rect')
    files["svg with an entity"] = (
        "x.svg",
        b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
    )
    return files


BROKEN = broken()


@pytest.fixture
def author(sign_in):
    ensure_site()
    client = sign_in(UserFactory(is_superuser=True, is_staff=True))
    client.raise_request_exception = False
    return client


def upload(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(*BROKEN[name])


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_picture_is_refused_by_every_form_that_takes_one(name, author):
    images = get_image_model()
    kept = images.objects.create(title="Whole", file=SimpleUploadedFile("whole.png", picture("PNG")))
    before = (kept.file.name, kept.width)
    answers = {
        "add": author.post(reverse("wagtailimages:add"), {"title": "x", "file": upload(name)}),
        "edit": author.post(reverse("wagtailimages:edit", args=[kept.pk]), {"title": "x", "file": upload(name)}),
        "chooser": author.post(
            reverse("wagtailimages_chooser:create"),
            {"image-chooser-upload-title": "x", "image-chooser-upload-file": upload(name)},
        ),
        "several": author.post(
            reverse("wagtailimages:add_multiple"),
            {"title": "x", "files[]": upload(name)},
            headers={"X-Requested-With": "XMLHttpRequest"},
        ),
    }
    assert {page: answer.status_code for page, answer in answers.items()} == dict.fromkeys(answers, 200)
    assert json.loads(answers["several"].content)["success"] is False
    kept.refresh_from_db()
    assert (images.objects.count(), (kept.file.name, kept.width)) == (1, before)


@pytest.mark.parametrize("ending", FORMATS)
def test_a_whole_picture_is_kept(ending, author):
    file = SimpleUploadedFile(f"x.{ending}", picture(FORMATS[ending]))
    author.post(reverse("wagtailimages:add"), {"title": "x", "file": file})
    assert get_image_model().objects.get().width == 120


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4 cut", b"\x00\xff" * 50], ids=["empty", "cut", "noise"])
@pytest.mark.parametrize("ending", ["pdf", "docx", "xlsx", "txt"])
def test_a_broken_document_is_never_an_error_of_the_site(ending, content, author):
    """Documents are not read: what is not empty is kept as it is."""
    answer = author.post(reverse("wagtaildocs:add"), {"title": "x", "file": SimpleUploadedFile(f"x.{ending}", content)})
    assert (answer.status_code, Document.objects.count()) == ((302, 1) if content else (200, 0))
