"""What a course shows is noted for the courses that were published before anybody noted it, exactly as a publication would."""

from importlib import import_module

import pytest
from django.apps import apps

from cms.models import MediaUse
from courses.models import Course
from courses.services import publish_version
from tests.courses.factories import content, lesson
from tests.web.files import course_with, image_block, link_block, uploaded_document, uploaded_image

pytestmark = pytest.mark.django_db
migration = import_module("cms.migrations.0003_note_media_of_published_courses")


def noted() -> set[tuple]:
    return set(MediaUse.objects.values_list("course__key", "lesson__uuid", "is_open", "image_id", "document_id"))


def test_the_migration_notes_what_publications_would():
    gone = uploaded_image("Gone")
    documents = [link_block(uploaded_document()) for _number in range(2)]
    blocks = [image_block(gone), image_block(uploaded_image()), *documents]
    gone.delete()
    course_with(*blocks, sample=True)
    course = course_with(*blocks[:2], key="two")
    about = link_block(uploaded_document())["value"]["html"]
    publish_version(course=course, content=content([[lesson("two-1", blocks=blocks[1:3])]], description=about))
    Course.objects.create(key="unpublished", slug="unpublished", title="Not there yet")
    published = noted()
    assert len(published) == 3 + 3
    MediaUse.objects.all().delete()
    migration.note_uses(apps, None)
    assert noted() == published
