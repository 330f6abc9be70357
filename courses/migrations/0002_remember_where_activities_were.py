"""An activity remembers its lesson, what it said last, and every column that its worksheet ever had.

For those that exist all three are read from the versions that were published. The lesson is the newest that has the block, but
the first one where that has been taken back since: another lesson showed the block meanwhile, and gives it back.
"""

from collections import defaultdict

from django.db import migrations, models


def remember(apps, schema_editor):
    course_model = apps.get_model("courses", "Course")
    for course in course_model.objects.all().iterator():
        _remember_course(apps, course)


def _remember_course(apps, course):
    activities = {str(activity.block_id): activity for activity in course.activities.all()}
    if not activities:
        return
    lessons = {str(lesson.uuid): lesson.pk for lesson in course.lessons.all()}
    homes, parts, newest = defaultdict(list), defaultdict(dict), set()
    version_model = apps.get_model("courses", "CourseVersion")
    versions = version_model.objects.filter(course=course).order_by("number")
    for content in versions.values_list("content", flat=True).iterator(chunk_size=1):
        newest = set()
        for lesson in (lesson for module in content.get("modules", []) for lesson in module.get("lessons", [])):
            lesson_id = str(lesson["id"])
            newest.add(lesson_id)
            homes[lesson_id].append(lesson_id)
            for block in lesson.get("blocks", []):
                activity = activities.get(str(block.get("id", "")))
                if activity is not None and activity.kind == block["type"]:
                    activity.value = block.get("value") or {}
                    homes[str(block["id"])].append(lesson_id)
                    columns = activity.value.get("columns", [])
                    parts[str(block["id"])] |= {column["id"]: column.get("label", "") for column in columns}
    for block_id, activity in activities.items():
        activity.lesson_id = lessons.get(_home(homes[block_id], newest))
        activity.parts = parts[block_id]
    apps.get_model("courses", "Activity").objects.bulk_update(
        activities.values(), ["lesson", "value", "parts"], batch_size=200
    )


def _home(lessons, newest):
    if not lessons:
        return ""
    return lessons[-1] if lessons[0] in newest else lessons[0]


class Migration(migrations.Migration):
    dependencies = [("courses", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="activity",
            name="lesson",
            field=models.ForeignKey(
                blank=True,
                help_text="The lesson it belongs to: the one in which it was published last. None for assessments.",
                null=True,
                on_delete=models.SET_NULL,
                related_name="activities",
                to="courses.lesson",
            ),
        ),
        migrations.AddField(
            model_name="activity",
            name="value",
            field=models.JSONField(blank=True, default=dict, help_text="The block as it was published last."),
        ),
        migrations.AddField(
            model_name="activity",
            name="parts",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Label by id of every part in which words were ever asked for, such as columns.",
            ),
        ),
        migrations.RunPython(remember, migrations.RunPython.noop),
    ]
