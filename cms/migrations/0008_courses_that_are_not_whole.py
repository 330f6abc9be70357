import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0005_courses_are_opened_by_their_authors"),
        ("cms", "0007_reviewers_describe_images"),
    ]

    operations = [
        migrations.AddField(
            model_name="coursepage",
            name="modules_planned",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text=(
                    "For a course that is not complete yet: how many modules it will have. Until that many are published, its page "
                    "calls it a preview and offers to tell people when it is complete. Leave empty for a complete course."
                ),
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(2),
                    django.core.validators.MaxValueValidator(40),
                ],
                verbose_name="modules when complete",
            ),
        ),
    ]
