import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0003_say_what_listed_means")]

    operations = [
        migrations.CreateModel(
            name="CourseAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=100, unique=True)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="former_addresses", to="courses.course"
                    ),
                ),
            ],
            options={"verbose_name_plural": "course addresses"},
        ),
        migrations.CreateModel(
            name="LessonAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("module_slug", models.SlugField(max_length=100)),
                ("slug", models.SlugField(max_length=100)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_lesson_addresses",
                        to="courses.course",
                    ),
                ),
                (
                    "lesson",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="former_addresses", to="courses.lesson"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "lesson addresses",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("course", "module_slug", "slug"), name="courses_former_lesson_address_once"
                    )
                ],
            },
        ),
    ]
