from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0005_missing_rows")]

    operations = [
        migrations.AddField(
            model_name="keptmapping",
            name="reasons",
            field=models.JSONField(
                blank=True, default=dict, help_text="Why columns with sensitive details are kept, by their name in the file."
            ),
        ),
    ]
