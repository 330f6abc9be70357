from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('imports', '0003_marker_of_parts'),
    ]

    operations = [
        migrations.AddField(
            model_name='stagedimport',
            name='look',
            field=models.JSONField(blank=True, default=dict, editable=False, help_text='What the check saw of the file: its first rows and values, and how it is written. Goes with the file.'),
        ),
    ]
