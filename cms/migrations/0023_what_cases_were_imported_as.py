from django.db import migrations, models


def trust(apps, schema_editor):
    """Of drafts that were there before nobody knows whether they were imported: what they are called stays theirs."""
    cases = apps.get_model("cms", "SimulationCase")
    cases.objects.update(imported_as=models.F("key"))


class Migration(migrations.Migration):
    dependencies = [("cms", "0022_ranked_answers")]

    operations = [
        migrations.AddField(
            model_name="simulationcase",
            name="imported_as",
            field=models.CharField(
                blank=True,
                default="",
                editable=False,
                help_text="Its id as it was imported: of what is played under that id it may become the next version.",
                max_length=60,
            ),
            preserve_default=False,
        ),
        migrations.RunPython(trust, migrations.RunPython.noop),
    ]
