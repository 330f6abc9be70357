from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assessments', '0008_open_responses'),
    ]

    operations = [
        migrations.AddField(
            model_name='itemversion',
            name='panel_experts',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Of a key that a panel of experts has given: how many they were.', null=True),
        ),
    ]
