from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0002_job_stop_requested'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='alive_at',
            field=models.DateTimeField(blank=True, help_text='When its worker last said that it is at it.', null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='attempts',
            field=models.PositiveSmallIntegerField(default=0, help_text='How many times a worker has started it.'),
        ),
        migrations.AddField(
            model_name='job',
            name='queue',
            field=models.CharField(default='default', max_length=10),
        ),
        migrations.AddField(
            model_name='job',
            name='runner',
            field=models.CharField(blank=True, help_text='The task that started it last.', max_length=64),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('finished_at', None)), fields=['updated_at'], name='jobs_job_open'),
        ),
    ]
