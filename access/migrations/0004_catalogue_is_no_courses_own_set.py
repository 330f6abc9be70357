from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0003_tie_courses_to_their_own_sets")]

    operations = [
        migrations.AddConstraint(
            model_name="courseset",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_catalogue", False), ("own_course__isnull", True), _connector="OR"),
                name="access_set_catalogue_is_no_courses_own",
            ),
        ),
    ]
