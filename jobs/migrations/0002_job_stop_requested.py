from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('jobs', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='stop_requested_at',
            field=models.DateTimeField(blank=True, help_text='When somebody asked for it to stop; it does at the next occasion.', null=True),
        ),
    ]
