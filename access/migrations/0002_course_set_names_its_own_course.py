import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_initial"),
        ("courses", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="courseset",
            name="own_course",
            field=models.OneToOneField(
                blank=True,
                help_text="The course that is sold by itself under this set.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="own_set",
                to="courses.course",
            ),
        ),
    ]
