from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0002_remember_where_activities_were")]

    operations = [
        migrations.AlterField(
            model_name="course",
            name="is_listed",
            field=models.BooleanField(
                default=False,
                help_text="In the catalogue and open to newcomers: it is published, and its author has opened it.",
            ),
        ),
    ]
