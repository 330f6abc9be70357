"""An image that its author replaces is another picture at once, for everybody, and never a missing file."""

import io
import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from cms.models import AccordImage, CoursePage, LessonPage
from cms.publishing import publish_course_page
from cms.rendering import static_blocks
from courses.models import Course
from tests.factories import UserFactory

# Wagtail leaves the file of a rendition to the garbage collector.
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
LESSON = "/courses/listen-first/hear/ask/"


def picture(colour: str, size: tuple[int, int] = (1600, 900)) -> SimpleUploadedFile:
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, "PNG")
    return SimpleUploadedFile("dog.png", data.getvalue(), content_type="image/png")


@pytest.fixture
def image(settings, tmp_path, loaded, django_capture_on_commit_callbacks) -> AccordImage:
    """In a sample lesson, published."""
    settings.MEDIA_ROOT = tmp_path / "media"
    image = AccordImage.objects.create(title="Dog", file=picture("red"), alt_text="A dog")
    page = LessonPage.objects.get(slug="ask")
    value = {"image": {"image": image.pk, "decorative": False, "alt_text": "A dog"}, "caption": "A dog"}
    blocks = [dict(block) for block in page.body.raw_data]
    blocks.append({"type": "image", "id": str(uuid.uuid4()), "value": value})
    page.body = page.body.stream_block.to_python(blocks)
    with django_capture_on_commit_callbacks(execute=True):
        page.save_revision().publish()
    publish_course_page(CoursePage.objects.get())
    return image


def addresses(client) -> list[str]:
    page = client.get(LESSON).text
    return re.findall(r'src="(/media/[^"]+)"', page) + re.findall(r"(/media/[^ ]+) \d+w", page)


def colours(client) -> set[tuple[int, int, int]]:
    found = set()
    for address in addresses(client):
        answer = client.get(address)
        assert answer.status_code == 200, address
        shown = Image.open(io.BytesIO(b"".join(answer.streaming_content))).convert("RGB")
        found.add(tuple(round(part / 255) for part in shown.getpixel((5, 5))))
    return found


def replace(client, image: AccordImage, colour: str) -> None:
    form = {"title": "Dog", "file": picture(colour, (1500, 900)), "collection": image.collection_id, "alt_text": "A cat"}
    answer = client.post(reverse("wagtailimages:edit", args=[image.pk]), form)
    assert answer.status_code == 302


@pytest.fixture
def editor(db) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    return client


def test_a_replaced_image_is_shown_at_once_and_never_missing(image, client, editor):
    assert colours(client) == {(1, 0, 0)}
    old = addresses(client)
    replace(editor, image, "blue")
    assert colours(client) == {(0, 0, 1)}
    assert set(old).isdisjoint(addresses(client))
    # Names are used again: the address differs all the same, since browsers keep what they have.
    replace(editor, image, "lime")
    assert colours(client) == {(0, 1, 0)}
    assert set(old).isdisjoint(addresses(client))


def test_the_words_of_a_replaced_image_are_published_too(image, editor, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as asked:
        replace(editor, image, "blue")
    assert [type(callback).__name__ for callback in asked].count("PublishAfterCommit") == 1


def test_another_part_of_a_picture_is_another_address(image, client):
    before = addresses(client)
    AccordImage.objects.update(focal_point_x=10, focal_point_y=10, focal_point_width=20, focal_point_height=20)
    assert set(before).isdisjoint(addresses(client))


def test_a_deleted_image_leaves_nothing_behind(image, client):
    assert addresses(client)
    AccordImage.objects.get().delete()
    page = client.get(LESSON)
    assert (page.status_code, "/media/images" in page.text) == (200, False)


def test_a_lesson_with_pictures_costs_one_query_more_and_one_without_none(image, django_assert_num_queries):
    version = Course.objects.get().current_version
    ask, wait = version.content["modules"][0]["lessons"]
    for lesson, queries in ((ask, 1), (wait, 0)):
        static_blocks(version, lesson["id"])
        with django_assert_num_queries(queries):
            static_blocks(version, lesson["id"])
