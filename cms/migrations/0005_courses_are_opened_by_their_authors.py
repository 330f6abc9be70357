"""Whether newcomers are let in becomes an act of its own. A course that was published so far was open, and stays so."""

from django.db import migrations, models


def open_published_courses(apps, schema_editor):
    published = apps.get_model("courses", "Course").objects.filter(current_version__isnull=False)
    apps.get_model("cms", "CoursePage").objects.filter(translation_key__in=published.values("uuid")).update(
        open_for_enrolment=True
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0004_delete_courses_of_previews"),
        ("courses", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="coursepage",
            name="open_for_enrolment",
            field=models.BooleanField(
                default=False,
                editable=False,
                help_text="Whether new learners are let in. Those who are on the course keep learning either way.",
                verbose_name="open for enrolment",
            ),
        ),
        migrations.RunPython(open_published_courses, migrations.RunPython.noop),
    ]
