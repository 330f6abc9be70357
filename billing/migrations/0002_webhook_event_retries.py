from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='webhookevent',
            name='error',
            field=models.CharField(blank=True, help_text='What the last try ended with.', max_length=100),
        ),
        migrations.AddField(
            model_name='webhookevent',
            name='retry_at',
            field=models.DateTimeField(blank=True, help_text='Not tried again before.', null=True),
        ),
        migrations.AddField(
            model_name='webhookevent',
            name='tries',
            field=models.PositiveSmallIntegerField(default=0, help_text='How many times it was worked on without success.'),
        ),
        migrations.AddIndex(
            model_name='webhookevent',
            index=models.Index(condition=models.Q(('processed_at', None)), fields=['retry_at'], name='billing_event_due'),
        ),
    ]
