from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("learning", "0004_archive_cohorts")]

    operations = [
        migrations.AddField(
            model_name="enrolment",
            name="put_away_at",
            field=models.DateTimeField(
                blank=True, help_text="Since when the learner does not want to see it among their courses.", null=True
            ),
        ),
    ]
