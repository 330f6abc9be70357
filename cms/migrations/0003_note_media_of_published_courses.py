"""Note what the courses that are published already show; later publications do it by themselves (`cms.media`).

Written out, since migrations do not follow later changes. Every version so far has schema 1.
"""

import re

from django.db import migrations


def uses_in(content):
    """(lesson, is open, image, document) of every image and every linked document."""
    for words in (content.get("description"), *(module.get("intro") for module in content.get("modules", []))):
        yield from (("", True, None, number) for number in documents_in(words))
    for lesson in (lesson for module in content.get("modules", []) for lesson in module.get("lessons", [])):
        place = (str(lesson["id"]), bool(lesson.get("sample")))
        for block in lesson.get("blocks", []):
            value = block.get("value")
            if block["type"] == "image" and value.get("image"):
                yield (*place, value["image"], None)
            yield from ((*place, None, number) for number in documents_in(value))


def documents_in(value):
    if isinstance(value, str):
        return {int(number) for number in re.findall(r"/documents/(\d{1,9})/", value)}
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return set()
    return {number for part in value for number in documents_in(part)}


def note_uses(apps, schema_editor):
    model = apps.get_model
    images = set(model("cms", "AccordImage").objects.values_list("pk", flat=True))
    documents = set(model("wagtaildocs", "Document").objects.values_list("pk", flat=True))
    for course in model("courses", "Course").objects.filter(current_version__isnull=False).select_related("current_version"):
        lessons = {str(uuid): pk for uuid, pk in model("courses", "Lesson").objects.filter(course=course).values_list("uuid", "pk")}
        model("cms", "MediaUse").objects.bulk_create(
            model("cms", "MediaUse")(
                course=course, lesson_id=lessons.get(lesson), is_open=is_open, image_id=image, document_id=document
            )
            for lesson, is_open, image, document in set(uses_in(course.current_version.content))
            if image in images or document in documents
        )


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0002_media_uses"),
        ("courses", "0001_initial"),
        ("wagtaildocs", "0014_alter_document_file_size"),
    ]

    operations = [migrations.RunPython(note_uses, migrations.RunPython.noop)]
